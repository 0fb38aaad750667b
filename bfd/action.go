package bfd

import (
	"fmt"
	"net/netip"
	"time"
)

// ActionKind says what the shell has to do.
type ActionKind uint8

// Actions.
const (
	// Send: send Packet for Session now.
	Send ActionKind = iota
	// Changed: Session went From -> To; Diag and RemoteDiag say why.
	Changed
	// Turned: the path through Session is usable from now on, or not any more (Alive). This is what
	// whoever relies on the session wants to know.
	Turned
	// Expired: nothing was heard for the time Detection; the core was told Late after its end. A
	// Changed follows.
	Expired
	// Renegotiated: how often packets come and go has changed. Tx is the interval between sent ones
	// before jitter, Detection the detection time.
	Renegotiated
	// Polling: a poll sequence begins, which tells the neighbour of other intervals.
	Polling
	// Heard: a packet of the neighbour was taken.
	Heard
	// Discarded: a packet from Source was not taken because of Fault. Session is 0 where none is meant.
	Discarded
	// Closed: the session is gone, its last packet, if any, was given to Send.
	Closed
)

// ID names a session as long as it lives. It is never used again, and never 0.
type ID uint32

// Action is one output of the core: a value, comparable, printable.
type Action struct {
	Kind             ActionKind
	Session          ID
	Packet           Packet
	From, To         State
	Diag, RemoteDiag Diag
	Tx, Detection    time.Duration
	Late             time.Duration
	Source           netip.Addr
	Fault            Fault
	Alive            bool
}

// String is one line for tests and traces.
func (a Action) String() string {
	switch a.Kind {
	case Send:
		return fmt.Sprintf("%d sends %s", a.Session, a.Packet)
	case Changed:
		return fmt.Sprintf("%d: %s -> %s (%s, %s)", a.Session, a.From, a.To, a.Diag, a.RemoteDiag)
	case Turned:
		return fmt.Sprintf("%d: alive %v", a.Session, a.Alive)
	case Expired:
		return fmt.Sprintf("%d expired after %v, %v late", a.Session, a.Detection, a.Late)
	case Renegotiated:
		return fmt.Sprintf("%d sends every %v, waits for %v", a.Session, a.Tx, a.Detection)
	case Polling:
		return fmt.Sprintf("%d polls", a.Session)
	case Heard:
		return fmt.Sprintf("%d is heard", a.Session)
	case Discarded:
		return fmt.Sprintf("%d discards one of %s: %s", a.Session, a.Source, a.Fault)
	}
	return fmt.Sprintf("%d is closed", a.Session)
}

// String is a packet in one line.
func (p Packet) String() string {
	flags := ""
	for _, f := range []struct {
		set  bool
		name string
	}{{p.Poll, "P"}, {p.Final, "F"}, {p.Independent, "C"}, {p.Auth, "A"}, {p.Demand, "D"}} {
		if f.set {
			flags += f.name
		}
	}
	return fmt.Sprintf("%s [%s] x%d tx %v rx %v", p.State, flags, p.Multiplier, p.MinTx, p.MinRx)
}
