package vrrp

import (
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/internal/due"
)

// fault is a set of the reasons to be in FAULT.
type fault uint8

const (
	faultLink fault = 1 << iota
	faultTracker
	faultPending
	faultSource
	faultConfig
)

// instance is the running state of one virtual router.
type instance struct {
	cfg   Config
	group *group

	state  State
	reason Reason        // of the last transition
	since  time.Duration // when it was
	// started and stopped: INIT before the one and after the other.
	started, stopped bool
	// leaving: MASTER in a planned stop; handed: the successor has been heard; announced: it has
	// announced the addresses.
	leaving, handed, announced bool
	// switching: what makes it leave is no stop but a switch, after which it stands aside for hold.
	switching bool
	hold      time.Duration
	// aside: it takes part with the least priority, until asideUntil (never: until told otherwise).
	aside      bool
	asideUntil time.Duration
	// wants: would be MASTER, but the sync group is not ready.
	wants bool

	effective   uint8
	linkWeight  int // sum over tracked interfaces
	trackWeight int // sum over other trackers
	faults      fault
	source      netip.Addr

	masterAddr     netip.Addr
	masterPriority uint8
	// masterInt is the master's interval: learnt in version 3, else the own one.
	masterInt time.Duration
	// heard is the last other master, also while it is MASTER itself.
	heard         netip.Addr
	heardPriority uint8
	// cause is why it would become MASTER now, became why it last did, both in the sense of RFC 6527's
	// vrrpv3StatisticsNewMasterReason: PeerPriorityZero, LowerPriority, Owner or MasterDownTimer.
	cause, became Reason
	// resetAt is when the master down timer was last set.
	resetAt time.Duration
	// preemptAt is when preempt_delay is over; 0: it has not begun.
	preemptAt time.Duration
	// deafUntil is the end of vrrp_startup_delay.
	deafUntil time.Duration

	// sequence is the last AH sequence number sent or received.
	sequence uint32
	// extension is auth_hmac, nil without it.
	extension *extension

	// Owner conflict: adverts of the other owner since conflictAt, and whether we gave way.
	conflicts  int
	conflictAt time.Duration
	yielded    bool
	// noted keeps a Note from being repeated with each advertisement.
	notedOwn      bool
	notedInterval time.Duration
	// notedLate is when a late advertisement was last noted; never at first.
	notedLate time.Duration

	due [slots]time.Duration
	// Entry is the earliest of those.
	due.Entry[instance]

	stats Stats
}

func newInstance(cfg Config) *instance {
	in := &instance{cfg: cfg, masterInt: cfg.AdvertInt, effective: cfg.Priority, sequence: cfg.AdoptedSequence, Entry: due.Entry[instance]{At: never}, notedLate: -lateNoteInterval}
	for i := range in.due {
		in.due[i] = never
	}
	if cfg.ConfigFault != "" {
		in.faults |= faultConfig
	}
	if cfg.NeedSource {
		in.faults |= faultSource
	}
	in.extend()
	return in
}

// normalise replaces what would make the machine run in circles; the configuration's own checks
// have said so long before.
func normalise(cfg Config) Config {
	if cfg.AdvertInt < 10*time.Millisecond {
		cfg.AdvertInt = time.Second
	}
	if cfg.DownTimerAdverts < 1 {
		cfg.DownTimerAdverts = 3
	}
	if cfg.Priority == 0 {
		cfg.Priority = 100
	}
	return cfg
}

func (in *instance) skew() time.Duration {
	return skewTime(in.cfg.Version, in.effective, in.masterInt)
}

func (in *instance) down() time.Duration {
	return masterDown(in.cfg.Version, in.effective, in.masterInt, in.cfg.DownTimerAdverts)
}

// running tells whether the instance takes part in elections or could if nothing was at fault.
func (in *instance) running() bool { return in.started && !in.stopped }

func (in *instance) owner() bool { return in.cfg.Priority == owner }

// change records and reports a transition.
func (r *Router) change(in *instance, to State, reason Reason, quiet bool) {
	from := in.state
	in.state, in.reason, in.since = to, reason, r.now
	r.emit(Action{Kind: Changed, Instance: in.cfg.ID, From: from, To: to, Reason: reason, Priority: in.effective, Quiet: quiet})
}

