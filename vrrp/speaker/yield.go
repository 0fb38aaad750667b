package speaker

import (
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// yieldHold is how long a MASTER that loses an election goes on holding its addresses and services,
// as it does at a planned stop: the winner advertises first, then programs IPVS, then puts and
// announces its addresses. Without it every return of a router of higher priority costs that time.
// It is 0 for a transition that is no yielding, and where nothing may be held.
func (l *loop) yieldHold(a *vrrp.Action) time.Duration {
	if !l.settings.Handover || a.To != vrrp.Backup {
		return 0
	}
	switch a.Reason {
	case vrrp.HigherPriority, vrrp.HigherAddress, vrrp.SyncGroup:
	default:
		return 0
	}
	if m := l.members[a.Instance]; m != nil && a.Group == "" {
		return l.settings.holdFor(&m.Instance)
	}
	return vrrp.HandoverSettle // the services go when the last member's addresses have gone
}

// holdFor is how long an instance's addresses may stay beside the successor's, at most. Where the
// successor looks for duplicates (DAD) it would find ours, and its own would never work.
func (s *Settings) holdFor(in *Instance) time.Duration {
	all := addressesOf(in)
	for _, a := range all {
		if a.DAD {
			return 0
		}
	}
	return handoverBase + s.LVSWait + time.Duration(len(all))*handoverPerAddress
}

// yield lets an instance keep what it has for a while. It reports false if it has nothing.
func (e *effects) yield(now time.Time, h *holder, hold time.Duration) bool {
	if hold <= 0 || !h.master || h.waiting || h.vips == nil {
		return false
	}
	if !h.yielding {
		h.yielding, h.until = true, now.Add(hold)
		e.silence(h)
		e.await(h)
	}
	return true
}

// silence drops the announcements of h that wait for their turn: the winner's count now.
func (e *effects) silence(h *holder) {
	for _, lane := range e.lanes {
		lane.drop(h.id)
	}
}

// groupChanged takes over whether a sync group is MASTER. One that loses an election keeps its
// services as long as its members keep their addresses.
func (e *effects) groupChanged(now time.Time, o *order) (publish bool) {
	delete(e.retiring, o.group)
	if e.groups[o.group] == o.master {
		return false
	}
	if !o.master && o.hold > 0 {
		e.retiring[o.group] = now.Add(o.hold)
		return false
	}
	e.groups[o.group] = o.master
	return true
}

// yielded takes away what was held long enough: addresses first, then the services.
func (e *effects) yielded(now time.Time) {
	var out released
	publish, holding := false, false
	for _, h := range e.holders {
		switch {
		case !h.yielding:
		case now.Before(h.until):
			holding = true
		default:
			out.add(e.leave(h))
			publish = true
		}
	}
	for group, until := range e.retiring {
		if !holding && !now.Before(until) {
			e.groups[group] = false
			delete(e.retiring, group)
			publish = true
		}
	}
	e.remove(out)
	if publish {
		e.publish()
		e.listen()
	}
}

// nextYield is when something held is to go, the zero time if nothing is held.
func (e *effects) nextYield() time.Time {
	var next time.Time
	earlier := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, h := range e.holders {
		if h.yielding {
			earlier(h.until)
		}
	}
	if next.IsZero() {
		for _, until := range e.retiring {
			earlier(until)
		}
	}
	return next
}
