package vrrp

import "time"

// ActionKind says what the shell has to do.
type ActionKind uint8

// Actions, in the order in which the core emits them for one transition.
const (
	// SendAdvert: send an advertisement of Instance with Priority now.
	SendAdvert ActionKind = iota
	// EnterMaster: IPVS services, then virtual addresses, then GARP/NA (Count packets an address).
	EnterMaster
	// LeaveMaster: virtual addresses out, then IPVS services. To is the state entered.
	LeaveMaster
	// Announce: send Count GARP/NA packets an address (delayed set, refresh, lower priority seen).
	Announce
	// Changed: Instance went From -> To for Reason: log, notify, metrics. For a sync group Group is
	// set and Instance is 0. With Quiet nobody is notified (keepalived runs no script for it).
	Changed
	// PriorityChanged: the effective priority is Priority now and was Before.
	PriorityChanged
	// LowerPriorityReceived: MASTER saw an advert of lower priority (notify_master_rx_lower_pri).
	LowerPriorityReceived
	// Note: something an operator should read: Reason.
	Note
	// Released: a Stop is over for Instance: it is no MASTER any more. A planned one ends when the
	// successor was seen or the wait ended.
	Released
)

// Action is one output of the core: a value, comparable, printable.
type Action struct {
	Kind     ActionKind
	Instance ID
	Group    string
	Priority uint8
	Before   uint8
	Count    int
	// Sequence is the AH sequence number to send with (SendAdvert of an instance with AH).
	Sequence uint32
	From, To State
	Reason   Reason
	Quiet    bool
	// After is a hint for pacing: the shell may spread what it does over this time.
	After time.Duration
}
