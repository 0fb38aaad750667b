// Package tcp is TCP_CHECK: it opens a connection to a real server and closes it.
//
// A check owns one socket for its duration and starts no goroutine; it waits in the runtime's
// poller, so that thousands may be under way at a time.
package tcp
