package simulator

import (
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// Fault is a kind of fault.
type Fault uint8

// Faults. The first four leave the segment healthy: a correct core gets along with them without any
// change of MASTER. The others are episodes, one at a time.
const (
	// Loss: packets are lost, but to no receiver two of one sender in a row.
	Loss Fault = iota
	Duplication
	// Reordering: some packets are held up and overtaken by later ones.
	Reordering
	// Jitter: every packet is held up for a time of its own.
	Jitter
	// Blackout: packets are lost in any number.
	Blackout
	// Partition: the segment is in two parts.
	Partition
	// Crash: a router loses its power and comes back.
	Crash
	// Adoption: the process dies and is back within the master down time; the kernel forwards on.
	Adoption
	// Pause: the process gets no processor; its clock jumps when it goes on.
	Pause
	// Link: the interface goes down and up.
	Link
	// Priority: a tracker changes the priority.
	Priority
	// Stop: the daemon is stopped and started again later.
	Stop
	// Handover: the same, planned.
	Handover
	// Removal: somebody takes the address away.
	Removal
	// Tracker: something that is tracked without a weight fails.
	Tracker
	// Switch: a MASTER is told to hand over and stand aside, and later that it need not any longer.
	Switch
	faults
)

var faultNames = [...]string{
	"loss", "duplication", "reordering", "jitter", "blackout", "partition", "crash", "adoption", "pause", "link",
	"priority", "stop", "handover", "removal", "tracker", "switch",
}

func (f Fault) String() string { return faultNames[f] }

// AllFaults are all kinds.
func AllFaults() []Fault {
	var all []Fault
	for f := range faults {
		all = append(all, f)
	}
	return all
}

// harmless tells whether the segment counts as healthy during the fault.
func (f Fault) harmless() bool { return f <= Jitter }

// hold is how long packets are held up at most by Reordering and Jitter, in parts of an interval.
const hold = 0.9

// begin starts an episode; its victim is a random router. It returns how long it lasts, 0 if
// nothing came of it.
func (w *World) begin(f Fault) time.Duration {
	h := w.hosts[w.rng.IntN(len(w.hosts))]
	if m := w.anyMaster(); m != nil && w.rng.IntN(3) > 0 {
		h = m // most faults hurt where they should
	}
	w.victim = h
	last := w.span(1, 12)
	master := h.isMaster()
	switch f {
	case Blackout:
		w.referee.disturb()
	case Partition:
		for _, h := range w.hosts {
			h.side = w.rng.IntN(2)
		}
		w.referee.disturb()
	case Crash:
		w.referee.lost(master, false)
		w.crash(h, false)
	case Adoption:
		// From the last advertisement, which is up to an interval ago, to the first new one the
		// silence is shorter than three intervals.
		last = time.Duration((0.01 + 1.79*w.rng.Float64()) * float64(h.cfg.AdvertInt))
		if !master {
			w.referee.lost(false, false)
		} else if w.referee.rough() {
			w.referee.disturb() // the silence may be longer than that
		}
		w.crash(h, master)
	case Pause:
		if master {
			w.referee.disturb()
		}
		h.paused, h.pausedMaster = true, master
	case Link:
		w.referee.lost(master, false)
		h.link = false
		w.step(h, linkDown)
	case Tracker:
		w.referee.lost(master, false)
		h.failed = true
		w.step(h, vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Down: 1})
	case Priority:
		w.referee.disturb()
		w.weigh(h, w.rng.IntN(200)-100)
	case Stop, Handover:
		w.referee.lost(master, true)
		w.stop(h, f == Handover)
		last = max(last, w.maxInterval*3)
	case Switch:
		if !master {
			return 0
		}
		last = w.switchAway(h, last)
	case Removal:
		if !master {
			return 0
		}
		w.referee.disturb()
		h.forwarding = false
		w.step(h, addressLost)
		last = 0
	}
	w.referee.look()
	return last
}

// end heals what begin did.
func (w *World) end(f Fault) {
	h := w.victim
	switch f {
	case Blackout:
		w.referee.disturb()
	case Partition:
		for _, h := range w.hosts {
			h.side = 0
		}
		w.referee.disturb()
	case Crash, Stop, Handover:
		w.referee.joined()
		w.boot(h, false)
	case Adoption:
		if !h.adopting || w.referee.rough() {
			w.referee.joined()
		}
		w.boot(h, h.adopting)
	case Pause:
		if h.pausedMaster || !w.referee.verified {
			w.referee.disturb()
		}
		w.resume(h)
	case Link:
		w.referee.joined()
		h.link, h.freshAt = true, w.now
		w.step(h, linkUp)
	case Tracker:
		w.referee.joined()
		h.failed, h.freshAt = false, w.now
		w.step(h, vrrp.Event{Kind: vrrp.Tracked, Instance: 1})
	case Priority:
		w.referee.disturb()
		w.weigh(h, 0)
	case Switch:
		w.switchBack(h)
	}
	w.referee.look()
}

// span is a random time between from and to intervals.
func (w *World) span(from, to float64) time.Duration {
	return time.Duration((from + (to-from)*w.rng.Float64()) * float64(w.maxInterval))
}

// switchAway has the MASTER hand over by command. Now and then it is taken back before that is done.
func (w *World) switchAway(h *host, last time.Duration) time.Duration {
	w.referee.lost(true, true)
	h.switched, w.succeeded = true, w.referee.successorOf(h)
	w.step(h, vrrp.Event{Kind: vrrp.Switch, Instance: 1})
	if w.rng.IntN(4) == 0 {
		w.succeeded = false
		return w.span(0.001, 1)
	}
	return max(last, w.maxInterval*3)
}

func (w *World) switchBack(h *host) {
	w.referee.switched(h)
	w.referee.joined()
	h.switched, h.aside = false, false
	w.step(h, vrrp.Event{Kind: vrrp.SwitchBack, Instance: 1})
}
