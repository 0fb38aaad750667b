package vrrp

import (
	"net/netip"
	"time"
)

// EventKind says what an Event is about.
type EventKind uint8

// Events.
const (
	// Tick: nothing but time has passed. Any event also runs the deadlines that are due.
	Tick EventKind = iota
	// Received: a valid advertisement for Instance (Advert is filled).
	Received
	// LinkUp and LinkDown: state of the interface named Link changed.
	LinkUp
	LinkDown
	// SourceGained and SourceLost: Instance has, or has no longer, an address to send from (Source).
	SourceGained
	SourceLost
	// AddressLost: one of Instance's virtual addresses was removed by somebody else and could not
	// be put back in place.
	AddressLost
	// Tracked: a tracker other than an interface (script, file, process, BFD) changed: Weight is
	// the new sum of their weights, Down how many of weight 0 are failed.
	Tracked
	// Stop: leave MASTER; all instances when Instance is 0. Planned asks for a handover.
	Stop
	// SuccessorSeen is produced by the core itself from Received; shells never send it.
	SuccessorSeen
	// Start: all instances that have not been started (or Instance alone) leave INIT. The shell
	// first tells the world as it is (LinkUp, SourceGained, Tracked), after New and after Reload.
	Start
	// Switch: the MASTER Instance, and with it its sync group, hands over by command and stands aside
	// for For (0: until SwitchBack). Ask Switchable before.
	Switch
	// SwitchBack: Instance and its sync group stand aside no longer.
	SwitchBack
	// SuccessorAnnounced: the router that Instance hands over to has announced all its virtual
	// addresses (gratuitous ARP, unsolicited neighbour advertisements).
	SuccessorAnnounced
)

// Event is one input of the core. It is one flat struct so that none is allocated.
type Event struct {
	Kind     EventKind
	Instance ID
	Link     string
	Source   netip.Addr
	Advert   Advert
	Weight   int
	Down     int
	// Pending, with Tracked: some tracker has no result yet; FAULT, but nothing to notify of.
	Pending bool
	Planned bool
	For     time.Duration
}

// Advert is what the core wants to know of a received advertisement that passed the wire checks.
type Advert struct {
	Source   netip.Addr
	Priority uint8
	Interval time.Duration
	// Sequence is the AH sequence number, 0 without AH.
	Sequence uint32
}
