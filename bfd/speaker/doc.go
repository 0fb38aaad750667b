// Package speaker is the shell around the BFD core: sockets, the clock, the log and the memory that
// lets a successor go on with sessions that are up. It is the BFD process.
//
// One goroutine, the loop, owns the core and all sockets. It reads what has come in before it looks at
// the clock, so that being held up is not taken for silence of a neighbour. A packet in or out
// allocates nothing. Methods may be called from any goroutine.
//
// Each session sends from a socket and a port of its own (RFC 5881 section 4); all of an address family
// are received by one socket for each of the two ports. It drops, in the kernel, what comes from
// elsewhere than a neighbour.
package speaker
