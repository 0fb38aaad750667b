package vrrp

// received: a valid advertisement (RFC 9568 sections 6.4.2 and 6.4.3).
func (r *Router) received(in *instance, a *Advert) {
	if !in.running() || in.state == Fault {
		return
	}
	if !in.fresh(a.Sequence) {
		in.stats.Errors[AuthReplay]++
		return
	}
	in.stats.AdvertReceived++
	if a.Priority == 0 {
		in.stats.PriorityZeroReceived++
	}
	a.Source = a.Source.Unmap().WithZone("")
	switch {
	case in.owner() && in.cfg.OwnerIgnoreAdverts && !in.leaving && !in.aside:
	case in.state == Backup && r.now >= in.deafUntil:
		r.noteInterval(in, a)
		r.backupReceived(in, a)
	case in.state == Master && in.leaving:
		if a.Source != in.source {
			r.successorSeen(in, a)
		}
	case in.state == Master:
		r.noteInterval(in, a)
		r.masterReceived(in, a)
	}
}

// backupReceived decides on the priority alone: addresses break ties between MASTERs only.
func (r *Router) backupReceived(in *instance, a *Advert) {
	switch {
	case a.Priority == 0:
		// The master is leaving: wait for the skew time, so that the best of us is first.
		in.cause = PeerPriorityZero
		r.armDown(in, in.skew())
	case in.cfg.NoPreempt || a.Priority >= in.effective:
		in.preemptAt = 0
		in.wants = false
		r.follow(in, a)
	case in.cfg.PreemptDelay > 0 && in.preemptAt == 0:
		in.preemptAt = r.now + in.cfg.PreemptDelay
		r.follow(in, a)
	case in.cfg.PreemptDelay > 0 && r.now < in.preemptAt:
		r.follow(in, a)
	default:
		// A lower priority master does not keep the timer from running out.
		in.cause = LowerPriority
		in.masterAddr, in.masterPriority, in.heard = a.Source, a.Priority, a.Source
	}
}

// follow takes the sender for the master and restarts the master down timer. In version 3 the
// master's interval is what counts (RFC 9568 section 6.1, Active_Adver_Interval).
func (r *Router) follow(in *instance, a *Advert) {
	in.masterAddr, in.masterPriority, in.cause = a.Source, a.Priority, MasterDownTimer
	in.heard, in.heardPriority = a.Source, a.Priority
	if in.cfg.Version == 3 && a.Interval > 0 {
		in.masterInt = a.Interval
	}
	r.armDown(in, in.down())
}

func (r *Router) masterReceived(in *instance, a *Advert) {
	if a.Priority != 0 && a.Source != in.source {
		in.stats.OtherMasters++
	}
	order := int(a.Priority) - int(in.effective)
	if order == 0 {
		order = a.Source.Compare(in.source)
	}
	switch {
	case a.Priority == 0:
		r.assert(in)
	case order == 0:
		if !in.notedOwn {
			in.notedOwn = true
			r.emit(Action{Kind: Note, Instance: in.cfg.ID, Priority: a.Priority, Reason: OwnAddressReceived})
		}
	case a.Priority == owner && in.effective == owner && order < 0 && r.giveWay(in):
		r.yield(in, a)
	case order < 0:
		r.lowerReceived(in, a)
	default:
		r.higherReceived(in, a)
	}
}

// assert sends an advertisement out of turn.
func (r *Router) assert(in *instance) {
	r.advertise(in, in.effective)
	r.arm(in, mainSlot, r.now+in.cfg.AdvertInt)
}

// lowerReceived: another MASTER that has to go; tell it, and whoever learnt its address, who holds
// the addresses (RFC 9568 section 6.4.3).
func (r *Router) lowerReceived(in *instance, a *Advert) {
	r.emit(Action{Kind: LowerPriorityReceived, Instance: in.cfg.ID, Priority: a.Priority})
	if !in.cfg.LowerPrioNoAdvert {
		r.assert(in)
	}
	r.announceAgain(in)
	if in.group == nil {
		return
	}
	// The rival's group was MASTER as a whole. The rest of it steps down unheard, on other links.
	for _, m := range in.group.members {
		if m != in && m.state == Master && !m.leaving {
			r.announceAgain(m)
		}
	}
}

// announceAgain announces the addresses of in to who may have learnt them from a rival.
func (r *Router) announceAgain(in *instance) {
	r.announce(in, in.cfg.GARP.LowerPrioRep)
	if in.cfg.GARP.LowerPrioRep > 0 && in.cfg.GARP.LowerPrioDelay > 0 {
		r.arm(in, lowerSlot, r.now+in.cfg.GARP.LowerPrioDelay)
	}
}

func (r *Router) higherReceived(in *instance, a *Advert) {
	reason := HigherPriority
	if a.Priority == in.effective {
		reason = HigherAddress
	}
	if a.Priority == owner && in.effective == owner {
		r.emit(Action{Kind: Note, Instance: in.cfg.ID, Priority: a.Priority, Reason: DuplicateOwner})
	}
	if in.cfg.HigherPrioSendAdvert {
		r.advertise(in, in.effective)
	}
	r.enterBackup(in, reason, 0, false, false)
	r.follow(in, a)
	r.groupBackup(in, false, false)
	r.standBack(in, a)
}

// ownerConflictAdverts is how often an owner insists before it gives way to another owner that does
// not step down although its address is the lower one.
const ownerConflictAdverts = 2

// giveWay counts the advertisements of another owner.
func (r *Router) giveWay(in *instance) bool {
	if r.now-in.conflictAt > in.down() {
		in.conflicts = 0
	}
	in.conflictAt = r.now
	in.conflicts++
	if in.conflicts == 1 {
		r.emit(Action{Kind: Note, Instance: in.cfg.ID, Priority: owner, Reason: DuplicateOwner})
	}
	return in.conflicts > ownerConflictAdverts
}

// yield makes an owner a router of priority 254 until it is MASTER the next time.
func (r *Router) yield(in *instance, a *Advert) {
	in.yielded = true
	r.updatePriority(in)
	r.higherReceived(in, a)
}

// noteInterval reports a version 3 master whose interval is not ours, once for each value.
func (r *Router) noteInterval(in *instance, a *Advert) {
	if in.cfg.Version != 3 || a.Interval == 0 || a.Priority == 0 || a.Interval == in.notedInterval {
		return
	}
	known := in.notedInterval
	if known == 0 {
		known = in.cfg.AdvertInt
	}
	in.notedInterval = a.Interval
	if a.Interval != known {
		r.emit(Action{Kind: Note, Instance: in.cfg.ID, Reason: IntervalDiffers, After: a.Interval})
	}
}
