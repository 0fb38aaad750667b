package vrrp

import "time"

// group is the running state of a sync group: all members are MASTER, or none.
type group struct {
	cfg     GroupConfig
	members []*instance
	state   State
	faulty  int // members with a fault of their own
	// masterAt is when it last became MASTER.
	masterAt time.Duration
}

// ready tells whether every member would be MASTER now.
func (g *group) ready() bool {
	for _, in := range g.members {
		if in.running() && !in.wants && in.state != Master {
			return false
		}
	}
	return g.faulty == 0
}

// groupMaster makes all members MASTER; trigger is the one that was waited for, and is the first, as it
// is in keepalived. All advertisements go out before the first address is touched.
func (r *Router) groupMaster(trigger *instance) {
	r.enterMaster(trigger, trigger.masterReason())
	for _, in := range trigger.group.members {
		if in.running() && in.state != Master {
			r.enterMaster(in, SyncGroup)
		}
	}
	trigger.group.masterAt = r.now
	r.groupChange(trigger.group, Master)
}

// groupBackup makes the other members BACKUP after trigger went there. With quick they come back
// after their skew time. As keepalived, they say no farewell when trigger lost an election: whoever
// won it brings its own group along.
func (r *Router) groupBackup(trigger *instance, farewell, quick bool) {
	g := trigger.group
	if g == nil {
		return
	}
	for _, in := range g.members {
		if in == trigger || !in.running() || in.state != Master || in.leaving {
			continue
		}
		wait := in.down()
		if quick {
			wait = in.skew()
		}
		r.enterBackup(in, SyncGroup, wait, farewell, false)
	}
	r.groupChange(g, Backup)
}

// standBack keeps two groups from losing to each other for ever. If each has the better priority on
// one segment, and both become MASTER in the same moment, each loses one member to the other and
// goes to BACKUP, and all timers start again together. So the one of the lower address waits longer.
func (r *Router) standBack(in *instance, a *Advert) {
	g := in.group
	if g == nil || r.now-g.masterAt > in.cfg.AdvertInt || in.source.Compare(a.Source) > 0 {
		return
	}
	for _, m := range g.members {
		if m.running() && m.state == Backup {
			r.arm(m, mainSlot, m.due[mainSlot]+skewTime(m.cfg.Version, 0, m.masterInt))
		}
	}
}

// groupBegins tells of a group that begins as BACKUP before its members, as keepalived does. One whose
// members all own their addresses is MASTER at once.
func (r *Router) groupBegins(g *group) {
	begins := false
	for _, in := range g.members {
		if in.running() && (in.state != Init || in.goesOn()) {
			return
		}
		begins = begins || in.running()
	}
	if begins && g.state == Init && g.faulty == 0 && !g.owners() {
		r.groupChange(g, Backup)
	}
}

// owners tells whether all members own their addresses: nobody is told that they are BACKUP before they
// are MASTER.
func (g *group) owners() bool {
	for _, in := range g.members {
		if !in.owner() {
			return false
		}
	}
	return true
}

// aboutToBeMaster: a group of owners that has just begun; their timers are due at once.
func (g *group) aboutToBeMaster() bool {
	for _, in := range g.members {
		if in.running() && in.state != Backup {
			return false
		}
	}
	return g.state == Init && g.owners()
}

// groupChange records and reports the state of the group.
func (r *Router) groupChange(g *group, to State) {
	if g == nil || g.state == to {
		return
	}
	from := g.state
	g.state = to
	r.emit(Action{Kind: Changed, Group: g.cfg.Name, From: from, To: to, Reason: SyncGroup})
}

// settleGroup reports the state that the members' states amount to.
func (r *Router) settleGroup(g *group) {
	if g == nil {
		return
	}
	state, seen := Init, false
	for _, in := range g.members {
		if !in.running() {
			continue
		}
		switch {
		case !seen:
			state, seen = in.state, true
		case in.state == Fault || state == Fault:
			state = Fault
		case in.state != state:
			state = Backup
		}
	}
	r.groupChange(g, state)
}
