package wiring_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// pair is two hosts that look the same: one is set up by ip(8), the other by us.
type pair struct {
	t        *testing.T
	ip, ours *vlan.Host
	conn     *rtnl.Conn
	indexes  map[string]int
}

func newPair(t *testing.T) *pair {
	t.Helper()
	lan := vlan.New(t)
	p := &pair{t: t, indexes: map[string]int{}}
	p.ip, p.ours = lan.Host("192.0.2.1/24", "2001:db8::1/64"), lan.Host("192.0.2.2/24", "2001:db8::2/64")
	for _, h := range []*vlan.Host{p.ip, p.ours} {
		h.Run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "far")
		h.Run("ip", "link", "set", "eth1", "up")
		h.Run("ip", "link", "set", "far", "up")
		h.Run("ip", "addr", "add", "198.51.100.1/24", "dev", "eth1")
		h.Run("ip", "addr", "add", "2001:db8:1::1/64", "dev", "eth1", "nodad")
		h.Run("ip", "addr", "add", "192.0.2.77/32", "dev", vlan.Interface)
		h.Run("ip", "addr", "add", "2001:db8::77/128", "dev", vlan.Interface, "nodad")
	}
	var err error
	p.ours.Do(func() { p.conn, err = rtnl.Dial() })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.conn.Close() })
	links, err := p.conn.Links()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		p.indexes[l.Name] = l.Index
	}
	return p
}

// read loads a block with one line. Every interface exists for it.
func read(t *testing.T, block, line string) *config.Config {
	t.Helper()
	return config.LoadText("main", block+" {\n"+line+"\n}\n", parser.Options{ConfigID: "me"}, config.AnyHost{}).Config
}

func (p *pair) route(line string) rtnl.Route {
	routes := wiring.Speaker(read(p.t, "static_routes", line), &wiring.IDs{}, wiring.Options{}).StaticRoutes
	if len(routes) != 1 {
		p.t.Fatalf("%s: %d routes", line, len(routes))
	}
	r := routes[0].Route
	r.Index = p.indexes[r.Dev]
	for i := range r.Hops {
		r.Hops[i].Index = p.indexes[r.Hops[i].Dev]
	}
	return r
}

func shown(h *vlan.Host, args ...string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(h.Run("ip", args...), "\n"), func(s string) bool { return s == "" }), "\n")
}

