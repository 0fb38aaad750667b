package vrrp_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// anyEvent is a random event for one of three instances on two links.
func anyEvent(t *rapid.T) vrrp.Event {
	kinds := []vrrp.EventKind{
		vrrp.Tick, vrrp.Received, vrrp.Received, vrrp.Received, vrrp.LinkUp, vrrp.LinkUp, vrrp.LinkDown,
		vrrp.SourceGained, vrrp.SourceLost, vrrp.AddressLost, vrrp.Tracked, vrrp.Start, vrrp.Stop, vrrp.SuccessorAnnounced,
	}
	ev := vrrp.Event{
		Kind:     rapid.SampledFrom(kinds).Draw(t, "kind"),
		Instance: vrrp.ID(rapid.IntRange(1, 3).Draw(t, "instance")),
	}
	switch ev.Kind {
	case vrrp.LinkUp, vrrp.LinkDown:
		ev.Link = rapid.SampledFrom([]string{"eth0", "eth1"}).Draw(t, "link")
	case vrrp.SourceGained:
		ev.Source = ownAddr
	case vrrp.Received:
		ev.Advert.Source = lowAddr
		if rapid.Bool().Draw(t, "higher address") {
			ev.Advert.Source = highAddr
		}
		ev.Advert.Priority = rapid.SampledFrom([]uint8{0, 1, 50, 100, 150, 254, 255}).Draw(t, "priority")
		ev.Advert.Interval = time.Duration(rapid.IntRange(1, 400).Draw(t, "interval")) * 10 * ms
	case vrrp.Tracked:
		ev.Weight = rapid.IntRange(-300, 300).Draw(t, "weight")
		ev.Down = rapid.IntRange(0, 4).Draw(t, "down") / 4
	case vrrp.Stop:
		// A stop is for ever: not too often.
		ev.Planned = rapid.Bool().Draw(t, "planned")
		if rapid.IntRange(0, 3).Draw(t, "rarely") > 0 {
			ev.Kind = vrrp.Tick
		}
	}
	return ev
}

func anyConfig(t *rapid.T, i vrrp.ID) vrrp.Config {
	cfg := v2(id(i, "VI"), func(c *vrrp.Config) { c.GARP.Delay, c.GARP.Refresh, c.GARP.LowerPrioDelay = 5*sec, 7*sec, sec })
	cfg.Version = rapid.IntRange(2, 3).Draw(t, "version")
	cfg.Priority = rapid.SampledFrom([]uint8{1, 100, 150, 254, 255}).Draw(t, "priority")
	cfg.StartMaster = rapid.Bool().Draw(t, "state MASTER")
	cfg.NoPreempt = rapid.Bool().Draw(t, "nopreempt")
	cfg.Adopted = rapid.IntRange(0, 3).Draw(t, "adopted") == 0
	cfg.PreemptDelay = time.Duration(rapid.IntRange(0, 1).Draw(t, "preempt_delay")) * 10 * sec
	cfg.HandoverHold = time.Duration(rapid.IntRange(0, 1).Draw(t, "hold")) * 20 * ms
	cfg.Interfaces = []vrrp.TrackedLink{{Name: "eth0"}, {Name: "eth1", Weight: rapid.IntRange(-20, 20).Draw(t, "weight")}}
	return cfg
}

// witness checks each action against those before it.
type witness struct {
	state  map[vrrp.ID]vrrp.State
	holds  map[vrrp.ID]bool // between EnterMaster and LeaveMaster
	said   map[vrrp.ID]bool // the last action was an advertisement
	groups map[string]vrrp.State
}

func (w *witness) see(t *rapid.T, a vrrp.Action) {
	switch a.Kind {
	case vrrp.SendAdvert:
		w.said[a.Instance] = true
	case vrrp.EnterMaster:
		if w.holds[a.Instance] || !w.said[a.Instance] {
			t.Fatalf("%v: held already: %v, advertised before: %v", a, w.holds[a.Instance], w.said[a.Instance])
		}
		w.holds[a.Instance] = true
	case vrrp.LeaveMaster:
		if !w.holds[a.Instance] {
			t.Fatalf("%v, but it held nothing", a)
		}
		w.holds[a.Instance] = false
	case vrrp.Announce, vrrp.LowerPriorityReceived:
		if !w.holds[a.Instance] {
			t.Fatalf("%v, but it is no MASTER", a)
		}
	case vrrp.Changed:
		if a.Group != "" {
			if w.groups[a.Group] != a.From || a.From == a.To {
				t.Fatalf("%v, but it was %v", a, w.groups[a.Group])
			}
			w.groups[a.Group] = a.To
			return
		}
		if w.state[a.Instance] != a.From || a.From == a.To {
			t.Fatalf("%v, but it was %v", a, w.state[a.Instance])
		}
		w.state[a.Instance] = a.To
		if w.holds[a.Instance] != (a.To == vrrp.Master) {
			t.Fatalf("%v, holds addresses: %v", a, w.holds[a.Instance])
		}
	}
	if a.Kind != vrrp.SendAdvert {
		w.said[a.Instance] = w.said[a.Instance] && a.Kind == vrrp.PriorityChanged
	}
}

