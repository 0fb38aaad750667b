package bfd

import "net/netip"

// EventKind says what an Event is about.
type EventKind uint8

// Events.
const (
	// Tick: nothing but time has passed. Any event also runs the deadlines that are due.
	Tick EventKind = iota
	// Received: a datagram that Parse found nothing wrong with (Packet, From, TTL, Multihop).
	Received
	// Stop: all sessions are taken away. The core does nothing more afterwards.
	Stop
)

// Event is one input of the core. It is one flat struct so that none is allocated.
type Event struct {
	Kind EventKind
	From netip.Addr
	// TTL is the TTL or hop limit that was left.
	TTL int
	// Multihop: it came to the port for sessions beyond the link.
	Multihop bool
	Packet   Packet
}
