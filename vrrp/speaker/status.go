package speaker

import (
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// Status is a snapshot of the VRRP process for dumps, metrics and holdfastctl.
type Status struct {
	Instances []InstanceStatus
	Groups    []GroupStatus
	// Packets that belong to no instance.
	UnknownVRID, BadProtocol uint64
	// SendFailures counts what the kernel did not take.
	SendFailures uint64
	Lateness     Lateness
	// EventsLost is how often the kernel told of changes in the network faster than they were read, so
	// that everything was read anew.
	EventsLost uint64
}

// InstanceStatus is the running state of one instance.
type InstanceStatus struct {
	ID           vrrp.ID
	Name         string
	Interface    string
	VRID         uint8
	Family       int
	State        string // INIT, BACKUP, MASTER, FAULT
	Wanted       string // the state that it heads for
	Reason       string
	Since        time.Time
	BasePriority int
	Priority     int // effective
	// Why says what speaks for or against the priority, or makes the FAULT: "script chk failed -10".
	Why string
	// Aside: it was handed over by command and stands aside until AsideUntil; zero: until that is
	// undone. Leaving: it hands over now.
	Aside, Leaving bool
	AsideUntil     time.Time
	GARPDelay      time.Duration // garp_master_delay
	MasterAddr     netip.Addr
	MasterPriority int
	Source         netip.Addr
	// Heard is the last other master, also while this one is MASTER.
	Heard         netip.Addr
	HeardPriority int
	// MasterInterval is that of the current master.
	MasterInterval time.Duration
	// Became is why it last became MASTER, in the words of a Reason; ProtocolError is what was wrong with
	// the last packet of wrong TTL, version or checksum: vrrp.Counter's name. Both may be empty.
	Became, ProtocolError string
	Addresses             []string // virtual addresses as "192.0.2.1/32 dev eth0"
	Excluded              []string // those of virtual_ipaddress_excluded
	Held                  bool     // the addresses are on the interface
	Stats                 Stats
}

// GroupStatus is the running state of a sync group.
type GroupStatus struct {
	Name    string
	State   string
	Members []string
}

// Stats are an instance's counters, with keepalived's meaning.
type Stats struct {
	AdvertReceived, AdvertSent, BecameMaster, ReleasedMaster           uint64
	LengthErrors, TTLErrors, TypeErrors, IntervalErrors, AddressErrors uint64
	VersionErrors, ChecksumErrors, SourceErrors                        uint64
	AuthInvalidType, AuthTypeMismatch, AuthFailure, AuthReplay         uint64
	AuthExtMissing, AuthExtMalformed, AuthExtUnknownKey                uint64
	AuthExtInvalid, AuthExtStale, AuthExtReplay                        uint64
	PriorityZeroReceived, PriorityZeroSent                             uint64
	AddressesReasserted                                                uint64
	// OtherMasters are advertisements of another router that came in while this one was MASTER.
	OtherMasters uint64
	// Adverts received by what their checksum covers: the message alone (version 2, and version 3 by RFC
	// 9568), a pseudo-header as well (IPv6, and version 3 over IPv4), or the pseudo-header of unicast of
	// keepalived before 2.0, with the multicast address.
	SumPlain, SumPseudo, SumOld uint64
}

// Change is a transition reported to the parent as it happens: for logs, notification and mail.
type Change struct {
	At       time.Time
	Instance string // or empty
	Group    string
	From, To string
	Priority int
	Reason   string
	// Quiet: keepalived runs no script and sends no mail for it.
	Quiet bool
	// Event is set for what is no transition: LowerPriority, MasterPriority,
	// BackupPriority, Noted, Reloaded, BadPacket.
	Event string
	// Source is the instance's own address, of BadPacket that of the sender. Became, at a change to
	// MASTER, is InstanceStatus.Became.
	Source netip.Addr
	Became string
}