// check compares the router with what the actions amount to.
func (w *witness) check(t *rapid.T, r *vrrp.Router, now time.Duration) {
	if at, ok := r.Next(); ok && at <= now {
		t.Fatalf("the next deadline is %v ago: the shell would spin", now-at)
	}
	for _, s := range r.Instances() {
		if s.State != w.state[s.ID] {
			t.Fatalf("%v is %v, actions say %v", s.ID, s.State, w.state[s.ID])
		}
		if s.Priority == 0 || s.Priority == 255 && s.BasePriority != 255 {
			t.Fatalf("%v has priority %d", s.ID, s.Priority)
		}
		if g := w.groups[s.Group]; s.Group != "" && g == vrrp.Master && s.State != vrrp.Master && s.State != vrrp.Init {
			t.Fatalf("%v is %v in a group that is MASTER", s.ID, s.State)
		}
		if s.Group != "" && w.groups[s.Group] == vrrp.Backup && s.State == vrrp.Master && !s.Leaving {
			t.Fatalf("%v is MASTER in a group that is BACKUP", s.ID)
		}
	}
}

func TestWhateverHappensActionsAndStateAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfgs := []vrrp.Config{anyConfig(t, 1), anyConfig(t, 2), anyConfig(t, 3)}
		var groups []vrrp.GroupConfig
		if rapid.Bool().Draw(t, "grouped") {
			groups = pair()
		}
		r := vrrp.New(cfgs, groups)
		w := &witness{state: map[vrrp.ID]vrrp.State{}, holds: map[vrrp.ID]bool{}, said: map[vrrp.ID]bool{}, groups: map[string]vrrp.State{}}
		for _, cfg := range cfgs {
			w.holds[cfg.ID] = cfg.Adopted
		}
		// An adopted instance holds its addresses from before: either it goes on, or it leaves.
		see := func(actions []vrrp.Action) {
			for _, a := range actions {
				if a.Kind == vrrp.EnterMaster && a.Reason == vrrp.Adopted {
					w.holds[a.Instance] = false
				}
				w.see(t, a)
			}
		}
		now := time.Duration(0)
		for _, ev := range []vrrp.Event{
			{Kind: vrrp.LinkUp, Link: "eth0"},
			{Kind: vrrp.SourceGained, Instance: 1, Source: ownAddr},
			{Kind: vrrp.SourceGained, Instance: 2, Source: ownAddr},
			{Kind: vrrp.SourceGained, Instance: 3, Source: ownAddr},
			{Kind: vrrp.Start},
		} {
			see(r.Step(now, ev, nil))
		}
		w.check(t, r, now)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * ms
			for at, ok := r.Next(); ok && at <= now; at, ok = r.Next() {
				see(r.Step(at, vrrp.Event{}, nil))
			}
			if rapid.IntRange(0, 20).Draw(t, "reload") == 0 {
				cfgs[0].Priority = rapid.SampledFrom([]uint8{1, 100, 255}).Draw(t, "new priority")
				cfgs[1].AdvertInt = time.Duration(rapid.IntRange(1, 3).Draw(t, "new interval")) * sec
				see(r.Reload(now, cfgs, groups, nil))
			} else {
				see(r.Step(now, anyEvent(t), nil))
			}
			w.check(t, r, now)
		}
	})
}

// TestTwoRoutersThatHearEachOtherEndWithOneMaster exchanges advertisements without delay or loss.
func TestTwoRoutersThatHearEachOtherEndWithOneMaster(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfgs := [2]vrrp.Config{anyConfig(t, 1), anyConfig(t, 1)}
		cfgs[1].Version = cfgs[0].Version
		cfgs[0].Interfaces, cfgs[1].Interfaces = cfgs[0].Interfaces[:1], cfgs[1].Interfaces[:1]
		var routers [2]*vrrp.Router
		sources := [2]vrrp.Event{
			{Kind: vrrp.SourceGained, Instance: 1, Source: lowAddr},
			{Kind: vrrp.SourceGained, Instance: 1, Source: highAddr},
		}
		var deliver func(from int, now time.Duration, actions []vrrp.Action)
		deliver = func(from int, now time.Duration, actions []vrrp.Action) {
			for _, a := range actions {
				if a.Kind == vrrp.SendAdvert {
					ev := vrrp.Event{Kind: vrrp.Received, Instance: 1, Advert: vrrp.Advert{
						Source: sources[from].Source, Priority: a.Priority, Interval: cfgs[from].AdvertInt,
					}}
					deliver(1-from, now, routers[1-from].Step(now, ev, nil))
				}
			}
		}
		for i := range routers {
			routers[i] = vrrp.New(cfgs[i:i+1], nil)
			routers[i].Step(0, vrrp.Event{Kind: vrrp.LinkUp, Link: "eth0"}, nil)
			routers[i].Step(0, sources[i], nil)
		}
		for i := range routers {
			deliver(i, 0, routers[i].Step(0, vrrp.Event{Kind: vrrp.Start}, nil))
		}
		for now := time.Duration(0); now < 30*sec; {
			at0, ok0 := routers[0].Next()
			at1, ok1 := routers[1].Next()
			if !ok0 || !ok1 {
				t.Fatal("a healthy router waits for nothing")
			}
			i := 0
			if at1 < at0 {
				i = 1
			}
			now = min(at0, at1)
			deliver(i, now, routers[i].Step(now, vrrp.Event{}, nil))
		}
		if a, b := routers[0].State(1), routers[1].State(1); (a == vrrp.Master) == (b == vrrp.Master) {
			t.Fatalf("after 30 s they are %v and %v", a, b)
		}
	})
}