// routeLines have every word of a route. What ip(8) spells in another way stands behind the =.
var routeLines = []string{
	"10.0.0.0/8 via 192.0.2.254 dev eth0",
	"to 10.0.0.0/8 dev eth0",
	"default via 192.0.2.254 table 100",
	"10.0.0.0/8 via 192.0.2.254 table 70000 = 10.0.0.0/8 via 192.0.2.254 table 70000",
	"10.1.2.3 via 192.0.2.254 metric 5",
	"10.0.0.0/8 via 192.0.2.254 priority 6",
	"10.0.0.0/8 via 192.0.2.254 preference 7",
	"10.0.0.0/8 via 192.0.2.254 src 192.0.2.77",
	"10.0.0.0/8 gw 192.0.2.254 = 10.0.0.0/8 via 192.0.2.254",
	"10.0.0.0/8 oif eth1 scope link",
	"10.0.0.0/8 dev eth1 scope host",
	"10.0.0.0/8 dev eth1 scope 42",
	"10.0.0.0/8 dev eth1 tos 0x10",
	"10.0.0.0/8 dev eth1 dsfield 8",
	"10.0.0.0/8 via 203.0.113.1 dev eth1 onlink",
	"10.0.0.0/8 via 192.0.2.254 protocol static no_track = 10.0.0.0/8 via 192.0.2.254 proto static",
	"blackhole 10.0.0.0/8",
	"unreachable 10.0.0.0/8 metric 9",
	"prohibit 10.0.0.0/8",
	"throw 10.0.0.0/8 table 100",
	"local 10.7.0.1 dev lo = local 10.7.0.1 dev lo table main",
	"broadcast 10.7.0.255 dev eth1 = broadcast 10.7.0.255 dev eth1 table main",
	"brd 10.7.0.255 dev eth1 table local = broadcast 10.7.0.255 dev eth1",
	"multicast 239.0.0.0/8 dev eth1",
	"unicast 10.0.0.0/8 dev eth1",
	"10.0.0.0/8 via 192.0.2.254 mtu 1400",
	"10.0.0.0/8 via 192.0.2.254 mtu lock 1400 advmss lock 1360",
	"10.0.0.0/8 via 192.0.2.254 cwnd 10 ssthresh 100 reordering 5 window 60000 initcwnd 12 initrwnd 13 hoplimit 40",
	"10.0.0.0/8 via 192.0.2.254 rtt 300ms rttvar 250ms rto_min lock 1.5s = 10.0.0.0/8 via 192.0.2.254 rtt 300ms rttvar 250ms rto_min 1.5s",
	"10.0.0.0/8 via 192.0.2.254 rtt lock 1s cwnd lock 7 ssthresh lock 9 reordering lock 4 rttvar lock 400ms",
	"10.0.0.0/8 via 192.0.2.254 features ecn quickack 1 fastopen_no_cookie 1",
	"10.0.0.0/8 via 192.0.2.254 congctl lock reno",
	"10.0.0.0/8 via 192.0.2.254 congctl cubic",
	"10.0.0.0/8 via 192.0.2.254 realms 7",
	"10.0.0.0/8 via 192.0.2.254 realms 3/7",
	"10.0.0.0/8 via 192.0.2.254 ttl-propagate enabled",
	"10.0.0.0/8 via 192.0.2.254 ttl-propagate disabled",
	"10.0.0.0/8 nexthop via 192.0.2.254 dev eth0 weight 2 nexthop via 198.51.100.254 dev eth1 weight 256",
	"10.0.0.0/8 nexthop via 192.0.2.254 realms 4 nexthop via 203.0.113.1 dev eth1 onlink realms 1/2",
	"10.0.0.0/8 dev eth1 encap ip id 5 dst 192.0.2.7 src 192.0.2.1 tos 4 ttl 9",
	"10.0.0.0/8 dev eth1 encap ip id 5 dst 192.0.2.7 flags 1024 = 10.0.0.0/8 encap ip id 5 dst 192.0.2.7 key dev eth1",
	"10.0.0.0/8 nexthop via 192.0.2.254 encap ip id 5 dst 192.0.2.7 nexthop via 198.51.100.254",
	"10.0.0.0/8 via 192.0.2.254 add = 10.0.0.0/8 via 192.0.2.254",
	"10.0.0.0/8 via 192.0.2.254 or 192.0.2.253 = 10.0.0.0/8 nexthop via 192.0.2.254 nexthop via 192.0.2.253",
	"inet skipped 10.0.0.0/8 via 192.0.2.254 = 10.0.0.0/8 via 192.0.2.254",
	"inet6 skipped 2001:db8:9::/48 dev eth1 = 2001:db8:9::/48 dev eth1",
	"2001:db8:9::/48 via 2001:db8::fe",
	"2001:db8:9::1 dev eth1 metric 7",
	"default6 via fe80::1 dev eth0 = -6 default via fe80::1 dev eth0",
	"2001:db8:9::/48 via inet6 fe80::1 dev eth1 table 70000",
	"2001:db8:9::/48 from 2001:db8:1::/64 via 2001:db8::fe",
	"2001:db8:9::/48 via 2001:db8::fe src 2001:db8::77",
	"2001:db8:9::/48 via 2001:db8::fe pref high",
	"2001:db8:9::/48 via 2001:db8::fe pref low",
	"2001:db8:9::/48 via 2001:db8::fe pref medium",
	"2001:db8:9::/48 via 2001:db8::fe expires 3000",
	"2001:db8:9::/48 via 2001:db8::fe mtu lock 1400 hoplimit 5 initcwnd 8",
	"blackhole 2001:db8:9::/48",
	"unreachable 2001:db8:9::/48",
	"prohibit 2001:db8:9::/48",
	"2001:db8:9::/48 nexthop via 2001:db8::fe dev eth0 weight 3 nexthop via fe80::2 dev eth1",
	"2001:db8:9::/48 dev eth1 encap ip6 id 5 dst 2001:db8::7 src 2001:db8::1 tc 4 hoplimit 9",
}

// running is a lifetime of 3000 s a while after it was set.
var running = regexp.MustCompile(`expires (29\d\d|3000)sec`)