// leaveMaster takes the addresses and services down if in is MASTER. With farewell, a priority 0
// advertisement goes first (RFC 9568 section 6.4.3).
func (r *Router) leaveMaster(in *instance, to State, reason Reason, farewell bool) {
	if in.state != Master {
		return
	}
	if farewell {
		r.advertise(in, 0)
	}
	r.disarm(in)
	in.leaving, in.handed, in.switching = false, false, false
	in.stats.ReleasedMaster++
	r.emit(Action{Kind: LeaveMaster, Instance: in.cfg.ID, From: Master, To: to, Reason: reason})
}

// disarm takes away the deadlines of the state.
func (r *Router) disarm(in *instance) {
	for s := listenSlot; s <= handoverSlot; s++ {
		r.arm(in, s, never)
	}
}

// enterMaster makes in MASTER: advertisement first (RFC 9568 section 6.4.2), then addresses.
// An adopted one has its addresses in place and its neighbours know where it is.
func (r *Router) enterMaster(in *instance, reason Reason) {
	in.wants, in.preemptAt, in.notedOwn, in.conflicts = true, 0, false, 0
	in.masterInt = in.cfg.AdvertInt
	in.yielded = false
	in.renewSequence()
	r.updatePriority(in)
	r.advertise(in, in.effective)
	in.due[listenSlot] = never
	r.arm(in, mainSlot, r.now+in.cfg.AdvertInt)
	count := in.cfg.GARP.Repeat
	if reason == Adopted {
		count = 0
	} else if in.cfg.GARP.Delay > 0 {
		r.arm(in, delayedSlot, r.now+in.cfg.GARP.Delay)
	}
	if in.cfg.GARP.Refresh > 0 {
		r.arm(in, refreshSlot, r.now+in.cfg.GARP.Refresh)
	}
	in.stats.BecameMaster++
	if in.became = in.cause; in.owner() {
		in.became = Owner
	}
	in.masterAddr, in.masterPriority = in.source, in.effective
	r.emit(Action{Kind: EnterMaster, Instance: in.cfg.ID, Count: count, Reason: reason, From: in.state, To: Master})
	r.change(in, Master, reason, false)
}

// enterBackup makes in BACKUP, with its master down timer set to wait.
func (r *Router) enterBackup(in *instance, reason Reason, wait time.Duration, farewell, quiet bool) {
	r.leaveMaster(in, Backup, reason, farewell)
	in.wants, in.preemptAt, in.conflicts, in.cause = false, 0, 0, MasterDownTimer
	r.change(in, Backup, reason, quiet)
	r.armDown(in, wait)
}

// armDown sets the master down timer. Halfway between when the next advertisement should be there and when
// the master would be taken for dead, in makes sure that it is awake.
func (r *Router) armDown(in *instance, wait time.Duration) {
	in.resetAt, in.due[listenSlot] = r.now, never
	if wait > in.masterInt {
		in.due[listenSlot] = r.now + (wait+in.masterInt)/2
	}
	r.arm(in, mainSlot, r.now+wait)
}

// listened puts the master down timer off by as much as in was held up. A machine that stood still, as a
// virtual one does for a snapshot, heard nothing meanwhile, and where it stood still with the master's the
// master had no chance to say anything. keepalived takes the time for silence and becomes MASTER. What is
// left after this deadline is enough to hear a master that is alive: an interval and half the skew time,
// with the 3 advertisements of the RFCs.
func (r *Router) listened(in *instance) {
	late := r.now - in.due[listenSlot]
	r.arm(in, listenSlot, never)
	if in.state == Backup && in.due[mainSlot] != never {
		r.arm(in, mainSlot, in.due[mainSlot]+late)
	}
}

// enterFault makes in FAULT: it neither sends nor hears anything.
func (r *Router) enterFault(in *instance, reason Reason, quiet bool) {
	r.leaveMaster(in, Fault, reason, true)
	in.wants = false
	r.disarm(in)
	r.change(in, Fault, reason, quiet)
}

// masterDownExpired: the master is silent (RFC 9568 section 6.4.2).
func (r *Router) masterDownExpired(in *instance) {
	in.wants = true
	if in.group == nil {
		r.enterMaster(in, in.masterReason())
		return
	}
	if in.group.ready() {
		r.groupMaster(in)
		return
	}
	r.armDown(in, in.down())
}

// masterReason is why an expired timer makes in MASTER.
func (in *instance) masterReason() Reason {
	if in.owner() {
		return Owner
	}
	return MasterDownTimer
}
