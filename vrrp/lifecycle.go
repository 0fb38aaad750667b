package vrrp

import "time"

// start takes one instance (0: all) out of INIT.
func (r *Router) start(id ID) {
	for _, in := range r.order {
		if in.started || in.stopped || id != 0 && in.cfg.ID != id {
			continue
		}
		in.started = true
		in.deafUntil = r.now + in.cfg.StartupDelay
		r.weighLinks(in)
		r.setPriority(in)
	}
	for _, in := range r.order {
		if in.running() && in.state == Init && in.goesOn() {
			in.faults &^= faultPending // until a result says otherwise
		}
	}
	for _, g := range r.groups {
		g.countFaults()
	}
	for _, g := range r.groups {
		r.groupBegins(g)
	}
	for _, in := range r.order {
		if in.running() && in.state == Init {
			r.leaveInit(in)
		}
	}
	for _, g := range r.groups {
		for _, in := range g.members {
			if in.running() {
				r.judge(in, in, SyncGroup)
			}
		}
		if !g.aboutToBeMaster() {
			r.settleGroup(g)
		}
	}
}

// leaveInit decides where a started instance begins (RFC 9568 section 6.4.1).
func (r *Router) leaveInit(in *instance) {
	adopt := in.goesOn() && !in.faulty()
	if in.cfg.Adopted && !adopt {
		// The addresses that the earlier process left are not ours to keep.
		r.emit(Action{Kind: LeaveMaster, Instance: in.cfg.ID, From: Master, To: Backup, Reason: Started})
	}
	switch {
	case adopt:
		r.enterMaster(in, Adopted)
	case in.faulty():
		r.enterFault(in, in.faultReason(), in.faults == faultPending)
	case in.group != nil && in.group.state == Master:
		// A reload added it to a group that is MASTER.
		r.enterMaster(in, SyncGroup)
	default:
		quiet := in.owner() && (in.group == nil || in.group.owners())
		r.enterBackup(in, Started, in.cfg.StartupDelay+in.startWait(true), false, quiet)
	}
}

// goesOn tells whether in was left as MASTER, with its whole group.
func (in *instance) goesOn() bool {
	return in.cfg.Adopted && (in.group == nil || in.group.adoptable())
}

// adoptable tells whether every member was left as MASTER: a group is never MASTER in part.
func (g *group) adoptable() bool {
	for _, in := range g.members {
		if !in.cfg.Adopted && !in.stopped && in.state != Master {
			return false
		}
	}
	return true
}

// startWait is the first master down time after INIT or FAULT. An owner is MASTER at once. The
// first time, "state MASTER" waits for one interval and the least skew only, as keepalived does.
func (in *instance) startWait(first bool) time.Duration {
	switch {
	case in.owner():
		return 0
	case first && in.cfg.StartMaster:
		return in.cfg.AdvertInt + skewTime(in.cfg.Version, owner, in.cfg.AdvertInt)
	}
	return masterDown(in.cfg.Version, in.effective, in.cfg.AdvertInt, in.cfg.DownTimerAdverts)
}

func (in *instance) faultReason() Reason {
	switch {
	case in.faults&faultConfig != 0:
		return Misconfigured
	case in.faults&faultLink != 0:
		return InterfaceDown
	case in.faults&faultSource != 0:
		return NoSourceAddress
	case in.faults&faultTracker != 0:
		return TrackerFailed
	case in.faults&faultPending != 0:
		return TrackerPending
	}
	return SyncGroup
}

// stop ends one instance (0: all). Planned, a MASTER hands over: it says farewell and goes on
// forwarding until its successor is heard or cannot be expected any more.
func (r *Router) stop(id ID, planned bool) {
	for _, in := range r.order {
		if in.stopped || id != 0 && in.cfg.ID != id {
			continue
		}
		switch {
		case in.state == Master && planned && !in.leaving:
			r.beginHandover(in)
		case in.state == Master && planned:
			in.switching = false // what was a switch ends as a stop
		default:
			r.halt(in, Stopped, !in.leaving)
		}
	}
	for _, g := range r.groups {
		if id == 0 {
			r.settleGroup(g)
		}
	}
}

// halt takes in back to INIT, for ever.
func (r *Router) halt(in *instance, reason Reason, farewell bool) {
	r.leaveMaster(in, Init, reason, farewell)
	in.due[listenSlot] = never
	r.arm(in, mainSlot, never)
	if in.state != Init {
		r.change(in, Init, reason, false)
	}
	in.stopped = true
	in.wants = false
	r.emit(Action{Kind: Released, Instance: in.cfg.ID, Reason: reason})
}

func (r *Router) beginHandover(in *instance) {
	in.leaving, in.announced = true, false
	r.advertise(in, 0)
	r.disarm(in)
	r.arm(in, mainSlot, r.now+farewellRepeat(in.cfg.AdvertInt))
	r.arm(in, handoverSlot, r.now+handoverWait(in.cfg.Version, in.cfg.AdvertInt))
}

// successorSeen: another router advertises while in hands over.
func (r *Router) successorSeen(in *instance, a *Advert) {
	if a.Priority == 0 {
		return
	}
	in.resetAt = r.now
	if in.cfg.Version == 3 && a.Interval > 0 {
		in.masterInt = a.Interval
	}
	if in.handed {
		return
	}
	in.handed = true
	in.masterAddr, in.masterPriority = a.Source, a.Priority
	r.arm(in, mainSlot, never)
	if in.cfg.HandoverHold > 0 {
		r.arm(in, handoverSlot, r.now+in.cfg.HandoverHold)
		r.hastenHandover(in)
		return
	}
	r.endHandover(in)
}

// HandoverSettle is how long who hands over goes on forwarding after the successor has announced all
// addresses: until hosts and switches have taken that in, and what was on its way has arrived.
const HandoverSettle = 50 * time.Millisecond

// successorAnnounced: all addresses of in have been announced by another router.
func (r *Router) successorAnnounced(in *instance) {
	if in.leaving && !in.announced {
		in.announced = true
		r.hastenHandover(in)
	}
}

// hastenHandover ends a handover soon if the successor has all addresses of in, and those of its sync
// group, which goes as a whole.
func (r *Router) hastenHandover(in *instance) {
	for _, m := range in.together() {
		if m.leaving && !(m.handed && m.announced) {
			return
		}
	}
	for _, m := range in.together() {
		if m.leaving {
			r.arm(m, handoverSlot, min(m.due[handoverSlot], r.now+HandoverSettle))
		}
	}
}

func (r *Router) endHandover(in *instance) {
	if in.switching {
		r.endSwitch(in)
		return
	}
	r.halt(in, Stopped, false)
	if in.group != nil {
		r.settleGroup(in.group)
	}
}

// addressLost: somebody took an address of in away. As keepalived, it says farewell and comes back
// after its skew time with all its addresses, unless a router of less skew is there first.
func (r *Router) addressLost(in *instance) {
	switch {
	case in.state != Master:
	case in.leaving && !in.switching:
		r.endHandover(in)
	default:
		r.enterBackup(in, AddressRemoved, in.skew(), true, false)
		r.groupBackup(in, true, true)
	}
}
