package speaker

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
)

func testRoute(dst, via string, change ...func(*Route)) Route {
	r := Route{Route: rtnl.Route{Type: unix.RTN_UNICAST, Table: unix.RT_TABLE_MAIN, Protocol: rtnl.Keepalived, Dst: netip.MustParsePrefix(dst)}}
	r.Six = r.Dst.Addr().Is6()
	r.Dev = "eth0"
	if via != "" {
		r.Via = netip.MustParseAddr(via)
	}
	for _, f := range change {
		f(&r)
	}
	return r
}

func mtu(v uint32) func(*Route) {
	return func(r *Route) { r.Metrics = []rtnl.Metric{{Kind: unix.RTAX_MTU, Value: v}} }
}

func testRule(from string, table, pref uint32) Rule {
	return Rule{Rule: rtnl.Rule{
		From: netip.MustParsePrefix(from), Table: table, Action: rtnl.ToTable, Priority: pref, Protocol: rtnl.Keepalived,
		SuppressPrefix: -1, SuppressGroup: -1,
	}}
}

// routed is an instance with an address, two routes and a rule.
func routed() Instance {
	in := testInstance(1, "192.0.2.100/32")
	in.Routes = []Route{testRoute("10.0.0.0/8", "192.0.2.254"), testRoute("10.9.0.0/16", "192.0.2.253")}
	in.Rules = []Rule{testRule("192.0.2.100/32", 100, 400)}
	return in
}

func TestRoutesAndRulesComeAfterAddressesAndGoBeforeThem(t *testing.T) {
	b := newBench(t, &Settings{Instances: []Instance{routed()}})
	b.do(order{kind: orderEnter, id: 1, count: 1})
	b.expect(t, "entering", `masters [VI_1] []
ip addr add 192.0.2.100/32 scope global proto 18 dev 3
ip route prepend 10.0.0.0/8 via 192.0.2.254 dev eth0 proto 18
ip route prepend 10.9.0.0/16 via 192.0.2.253 dev eth0 proto 18
ip rule add pref 400 from 192.0.2.100 table 100 protocol 18
arp 192.0.2.100`)
	b.do(order{kind: orderLeave, id: 1})
	b.expect(t, "leaving", `ip rule del pref 400 from 192.0.2.100 table 100 protocol 18
ip route del 10.9.0.0/16 via 192.0.2.253 dev eth0 proto 18
ip route del 10.0.0.0/8 via 192.0.2.254 dev eth0 proto 18
ip addr del 192.0.2.100/32 scope global proto 18 dev 3
masters [] []`)
	if len(b.entries) != 0 {
		t.Errorf("%d routes and rules are remembered that nobody holds", len(b.entries))
	}
}

func TestStaticRoutesStayAsLongAsTheDaemonRuns(t *testing.T) {
	s := &Settings{Instances: []Instance{testInstance(1, "192.0.2.100/32")}, StaticRoutes: routed().Routes[:1], StaticRules: routed().Rules}
	b := newBench(t, s)
	b.expect(t, "start", `ip route prepend 10.0.0.0/8 via 192.0.2.254 dev eth0 proto 18
ip rule add pref 400 from 192.0.2.100 table 100 protocol 18`)
	b.do(order{kind: orderEnter, id: 1}, order{kind: orderLeave, id: 1})
	b.k.taken()
	b.do(order{kind: orderFinish, done: make(chan struct{})})
	b.expect(t, "stop", `ip rule del pref 400 from 192.0.2.100 table 100 protocol 18
ip route del 10.0.0.0/8 via 192.0.2.254 dev eth0 proto 18
masters [] []`)
}

func TestReloadWritesOnlyTheRoutesThatDiffer(t *testing.T) {
	b := newBench(t, &Settings{Instances: []Instance{routed()}})
	b.do(order{kind: orderEnter, id: 1})
	b.k.taken()
	b.do(order{kind: orderConfigure, settings: &Settings{Instances: []Instance{routed()}}})
	b.expect(t, "the same again", "masters [VI_1] []")

	changed := routed()
	changed.Routes = []Route{testRoute("10.9.0.0/16", "192.0.2.253", mtu(1400)), testRoute("10.0.0.0/8", "192.0.2.254")}
	changed.Rules = []Rule{testRule("192.0.2.100/32", 101, 400)}
	b.do(order{kind: orderConfigure, settings: &Settings{Instances: []Instance{changed}}})
	b.expect(t, "another MTU and another table", `ip route prepend 10.9.0.0/16 via 192.0.2.253 dev eth0 proto 18 mtu 1400
ip rule add pref 400 from 192.0.2.100 table 101 protocol 18
ip rule del pref 400 from 192.0.2.100 table 100 protocol 18
ip route del 10.9.0.0/16 via 192.0.2.253 dev eth0 proto 18
masters [VI_1] []`)
}

