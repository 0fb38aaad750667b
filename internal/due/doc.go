// Package due keeps what has a deadline in the order of the deadlines. It is part of the cores: no
// clock, nothing but comparisons.
package due
