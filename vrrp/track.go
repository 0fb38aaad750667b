package vrrp

// linkChanged: an interface went up or down.
func (r *Router) linkChanged(name string, up bool) {
	if was, known := r.links[name]; known && was == up {
		return
	}
	r.links[name] = up
	reason := InterfaceDown
	if up {
		reason = InterfaceUp
	}
	for _, in := range r.order {
		if in.tracks(name) {
			r.weighLinks(in)
			r.apply(in, reason)
		}
	}
}

func (in *instance) tracks(name string) bool {
	for i := range in.cfg.Interfaces {
		if in.cfg.Interfaces[i].Name == name {
			return true
		}
	}
	return false
}

// weighLinks computes what the tracked interfaces of in amount to. A weight above
// 0 is added while the interface is up, one below 0 while it is down, and without a weight an
// interface that is down is a fault. Reverse turns the sign of the weight round, and without a weight
// makes an interface that is up the fault (measured on keepalived 2.2.7).
func (r *Router) weighLinks(in *instance) {
	in.linkWeight = 0
	in.faults &^= faultLink
	for i := range in.cfg.Interfaces {
		l := &in.cfg.Interfaces[i]
		weight, fault := l.amount(r.links[l.Name])
		in.linkWeight += weight
		if fault {
			in.faults |= faultLink
		}
	}
}

// amount is what a link that is up or down means.
func (l *TrackedLink) amount(up bool) (weight int, fault bool) {
	switch {
	case l.Weight == 0:
		return 0, up == l.Reverse
	case (l.Weight > 0) != up:
		return 0, false
	case l.Reverse:
		return -l.Weight, false
	}
	return l.Weight, false
}

// tracked: scripts, files, processes or BFD of in changed. That some have no result yet keeps an
// instance from starting; one that takes part in elections, or is being adopted, goes on until a
// result says otherwise.
func (r *Router) tracked(in *instance, ev *Event) {
	in.trackWeight = ev.Weight
	reason := TrackerRecovered
	in.faults &^= faultTracker | faultPending
	if ev.Down > 0 {
		in.faults |= faultTracker
		reason = TrackerFailed
	}
	if ev.Pending && in.state != Master && in.state != Backup {
		in.faults |= faultPending
	}
	r.apply(in, reason)
}

// sourceChanged: in has, or has no longer, an address to send from.
func (r *Router) sourceChanged(in *instance, ev *Event) {
	reason := InterfaceUp
	if ev.Kind == SourceGained {
		in.source = ev.Source.Unmap().WithZone("")
		in.faults &^= faultSource
		if in.state == Master {
			in.masterAddr = in.source
		}
	} else if in.cfg.NeedSource {
		in.faults |= faultSource
		reason = NoSourceAddress
	}
	r.apply(in, reason)
}

// apply makes the faults and weights of in take effect.
func (r *Router) apply(in *instance, reason Reason) {
	if g := in.group; g != nil {
		g.countFaults()
	}
	if !in.running() {
		r.setPriority(in)
		return
	}
	r.updatePriority(in)
	if in.group == nil {
		r.judge(in, in, reason)
		return
	}
	// The one at fault first: the others follow it.
	r.judge(in, in, reason)
	for _, m := range in.group.members {
		if m != in && m.running() {
			r.judge(m, in, SyncGroup)
		}
	}
	r.settleGroup(in.group)
}

func (g *group) countFaults() {
	g.faulty = 0
	for _, in := range g.members {
		if in.faults != 0 && in.running() {
			g.faulty++
		}
	}
}

// faulty tells whether in has to be in FAULT: one member at fault takes its group along.
func (in *instance) faulty() bool {
	return in.faults != 0 || in.group != nil && in.group.faulty > 0
}

// judge moves in into FAULT or out of it.
func (r *Router) judge(in, cause *instance, reason Reason) {
	switch faulty := in.faulty(); {
	case faulty && in.leaving && !in.switching:
		r.endHandover(in)
	case faulty && in.state != Fault:
		r.enterFault(in, reason, cause.faults == faultPending)
	case !faulty && in.state == Fault:
		// An owner's timer is due at once (RFC 9568 section 6.4.1).
		wait := in.startWait(false)
		in.masterInt = in.cfg.AdvertInt
		r.enterBackup(in, reason, wait, false, false)
	}
}

// computePriority is base priority and weights (behaviour of keepalived: 1 to 254; an owner's 255
// never changes, but for an owner that gave way to another one).
func (in *instance) computePriority() uint8 {
	switch {
	case in.aside:
		return asidePriority
	case in.owner() && in.yielded:
		return owner - 1
	case in.owner():
		return owner
	}
	return clampPriority(int(in.cfg.Priority) + in.linkWeight + in.trackWeight)
}

// setPriority computes the effective priority and tells whether it changed.
func (r *Router) setPriority(in *instance) bool {
	p := in.computePriority()
	changed := p != in.effective
	in.effective = p
	return changed
}

// updatePriority also reports the change, and moves a running master down timer by the difference
// in skew time.
func (r *Router) updatePriority(in *instance) {
	old, before := in.skew(), in.effective
	if !r.setPriority(in) {
		return
	}
	r.emit(Action{Kind: PriorityChanged, Instance: in.cfg.ID, Priority: in.effective, Before: before, From: in.state, To: in.state})
	if in.state == Backup && in.due[mainSlot] != never {
		r.arm(in, mainSlot, max(in.due[mainSlot]+in.skew()-old, r.now))
	}
	if in.state == Master {
		in.masterPriority = in.effective
	}
}
