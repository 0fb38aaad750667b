// Package rtnl reads and changes links, addresses, routes and rules of the kernel by rtnetlink.
//
// It offers a Conn for requests (dumps, and changes in batches) and a Monitor for what changes.
// A Conn serialises its users; a Monitor calls its handler from one goroutine, events in kernel
// order, and dumps everything anew when the kernel says that events were lost (ENOBUFS).
// Both use the network namespace of the thread that opens them.
//
// Addresses, routes and rules are written in one buffer and sent many at a time, unacknowledged but for the last: the
// kernel handles a batch before send returns and reports what failed, by sequence number.
package rtnl
