package simulator

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// Core is what the simulator needs of a vrrp.Router.
type Core interface {
	Step(now time.Duration, ev vrrp.Event, out []vrrp.Action) []vrrp.Action
	Next() (time.Duration, bool)
	State(vrrp.ID) vrrp.State
	Priority(vrrp.ID) uint8
}

// Make makes the core of a router that has one instance.
type Make func(vrrp.Config) Core

// Real is the core itself.
func Real(cfg vrrp.Config) Core { return vrrp.New([]vrrp.Config{cfg}, nil) }

// delay is how long a packet travels in a segment that has no fault.
const delay = 100 * time.Microsecond

const never = time.Duration(math.MaxInt64)

var (
	tick        = vrrp.Event{}
	linkUp      = vrrp.Event{Kind: vrrp.LinkUp, Link: "eth0"}
	linkDown    = vrrp.Event{Kind: vrrp.LinkDown, Link: "eth0"}
	addressLost = vrrp.Event{Kind: vrrp.AddressLost, Instance: 1}
)

// Options say what a World is like.
type Options struct {
	Seed   uint64
	Faults []Fault // that may happen
	// Length is how long it runs, in virtual time.
	Length time.Duration
	// Quiet is how long it takes on average from one episode to the next.
	Quiet time.Duration
	Make  Make
}

// World is routers on one segment.
type World struct {
	options Options
	rng     *rand.Rand
	now     time.Duration
	turns   int // since time last moved
	hosts   []*host
	flying  flights
	out     []vrrp.Action
	referee *Referee

	version                  int
	minInterval, maxInterval time.Duration

	// harmless is which of the harmless faults are in effect.
	harmless     [Blackout]bool
	episode      Fault
	episodeUntil time.Duration // never: no episode
	nextEpisode  time.Duration
	victim       *host
	// succeeded: of the switch that is going on another router has to be the MASTER at its end.
	succeeded bool

	// Stats of the run.
	Adverts, Packets, Episodes, Transitions int
}

// host is one router.
type host struct {
	index int
	cfg   vrrp.Config
	core  Core // nil: the process is not there
	next  time.Duration
	// link: the interface is up; side: its part of the segment.
	link bool
	side int
	// failed: something that it tracks without a weight has failed.
	failed bool
	// paused: the process does not run; what arrives waits in the socket.
	paused, pausedMaster bool
	socket               []vrrp.Advert
	// adopting: the process died as MASTER and will adopt what it left in the kernel.
	adopting bool
	// stopping: it was told to stop.
	stopping bool
	// forwarding: addresses and services are in the kernel.
	forwarding bool
	// switched: it was told to hand over by command; aside: it has, and stands aside.
	switched, aside bool
	freshAt         time.Duration // when it last began to listen
	weight          int           // of its trackers
	lossTo          [8]bool       // the last packet to that host was lost
}

// fit tells whether nothing keeps h from being MASTER but others.
func (h *host) fit() bool { return h.link && !h.failed }

func (h *host) isMaster() bool { return h.core != nil && h.core.State(1) == vrrp.Master }

// Run runs a world to its end, or to the first broken promise.
func Run(o Options) (*World, error) {
	w := &World{options: o, rng: rand.New(rand.NewPCG(o.Seed, 0x5eed)), episodeUntil: never}
	w.referee = &Referee{w: w}
	w.populate()
	for _, h := range w.hosts {
		w.boot(h, false)
	}
	w.referee.disturb()
	w.referee.look()
	w.nextEpisode = w.quiet()
	for w.now < o.Length && w.referee.broken == "" {
		w.advance()
	}
	if w.referee.broken != "" {
		return w, fmt.Errorf("seed %d at %v: %s\n%s", o.Seed, w.now, w.referee.broken, w.describe())
	}
	return w, nil
}

// populate makes 2 to 5 routers of one configuration family.
func (w *World) populate() {
	n := 2 + w.rng.IntN(4)
	w.version = 2 + w.rng.IntN(2)
	interval := []time.Duration{1, 1, 2, 5, 10}[w.rng.IntN(5)] * time.Second
	if w.version == 3 && w.rng.IntN(8) == 0 {
		interval = 200 * time.Millisecond
		w.options.Length /= 10
	}
	noPreempt := w.rng.IntN(4) == 0
	level := w.rng.IntN(4) == 0 // all of the same priority
	for i := range n {
		cfg := vrrp.Config{
			ID: 1, Name: "VI", Family: 4, VRID: 1, Version: w.version, Priority: uint8(50 + 10*w.rng.IntN(15)), AdvertInt: interval,
			DownTimerAdverts: 3, NoPreempt: noPreempt, NeedSource: true, Interfaces: []vrrp.TrackedLink{{Name: "eth0"}},
			Addresses: []netip.Addr{netip.AddrFrom4([4]byte{10, 0, 0, 100})},
			GARP:      vrrp.GARP{Repeat: 5, Delay: 5 * time.Second, LowerPrioRep: 5},
		}
		if w.version == 3 && w.rng.IntN(4) == 0 {
			cfg.AdvertInt *= 2 // version 3 gets along with different intervals
		}
		if level {
			cfg.Priority = 100
		}
		if i == 0 && !noPreempt {
			cfg.StartMaster = w.rng.IntN(2) == 0
			if w.rng.IntN(6) == 0 {
				cfg.Priority = 255
			}
		}
		if !noPreempt && w.rng.IntN(6) == 0 {
			cfg.PreemptDelay = 30 * time.Second
		}
		w.maxInterval = max(w.maxInterval, cfg.AdvertInt)
		w.minInterval = interval
		w.hosts = append(w.hosts, &host{index: i, cfg: cfg, link: true, next: never})
	}
}