func TestReloadReplacesWhatCannotStandBesideTheOld(t *testing.T) {
	in := testInstance(1, "192.0.2.100/32")
	in.Routes = []Route{testRoute("2001:db8:9::/48", "2001:db8::1")}
	b := newBench(t, &Settings{Instances: []Instance{in}})
	b.do(order{kind: orderEnter, id: 1})
	b.k.taken()
	changed := in
	changed.Routes = []Route{testRoute("2001:db8:9::/48", "2001:db8::1", mtu(1400))}
	b.do(order{kind: orderConfigure, settings: &Settings{Instances: []Instance{changed}}})
	b.expect(t, "another MTU", `ip -6 route replace 2001:db8:9::/48 via 2001:db8::1 dev eth0 proto 18 mtu 1400
masters [VI_1] []`)
	b.do(order{kind: orderLeave, id: 1})
	if len(b.k.routes) != 0 {
		t.Errorf("left behind: %v", b.k.routes)
	}
}

func TestRouteThatMovesToAnotherInstanceIsNotTouched(t *testing.T) {
	one, two := routed(), testInstance(2, "192.0.2.102/32")
	b := newBench(t, &Settings{Instances: []Instance{one, two}})
	b.do(order{kind: orderEnter, id: 1}, order{kind: orderEnter, id: 2})
	b.k.taken()
	two.Routes, two.Rules, one.Routes, one.Rules = one.Routes, one.Rules, nil, nil
	b.do(order{kind: orderConfigure, settings: &Settings{Instances: []Instance{one, two}}})
	b.expect(t, "moved", "masters [VI_1 VI_2] []")
}

func TestRemovedRouteAndRuleArePutBack(t *testing.T) {
	in := routed()
	b := newBench(t, &Settings{Instances: []Instance{in}})
	var lost []vrrp.ID
	back := 0
	b.lost = func(id vrrp.ID) { lost = append(lost, id) }
	b.reasserted = func(vrrp.ID) { back++ }
	b.do(order{kind: orderEnter, id: 1})
	b.k.taken()
	route := b.k.routes[0]
	remove := func() {
		b.k.DeleteRoutes([]rtnl.Route{route})
		b.k.taken()
		b.do(order{kind: orderLinks, events: []rtnl.Event{{Kind: rtnl.RouteGone, Route: &route}}})
	}
	remove()
	b.expect(t, "the route", "ip route prepend 10.0.0.0/8 via 192.0.2.254 dev eth0 proto 18")
	rule := b.k.rules[0]
	b.k.DeleteRules([]rtnl.Rule{rule})
	b.k.taken()
	b.do(order{kind: orderLinks, events: []rtnl.Event{{Kind: rtnl.RuleGone, Rule: &rule}}})
	b.expect(t, "the rule", "ip rule add pref 400 from 192.0.2.100 table 100 protocol 18")
	if back != 2 || lost != nil {
		t.Errorf("put back %d times, lost %v", back, lost)
	}
	b.k.refuse = unix.EINVAL
	remove()
	if !cmp.Equal(lost, []vrrp.ID{1}) {
		t.Errorf("it cannot be put back, lost %v", lost)
	}
}

func TestRefusedRouteAndRuleArePutAgainWhileTheyAreHeld(t *testing.T) {
	b := newBench(t, &Settings{Instances: []Instance{routed()}})
	b.do(order{kind: orderEnter, id: 1})
	b.do(order{kind: orderLeave, id: 1})
	b.k.refuse = unix.ENETUNREACH
	b.do(order{kind: orderEnter, id: 1})
	b.do()
	b.k.taken()
	b.now = b.now.Add(time.Second)
	b.do()
	if said := b.k.taken(); strings.Count(said, "# ip route") != 2 || strings.Count(said, "# ip rule") != 1 {
		t.Errorf("after a second: %s", said)
	}
	b.k.refuse = nil
	b.now = b.now.Add(2 * time.Second)
	b.do()
	if len(b.k.routes) != 2 || len(b.k.rules) != 1 {
		t.Errorf("reachable again: routes %v, rules %v", b.k.routes, b.k.rules)
	}
	b.k.taken()
	b.now = b.now.Add(time.Hour)
	b.do()
	b.expect(t, "all is there", "")
}

