package vrrp

import "time"

// asidePriority is that of an instance that was switched away: the least there is, so that every
// other router is preferred, and if there is none any more it is still there.
const asidePriority = 1

// Switchable tells why instance id cannot be switched away; NoReason: it can.
func (r *Router) Switchable(id ID) Reason {
	in := r.instances[id]
	if in == nil {
		return Removed
	}
	for _, m := range in.together() {
		switch {
		case !m.running() || m.state != Master:
			return NotMaster
		case m.leaving:
			return Stopped
		case m.cfg.Unicast && len(m.cfg.Peers) == 0:
			return NoPeer
		}
	}
	return NoReason
}

// together are the instances that can only be MASTER with in.
func (in *instance) together() []*instance {
	if in.group == nil {
		return []*instance{in}
	}
	return in.group.members
}

// switchAway makes a MASTER hand over as at a planned stop, but stay: it says farewell, goes on
// forwarding until its successor is heard, and stands aside. A sync group goes as a whole.
func (r *Router) switchAway(id ID, hold time.Duration) {
	if r.Switchable(id) != NoReason {
		return
	}
	all := r.instances[id].together()
	var wait time.Duration
	for _, in := range all {
		wait = max(wait, handoverWait(in.cfg.Version, in.cfg.AdvertInt))
	}
	for _, in := range all {
		r.beginHandover(in)
		in.switching, in.hold = true, hold
		r.arm(in, handoverSlot, r.now+wait)
	}
}

// endSwitch ends a switch of in: to BACKUP if the successor was heard, and if another member of the
// group has gone, for a group is never MASTER in part. If nobody was heard in goes on as MASTER, whose
// addresses were there all the time.
func (r *Router) endSwitch(in *instance) {
	gone := in.handed
	for _, m := range in.together() {
		gone = gone || m.state != Master || m.handed
	}
	if !gone {
		r.resume(in)
		r.emit(Action{Kind: Note, Instance: in.cfg.ID, Priority: in.effective, Reason: NoSuccessor})
		return
	}
	wait := in.down()
	if in.handed {
		wait = max(in.resetAt+wait-r.now, 0)
	}
	hold := in.hold
	r.enterBackup(in, SwitchedAway, wait, false, false)
	r.standAside(in, hold)
	r.groupBackup(in, true, false)
	r.settleGroup(in.group)
}

// resume goes on as MASTER out of a switch.
func (r *Router) resume(in *instance) {
	r.disarm(in)
	in.leaving, in.handed, in.switching = false, false, false
	in.masterInt = in.cfg.AdvertInt
	r.assert(in)
	if in.cfg.GARP.Refresh > 0 {
		r.arm(in, refreshSlot, r.now+in.cfg.GARP.Refresh)
	}
}

func (r *Router) standAside(in *instance, hold time.Duration) {
	in.aside, in.asideUntil = true, never
	if hold > 0 {
		in.asideUntil = r.now + hold
	}
	r.arm(in, asideSlot, in.asideUntil)
	r.updatePriority(in)
}

// comeForward gives in its priority back.
func (r *Router) comeForward(in *instance) {
	r.arm(in, asideSlot, never)
	in.aside = false
	r.updatePriority(in)
}

// switchBack ends what a switch left, or a switch that nobody has answered yet.
func (r *Router) switchBack(id ID) {
	in := r.instances[id]
	if in == nil {
		return
	}
	for _, m := range in.together() {
		switch {
		case m.switching && !m.handed:
			r.resume(m)
		case m.switching:
		case m.aside:
			r.comeForward(m)
		}
	}
}
