package vrrp

import (
	"net/netip"
	"time"
)

// Counter is one of the statistics of an instance, with keepalived's meaning.
type Counter uint8

// Counters of what is wrong with a received packet. NoError counts nothing.
const (
	NoError Counter = iota
	LengthError
	TTLError
	TypeError
	IntervalError
	AddressError
	VersionError
	ChecksumError
	SourceError
	AuthTypeInvalid
	AuthTypeMismatch
	AuthFailure
	AuthReplay
	// Those of auth_hmac, with keepalived's meaning.
	AuthExtMissing
	AuthExtMalformed
	AuthExtUnknownKey
	AuthExtInvalid
	AuthExtStale
	AuthExtReplay
	Counters // how many there are
)

// Stats are the counters of an instance since it was first configured.
type Stats struct {
	AdvertReceived, AdvertSent, BecameMaster, ReleasedMaster uint64
	PriorityZeroReceived, PriorityZeroSent                   uint64
	// OtherMasters are advertisements of another router that came in while this one was MASTER, farewells
	// aside.
	OtherMasters uint64
	Errors       [Counters]uint64 // by Counter
}

// Status is a snapshot of one instance.
type Status struct {
	ID     ID
	Name   string
	Group  string
	State  State
	Reason Reason
	// Since is when the state was entered, on the caller's clock.
	Since time.Duration
	// Leaving: MASTER in a planned stop, the successor has not been heard yet.
	Leaving bool
	// Aside: it was switched away and takes part with the least priority until AsideUntil, on the
	// caller's clock; 0: until it is told otherwise.
	Aside          bool
	AsideUntil     time.Duration
	BasePriority   uint8
	Priority       uint8 // effective
	MasterAddr     netip.Addr
	MasterPriority uint8
	MasterInterval time.Duration
	Source         netip.Addr
	// Heard is the last other master, also while this one is MASTER.
	Heard         netip.Addr
	HeardPriority uint8
	// Became is why it last became MASTER: PeerPriorityZero, LowerPriority, Owner or MasterDownTimer;
	// NoReason: it never did.
	Became Reason
	// Sequence is the last AH sequence number sent or received.
	Sequence uint32
	Stats    Stats
	// Links are the tracked interfaces that speak for or against the priority.
	Links []LinkEffect
}

// LinkEffect is what a tracked interface means to an instance.
type LinkEffect struct {
	Name   string
	Up     bool
	Weight int // added to the priority
	Fault  bool
}

// GroupStatus is a snapshot of one sync group.
type GroupStatus struct {
	Name    string
	State   State
	Members []ID
}

// Count counts a received packet that was dropped, or is odd.
func (r *Router) Count(id ID, c Counter) {
	if in := r.find(id); in != nil && c > NoError && c < Counters {
		in.stats.Errors[c]++
	}
}

// ClearStats sets all counters to zero.
func (r *Router) ClearStats() {
	for _, in := range r.order {
		in.stats = Stats{}
	}
}

// State is the state of one instance, INIT for one that is not there.
func (r *Router) State(id ID) State {
	if in := r.instances[id]; in != nil {
		return in.state
	}
	return Init
}

// Priority is the effective priority of one instance, 0 for one that is not there.
func (r *Router) Priority(id ID) uint8 {
	if in := r.instances[id]; in != nil {
		return in.effective
	}
	return 0
}

// Became is why one instance last became MASTER, as Status.Became says.
func (r *Router) Became(id ID) Reason {
	if in := r.instances[id]; in != nil {
		return in.became
	}
	return NoReason
}

// Status is a snapshot of one instance; false: there is none of that ID.
func (r *Router) Status(id ID) (Status, bool) {
	in := r.instances[id]
	if in == nil {
		return Status{}, false
	}
	return r.status(in), true
}

// Instances are snapshots of all instances, in configured order.
func (r *Router) Instances() []Status {
	all := make([]Status, 0, len(r.order))
	for _, in := range r.order {
		all = append(all, r.status(in))
	}
	return all
}

// Groups are snapshots of all sync groups, in configured order.
func (r *Router) Groups() []GroupStatus {
	all := make([]GroupStatus, 0, len(r.groups))
	for _, g := range r.groups {
		s := GroupStatus{Name: g.cfg.Name, State: g.state}
		for _, in := range g.members {
			s.Members = append(s.Members, in.cfg.ID)
		}
		all = append(all, s)
	}
	return all
}

func (r *Router) status(in *instance) Status {
	s := Status{
		ID: in.cfg.ID, Name: in.cfg.Name, State: in.state, Reason: in.reason, Since: in.since,
		Leaving: in.leaving, BasePriority: in.cfg.Priority, Priority: in.effective,
		MasterAddr: in.masterAddr, MasterPriority: in.masterPriority, MasterInterval: in.masterInt,
		Source: in.source, Heard: in.heard, HeardPriority: in.heardPriority, Became: in.became, Sequence: in.sequence, Stats: in.stats,
		Links: r.linkEffects(in),
	}
	if s.Aside = in.aside; in.aside && in.asideUntil != never {
		s.AsideUntil = in.asideUntil
	}
	if in.group != nil {
		s.Group = in.group.cfg.Name
	}
	return s
}

func (r *Router) linkEffects(in *instance) (all []LinkEffect) {
	for i := range in.cfg.Interfaces {
		l := &in.cfg.Interfaces[i]
		e := LinkEffect{Name: l.Name, Up: r.links[l.Name]}
		if e.Weight, e.Fault = l.amount(e.Up); e.Weight != 0 || e.Fault {
			all = append(all, e)
		}
	}
	return all
}
