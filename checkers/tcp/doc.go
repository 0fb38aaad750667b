// Package tcp is TCP_CHECK: it opens a connection to a real server and closes it.
//
// A Pool makes the connections of all checks on one goroutine, so that thousands may be under way at a
// time and a check costs little more than its three system calls.
package tcp
