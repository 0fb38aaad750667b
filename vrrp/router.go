package vrrp

import (
	"time"

	"github.com/holdfast-ha/holdfast/internal/due"
)

// coalesce is how early an advertisement may be sent to share a wake-up with an earlier one.
const coalesce = time.Millisecond

// Router is all virtual routers of a host. It is not safe for concurrent use.
type Router struct {
	now       time.Duration
	instances map[ID]*instance
	order     []*instance // as configured
	groups    []*group
	links     map[string]bool // up?
	due       due.Heap[instance]
	found     *instance // last; nil: look
	out       []Action  // of the running Step
	// lateLimit is the least lateness that may make an instance step back; 0: there is none.
	lateLimit time.Duration
}

// New makes a router whose instances are in INIT. Tell it the world with LinkUp, SourceGained and
// Tracked events, then send Start.
func New(instances []Config, groups []GroupConfig) *Router {
	r := &Router{instances: make(map[ID]*instance, len(instances)), links: map[string]bool{}}
	r.Reload(0, instances, groups, nil)
	return r
}

// Step takes one event at the time now, runs the deadlines that are due, and appends to out what
// the shell has to do, in order. It allocates nothing if out has room.
//
// The event comes first: an advertisement that waited in the socket while the process was held up
// restarts the master down timer before that timer is looked at. Shells read their sockets before
// they send a Tick.
func (r *Router) Step(now time.Duration, ev Event, out []Action) []Action {
	r.now = max(r.now, now)
	r.out = out
	r.handle(&ev)
	r.runDue()
	out, r.out = r.out, nil
	return out
}

// Next tells when Step has to be called at the latest; false: there is nothing to wait for.
func (r *Router) Next() (time.Duration, bool) {
	if r.due.Len() == 0 || r.due.First().At == never {
		return 0, false
	}
	return r.due.First().At, true
}

// find returns the instance of that ID, nil if there is none. A packet is looked at, counted and heard: it
// is the same one several times.
func (r *Router) find(id ID) *instance {
	if r.found == nil || r.found.cfg.ID != id {
		r.found = r.instances[id]
	}
	return r.found
}

func (r *Router) handle(ev *Event) {
	r.stepBack()
	switch ev.Kind {
	case LinkUp, LinkDown:
		r.linkChanged(ev.Link, ev.Kind == LinkUp)
		return
	case Start:
		r.start(ev.Instance)
		return
	case Switch:
		r.switchAway(ev.Instance, ev.For)
		return
	case SwitchBack:
		r.switchBack(ev.Instance)
		return
	case Stop:
		r.stop(ev.Instance, ev.Planned)
		return
	}
	in := r.find(ev.Instance)
	if in == nil || in.stopped {
		return
	}
	switch ev.Kind {
	case Received:
		r.received(in, &ev.Advert)
	case SourceGained, SourceLost:
		r.sourceChanged(in, ev)
	case AddressLost:
		r.addressLost(in)
	case Tracked:
		r.tracked(in, ev)
	case SuccessorAnnounced:
		r.successorAnnounced(in)
	}
}

// runDue runs what is due, and with it the advertisements that would be within coalesce. Those that
// are sent together stay together: they count their interval from the same moment. A master down
// timer never runs early.
func (r *Router) runDue() {
	if !r.due.By(r.now) {
		return
	}
	base := r.due.First().At
	for r.due.By(r.now) {
		r.fire(r.due.First(), base)
	}
	for r.due.By(r.now+coalesce) && r.due.First().advertises() {
		r.sendPeriodic(r.due.First(), base)
	}
}

// advertises tells whether the earliest deadline of in is that of a periodic advertisement.
func (in *instance) advertises() bool {
	return in.state == Master && !in.leaving && in.due[mainSlot] == in.At
}

// fire runs every deadline of in that is due.
func (r *Router) fire(in *instance, base time.Duration) {
	for s := listenSlot; s < slots; s++ {
		if in.due[s] <= r.now {
			r.expire(in, s, base)
		}
	}
}

