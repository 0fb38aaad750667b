package lvs_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/lvs"
)

func thresholds(r *lvs.RealServer) {
	r.Destination.UpperThreshold, r.Destination.LowerThreshold = 100, 50
}

func dynamic(r *lvs.RealServer) { r.Checks = []lvs.CheckConfig{{Dynamic: true}} }

func TestDrainedRealServerKeepsItsPlaceAndItsThresholds(t *testing.T) {
	s := newScene(t, virtualServer(realServer(1, weight(3), thresholds), realServer(2)))
	s.start()
	s.order(key(1), drained)
	s.order(key(1), drained) // again: nothing
	s.table()
	s.order(key(1))
	s.golden()
}

// A check that fails takes a drained real server away like any other, unless inhibit_on_failure keeps it:
// what is dead has no connections worth keeping, and persistent clients are to go elsewhere. It comes back
// drained.
func TestFailureOfADrainedRealServerIsAFailure(t *testing.T) {
	s := newScene(t, virtualServer(realServer(1, weight(3)), realServer(2, inhibit), realServer(3)))
	s.start()
	s.order(key(1), drained)
	s.order(key(2), drained)
	s.check(web, key(1), false)
	s.check(web, key(2), false)
	s.table()
	s.check(web, key(1), true)
	s.check(web, key(2), true)
	s.table()
	s.order(key(1))
	s.order(key(2))
	s.table()
	s.golden()
}

// The weight of a drained real server does not count. The sorry server takes over from the last one, and
// the drained ones stay with weight 0 beside it.
func TestDrainedWeightDoesNotCountForTheQuorum(t *testing.T) {
	v := virtualServer(realServer(1), realServer(2), realServer(3))
	v.Quorum, v.Sorry = 2, sorryServer()
	s := newScene(t, v)
	s.start()
	s.order(key(1), drained)
	s.order(key(2), drained)
	s.table()
	s.order(key(1), ordered(5)) // enough alone
	s.table()
	s.order(key(3), drained)
	s.order(key(1), ordered(0))
	s.order(key(3))
	s.order(key(2))
	s.table()
	s.golden()
}

// What misc_dynamic asks for is remembered, but an order counts more, until it is cleared.
func TestOrderedWeightStandsAboveThoseOfChecks(t *testing.T) {
	s := newScene(t, virtualServer(realServer(1, weight(3), dynamic), realServer(2)))
	s.start()
	ask := func(w int64) {
		s.verdict(lvs.Event{Check: lvs.CheckID{Server: web, Real: key(1)}, Up: true, HasWeight: true, Weight: w})
	}
	ask(10)
	s.order(key(1), ordered(7))
	ask(20)
	s.order(key(1), ordered(7), drained)
	ask(30)
	s.order(key(1), ordered(7))
	s.order(key(1))
	s.golden()
}

func TestOrdersOutliveAReloadButNotTheirRealServer(t *testing.T) {
	s := newScene(t, virtualServer(realServer(1), realServer(2), realServer(3)))
	s.start()
	s.order(key(1), drained)
	s.order(key(2), ordered(9))
	s.reload(virtualServer(realServer(1, weight(5)), realServer(2, weight(5)), realServer(4)))
	s.table()
	s.reload(virtualServer(realServer(1), realServer(4)))
	s.reload(virtualServer(realServer(1), realServer(2), realServer(4)))
	s.table()
	if got := s.core.Overrides(); len(got) != 1 || got[0] != (lvs.Override{Server: web, Real: key(1), Drained: true}) {
		t.Errorf("ordered is %v", got)
	}
	s.golden()
}

