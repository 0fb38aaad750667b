package simulator_test

import (
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/simulator"
	"github.com/holdfast-ha/holdfast/vrrp"
)

// mutant is the real core behind a bug.
type mutant struct {
	*vrrp.Router
	cfg vrrp.Config
	// hear may change an event, or keep it from the core (false).
	hear func(m *mutant, now time.Duration, ev *vrrp.Event) bool
	// act tells whether an action is carried out.
	act func(m *mutant, a vrrp.Action) bool
	// hurry is how much earlier than it should its master down timer runs out.
	hurry func(m *mutant) time.Duration

	// hasty: it runs its timers before it looks at what it has received, as if each had been on time.
	hasty bool

	ahead time.Duration // of the real time, by hurrying
	last  vrrp.Event
	at    time.Duration // of last
}

func (m *mutant) Step(now time.Duration, ev vrrp.Event, out []vrrp.Action) []vrrp.Action {
	if m.hear != nil && !m.hear(m, now, &ev) {
		return out
	}
	if ev.Kind == vrrp.Received {
		m.last, m.at = ev, now
	}
	if at, ok := m.Next(); ok && m.hurry != nil && at <= now && ev.Kind == vrrp.Tick && m.State(1) == vrrp.Backup {
		m.ahead += m.hurry(m)
	}
	before := len(out)
	if m.hasty && ev.Kind == vrrp.Received {
		for at, ok := m.Router.Next(); ok && at <= now; at, ok = m.Router.Next() {
			out = m.Router.Step(at, vrrp.Event{}, out)
		}
	}
	out = m.Router.Step(now+m.ahead, ev, out)
	if m.act == nil {
		return out
	}
	kept := out[:before]
	for _, a := range out[before:] {
		if m.act(m, a) {
			kept = append(kept, a)
		}
	}
	return kept
}

func (m *mutant) Next() (time.Duration, bool) {
	at, ok := m.Router.Next()
	if m.hurry != nil && m.State(1) == vrrp.Backup {
		at -= m.hurry(m)
	}
	return at - m.ahead, ok
}

func skew(m *mutant) time.Duration {
	unit := time.Second
	if m.cfg.Version == 3 {
		unit = m.cfg.AdvertInt
	}
	return time.Duration(256-int(m.Priority(1))) * unit / 256
}

