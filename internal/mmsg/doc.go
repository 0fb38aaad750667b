// Package mmsg reads and sends many datagrams in one system call, and tells what the kernel tells beside
// each that it reads. The ways of net and x/net allocate for each packet, and tell the Go scheduler of each
// call.
package mmsg