// TestAdoptionOfOrderedWeightsWritesNothing: weight 0 of one that is drained is no failure, and a weight
// that was ordered is none that a check has asked for.
func TestAdoptionOfOrderedWeightsWritesNothing(t *testing.T) {
	v := virtualServer(realServer(1, inhibit), realServer(2, dynamic), realServer(3), realServer(4, inhibit))
	v.Sorry = sorryServer()
	before := newScene(t, v)
	orders := []lvs.Override{{Server: web, Real: key(1), Drained: true}, {Server: web, Real: key(2), HasWeight: true, Weight: 9}}
	for _, last := range []bool{false, true} { // the second time the sorry server is at work
		for _, o := range orders {
			before.core.Step(lvs.Event{Kind: lvs.Overridden, Override: o})
		}
		before.start()
		before.check(web, key(4), false)
		if last {
			before.check(web, key(2), false)
			before.check(web, key(3), false)
		}
		left, _ := before.kernel.Read(nil)
		after := lvs.NewDirector([]lvs.VirtualServer{v})
		for _, o := range orders {
			after.Step(lvs.Event{Kind: lvs.Overridden, Override: o})
		}
		after.Step(lvs.Event{Kind: lvs.Adopted, Table: left})
		after.Step(lvs.Event{Kind: lvs.Started})
		if ops := lvs.Diff(left, after.Table(), after.Owned); len(ops) > 0 {
			t.Errorf("with the sorry server %v: the successor writes %v over\n%s", last, ops, left.Save())
		}
		if up, _ := after.Up(lvs.CheckID{Server: web, Real: key(4)}); up {
			t.Errorf("with the sorry server %v: the inhibited one that failed counts as up", last)
		}
	}
}

// TestPropertyOrdersNeverCostAPlace plays anything on two cores, of which one gets orders too. While it has
// them, what is drained and up is in the table with weight 0; once they are cleared both want the same.
func TestPropertyOrdersNeverCostAPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := virtualServer(realServer(1, weight(2), dynamic), realServer(2, inhibit, dynamic), realServer(3, weight(0), dynamic))
		v.Quorum = rapid.Uint32Range(1, 4).Draw(t, "quorum")
		if rapid.Bool().Draw(t, "sorry") {
			v.Sorry, v.SorryInhibit = sorryServer(), rapid.Bool().Draw(t, "sorry inhibit")
		}
		with, without := lvs.NewDirector([]lvs.VirtualServer{v}), lvs.NewDirector([]lvs.VirtualServer{v})
		both := func(e lvs.Event) {
			with.Step(e)
			without.Step(e)
		}
		both(lvs.Event{Kind: lvs.Started})
		for range rapid.IntRange(0, 30).Draw(t, "events") {
			real := key(rapid.IntRange(1, 3).Draw(t, "real"))
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				both(lvs.Event{Kind: lvs.Reloaded, Servers: []lvs.VirtualServer{v}})
			case 1:
				both(lvs.Event{Kind: lvs.Checked, Check: lvs.CheckID{Server: web, Real: real}, Up: rapid.Bool().Draw(t, "up"),
					HasWeight: rapid.Bool().Draw(t, "has weight"), Weight: rapid.Int64Range(0, 5).Draw(t, "weight")})
			default:
				with.Step(lvs.Event{Kind: lvs.Overridden, Override: lvs.Override{Server: web, Real: real,
					Drained: rapid.Bool().Draw(t, "drained"), HasWeight: rapid.Bool().Draw(t, "ordered"),
					Weight: rapid.Uint32Range(0, 5).Draw(t, "order")}})
			}
			drainedStay(t, with)
		}
		for _, o := range with.Overrides() {
			with.Step(lvs.Event{Kind: lvs.Overridden, Override: lvs.Override{Server: o.Server, Real: o.Real}})
		}
		if diff := cmp.Diff(without.Table().Save(), with.Table().Save()); diff != "" {
			t.Fatalf("after the orders (-without +with):\n%s", diff)
		}
	})
}

func drainedStay(t *rapid.T, d *lvs.Director) {
	var sum int64
	state := d.State()[0]
	for _, r := range state.Real {
		if r.Up {
			sum += r.Weight
		}
		if !r.Up || !r.Override.Drained && !(r.Override.HasWeight && r.Override.Weight == 0) {
			continue
		}
		for _, e := range d.Table() {
			if got, ok := e.Destinations[r.Key]; !ok || got.Weight != 0 {
				t.Fatalf("%s is drained and up, and in the table: %v with weight %d", r.Name, ok, got.Weight)
			}
		}
	}
	if sum == 0 && state.Quorum {
		t.Fatal("there is a quorum without any weight")
	}
}

