// Package speaker is the shell around the VRRP core: sockets, deadlines, addresses, gratuitous ARP
// and unsolicited NA. One goroutine owns the core and does nothing that can wait; effects on the
// kernel run beside it, in order for each instance, and report back.
package speaker