// bugs are what is done wrong in the field, and what could be done wrong here; each with the fault
// that has to bring it to light.
var bugs = []struct {
	name  string
	fault simulator.Fault
	edit  func(*vrrp.Config)
	bug   mutant
}{
	{
		name: "takes one missing advertisement for the master's end", fault: simulator.Loss,
		edit: func(c *vrrp.Config) { c.DownTimerAdverts = 1 },
	},
	{
		name: "expects advertisements on the beat", fault: simulator.Jitter,
		edit: func(c *vrrp.Config) { c.DownTimerAdverts = 1 },
	},
	{
		name: "takes the second of two equal packets for a farewell", fault: simulator.Duplication,
		bug: mutant{hear: func(m *mutant, now time.Duration, ev *vrrp.Event) bool {
			if ev.Kind == vrrp.Received && m.at == now && m.last.Advert == ev.Advert {
				ev.Advert.Priority = 0
			}
			return true
		}},
	},
	{
		name: "learns the interval from when packets arrive", fault: simulator.Reordering,
		bug: mutant{hear: func(m *mutant, now time.Duration, ev *vrrp.Event) bool {
			if ev.Kind == vrrp.Received && m.at > 0 {
				ev.Advert.Interval = now - m.at
			}
			return true
		}},
	},
	{
		name: "ignores a tie", fault: simulator.Blackout,
		bug: mutant{hear: func(m *mutant, _ time.Duration, ev *vrrp.Event) bool {
			return ev.Kind != vrrp.Received || m.State(1) != vrrp.Master || ev.Advert.Priority != m.Priority(1)
		}},
	},
	{
		name: "ignores a tie", fault: simulator.Partition,
		bug: mutant{hear: func(m *mutant, _ time.Duration, ev *vrrp.Event) bool {
			return ev.Kind != vrrp.Received || m.State(1) != vrrp.Master || ev.Advert.Priority != m.Priority(1)
		}},
	},
	{
		name: "hears nothing as MASTER", fault: simulator.Partition,
		bug: mutant{hear: func(m *mutant, _ time.Duration, ev *vrrp.Event) bool {
			return ev.Kind != vrrp.Received || m.State(1) != vrrp.Master
		}},
	},
	{
		name: "never takes over", fault: simulator.Crash,
		bug: mutant{hurry: func(m *mutant) time.Duration {
			if m.at > time.Hour { // so that there is a MASTER to begin with
				return -1000 * time.Hour
			}
			return 0
		}},
	},
	{
		name: "skips the skew time", fault: simulator.Crash,
		bug: mutant{hurry: skew},
	},
	{
		name: "does not restart its timer", fault: simulator.Crash,
		bug: mutant{hear: func(m *mutant, _ time.Duration, ev *vrrp.Event) bool {
			return ev.Kind != vrrp.Received || m.State(1) != vrrp.Backup
		}},
	},
	{
		name: "compares addresses in BACKUP", fault: simulator.Crash,
		bug: mutant{hear: func(m *mutant, _ time.Duration, ev *vrrp.Event) bool {
			s, _ := m.Status(1)
			return ev.Kind != vrrp.Received || s.State != vrrp.Backup || ev.Advert.Priority != s.Priority || s.Source.Less(ev.Advert.Source)
		}},
	},
	{
		name: "lets a lower priority restart its timer", fault: simulator.Crash,
		edit: func(c *vrrp.Config) { c.PreemptDelay = 1000 * time.Hour },
	},
	{
		name: "is MASTER as soon as it starts", fault: simulator.Crash,
		edit: func(c *vrrp.Config) { c.Adopted = true },
	},
	{
		name: "does not adopt", fault: simulator.Adoption,
		edit: func(c *vrrp.Config) { c.Adopted = false },
	},
	{
		name: "takes its own standstill for silence, before it reads its socket", fault: simulator.Pause,
		bug: mutant{hasty: true},
	},
	{
		name: "does not notice that its link is down", fault: simulator.Link,
		bug: mutant{hear: func(_ *mutant, _ time.Duration, ev *vrrp.Event) bool { return ev.Kind != vrrp.LinkDown }},
	},
	{
		name: "does not notice that its link is up again", fault: simulator.Link,
		bug: mutant{hear: func(_ *mutant, now time.Duration, ev *vrrp.Event) bool { return ev.Kind != vrrp.LinkUp || now == 0 }},
	},
	{
		name: "leaves its services in the kernel", fault: simulator.Link,
		bug: mutant{act: func(_ *mutant, a vrrp.Action) bool { return a.Kind != vrrp.LeaveMaster }},
	},
	{
		name: "ignores its trackers", fault: simulator.Priority,
		bug: mutant{hear: func(_ *mutant, _ time.Duration, ev *vrrp.Event) bool { return ev.Kind != vrrp.Tracked }},
	},
	{
		name: "goes on although a tracker failed", fault: simulator.Tracker,
		bug: mutant{hear: func(_ *mutant, _ time.Duration, ev *vrrp.Event) bool { return ev.Kind != vrrp.Tracked || ev.Down == 0 }},
	},
	{
		name: "stays in FAULT although the tracker recovered", fault: simulator.Tracker,
		bug: mutant{hear: func(_ *mutant, _ time.Duration, ev *vrrp.Event) bool {
			return ev.Kind != vrrp.Tracked || ev.Down > 0 || ev.Pending
		}},
	},
	{
		name: "ignores a farewell", fault: simulator.Stop,
		bug: mutant{hear: func(_ *mutant, _ time.Duration, ev *vrrp.Event) bool {
			return ev.Kind != vrrp.Received || ev.Advert.Priority > 0
		}},
	},
	{
		name: "says no farewell", fault: simulator.Stop,
		bug: mutant{act: func(_ *mutant, a vrrp.Action) bool { return a.Kind != vrrp.SendAdvert || a.Priority > 0 }},
	},
	{
		name: "is MASTER as soon as it hears a farewell", fault: simulator.Stop,
		bug: mutant{hurry: func(m *mutant) time.Duration {
			if m.last.Advert.Priority == 0 && m.last.Kind == vrrp.Received {
				return skew(m)
			}
			return 0
		}},
	},
	{
		name: "stops forwarding when it says farewell", fault: simulator.Handover,
		bug: mutant{hear: func(_ *mutant, _ time.Duration, ev *vrrp.Event) bool { ev.Planned = false; return true }},
	},
	{
		name: "goes on for ever after its farewell", fault: simulator.Handover,
		bug: mutant{hear: func(_ *mutant, _ time.Duration, ev *vrrp.Event) bool { return ev.Kind != vrrp.Stop }},
	},
	{
		name: "stops forwarding at once when it is switched away", fault: simulator.Switch,
		bug: mutant{hear: func(_ *mutant, _ time.Duration, ev *vrrp.Event) bool {
			if ev.Kind == vrrp.Switch {
				ev.Kind = vrrp.AddressLost
			}
			return true
		}},
	},
	{
		name: "goes on as MASTER when it is switched away", fault: simulator.Switch,
		bug: mutant{hear: func(_ *mutant, _ time.Duration, ev *vrrp.Event) bool { return ev.Kind != vrrp.Switch }},
	},
	{
		name: "stands aside for a moment only", fault: simulator.Switch,
		bug: mutant{hear: func(_ *mutant, _ time.Duration, ev *vrrp.Event) bool { ev.For = time.Millisecond; return true }},
	},
	{
		name: "stands aside for ever", fault: simulator.Switch,
		bug: mutant{hear: func(_ *mutant, _ time.Duration, ev *vrrp.Event) bool { return ev.Kind != vrrp.SwitchBack }},
	},
	{
		name: "does not notice that its address is gone", fault: simulator.Removal,
		bug: mutant{hear: func(_ *mutant, _ time.Duration, ev *vrrp.Event) bool { return ev.Kind != vrrp.AddressLost }},
	},
}

