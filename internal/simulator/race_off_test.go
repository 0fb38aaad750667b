//go:build !race

package simulator_test

// hours is how long the simulation runs, in virtual time.
const hours = 10_000