func TestRouteWithoutTrackingStaysAway(t *testing.T) {
	in := routed()
	in.Routes[0].NoTrack, in.Rules[0].NoTrack = true, true
	b := newBench(t, &Settings{Instances: []Instance{in}})
	b.lost = func(vrrp.ID) { t.Error("the instance steps down") }
	b.do(order{kind: orderEnter, id: 1})
	route, rule := b.k.routes[0], b.k.rules[0]
	b.k.DeleteRoutes([]rtnl.Route{route})
	b.k.DeleteRules([]rtnl.Rule{rule})
	b.k.taken()
	b.do(order{kind: orderLinks, events: []rtnl.Event{{Kind: rtnl.RouteGone, Route: &route}, {Kind: rtnl.RuleGone, Rule: &rule}}})
	b.expect(t, "after the removal", "")
}

func TestLossOfAStaticRouteConcernsItsTrackGroup(t *testing.T) {
	address := Address{Prefix: netip.MustParsePrefix("192.0.2.200/32"), Interface: "eth0", Watchers: []vrrp.ID{1, 2}}
	route, rule := testRoute("10.0.0.0/8", "192.0.2.254"), testRule("192.0.2.100/32", 100, 400)
	route.Watchers, rule.Watchers = []vrrp.ID{1, 2}, []vrrp.ID{3}
	b := newBench(t, &Settings{Static: []Address{address}, StaticRoutes: []Route{route}, StaticRules: []Rule{rule}})
	var lost []vrrp.ID
	b.lost = func(id vrrp.ID) { lost = append(lost, id) }
	gone := kernelAddress(address, 3)
	delete(b.k.there, gone.Key())
	putRoute, putRule := b.k.routes[0], b.k.rules[0]
	b.k.DeleteRoutes([]rtnl.Route{putRoute})
	b.k.DeleteRules([]rtnl.Rule{putRule})
	b.k.refuse = unix.ENETUNREACH
	for _, c := range []struct {
		what  string
		event rtnl.Event
		want  []vrrp.ID
	}{
		{"address", rtnl.Event{Kind: rtnl.AddressGone, Address: gone}, []vrrp.ID{1, 2}},
		{"route", rtnl.Event{Kind: rtnl.RouteGone, Route: &putRoute}, []vrrp.ID{1, 2}},
		{"rule", rtnl.Event{Kind: rtnl.RuleGone, Rule: &putRule}, []vrrp.ID{3}},
	} {
		lost = nil
		b.do(order{kind: orderLinks, events: []rtnl.Event{c.event}})
		if !cmp.Equal(lost, c.want) {
			t.Errorf("%s: lost %v, want %v", c.what, lost, c.want)
		}
	}
}

func TestRoutesComeBackWithTheirLink(t *testing.T) {
	b := newBench(t, &Settings{StaticRoutes: routed().Routes[:1]})
	up := testLinks()[0]
	down := up
	down.Flags &^= unix.IFF_UP | unix.IFF_RUNNING
	b.k.routes = nil // the kernel takes IPv4 routes out with the link and does not say so
	b.k.taken()
	b.do(order{kind: orderLinks, events: []rtnl.Event{{Kind: rtnl.LinkChanged, Link: down}}})
	b.expect(t, "down", "")
	b.do(order{kind: orderLinks, events: []rtnl.Event{{Kind: rtnl.LinkChanged, Link: up}}})
	b.expect(t, "up", "ip route prepend 10.0.0.0/8 via 192.0.2.254 dev eth0 proto 18")
}

func TestRouteComesBackWithItsSourceAddress(t *testing.T) {
	in := routed()
	in.Routes[0].Src = netip.MustParseAddr("192.0.2.100")
	b := newBench(t, &Settings{Instances: []Instance{in}})
	b.do(order{kind: orderEnter, id: 1})
	a := kernelAddress(in.VIPs[0], 3)
	delete(b.k.there, a.Key())
	b.k.routes = b.k.routes[1:] // with the address, and unreported
	b.k.taken()
	b.do(order{kind: orderLinks, events: []rtnl.Event{{Kind: rtnl.AddressGone, Address: a}}})
	b.expect(t, "after the removal", `ip addr add 192.0.2.100/32 scope global proto 18 dev 3
ip route prepend 10.0.0.0/8 via 192.0.2.254 dev eth0 proto 18 src 192.0.2.100
arp 192.0.2.100`)
}

