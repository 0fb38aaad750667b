// Package procmon counts running processes by name: for track_process.
//
// The kernel tells of every process that starts, executes a program, renames itself or ends (the
// process connector), so that a process that dies is seen within a millisecond; a filter in the
// kernel keeps threads and all other events away. Only an exec makes it read from /proc. The
// connector is there for root in the host's pid namespace only. In a container, or without the right
// to it, /proc is read once a second instead, and Mode says so.
//
// A Monitor calls back from a goroutine of its own and is used by one caller at a time.
package procmon
