package simulator

import (
	"fmt"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// Referee watches a World. It knows the faults, and what they excuse.
type Referee struct {
	w      *World
	broken string
	// alarm is when the next promise is due.
	alarm time.Duration

	// disturbed is when something last happened that may change who is MASTER; shaken, when
	// harmless faults began or ended.
	disturbed, shaken time.Duration
	verified          bool // since disturbed, that the right one is MASTER
	// twoSince and noneSince are when a part of the segment began to have two MASTERs, or none.
	twoSince, noneSince [2]time.Duration
	// farewell: the MASTER has said that it leaves; the successor needs its skew time only.
	farewell bool
	// ordered: the MASTER was lost in a settled segment, so the best of the others is next.
	ordered bool
}

func (r *Referee) fail(format string, args ...any) {
	if r.broken == "" {
		r.broken = fmt.Sprintf(format, args...)
	}
}

// skewUnit is what the skew time is a fraction of, at most.
func (r *Referee) skewUnit() time.Duration {
	if r.w.version == 2 {
		return time.Second
	}
	return r.w.maxInterval
}

// down is the longest master down time of all.
func (r *Referee) down() time.Duration { return 3*r.w.maxInterval + r.skewUnit() + r.late() }

// late is how long a packet may travel now.
func (r *Referee) late() time.Duration {
	if r.held() {
		return delay + time.Duration(hold*float64(r.w.minInterval))
	}
	return delay
}

// held tells whether packets may be held up: also those that were sent before it ended.
func (r *Referee) held() bool {
	return r.w.harmless[Reordering] || r.w.harmless[Jitter] || r.w.now-r.shaken < 3*r.w.maxInterval
}

// rough tells whether any harmless fault is or was just in effect.
func (r *Referee) rough() bool {
	return r.held() || r.w.harmless[Loss] || r.w.harmless[Duplication]
}

// settled tells whether everything has found its place since the last disturbance.
func (r *Referee) settled() bool { return r.w.now-r.disturbed > r.settleTime() }

// settleTime: a router that preempts waits for its delay and a master down time, after one that
// was MASTER in between.
func (r *Referee) settleTime() time.Duration {
	longest := 3 * r.down()
	for _, h := range r.w.hosts {
		longest = max(longest, 3*r.down()+h.cfg.PreemptDelay)
	}
	return longest
}

// blackout: nothing can be expected.
func (r *Referee) blackout() bool {
	return r.w.episodeUntil != never && r.w.episode == Blackout
}

// disturb: something happens that may change who is MASTER.
func (r *Referee) disturb() {
	r.disturbed, r.verified = r.w.now, false
	r.farewell, r.ordered = false, false
	r.twoSince, r.noneSince = [2]time.Duration{never, never}, [2]time.Duration{never, never}
}

// lost: a router goes; it may be the MASTER, and may say so.
func (r *Referee) lost(master, farewell bool) {
	settled := r.settled() && !r.rough()
	r.disturb()
	r.ordered = master && settled
	r.farewell = master && settled && farewell
}

// joined: a router comes. As long as it is not better than the MASTER nothing is to change.
func (r *Referee) joined() {
	if r.settled() && !r.rough() && !r.better(r.w.victim) {
		return
	}
	r.disturb()
}

// better tells whether h is to be MASTER in place of the one there is, or there is none.
func (r *Referee) better(h *host) bool {
	m := r.w.anyMaster()
	return m == nil || m.stopping || h.cfg.Priority > m.core.Priority(1) || h.side != m.side
}

// counts tells whether h takes part: it is there, on the segment, and runs.
func (r *Referee) counts(h *host) bool {
	return h.core != nil && h.fit() && !h.paused && !h.stopping
}

// entered: h became MASTER.
func (r *Referee) entered(h *host) {
	if !h.fit() {
		r.fail("router %d became MASTER while its link is down or something that it tracks has failed", h.index)
	}
	prio := h.core.Priority(1)
	for _, o := range r.w.hosts {
		if o == h || o.side != h.side {
			continue
		}
		if o.adopting && r.settled() && !r.rough() {
			r.fail("router %d became MASTER while the process of router %d was restarted", h.index, o.index)
		}
		if !r.counts(o) || !h.fit() {
			continue
		}
		op := o.core.Priority(1)
		switch state := o.core.State(1); {
		case state == vrrp.Master && r.settled() && !r.blackout() && (op >= prio || h.cfg.NoPreempt) && !r.justBooted(h):
			r.fail("router %d (%d) became MASTER for no reason while router %d (%d) is", h.index, prio, o.index, op)
		case state == vrrp.Backup && r.ordered && !r.rough() && op > prio && r.heard(o):
			r.fail("router %d (%d) became MASTER before router %d, which is better (%d)", h.index, prio, o.index, op)
		}
	}
	r.ordered, r.farewell = false, false
}

// heard tells whether h was there to hear the last MASTER: else its timer counts from its start.
func (r *Referee) heard(h *host) bool {
	return r.w.now-h.freshAt > r.down()+r.w.maxInterval
}

// justBooted: with packets late or lost, one that starts with "state MASTER" may not have heard of
// the MASTER in time.
func (r *Referee) justBooted(h *host) bool {
	return r.rough() && r.w.now-h.freshAt < r.settleTime()
}

// left: h took its addresses down. If that ends a handover somebody else has to forward by now.
func (r *Referee) left(h *host) {
	if !(h.stopping && r.w.episode == Handover || h.switched) || r.held() || !h.fit() {
		return
	}
	successor := false
	for _, o := range r.w.hosts {
		if o == h || o.side != h.side {
			continue
		}
		if o.forwarding {
			return
		}
		// One that was away until now has no chance to be in time.
		successor = successor || r.counts(o) && o.core.State(1) == vrrp.Backup && r.w.now-o.freshAt > 2*r.w.maxInterval
	}
	if successor {
		r.fail("router %d stopped forwarding before its successor began", h.index)
	}
}

// successorOf tells whether somebody has to take over from h: it has listened for long enough.
func (r *Referee) successorOf(h *host) bool {
	for _, o := range r.w.hosts {
		if o != h && o.side == h.side && r.counts(o) && o.core.State(1) == vrrp.Backup && r.w.now-o.freshAt > 2*r.w.maxInterval {
			return !r.rough()
		}
	}
	return false
}

// switched: a switch of h is over, and h may come back from now on.
func (r *Referee) switched(h *host) {
	if !r.w.succeeded || r.rough() {
		return
	}
	masters := 0
	for _, o := range r.w.hosts {
		if r.counts(o) && o.isMaster() {
			masters++
		}
	}
	if masters != 1 || h.isMaster() {
		r.fail("router %d was switched away: %d routers are MASTER, it is %v", h.index, masters, h.core.State(1))
	}
}

// forwarded: while a router is switched away and back somebody forwards at every moment.
func (r *Referee) forwarded() {
	forwards, switched := false, false
	for _, h := range r.w.hosts {
		forwards = forwards || h.forwarding
		switched = switched || h.switched
	}
	if switched && !forwards && !r.rough() {
		r.fail("nobody forwards in a handover by command")
	}
}

// look judges the state that there is now, and sets the alarm for when it would be broken.
func (r *Referee) look() {
	r.alarm = never
	for _, h := range r.w.hosts {
		if h.core != nil && h.forwarding != h.isMaster() {
			r.fail("router %d forwards: %v, but is %v", h.index, h.forwarding, h.core.State(1))
		}
		if !h.fit() && !h.paused && h.isMaster() {
			r.fail("router %d is MASTER while its link is down", h.index)
		}
	}
	r.forwarded()
	if r.blackout() {
		return
	}
	for side := range r.twoSince {
		r.lookAt(side)
	}
	r.verify()
}

// lookAt counts the MASTERs in one part of the segment.
func (r *Referee) lookAt(side int) {
	masters, able, adopting := 0, 0, 0
	for _, h := range r.w.hosts {
		if h.side != side {
			continue
		}
		switch {
		case h.adopting:
			adopting = 1
		case !r.counts(h):
		case h.isMaster():
			masters++
			able++
		default:
			able++
		}
	}
	two := r.w.maxInterval + 2*r.late()
	if r.w.harmless[Loss] || r.w.now-r.shaken < 2*r.w.maxInterval {
		two += r.w.maxInterval
	}
	if r.overdue(&r.twoSince[side], masters > 1, two) {
		r.fail("%d routers have been MASTER for %v", masters, r.w.now-r.twoSince[side])
	}
	none := r.down()
	if r.farewell && side == 0 {
		none = r.skewUnit() + r.late() + 10*time.Millisecond
	}
	if r.overdue(&r.noneSince[side], masters+adopting == 0 && able > 0, none) {
		r.fail("nobody of %d has been MASTER for %v", able, r.w.now-r.noneSince[side])
	}
}

// overdue tells whether a condition has held for longer than bound.
func (r *Referee) overdue(since *time.Duration, holds bool, bound time.Duration) bool {
	if !holds {
		*since = never
		return false
	}
	if *since == never {
		*since = r.w.now
	}
	limit := *since + bound + time.Millisecond
	if r.w.now >= limit {
		return true
	}
	r.alarm = min(r.alarm, limit)
	return false
}

// verify: once everything is settled, no router that preempts is better than the MASTER.
func (r *Referee) verify() {
	if r.verified {
		return
	}
	if at := r.disturbed + r.settleTime() + time.Millisecond; r.w.now < at {
		r.alarm = min(r.alarm, at)
		return
	}
	r.verified = true
	for _, m := range r.w.hosts {
		if !r.counts(m) || !m.isMaster() {
			continue
		}
		for _, h := range r.w.hosts {
			if r.counts(h) && h.side == m.side && h.core.State(1) != vrrp.Master &&
				h.wants() > m.core.Priority(1) && !h.cfg.NoPreempt {
				r.fail("router %d (%d) is MASTER, but router %d is better (%d)", m.index, m.core.Priority(1), h.index, h.wants())
			}
		}
	}
}

// wants is the priority that h ought to have.
func (h *host) wants() uint8 {
	if h.aside {
		return 1
	}
	if h.cfg.Priority == 255 {
		return 255
	}
	return uint8(min(max(int(h.cfg.Priority)+h.weight, 1), 254))
}
