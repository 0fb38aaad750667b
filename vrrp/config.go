package vrrp

import (
	"net/netip"
	"time"
)

// ID names an instance. The wiring gives each instance name one ID, never 0, and keeps it over
// reloads unless what makes the virtual router another one (interface, family, VRID, version)
// changes: then it is a removed and a new instance.
type ID uint32

// State is a virtual router's state (RFC 9568 section 6.4), with keepalived's FAULT.
type State uint8

// States. The numbers are those of keepalived's dumps.
const (
	Init State = iota
	Backup
	Master
	Fault
)

// AuthType is VRRPv2 authentication (RFC 2338 section 5.3.6).
type AuthType uint8

// Authentication types, numbered as on the wire.
const (
	NoAuth AuthType = 0
	Pass   AuthType = 1
	AH     AuthType = 2
)

// Config is one virtual router as the core needs it.
type Config struct {
	ID        ID
	Name      string
	Family    int // 4 or 6
	VRID      uint8
	Version   int // 2 or 3
	Priority  uint8
	AdvertInt time.Duration
	// StartMaster is "state MASTER".
	StartMaster bool
	NoPreempt   bool
	// PreemptDelay is preempt_delay; 0 is none.
	PreemptDelay     time.Duration
	DownTimerAdverts int // keepalived's multiplier, 3 by default
	StartupDelay     time.Duration
	// LatePriority is the highest priority of the other routers: a MASTER whose advertisement is so late
	// that such a router has taken over steps back, without another election (timer_expired_backup); 0:
	// it goes on.
	LatePriority uint8

	Unicast        bool
	Peers          []Peer // unicast peers; empty for multicast
	CheckSource    bool   // drop unicast adverts from others than peers
	Auth           AuthType
	AuthData       [8]byte
	HMAC           *HMAC        // auth_hmac; nil: none
	Addresses      []netip.Addr // carried in adverts, in configured order
	SkipCheckAddrs bool
	V3ChecksumAsV2 bool
	// NeverOldSum: what has the checksum of keepalived before 2.0 is dropped (old_unicast_checksum never).
	NeverOldSum bool

	LowerPrioNoAdvert    bool
	HigherPrioSendAdvert bool
	OwnerIgnoreAdverts   bool

	GARP GARP

	// Interfaces are the tracked links: the instance's own first (unless dont_track_primary), those
	// of its sync group among them.
	Interfaces []TrackedLink
	// NeedSource: without a source address the instance is in FAULT.
	NeedSource bool
	// ConfigFault keeps the instance in FAULT for ever; it says why.
	ConfigFault string
	// Adopted: an earlier process of ours left this instance as MASTER within the master down
	// interval, its addresses are in place; it goes on as MASTER (design 1.4).
	Adopted bool
	// AdoptedSequence is the last AH sequence number that the earlier process sent.
	AdoptedSequence uint32
	// HandoverHold is how long after the successor's first advertisement, at most, a planned stop goes on
	// forwarding, so that the successor's addresses are in place first.
	HandoverHold time.Duration
}

// Peer is a unicast peer. The TTL limits are -1 when not set.
type Peer struct {
	Addr           netip.Addr
	MinTTL, MaxTTL int
}

// GARP says how often gratuitous ARPs (or unsolicited NAs) are sent.
type GARP struct {
	Delay          time.Duration // of the second set after becoming MASTER; 0: none
	Repeat         int
	Refresh        time.Duration // 0: none
	RefreshRepeat  int
	LowerPrioDelay time.Duration
	LowerPrioRep   int
}

// TrackedLink is a tracked interface; Weight 0 means FAULT while it is down (Reverse: up). With a
// weight Reverse turns its sign round. A link that no LinkUp was ever told of is down.
type TrackedLink struct {
	Name    string
	Weight  int
	Reverse bool
}

// GroupConfig is a sync group.
type GroupConfig struct {
	Name    string
	Members []ID
}
