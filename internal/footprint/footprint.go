// Package footprint tells what a piece of work takes from the heap, for the tests that bound it.
package footprint

import "runtime"

// Allocated is all memory in bytes that work allocates, also what is free again at its end: an upper
// bound of what it holds at any time. Goroutines that run beside it count too.
func Allocated(work func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// What reading a configuration may allocate, in bytes. A statement has its share because its tokens
// and words have a size of their own, however short they are; a problem because its message, its cure
// and the line that it shows are made for it (there are 20,000 at most).
const (
	PerByte      = 64
	PerStatement = 640
	PerProblem   = 1536
	Always       = 256 << 10
)

// Bound is what reading may allocate for a text of that many bytes, definitions put in.
func Bound(bytes, statements, problems int) int64 {
	return PerByte*int64(bytes) + PerStatement*int64(statements) + PerProblem*int64(problems) + Always
}
