// Package demo tells how a failover pair works, as it happens: the pair of examples/dr-pair in a
// lab, seen from a client, from the kernel and from the wire. It runs inside the lab.
package demo