func (r *Router) expire(in *instance, s slot, base time.Duration) {
	switch s {
	case listenSlot:
		r.listened(in)
	case mainSlot:
		r.mainExpired(in, base)
	case delayedSlot:
		r.arm(in, s, never)
		r.announce(in, in.cfg.GARP.Repeat)
	case lowerSlot:
		r.arm(in, s, never)
		r.announce(in, in.cfg.GARP.LowerPrioRep)
	case refreshSlot:
		r.arm(in, s, r.now+in.cfg.GARP.Refresh)
		r.announce(in, in.cfg.GARP.RefreshRepeat)
	case handoverSlot:
		r.endHandover(in)
	case asideSlot:
		r.comeForward(in)
	}
}

func (r *Router) mainExpired(in *instance, base time.Duration) {
	switch {
	case in.state == Master && in.leaving:
		r.arm(in, mainSlot, never)
		r.advertise(in, 0)
	case in.state == Master:
		r.sendPeriodic(in, base)
	case in.state == Backup:
		r.masterDownExpired(in)
	default:
		r.arm(in, mainSlot, never)
	}
}

// sendPeriodic sends the advertisement of the Adver_Timer (RFC 9568 section 6.4.3). The next one is
// counted from when this was due, so that lateness does not add up.
func (r *Router) sendPeriodic(in *instance, base time.Duration) {
	r.advertise(in, in.effective)
	next := base + in.cfg.AdvertInt
	switch {
	case next <= r.now:
		next = r.now + in.cfg.AdvertInt
		r.noteLate(in)
	case next <= r.now+coalesce:
		// Late by nearly an interval: what is due so soon has just been sent.
		next += in.cfg.AdvertInt
	}
	r.arm(in, mainSlot, next)
}

// lateNoteInterval is the least time between two notes of late advertisements.
const lateNoteInterval = time.Minute

// stepBack makes those BACKUP whose advertisement is so late that, for all they know, another router is
// MASTER now. It comes before anything else: what that router sent must not be taken for a challenge.
func (r *Router) stepBack() {
	if r.lateLimit == 0 || r.due.Len() == 0 || r.now-r.due.First().At <= r.lateLimit {
		return
	}
	for _, in := range r.order {
		if p := in.cfg.LatePriority; p == 0 || !in.running() || in.state != Master || in.leaving {
			continue
		} else if late := r.now - in.due[mainSlot]; late > 2*in.cfg.AdvertInt+skewTime(in.cfg.Version, p, in.cfg.AdvertInt) {
			r.enterBackup(in, HeldUp, in.down(), false, false)
			r.groupBackup(in, false, false)
		}
	}
}

// noteLate reports that an advertisement was late by an interval or more: two more, and the peers take
// this router for dead (RFC 9568 section 2.5).
func (r *Router) noteLate(in *instance) {
	if r.now-in.notedLate >= lateNoteInterval {
		in.notedLate = r.now
		r.emit(Action{Kind: Note, Instance: in.cfg.ID, Priority: in.effective, Reason: AdvertLate})
	}
}

// arm sets a deadline.
func (r *Router) arm(in *instance, s slot, at time.Duration) {
	in.due[s] = at
	key := in.due[0]
	for _, d := range in.due[1:] {
		key = min(key, d)
	}
	if key != in.At {
		in.At = key
		r.due.Fix(&in.Entry)
	}
}

func (r *Router) emit(a Action) { r.out = append(r.out, a) }

// advertise asks for an advertisement now.
func (r *Router) advertise(in *instance, priority uint8) {
	in.stats.AdvertSent++
	if priority == 0 {
		in.stats.PriorityZeroSent++
	}
	r.emit(Action{Kind: SendAdvert, Instance: in.cfg.ID, Priority: priority, Sequence: in.nextSequence()})
}

func (r *Router) announce(in *instance, count int) {
	if count > 0 {
		r.emit(Action{Kind: Announce, Instance: in.cfg.ID, Count: count})
	}
}