func TestFindTakesNamesAsOperatorsWriteThem(t *testing.T) {
	v6 := lvs.Service{ServiceKey: lvs.ServiceKey{Addr: netip.MustParseAddr("2001:db8::1"), Port: 80, Protocol: lvs.TCP, Family: 6}, Scheduler: "rr"}
	udp := service(1)
	udp.Protocol = lvs.UDP
	mark := lvs.Service{ServiceKey: lvs.ServiceKey{FWMark: 4, Family: 4}, Scheduler: "rr"}
	other := realServer(2)
	other.Destination.Port = 8080
	named := func(name string, services ...lvs.Service) lvs.VirtualServer {
		v := virtualServer(realServer(1), realServer(2), other)
		v.Name, v.Services = name, nil
		for _, s := range services {
			v.Services = append(v.Services, lvs.GatedService{Service: s})
		}
		return v
	}
	d := lvs.NewDirector([]lvs.VirtualServer{named(web, service(1)), named("[192.0.0.1]:udp:80", udp),
		named("[2001:db8::1]:tcp:80", v6), named("FWM 4", mark), named("[www]:0", service(7), service(8))})
	tests := []struct{ vs, rs, server, real, err string }{
		{"192.0.0.1:80/tcp", "10.0.0.1:80", web, "10.0.0.1:80", ""},
		{"192.0.0.1:80/UDP", "10.0.0.1", "[192.0.0.1]:udp:80", "10.0.0.1:80", ""},
		{web, "[10.0.0.1]:tcp:80", web, "10.0.0.1:80", ""},
		{"192.0.0.1:80", "10.0.0.1", "", "", `virtual server "192.0.0.1:80" is more than one: say 192.0.0.1:80/tcp or 192.0.0.1:80/udp`},
		{"[2001:db8::1]:80", "10.0.0.2:8080", "[2001:db8::1]:tcp:80", "10.0.0.2:8080", ""},
		{"[2001:db8::1]:80", "10.0.0.2", "", "", `virtual server [2001:db8::1]:80/tcp has more than one real server "10.0.0.2": add the port`},
		{"fwmark:4", "10.0.0.1", "FWM 4", "10.0.0.1:80", ""},
		{"fwmark 4", "10.0.0.1", "FWM 4", "10.0.0.1:80", ""},
		{"FWM 4", "10.0.0.1", "FWM 4", "10.0.0.1:80", ""},
		{"fwmark:0x4", "10.0.0.1", "FWM 4", "10.0.0.1:80", ""},
		{"www", "10.0.0.1", "[www]:0", "10.0.0.1:80", ""},
		{"192.0.0.8:80", "10.0.0.1", "[www]:0", "10.0.0.1:80", ""},
		{"fwmark:5", "10.0.0.1", "", "", `there is no virtual server "fwmark:5"; there are: 192.0.0.1:80/tcp, 192.0.0.1:80/udp, [2001:db8::1]:80/tcp, fwmark:4, www`},
		{"192.0.0.1:80/sctp", "10.0.0.1", "", "", `there is no virtual server "192.0.0.1:80/sctp"; there are: 192.0.0.1:80/tcp, 192.0.0.1:80/udp, [2001:db8::1]:80/tcp, fwmark:4, www`},
		{"www", "10.0.0.9", "", "", `virtual server www has no real server "10.0.0.9"; there are: 10.0.0.1:80, 10.0.0.2:80, 10.0.0.2:8080`},
		{"", "10.0.0.1", "", "", `there is no virtual server ""; there are: 192.0.0.1:80/tcp, 192.0.0.1:80/udp, [2001:db8::1]:80/tcp, fwmark:4, www`},
	}
	for _, tt := range tests {
		got, err := d.Find(tt.vs, tt.rs)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != tt.err || err == nil && (got.Server != tt.server || got.Real.String() != tt.real) {
			t.Errorf("%q %q: %s %s, %q; want %s %s, %q", tt.vs, tt.rs, got.Server, got.Real, text, tt.server, tt.real, tt.err)
		}
	}
}

// TestPlacementsAreWhereTheKernelHasTheRealServer: not at its own port but where it is translated.
func TestPlacementsAreWhereTheKernelHasTheRealServer(t *testing.T) {
	v := virtualServer(realServer(1))
	second := service(2)
	second.Port = 8080
	v.Services = append(v.Services, lvs.GatedService{Service: second})
	d := lvs.NewDirector([]lvs.VirtualServer{v})
	d.Step(lvs.Event{Kind: lvs.Started})
	places := d.Placements(web, key(1))
	if len(places) != 2 {
		t.Fatalf("%v", places)
	}
	for _, p := range places {
		if _, ok := d.Table()[p.Service].Destinations[p.Destination]; !ok {
			t.Errorf("%v is not in the table", p)
		}
	}
}
