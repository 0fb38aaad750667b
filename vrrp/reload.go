package vrrp

import "time"

// Reload puts a new configuration in place. An instance whose ID was there keeps its state, timers
// and statistics. One that is gone says farewell and goes to INIT; the shell carries that out with
// what it knew of it. A new one is in INIT until the shell has told its links, source and trackers,
// and sends Start.
func (r *Router) Reload(now time.Duration, instances []Config, groups []GroupConfig, out []Action) []Action {
	r.now = max(r.now, now)
	r.out = out
	keep := make(map[ID]*instance, len(instances))
	order := make([]*instance, 0, len(instances))
	for _, cfg := range instances {
		cfg = normalise(cfg)
		in := r.instances[cfg.ID]
		if in == nil {
			in = newInstance(cfg)
			r.due.Add(&in.Entry, in)
		} else {
			r.reconfigure(in, cfg)
		}
		keep[cfg.ID] = in
		order = append(order, in)
	}
	for _, in := range r.order {
		if keep[in.cfg.ID] == nil {
			r.remove(in)
		}
	}
	r.instances, r.order, r.found = keep, order, nil
	r.lateLimit = 0
	for _, in := range order {
		if limit := 2 * in.cfg.AdvertInt; in.cfg.LatePriority != 0 && (r.lateLimit == 0 || limit < r.lateLimit) {
			r.lateLimit = limit
		}
	}
	r.regroup(groups)
	for _, in := range order {
		r.weighLinks(in)
	}
	for _, g := range r.groups {
		r.mend(g)
	}
	for _, in := range order {
		r.apply(in, in.afterReload())
	}
	r.runDue()
	out, r.out = r.out, nil
	return out
}

// afterReload is the reason to give if the new configuration moves in into FAULT or out of it.
func (in *instance) afterReload() Reason {
	if in.faults != 0 {
		return in.faultReason()
	}
	return TrackerRecovered
}

func (r *Router) remove(in *instance) {
	if !in.stopped && in.started {
		r.leaveMaster(in, Init, Removed, !in.leaving)
		r.change(in, Init, Removed, false)
	}
	r.due.Remove(&in.Entry)
}

// reconfigure replaces the configuration of a running instance. Timers that run are moved by what
// the change amounts to.
func (r *Router) reconfigure(in *instance, cfg Config) {
	old := in.cfg
	in.cfg = cfg
	in.extend()
	in.faults &^= faultConfig
	if cfg.ConfigFault != "" {
		in.faults |= faultConfig
	}
	switch {
	case !cfg.NeedSource:
		in.faults &^= faultSource
	case !in.source.IsValid():
		in.faults |= faultSource
	}
	if cfg.Priority != owner {
		in.yielded = false
	}
	if in.state != Backup || cfg.Version == 2 || in.masterInt == old.AdvertInt {
		in.masterInt = cfg.AdvertInt
	}
	same := cfg.AdvertInt == old.AdvertInt && cfg.DownTimerAdverts == old.DownTimerAdverts && cfg.Version == old.Version
	switch {
	case same || !in.running() || in.leaving:
	case in.state == Master:
		r.arm(in, mainSlot, min(in.due[mainSlot], r.now+cfg.AdvertInt))
	case in.state == Backup:
		r.arm(in, mainSlot, max(in.resetAt+in.down(), r.now))
	}
	if cfg.GARP.Refresh != old.GARP.Refresh && in.state == Master && !in.leaving {
		at := never
		if cfg.GARP.Refresh > 0 {
			at = r.now + cfg.GARP.Refresh
		}
		r.arm(in, refreshSlot, at)
	}
}

// regroup builds the sync groups anew; those of the same name keep their state.
func (r *Router) regroup(groups []GroupConfig) {
	states := make(map[string]State, len(r.groups))
	for _, g := range r.groups {
		states[g.cfg.Name] = g.state
	}
	for _, in := range r.order {
		in.group = nil
	}
	r.groups = make([]*group, 0, len(groups))
	for _, cfg := range groups {
		g := &group{cfg: cfg, state: states[cfg.Name]}
		for _, id := range cfg.Members {
			if in := r.instances[id]; in != nil && in.group == nil {
				in.group = g
				g.members = append(g.members, in)
			}
		}
		r.groups = append(r.groups, g)
	}
}

// mend makes a group whole whose members a reload brought together in different states: it is
// BACKUP as soon as one of its members is.
func (r *Router) mend(g *group) {
	g.countFaults()
	var backup *instance
	for _, in := range g.members {
		if in.running() && in.state == Backup {
			backup = in
		}
	}
	if backup != nil {
		r.groupBackup(backup, true, false)
	}
	r.settleGroup(g)
}
