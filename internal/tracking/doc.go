// Package tracking is the shell around the tracking core: it runs the scripts, watches the files and
// counts the processes that a configuration tracks, and tells what they amount to.
//
// It belongs into the parent process: nothing of it, an exec, a file, a directory of /proc, may ever
// delay an advertisement, and scripts must not inherit a real-time priority. The VRRP process is told
// sums. They outlive it: one that is started again is told at once what is known.
//
// A Tracker may be used from any goroutine. Only the newest sum of an instance counts, so that any
// number of results a second costs its reader no more than one message in coalesce.
package tracking