func TestNSEveryWordOfARouteIsAsIPPutsIt(t *testing.T) {
	p := newPair(t)
	for _, line := range routeLines {
		ours, theirs, found := strings.Cut(line, " = ")
		if !found {
			theirs = ours
		}
		r := p.route(ours)
		if errs := p.conn.AddRoutes([]rtnl.Route{r}); errs != nil {
			t.Errorf("%s: %v", ours, errs[0])
			continue
		}
		args := []string{"route", "add"}
		if six, ok := strings.CutPrefix(theirs, "-6 "); ok {
			args, theirs = append([]string{"-6"}, args...), six
		}
		// A scope that is not said is global here; nothing may follow the last next hop.
		attributes := []string{"proto", "keepalived"}
		if strings.Contains(theirs, " proto ") {
			attributes = nil
		}
		if !r.Six && !strings.Contains(theirs, " scope ") && r.Type != unix.RTN_LOCAL && r.Type != unix.RTN_BROADCAST {
			attributes = append(attributes, "scope", "global")
		}
		single, hops, _ := strings.Cut(theirs, "nexthop ")
		args = append(append(args, strings.Fields(single)...), attributes...)
		if hops != "" {
			args = append(append(args, "nexthop"), strings.Fields(hops)...)
		}
		p.ip.Run("ip", args...)
		show := func(h *vlan.Host) string {
			all := shown(h, "-d", "route", "show", "table", "all", "proto", fmt.Sprint(r.Protocol)) + "\n" +
				shown(h, "-d", "-6", "route", "show", "table", "all", "proto", fmt.Sprint(r.Protocol))
			return running.ReplaceAllString(all, "expires 3000sec")
		}
		want, got := show(p.ip), show(p.ours)
		if strings.TrimSpace(want) == "" {
			t.Errorf("%s: ip shows nothing", theirs)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-ip +ours):\n%s", ours, diff)
		}
		p.readBack(ours, &r)
		if errs := p.conn.DeleteRoutes([]rtnl.Route{r}); errs != nil {
			t.Errorf("delete %s: %v", ours, errs[0])
		}
		if left := strings.TrimSpace(show(p.ours)); left != "" {
			t.Errorf("%s: left behind: %s", ours, left)
			p.ours.Run("ip", "route", "flush", "table", "all", "proto", fmt.Sprint(r.Protocol))
			p.ours.Run("ip", "-6", "route", "flush", "table", "all", "proto", fmt.Sprint(r.Protocol))
		}
		p.ip.Run("ip", "route", "flush", "table", "all", "proto", fmt.Sprint(r.Protocol))
		p.ip.Run("ip", "-6", "route", "flush", "table", "all", "proto", fmt.Sprint(r.Protocol))
	}
}

// TestNSRouteStandsWhereItIsSaidTo beside another one of the same destination and metric.
func TestNSRouteStandsWhereItIsSaidTo(t *testing.T) {
	p := newPair(t)
	put := func(words string) error {
		if errs := p.conn.AddRoutes([]rtnl.Route{p.route(words)}); errs != nil {
			return errs[0]
		}
		return nil
	}
	for _, words := range []string{"10.0.0.0/8 via 192.0.2.250 add", "10.0.0.0/8 via 192.0.2.251 append", "10.0.0.0/8 via 192.0.2.252 prepend", "10.0.0.0/8 via 192.0.2.253"} {
		if err := put(words); err != nil {
			t.Fatalf("%s: %v", words, err)
		}
	}
	var gateways []string
	for line := range strings.Lines(p.ours.Run("ip", "route", "show", "10.0.0.0/8")) {
		gateways = append(gateways, strings.Fields(line)[2])
	}
	if want := []string{"192.0.2.253", "192.0.2.252", "192.0.2.250", "192.0.2.251"}; !slices.Equal(gateways, want) {
		t.Errorf("the gateways are in the order %v, want %v", gateways, want)
	}
	if err := put("10.0.0.0/8 via 192.0.2.254 add"); !errors.Is(err, unix.EEXIST) {
		t.Errorf("added beside others: %v", err)
	}
}

// readBack sees that the kernel's own account of a route is recognised.
func (p *pair) readBack(line string, want *rtnl.Route) {
	have, err := p.conn.Routes(want.Protocol)
	if err != nil {
		p.t.Fatal(err)
	}
	if len(have) != 1 || !want.Equal(&have[0]) || !want.Matches(&have[0]) {
		p.t.Errorf("%s reads back as %+v, want %+v", line, have, want)
	}
}