// inherited is a bench on a host where an earlier process left routes and rules.
func inherited(t *testing.T, s *Settings, routes []Route, rules []Rule) *bench {
	t.Helper()
	k := newFakeKernel()
	d := &fakeDirector{k: k, ready: make(chan struct{})}
	close(d.ready)
	b := &bench{effects: newEffects(k, fakeAir{k}, d, newReporter(nil)), k: k, d: d}
	present := rtnl.Snapshot{Links: testLinks()}
	for _, r := range routes {
		r.Index, r.Dev = 3, ""
		k.routes = append(k.routes, r.Route)
	}
	for _, r := range rules {
		k.rules = append(k.rules, r.Rule)
	}
	present.Routes, present.Rules = append(present.Routes, k.routes...), append(present.Rules, k.rules...)
	for i := range s.Instances {
		if in := &s.Instances[i]; in.Adopted {
			a := kernelAddress(in.VIPs[0], 3)
			k.there[a.Key()] = a
			present.Addresses = append(present.Addresses, a)
		}
	}
	b.found(s, present.Links)
	b.begin(s, present)
	return b
}

func TestAdoptedRoutesAreNotWrittenAndOthersGo(t *testing.T) {
	in := routed()
	in.Adopted = true
	old := testRoute("172.16.0.0/12", "192.0.2.254")
	s := &Settings{Sole: true, Instances: []Instance{in}, StaticRoutes: []Route{testRoute("10.99.0.0/16", "192.0.2.254")}}
	b := inherited(t, s, append([]Route{old, s.StaticRoutes[0]}, in.Routes...), append([]Rule{testRule("10.0.0.0/8", 100, 7)}, in.Rules...))
	b.expect(t, "adoption", `ip rule del pref 7 from 10.0.0.0/8 table 100 protocol 18
ip route del 172.16.0.0/12 via 192.0.2.254 dev if3 proto 18`)
	b.do(order{kind: orderEnter, id: 1})
	b.expect(t, "and on", "masters [VI_1] []")
	b.do(order{kind: orderLeave, id: 1})
	if len(b.k.routes) != 1 || len(b.k.rules) != 0 {
		t.Errorf("left: %v %v", b.k.routes, b.k.rules)
	}
}

func TestRoutesOfABackupThatCrashedAsMasterGo(t *testing.T) {
	in := routed()
	foreign := testRoute("172.16.0.0/12", "192.0.2.254")
	b := inherited(t, &Settings{Instances: []Instance{in}}, append([]Route{foreign}, in.Routes...), in.Rules)
	b.expect(t, "start beside another VRRP daemon", `ip rule del pref 400 from 192.0.2.100 table 100 protocol 18
ip route del 10.0.0.0/8 via 192.0.2.254 dev if3 proto 18
ip route del 10.9.0.0/16 via 192.0.2.253 dev if3 proto 18`)
}

func TestAdoptedRouteThatChangedMeanwhileIsPutAnew(t *testing.T) {
	in := routed()
	in.Adopted = true
	old := append([]Route{testRoute("10.0.0.0/8", "192.0.2.254", mtu(1300))}, in.Routes[1:]...)
	b := inherited(t, &Settings{Instances: []Instance{in}}, old, in.Rules)
	b.expect(t, "adoption", `ip route del 10.0.0.0/8 via 192.0.2.254 dev if3 proto 18 mtu 1300
ip route prepend 10.0.0.0/8 via 192.0.2.254 dev eth0 proto 18`)
}

func TestRoutesLostWithTheEventsAreFound(t *testing.T) {
	b := newBench(t, &Settings{StaticRoutes: routed().Routes, StaticRules: routed().Rules})
	b.k.routes, b.k.rules = b.k.routes[:1], nil
	b.k.taken()
	b.do(order{kind: orderResync, snapshot: rtnl.Snapshot{Links: testLinks(), Routes: b.k.routes}})
	if len(b.k.routes) != 2 || len(b.k.rules) != 1 {
		t.Errorf("not put back: %v %v", b.k.routes, b.k.rules)
	}
}
