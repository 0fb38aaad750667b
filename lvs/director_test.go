package lvs_test

import (
	"slices"
	"testing"

	"github.com/holdfast-ha/holdfast/lvs"
)

func TestFailingRealServerLeavesTheTableAndComesBack(t *testing.T) {
	s := newScene(t, virtualServer(realServer(1, weight(3)), realServer(2, inhibit)))
	s.start()
	s.check(web, key(1), false)
	s.check(web, key(1), false)
	s.check(web, key(2), false)
	s.table()
	s.check(web, key(2), true)
	s.check(web, key(1), true)
	s.table()
	s.golden()
}

func TestQuorumHasHysteresisAndTheSorryServerStandsIn(t *testing.T) {
	v := virtualServer(realServer(1), realServer(2), realServer(3), realServer(4, inhibit))
	v.Quorum, v.Hysteresis, v.Sorry = 2, 1, sorryServer()
	s := newScene(t, v)
	s.start()
	s.check(web, key(1), false)
	s.check(web, key(2), false)
	s.check(web, key(3), false) // 1 is not below quorum - hysteresis
	s.check(web, key(4), false)
	s.table()
	s.check(web, key(1), true)
	s.check(web, key(2), true) // 2 is not quorum + hysteresis yet
	s.table()
	s.check(web, key(4), true)
	s.table()
	s.golden()
}

func TestLostQuorumWithoutSorryServerLeavesRealServersInPlace(t *testing.T) {
	v := virtualServer(realServer(1), realServer(2), realServer(3))
	v.Quorum = 3
	s := newScene(t, v)
	s.start()
	s.check(web, key(1), false)
	s.table()
	s.check(web, key(1), true)
	s.golden()
}

func TestInhibitedSorryServerHasWeightZeroUntilItIsNeeded(t *testing.T) {
	v := virtualServer(realServer(1))
	v.Sorry, v.SorryInhibit = sorryServer(), true
	s := newScene(t, v)
	s.start()
	s.check(web, key(1), false)
	s.check(web, key(1), true)
	s.table()
	s.golden()
}

func TestAlphaStartsWithTheSorryServerUntilChecksPass(t *testing.T) {
	v := virtualServer(realServer(1, alpha), realServer(2, alpha, inhibit), realServer(3, alpha, unchecked))
	v.Quorum, v.Sorry = 2, sorryServer()
	s := newScene(t, v)
	s.start()
	s.table()
	s.check(web, key(1), true)
	s.table()
	s.golden()
}

func TestStartWithoutQuorumAndWithoutSorryServerSaysNothing(t *testing.T) {
	v := virtualServer(realServer(1, weight(0)))
	v.Quorum, v.Hysteresis = 0, 4294967295
	s := newScene(t, v)
	s.start()
	s.golden()
}

func TestQuorumArithmeticDoesNotEndAt32Bits(t *testing.T) {
	const most = 1<<32 - 1
	const heavy = 1<<31 - 1
	for _, c := range []struct {
		quorum, hysteresis uint32
		weights            []uint32
		up                 bool
	}{
		{0, most, []uint32{0}, false},
		{0, most, []uint32{0, 0}, false},
		{0, 0, []uint32{0}, true},
		{1, most, []uint32{1}, false}, // 1 + most is 0 in 32 bits
		{1, most, []uint32{0}, false},
		{2, most, []uint32{1, 1}, false},
		{1, most, []uint32{heavy, heavy}, false},
		{1, most, []uint32{heavy, heavy, 2}, true},
		{most, most, []uint32{heavy, heavy, heavy, heavy}, false},
		{most, most, []uint32{heavy, heavy, heavy, heavy, heavy}, true},
		{most, 0, []uint32{heavy, heavy, 1}, true},
		{1, 0, []uint32{heavy, heavy, 2}, true}, // the sum is 0 in 32 bits
	} {
		v := virtualServer()
		v.Quorum, v.Hysteresis, v.Sorry = c.quorum, c.hysteresis, sorryServer()
		for i, w := range c.weights {
			v.RealServers = append(v.RealServers, realServer(i+1, weight(w)))
		}
		d := lvs.NewDirector([]lvs.VirtualServer{v})
		d.Step(lvs.Event{Kind: lvs.Started})
		state := d.State()[0]
		if state.Quorum != c.up || state.Sorry == c.up {
			t.Errorf("quorum %d+%d with weights %v: up %v, sorry server %v; want up %v",
				c.quorum, c.hysteresis, c.weights, state.Quorum, state.Sorry, c.up)
		}
		// With the hysteresis at most quorum - hysteresis is below 0: only the last weight counts.
		for i := range c.weights {
			d.Step(lvs.Event{Kind: lvs.Checked, Check: lvs.CheckID{Server: v.Name, Real: key(i + 1)}, Up: false})
		}
		if d.State()[0].Quorum && slices.Max(c.weights) > 0 {
			t.Errorf("quorum %d+%d: still there without any weight", c.quorum, c.hysteresis)
		}
	}
}

