// Package bootfile is memory that outlives a process, but not the boot of the host: a mapped file. To
// store something in it takes no system call, so that it can be done for each packet; and what a process
// that crashed has left is there for the next one.
package bootfile