func (h *host) addr() netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, byte(h.index + 1)}) }

func (w *World) anyMaster() *host {
	for _, h := range w.hosts {
		if h.isMaster() {
			return h
		}
	}
	return nil
}

// advance goes to the next thing that happens.
func (w *World) advance() {
	at := min(w.flying.next(), w.nextEpisode, w.episodeUntil, w.referee.alarm)
	var due *host
	for _, h := range w.hosts {
		if h.next < at && h.core != nil && !h.paused {
			at, due = h.next, h
		}
	}
	if at > w.now {
		w.turns = 0
	} else if w.turns++; w.turns > 10_000 {
		w.referee.fail("time stands still: a router asks to be called at once again and again")
	}
	w.now = at
	switch {
	case due != nil:
		w.step(due, tick)
	case at == w.flying.next():
		w.deliver(w.flying.pop())
	case at == w.episodeUntil:
		w.episodeUntil = never
		w.end(w.episode)
		w.nextEpisode = w.now + w.quiet()
	case at == w.nextEpisode:
		w.startEpisode()
	default:
		w.referee.look()
	}
}

// quiet is the time to the next episode: mostly long enough to settle, at times not.
func (w *World) quiet() time.Duration {
	mean := float64(w.options.Quiet)
	if w.rng.IntN(5) == 0 {
		mean = float64(2 * w.maxInterval)
	}
	return time.Duration(w.rng.ExpFloat64()*mean) + time.Millisecond
}

func (w *World) startEpisode() {
	w.Episodes++
	f := w.options.Faults[w.rng.IntN(len(w.options.Faults))]
	if f.harmless() {
		// It lasts until the next harmless one; other faults happen meanwhile.
		w.harmless = [Blackout]bool{}
		w.harmless[f] = w.rng.IntN(4) > 0
		w.referee.shaken = w.now
		w.nextEpisode = w.now + w.quiet()
		return
	}
	w.episode, w.nextEpisode = f, never
	w.episodeUntil = w.now + w.begin(f)
}

// step gives the core of h an event and does what it says.
func (w *World) step(h *host, ev vrrp.Event) {
	if h.core == nil {
		return
	}
	w.out = h.core.Step(w.now, ev, w.out[:0])
	h.next = never
	if at, ok := h.core.Next(); ok {
		h.next = at
	}
	look := false
	for _, a := range w.out {
		switch a.Kind {
		case vrrp.SendAdvert:
			w.send(h, a.Priority)
		case vrrp.EnterMaster:
			h.forwarding, look = true, true
		case vrrp.LeaveMaster:
			h.forwarding, look = false, true
			w.referee.left(h)
		case vrrp.Changed:
			look = true
			w.Transitions++
			h.aside = h.aside || a.Reason == vrrp.SwitchedAway
			if a.To == vrrp.Master {
				w.referee.entered(h)
			}
		}
	}
	if look {
		w.referee.look()
	}
}

// boot starts the process of h.
func (w *World) boot(h *host, adopt bool) {
	cfg := h.cfg
	cfg.Adopted = adopt
	h.core = w.options.Make(cfg)
	h.stopping, h.freshAt = false, w.now
	if h.link {
		w.step(h, linkUp)
	}
	w.step(h, vrrp.Event{Kind: vrrp.SourceGained, Instance: 1, Source: h.addr()})
	// No script has a result yet: that keeps nobody from going on as MASTER.
	w.step(h, vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Pending: true})
	w.step(h, vrrp.Event{Kind: vrrp.Start})
	h.adopting = false
	if adopt && !h.isMaster() {
		w.referee.fail("router %d did not go on as MASTER with what it had left in the kernel", h.index)
	}
	w.step(h, vrrp.Event{Kind: vrrp.Tracked, Instance: 1})
}

// crash ends the process of h at once. With adopt the kernel forwards on.
func (w *World) crash(h *host, adopt bool) {
	h.core, h.next, h.paused, h.socket = nil, never, false, h.socket[:0]
	h.adopting = adopt
	h.switched, h.aside = false, false
	h.forwarding = h.forwarding && adopt
}

func (w *World) stop(h *host, planned bool) {
	h.stopping = true
	w.step(h, vrrp.Event{Kind: vrrp.Stop, Planned: planned})
}

// weigh makes a tracker of h add sum to its priority.
func (w *World) weigh(h *host, sum int) {
	h.weight = sum
	w.step(h, vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Weight: sum})
}

// resume lets a paused process go on: as the speaker does, it reads its socket first.
func (w *World) resume(h *host) {
	h.paused, h.freshAt = false, w.now
	for _, a := range h.socket {
		w.step(h, vrrp.Event{Kind: vrrp.Received, Instance: 1, Advert: a})
	}
	h.socket = h.socket[:0]
	w.step(h, tick)
}

// describe is the state of all, for failures.
func (w *World) describe() string {
	s := fmt.Sprintf("version %d, episode %v (running: %v), harmless %v\n", w.version, w.episode, w.episodeUntil != never, w.harmless)
	for _, h := range w.hosts {
		state, prio := "gone", uint8(0)
		if h.core != nil {
			state, prio = h.core.State(1).String(), h.core.Priority(1)
		}
		s += fmt.Sprintf("router %d: %s priority %d (base %d, every %v, nopreempt %v, preempt_delay %v) link %v side %d paused %v stopping %v forwarding %v\n",
			h.index, state, prio, h.cfg.Priority, h.cfg.AdvertInt, h.cfg.NoPreempt, h.cfg.PreemptDelay, h.link, h.side, h.paused, h.stopping, h.forwarding)
	}
	return s
}

// Hours is how long the world has run.
func (w *World) Hours() float64 { return w.now.Hours() }