// ruleLines have every word of a rule.
var ruleLines = []string{
	"from 10.0.0.0/8 table 100 preference 500",
	"from all to 10.0.0.0/8 lookup 70000 priority 501",
	"to 10.1.2.3 table main order 502 = to 10.1.2.3 table main pref 502",
	"not from 10.0.0.0/8 iif eth0 table 100 preference 500",
	"from 10.0.0.0/8 dev eth0 table 100 preference 500 = from 10.0.0.0/8 iif eth0 table 100 pref 500",
	"oif eth1 table 100 preference 500",
	"from all tos 0x10 table 100 preference 500",
	"from all dsfield 8 table 100 preference 500",
	"fwmark 0x10 table 100 preference 500",
	"fwmark 16/0xff table 100 preference 500",
	"from all table 100 realms 3/7 preference 500",
	"from all table 100 suppress_prefixlength 0 preference 500",
	"from all table 100 sup_pl 16 preference 500 = from all table 100 suppress_prefixlength 16 pref 500",
	"from all table 100 suppress_ifgroup 5 preference 500",
	"from all table 100 sup_group 6 preference 500 = from all table 100 suppress_ifgroup 6 pref 500",
	"from all tunnel-id 77 table 100 preference 500 = from all tun_id 77 table 100 pref 500",
	"from all uidrange 10-20 table 100 preference 500",
	"from all ipproto tcp sport 80-90 dport 443-443 table 100 preference 500",
	"from all ipproto 17 table 100 preference 500",
	"from all goto 600 preference 500",
	"from all nop preference 500 = from all nop pref 500",
	"from 10.0.0.0/8 blackhole preference 500 = from 10.0.0.0/8 type blackhole pref 500",
	"from 10.0.0.0/8 type prohibit preference 500",
	"from 10.0.0.0/8 unreachable preference 500 = from 10.0.0.0/8 type unreachable pref 500",
	"from all l3mdev preference 500 = from all l3mdev pref 500 protocol keepalived",
	"from 10.0.0.0/8 table 100 protocol 4 no_track preference 500 = from 10.0.0.0/8 table 100 protocol 4 pref 500",
	"from 2001:db8:9::/48 table 100 preference 500",
	"to 2001:db8:9::1 iif eth1 oif eth0 table 70000 preference 500",
	"not to 2001:db8:9::/48 fwmark 1/1 table 100 preference 500",
	"from 2001:db8:9::/48 tos 0x10 prohibit preference 500 = from 2001:db8:9::/48 tos 0x10 type prohibit pref 500",
	"from default6 table 100 preference 500 = -6 from all table 100 pref 500",
	"inet skipped from 10.0.0.0/8 table 100 preference 500 = from 10.0.0.0/8 table 100 pref 500",
	"inet6 skipped iif eth0 table 100 preference 500 = -6 iif eth0 table 100 pref 500",
}

func TestNSEveryWordOfARuleIsAsIPPutsIt(t *testing.T) {
	p := newPair(t)
	for _, line := range ruleLines {
		ours, theirs, found := strings.Cut(line, " = ")
		if !found {
			theirs = ours
		}
		if !strings.Contains(theirs, " protocol ") {
			theirs += " protocol keepalived"
		}
		rules := wiring.Speaker(read(t, "static_rules", ours), &wiring.IDs{}, wiring.Options{}).StaticRules
		if len(rules) != 1 {
			t.Errorf("%s: %d rules", ours, len(rules))
			continue
		}
		r := rules[0].Rule
		if errs := p.conn.AddRules([]rtnl.Rule{r}); errs != nil {
			t.Errorf("%s: %v", ours, errs[0])
			continue
		}
		var family []string
		if r.Six {
			family = []string{"-6"}
		}
		words := strings.Fields(strings.TrimPrefix(theirs, "-6 "))
		p.ip.Run("ip", append(append(slices.Clone(family), "rule", "add"), words...)...)
		show := func(h *vlan.Host) string { return shown(h, append(slices.Clone(family), "-d", "rule")...) }
		if diff := cmp.Diff(show(p.ip), show(p.ours)); diff != "" {
			t.Errorf("%s (-ip +ours):\n%s", ours, diff)
		}
		have, err := p.conn.Rules(r.Protocol)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(have, func(o rtnl.Rule) bool { return r.Equal(&o) }) {
			t.Errorf("%s reads back as %+v, want %+v", ours, have, r)
		}
		if errs := p.conn.DeleteRules([]rtnl.Rule{r}); errs != nil {
			t.Errorf("delete %s: %v", ours, errs[0])
		}
		p.ip.Run("ip", append(slices.Clone(family), "rule", "del", "pref", fmt.Sprint(r.Priority))...)
		if diff := cmp.Diff(show(p.ip), show(p.ours)); diff != "" {
			t.Errorf("%s: left behind:\n%s", ours, diff)
		}
	}
}
