package vrrp

import "fmt"

var stateNames = [...]string{"INIT", "BACKUP", "MASTER", "FAULT"}

// String is keepalived's name of the state.
func (s State) String() string { return name(stateNames[:], int(s)) }

var actionNames = [...]string{
	SendAdvert: "SendAdvert", EnterMaster: "EnterMaster", LeaveMaster: "LeaveMaster", Announce: "Announce",
	Changed: "Changed", PriorityChanged: "PriorityChanged", LowerPriorityReceived: "LowerPriorityReceived",
	Note: "Note", Released: "Released",
}

func (k ActionKind) String() string { return name(actionNames[:], int(k)) }

var eventNames = [...]string{
	Tick: "Tick", Received: "Received", LinkUp: "LinkUp", LinkDown: "LinkDown", SourceGained: "SourceGained",
	SourceLost: "SourceLost", AddressLost: "AddressLost", Tracked: "Tracked", Stop: "Stop",
	SuccessorSeen: "SuccessorSeen", Start: "Start",
	Switch: "Switch", SwitchBack: "SwitchBack", SuccessorAnnounced: "SuccessorAnnounced",
}

func (k EventKind) String() string { return name(eventNames[:], int(k)) }

var reasonNames = [...]string{
	NoReason: "", Started: "started", MasterDownTimer: "master is silent", HigherPriority: "higher priority received",
	HigherAddress: "same priority, higher address received", InterfaceDown: "interface down",
	InterfaceUp: "interface up", NoSourceAddress: "no source address", TrackerFailed: "tracker failed",
	TrackerRecovered: "trackers recovered", SyncGroup: "sync group", Stopped: "stopped", Adopted: "adopted",
	AddressRemoved: "address removed by somebody else", Misconfigured: "configuration", Owner: "address owner",
	OwnAddressReceived: "advertisement from our own address", LowerPriority: "lower priority received",
	PeerPriorityZero: "master is leaving", DuplicateOwner: "another address owner",
	IntervalDiffers: "master's interval differs", Removed: "removed by reload", TrackerPending: "tracker has no result yet",
	PriorityChange: "priority changed",
	SwitchedAway:   "handed over by command", NoSuccessor: "nobody took over", NotMaster: "not MASTER",
	NoPeer: "no unicast peer is configured", AdvertLate: "advertisement late by an interval or more: is the machine too busy?",
	HeldUp: "held up for longer than others wait",
}

func (r Reason) String() string { return name(reasonNames[:], int(r)) }

var counterNames = [...]string{
	NoError: "none", LengthError: "length", TTLError: "ttl", TypeError: "type", IntervalError: "interval",
	AddressError: "address list", VersionError: "version", ChecksumError: "checksum", SourceError: "source",
	AuthTypeInvalid: "auth type invalid", AuthTypeMismatch: "auth type mismatch", AuthFailure: "auth failure",
	AuthReplay: "auth replay", AuthExtMissing: "trailer missing", AuthExtMalformed: "trailer malformed",
	AuthExtUnknownKey: "trailer's key unknown", AuthExtInvalid: "trailer's HMAC wrong",
	AuthExtStale: "trailer stale", AuthExtReplay: "trailer replayed",
}

func (c Counter) String() string { return name(counterNames[:], int(c)) }

func name(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%d", i)
}

// String is one line for tests and traces, such as "1 MASTER->BACKUP higher priority received".
func (a Action) String() string {
	who := fmt.Sprint(a.Instance)
	if a.Group != "" {
		who = a.Group
	}
	switch a.Kind {
	case SendAdvert:
		return fmt.Sprintf("%s advert %d", who, a.Priority)
	case EnterMaster:
		return fmt.Sprintf("%s enter master, announce %d", who, a.Count)
	case LeaveMaster:
		return fmt.Sprintf("%s leave master", who)
	case Announce:
		return fmt.Sprintf("%s announce %d", who, a.Count)
	case Changed:
		return fmt.Sprintf("%s %s->%s: %s", who, a.From, a.To, a.Reason)
	case PriorityChanged:
		return fmt.Sprintf("%s priority %d", who, a.Priority)
	case LowerPriorityReceived:
		return fmt.Sprintf("%s lower priority %d received", who, a.Priority)
	case Note:
		return fmt.Sprintf("%s note: %s", who, a.Reason)
	}
	return fmt.Sprintf("%s %s", who, a.Kind)
}
