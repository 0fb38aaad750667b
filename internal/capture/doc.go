// Package capture takes VRRP packets from the wire or from a file of tcpdump or wireshark, as
// vrrp/watch wants them. On the wire the kernel passes on protocol 112 alone, and what an
// Authentication Header says to be that.
package capture
