//go:build race

package simulator_test

// hours is how long the simulation runs, in virtual time. It has no goroutine that could race; with
// the race detector it is ten times slower.
const hours = 100