func TestWeightsOfSeveralChecksAddUpAndAnOrdinaryResultTakesItsShareBack(t *testing.T) {
	real := realServer(1, weight(10), checks(lvs.CheckConfig{ID: "misc", Dynamic: true}, lvs.CheckConfig{ID: "file", Dynamic: true}))
	s := newScene(t, virtualServer(real, realServer(2)))
	s.start()
	misc := lvs.CheckID{Server: web, Real: key(1), Check: "misc"}
	file := lvs.CheckID{Server: web, Real: key(1), Check: "file"}
	s.verdict(lvs.Event{Check: misc, Up: true, HasWeight: true, Weight: 4})
	s.verdict(lvs.Event{Check: file, Up: true, HasWeight: true, Relative: true, Weight: 5})
	s.verdict(lvs.Event{Check: file, Up: true, HasWeight: true, Relative: true, Weight: -50})
	s.verdict(lvs.Event{Check: misc, Up: false})
	s.verdict(lvs.Event{Check: misc, Up: true})
	s.verdict(lvs.Event{Check: file, Up: true})
	s.golden()
}

func TestRealServerIsUpOnlyWhenNoCheckFails(t *testing.T) {
	s := newScene(t, virtualServer(realServer(1, checks(lvs.CheckConfig{ID: "a"}, lvs.CheckConfig{ID: "b"})), realServer(2)))
	s.start()
	for _, step := range []struct {
		check string
		up    bool
	}{{"a", false}, {"b", false}, {"a", true}, {"b", true}} {
		s.verdict(lvs.Event{Check: lvs.CheckID{Server: web, Real: key(1), Check: step.check}, Up: step.up})
	}
	s.golden()
}

func gated(n int, names ...string) lvs.GatedService {
	g := lvs.GatedService{Service: service(n)}
	for _, name := range names {
		g.Follow = append(g.Follow, lvs.Follow{Name: name})
	}
	return g
}

func TestGatedServicesAreInTheKernelOnlyWhileMaster(t *testing.T) {
	v := virtualServer(realServer(1), realServer(2))
	v.Services = []lvs.GatedService{gated(1, "VI_1"), gated(2, "VI_2"), gated(3, "VI_1", "VI_2"), gated(4)}
	s := newScene(t, v)
	s.start()
	s.masters()
	s.masters("VI_1")
	s.masters("VI_1")
	s.check(web, key(2), false)
	s.masters("VI_2")
	s.masters()
	s.golden()
}

func TestSyncGroupAndInstanceOfOneNameAreDifferent(t *testing.T) {
	v := virtualServer(realServer(1))
	v.Services = []lvs.GatedService{{Service: service(1), Follow: []lvs.Follow{{Name: "A", Group: true}}}}
	s := newScene(t, v)
	s.start()
	s.masters("A")
	s.do("group A", lvs.Event{Kind: lvs.MastersChanged, Groups: []string{"A"}})
	s.golden()
}

// left is the table of an earlier process.
func left(n int, dests ...lvs.Destination) []lvs.Operation {
	ops := []lvs.Operation{{Verb: lvs.AddService, Service: service(n)}}
	for _, d := range dests {
		ops = append(ops, lvs.Operation{Verb: lvs.AddDestination, Service: service(n), Destination: d})
	}
	return ops
}

func destination(n int, w uint32) lvs.Destination {
	return lvs.Destination{DestinationKey: key(n), Forward: lvs.Direct, Weight: w}
}

func TestAdoptionTakesHealthFromTheTableAndWritesNothing(t *testing.T) {
	dynamic := checks(lvs.CheckConfig{Dynamic: true})
	v := virtualServer(realServer(1, alpha), realServer(2), realServer(3, inhibit), realServer(4, weight(5), dynamic))
	v.Services = []lvs.GatedService{gated(1, "VI_1")}
	s := newScene(t, v)
	s.adopt(left(1, destination(1, 1), destination(3, 0), destination(4, 7))...)
	s.masters("VI_1") // it goes on as MASTER: no write
	s.check(web, key(2), true)
	s.check(web, key(3), true)
	s.table()
	s.golden()
}

func TestAdoptionRemovesUncheckedForeignAndUnwantedOnlyWhenTheStateIsKnown(t *testing.T) {
	v := virtualServer(realServer(1), realServer(2, unchecked))
	v.Services = []lvs.GatedService{gated(1, "VI_1")}
	s := newScene(t, v)
	ops := left(1, destination(1, 1), destination(7, 1))
	s.adopt(append(ops, left(200, destination(8, 1))...)...)
	s.masters()
	s.table()
	s.golden()
}

func TestAdoptionOfTheSorryServerKeepsItUntilAQuorumIsThere(t *testing.T) {
	v := virtualServer(realServer(1), realServer(2))
	v.Sorry, v.Quorum = sorryServer(), 2
	s := newScene(t, v)
	s.adopt(left(1, *sorryServer())...)
	s.check(web, key(1), true)
	s.check(web, key(2), true)
	s.golden()
}

