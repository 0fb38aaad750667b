// Package firewall drops packets to and from addresses, for as long as a router that does not accept
// packets to them is MASTER (RFC 9568 section 6.1, Accept_Mode).
//
// It has tables of its own in nftables, one for each family, that are there only while they hold an
// address: sets of addresses, and chains that drop what comes in for them or goes out from them.
// Neighbour discovery passes, or nobody could find the router. Each change is one transaction.
//
// It also keeps the kernel from telling switches of multicast groups by interfaces that have a virtual MAC
// address, in tables of their own.
//
// A Firewall works in the network namespace of the thread that calls it. It is for one goroutine.
package firewall