// TestEveryFaultFindsABrokenCore: under each kind of fault alone, a core with a bug is caught, in
// worlds in which the real core keeps its promises.
func TestEveryFaultFindsABrokenCore(t *testing.T) {
	const worlds = 60
	found := map[simulator.Fault]bool{}
	type world struct {
		fault simulator.Fault
		seed  uint64
	}
	sound := map[world]bool{} // the real core has passed
	for _, b := range bugs {
		t.Run(b.fault.String()+"/"+b.name, func(t *testing.T) {
			faults := []simulator.Fault{b.fault}
			broken := func(cfg vrrp.Config) simulator.Core {
				if b.edit != nil {
					b.edit(&cfg)
				}
				m := b.bug
				m.Router, m.cfg = vrrp.New([]vrrp.Config{cfg}, nil), cfg
				return &m
			}
			for n := range uint64(worlds) {
				if this := (world{b.fault, *seed + n}); !sound[this] {
					if w, err := simulator.Run(options(this.seed, faults, simulator.Real)); err != nil || w.Episodes == 0 {
						t.Fatalf("the real core: %d episodes, %v", w.Episodes, err)
					}
					sound[this] = true
				}
				// What shows without any fault shows nothing about the fault.
				if w, err := simulator.Run(options(*seed+n, faults, broken)); err != nil && w.Episodes > 0 {
					found[b.fault] = true
					t.Log(err)
					return
				}
			}
			t.Errorf("nobody noticed in %d worlds", worlds)
		})
	}
	for _, f := range simulator.AllFaults() {
		if !found[f] {
			t.Errorf("no broken core is found by %v", f)
		}
	}
}