func TestAdoptedQuorumIsHeldByTheLowerThreshold(t *testing.T) {
	v := virtualServer(realServer(1), realServer(2), realServer(3))
	v.Sorry, v.Quorum, v.Hysteresis = sorryServer(), 2, 1
	s := newScene(t, v)
	s.adopt(left(1, destination(1, 1))...)
	s.table()
	s.golden()
}

func TestReloadKeepsStateAndWritesOnlyTheDifference(t *testing.T) {
	first := virtualServer(realServer(1), realServer(2), realServer(3))
	second := lvs.VirtualServer{Name: "second", Services: []lvs.GatedService{{Service: service(2)}}, Quorum: 1, RealServers: []lvs.RealServer{realServer(1)}}
	s := newScene(t, first, second)
	s.start()
	s.check(web, key(2), false)
	s.reload(first, second)

	changed := virtualServer(realServer(1, weight(4)), realServer(2), realServer(4, alpha), realServer(5))
	changed.Services[0].Service.Scheduler = "lc"
	s.reload(changed)
	s.table()
	s.check(web, key(2), true)
	s.golden()
}

func TestReloadReevaluatesTheQuorum(t *testing.T) {
	v := virtualServer(realServer(1), realServer(2))
	s := newScene(t, v)
	s.start()
	s.check(web, key(2), false)
	more := virtualServer(realServer(1), realServer(2))
	more.Quorum, more.Sorry = 2, sorryServer()
	s.reload(more)
	s.reload(v)
	s.golden()
}

func TestStopReportsFailuresOnlyWithOmega(t *testing.T) {
	quiet := virtualServer(realServer(1))
	loud := lvs.VirtualServer{Name: "loud", Omega: true, Services: []lvs.GatedService{gated(2, "VI_1")}, Quorum: 1, RealServers: []lvs.RealServer{realServer(1)}}
	s := newScene(t, quiet, loud)
	s.start()
	s.do("stop", lvs.Event{Kind: lvs.Stopped})
	s.golden()
}

func TestRemovedServiceIsOursUntilForgotten(t *testing.T) {
	core := lvs.NewDirector([]lvs.VirtualServer{virtualServer(realServer(1))})
	core.Step(lvs.Event{Kind: lvs.Started})
	core.Step(lvs.Event{Kind: lvs.Reloaded})
	key := service(1).ServiceKey
	if !core.Owned(key) || !core.Configured(key) {
		t.Fatal("a service that a reload removed must stay ours until the kernel has lost it")
	}
	core.Forget(key)
	if core.Owned(key) || core.Configured(key) {
		t.Fatal("a forgotten service must not be ours: somebody else may add it")
	}
}

func TestWhatAnEarlierProcessOwnedIsRemoved(t *testing.T) {
	s := newScene(t, virtualServer(realServer(1)))
	s.core.Own([]lvs.ServiceKey{service(1).ServiceKey, service(2).ServiceKey})
	s.adopt(append(left(1, destination(1, 1)), append(left(2, destination(1, 1)), left(3, destination(1, 1))...)...)...)
	s.table()
	s.golden()
}

func TestDirtyNamesOnlyTheServicesThatMayDiffer(t *testing.T) {
	other := lvs.VirtualServer{Name: "other", Services: []lvs.GatedService{{Service: service(2)}}, Quorum: 1, RealServers: []lvs.RealServer{realServer(1)}}
	core := lvs.NewDirector([]lvs.VirtualServer{virtualServer(realServer(1)), other})
	core.Step(lvs.Event{Kind: lvs.Started})
	if got := len(core.Dirty()); got != 2 {
		t.Fatalf("start marks %d services, want 2", got)
	}
	id := lvs.CheckID{Server: "other", Real: key(1)}
	core.Step(lvs.Event{Kind: lvs.Checked, Check: id, Up: true})
	if got := core.Dirty(); len(got) != 0 {
		t.Fatalf("a result that changes nothing marks %v", got)
	}
	core.Step(lvs.Event{Kind: lvs.Checked, Check: id})
	if got := core.Dirty(); len(got) != 1 || got[0] != service(2).ServiceKey {
		t.Fatalf("a failure marks %v", got)
	}
}

func TestStateSaysWhyAServiceIsInactive(t *testing.T) {
	v := virtualServer(realServer(1))
	v.Services = []lvs.GatedService{gated(1, "VI_1")}
	core := lvs.NewDirector([]lvs.VirtualServer{v})
	core.Step(lvs.Event{Kind: lvs.Started})
	for _, step := range []struct {
		masters []string
		known   bool
		active  bool
		why     string
	}{
		{nil, false, false, "follows VI_1, whose state is not known yet"},
		{nil, true, false, "follows VI_1, which is not MASTER"},
		{[]string{"VI_1"}, true, true, "follows VI_1, which is MASTER"},
	} {
		if step.known {
			core.Step(lvs.Event{Kind: lvs.MastersChanged, Instances: step.masters})
		}
		got := core.State()[0]
		if got.Active != step.active || got.Why != step.why {
			t.Errorf("masters %v: active %v, %q; want %v, %q", step.masters, got.Active, got.Why, step.active, step.why)
		}
	}
}
