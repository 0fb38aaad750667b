package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
)

func TestRouteLine(t *testing.T) {
	base := Route{Family: 4, Table: tableMain, Scope: -1}
	with := func(f func(r *Route)) Route { r := base; f(&r); return r }
	cases := []struct {
		line   string
		static bool
		want   Route
		ok     bool
		ids    string
	}{
		{line: "10.0.0.0/8 via 192.0.2.254 dev eth0", ok: true, want: with(func(r *Route) { r.Dst, r.Via, r.Dev = prefix("10.0.0.0/8"), addr("192.0.2.254"), "eth0" })},
		{line: "default via 192.0.2.254", ok: true, want: with(func(r *Route) { r.Via = addr("192.0.2.254") })},
		{line: "default6 via fe80::1 dev eth0", ok: true, want: with(func(r *Route) { r.Family, r.Via, r.Dev = 6, addr("fe80::1"), "eth0" })},
		{line: "src 192.0.2.10 to 10.0.0.0/8 via 192.0.2.254 metric 5 table 100 scope link", ok: true,
			want: with(func(r *Route) {
				r.Src, r.Dst, r.Via = addr("192.0.2.10"), prefix("10.0.0.0/8"), addr("192.0.2.254")
				r.Metric, r.Table, r.Scope = 5, 100, 253
			})},
		{line: "blackhole 10.0.0.0/8", ok: true, want: with(func(r *Route) { r.Type, r.Dst = "blackhole", prefix("10.0.0.0/8") })},
		{line: "10.0.0.0/8 via inet 192.0.2.254 onlink no_track", ok: true,
			want: with(func(r *Route) {
				r.Dst, r.Via, r.OnLink, r.NoTrack = prefix("10.0.0.0/8"), addr("192.0.2.254"), true, true
			})},
		{line: "10.0.0.0/8 dev eth0 mtu lock 1400 tos 0x10 rtt 300ms congctl lock reno quickack 1 features ecn", ok: true,
			want: with(func(r *Route) {
				r.Dst, r.Dev, r.MTU, r.MTULock, r.TOS = prefix("10.0.0.0/8"), "eth0", 1400, true, 16
				r.Options = []Option{{"mtu", "1400", true}, {"rtt", "300ms", false}, {"congctl", "reno", true}, {"quickack", "1", false}, {"features", "ecn", false}}
			})},
		{line: "10.0.0.0/8 nexthop via 192.0.2.254 dev eth0 weight 2 nexthop via 192.0.2.253 onlink", ok: true,
			want: with(func(r *Route) {
				r.Dst = prefix("10.0.0.0/8")
				r.NextHops = []NextHop{{Via: addr("192.0.2.254"), Dev: "eth0", Weight: 2}, {Via: addr("192.0.2.253"), OnLink: true}}
			})},
		{line: "10.0.0.0/8 dev eth0 encap ip id 5 dst 192.0.2.7 ttl 4 metric 9", ok: true,
			want: with(func(r *Route) {
				r.Dst, r.Dev, r.Metric = prefix("10.0.0.0/8"), "eth0", 9
				r.Options = []Option{{"encap", "ip id 5 dst 192.0.2.7 ttl 4", false}}
			})},
		{line: "10.0.0.0/8 dev eth0 encap mpls 100/200 append", ok: true,
			want: with(func(r *Route) {
				r.Dst, r.Dev = prefix("10.0.0.0/8"), "eth0"
				r.Options = []Option{{"encap", "mpls 100/200", false}, {"append", "", false}}
			})},
		{line: "2001:db8::/32 dev eth0 pref high expires 30", ok: true,
			want: with(func(r *Route) {
				r.Family, r.Dst, r.Dev = 6, prefix("2001:db8::/32"), "eth0"
				r.Options = []Option{{"pref", "high", false}, {"expires", "30", false}}
			})},
		{line: "10.0.0.0/8 dev eth0 track_group TG", static: true, ok: true,
			want: with(func(r *Route) { r.Dst, r.Dev, r.TrackGroup = prefix("10.0.0.0/8"), "eth0", "TG" })},

		{line: "10.0.0.0/8 gw 192.0.2.254", ok: true, ids: "route-gw", want: with(func(r *Route) { r.Dst, r.Via = prefix("10.0.0.0/8"), addr("192.0.2.254") })},
		{line: "default via 192.0.2.254 or 192.0.2.253", ok: true, ids: "route-or",
			want: with(func(r *Route) {
				r.Via2 = addr("192.0.2.253")
				r.NextHops = []NextHop{{Via: addr("192.0.2.254")}, {Via: addr("192.0.2.253")}}
			})},
		{line: "10.0.0.0/8 dev eth0 rtt 5", ok: true, ids: "route-time-low",
			want: with(func(r *Route) {
				r.Dst, r.Dev, r.Options = prefix("10.0.0.0/8"), "eth0", []Option{{"rtt", "200ms", false}}
			})},
		{line: "10.0.0.0/8 dev eth0 protocol static", ok: true, ids: "route-protocol", want: with(func(r *Route) { r.Dst, r.Dev = prefix("10.0.0.0/8"), "eth0" })},
		{line: "10.0.0.0/8 dev eth0 protocol static no_track", ok: true,
			want: with(func(r *Route) {
				r.Dst, r.Dev, r.NoTrack, r.Options = prefix("10.0.0.0/8"), "eth0", true, []Option{{"protocol", "4", false}}
			})},
		{line: "10.0.0.0/8 track_group TG", static: true, ok: true, ids: "route-track-group", want: with(func(r *Route) { r.Dst = prefix("10.0.0.0/8") })},
		{line: "10.0.0.0/8 as to 192.0.2.1", ok: true, ids: "route-as", want: with(func(r *Route) { r.Dst = prefix("10.0.0.0/8") })},
		{line: "10.0.0.0/8 features sack", ok: true, ids: "route-value", want: with(func(r *Route) { r.Dst = prefix("10.0.0.0/8") })},
		{line: "10.0.0.0/8 nexthop via 192.0.2.3 weight 300", ok: true, ids: "nexthop-weight", want: with(func(r *Route) { r.Dst = prefix("10.0.0.0/8") })},
		{line: "10.0.0.0/8 nexthop via 192.0.2.3 metric 3", ok: true, ids: "route-word",
			want: with(func(r *Route) { r.Dst, r.NextHops = prefix("10.0.0.0/8"), []NextHop{{Via: addr("192.0.2.3")}} })},
		{line: "inet x 10.0.0.0/8 dev eth0", ok: true, ids: "route-family-swallows", want: with(func(r *Route) { r.Dst, r.Dev = prefix("10.0.0.0/8"), "eth0" })},

		{line: "inet 10.0.0.0/8 via 192.0.2.254 dev eth0", ids: "route-family-swallows route-destination"},
		{line: "inet6 2001:db8:1::/48 via fe80::2 dev eth0", ids: "route-family-swallows route-destination"},
		{line: "via 192.0.2.254", ids: "route-destination"},
		{line: "10.0.0.0/8 via 192.0.2.999", ids: "address-invalid"},
		{line: "10.0.0.0/8 foo bar", ids: "route-word"},
		{line: "10.0.0.0/8 dev eth9", ids: "interface-unknown"},
		{line: "10.0.0.0/8 table nosuch", ids: "route-value"},
		{line: "10.0.0.0/8 via 2001:db8::1", ids: "route-family"},
		{line: "src 192.0.2.10 to default via 192.0.2.254", ids: "route-family"},
		{line: "10.0.0.0/8 from 10.1.0.0/16", ids: "route-from-v4"},
		{line: "10.0.0.0/8 expires 5", ids: "route-only-v6"},
		{line: "10.0.0.0/8 rtt 1e3", ids: "route-time"},
		{line: "10.0.0.0/8 hoplimit 300", ids: "route-value"},
		{line: "10.0.0.0/8 vrf eth0", ids: "route-vrf"},
		{line: "10.0.0.0/8 encap ip id x", ids: "encap-value route-word"},
		{line: "default via 192.0.2.254 or 192.0.2.253 nexthop via 192.0.2.252", ids: "route-or route-or-nexthop"},
		{line: "10.0.0.0/8 via", ids: "missing-parameter"},
		{line: "10.0.0.0/8 nexthop via", ids: "missing-parameter"},
	}
	for _, c := range cases {
		in := virtualIn()
		if c.static {
			in = staticIn()
		}
		got, ok, problems := parseRoute(wordsOf(c.line), in)
		if ok != c.ok || ids(problems) != c.ids {
			t.Errorf("%s: kept %v, problems %q; want %v, %q", c.line, ok, ids(problems), c.ok, c.ids)
		}
		got.Pos, got.Words = parser.Pos{}, nil
		if diff := cmp.Diff(c.want, got, cmpOptions); ok && diff != "" {
			t.Errorf("%s:\n%s", c.line, diff)
		}
	}
}

func TestRouteMayNameAnInterfaceThatAppearsLater(t *testing.T) {
	in := virtualIn()
	in.dynamic = true
	if _, ok, problems := parseRoute(wordsOf("10.0.0.0/8 dev eth9"), in); !ok || len(problems) > 0 {
		t.Errorf("with dynamic_interfaces the route is lost: %v", problems)
	}
	_, _, problems := parseRoute(wordsOf("10.0.0.0/8 dev eth9"), virtualIn())
	if len(problems) != 1 || !problems[0].StopsRun {
		t.Errorf("a missing interface must stop the daemon as it stops keepalived's: %+v", problems)
	}
}

func TestRuleLine(t *testing.T) {
	base := Rule{Family: 4, Table: 100, Priority: 500}
	with := func(f func(r *Rule)) Rule { r := base; f(&r); return r }
	cases := []struct {
		line   string
		static bool
		want   Rule
		ok     bool
		ids    string
	}{
		{line: "from 192.0.2.10 table 100 preference 500", ok: true, want: with(func(r *Rule) { r.From = prefix("192.0.2.10/32") })},
		{line: "not from 10.0.0.0/8 to 192.0.2.0/24 iif eth0 oif eth1 lookup 100 order 0x1f4 no_track", ok: true,
			want: with(func(r *Rule) {
				r.Not, r.From, r.To, r.IIF, r.OIF, r.NoTrack = true, prefix("10.0.0.0/8"), prefix("192.0.2.0/24"), "eth0", "eth1", true
			})},
		{line: "from all table main preference 0764", ok: true, want: with(func(r *Rule) { r.Table = tableMain })},
		{line: "from 192.0.2.10 goto 600 preference 500", ok: true, want: Rule{Family: 4, From: prefix("192.0.2.10/32"), Priority: 500, Action: "goto", Goto: 600}},
		{line: "from all type blackhole preference 500", ok: true, want: Rule{Family: 4, Priority: 500, Action: "blackhole"}},
		{line: "fwmark 0x10/0xff uidrange 10-20 ipproto tcp sport 80-90 table 100 preference 500", ok: true,
			want: with(func(r *Rule) {
				r.Options = []Option{{Name: "fwmark", Value: "0x10/0xff"}, {Name: "uidrange", Value: "10-20"}, {Name: "ipproto", Value: "6"}, {Name: "sport", Value: "80-90"}}
			})},
		{line: "from all l3mdev preference 500", ok: true, want: Rule{Family: 4, Priority: 500, Options: []Option{{Name: "l3mdev"}}}},
		{line: "to 10.0.0.0/8 iif eth0 table 100 track_group TG preference 500", static: true, ok: true,
			want: with(func(r *Rule) { r.To, r.IIF, r.TrackGroup = prefix("10.0.0.0/8"), "eth0", "TG" })},
		{line: "inet6 x from 2001:db8::/32 table 100 preference 500", ok: true, ids: "rule-family-swallows", want: with(func(r *Rule) { r.Family, r.From = 6, prefix("2001:db8::/32") })},
		{line: "from 192.0.2.10 table 100", ok: true, ids: "rule-no-preference", want: with(func(r *Rule) { r.From, r.Priority = prefix("192.0.2.10/32"), 16384 })},
		{line: "from 192.0.2.10 dport 80 table 100 preference 500", ok: true, ids: "rule-value", want: with(func(r *Rule) { r.From = prefix("192.0.2.10/32") })},
		{line: "from all ipproto foo table 100 preference 500", ok: true, ids: "rule-value", want: base},
		{line: "from all protocol 4 table 100 preference 500", ok: true, ids: "rule-protocol", want: base},

		{line: "from 192.0.2.10 table 0 preference 500", ids: "rule-table"},
		{line: "from 192.0.2.10 table nosuch preference 500", ids: "rule-table"},
		{line: "inet6 from all table 100 preference 500", ids: "rule-family-swallows rule-word"},
		{line: "from 192.0.2.10 preference 500", ids: "rule-no-action"},
		{line: "from 10.0.0.0/8 to 2001:db8::/32 table 100", ids: "rule-family"},
		{line: "to 10.0.0.0/8 from all table 100", ids: "rule-family"},
		{line: "from all goto 5 preference 50", ids: "rule-goto-backwards"},
		{line: "from all goto 5", ids: "rule-goto-preference"},
		{line: "from all table 100 blackhole preference 5", ids: "rule-action-twice"},
		{line: "from all nop sup_pl 5 preference 5", ids: "rule-table-only"},
		{line: "from all type unicast preference 5", ids: "rule-action"},
		{line: "from all fwmark -1 table 100", ids: "rule-value"},
		{line: "from all iif eth9 table 100", ids: "interface-unknown"},
		{line: "from all priority 5x table 100", ids: "rule-preference"},
		{line: "from", ids: "missing-parameter"},
	}
	for _, c := range cases {
		in := virtualIn()
		if c.static {
			in = staticIn()
		}
		got, ok, problems := parseRule(wordsOf(c.line), in, &rulePreferences{})
		if ok != c.ok || ids(problems) != c.ids {
			t.Errorf("%s: kept %v, problems %q; want %v, %q", c.line, ok, ids(problems), c.ok, c.ids)
		}
		got.Pos, got.Words = parser.Pos{}, nil
		if diff := cmp.Diff(c.want, got, cmpOptions); ok && diff != "" {
			t.Errorf("%s:\n%s", c.line, diff)
		}
	}
}

func TestRulesWithoutPreferenceCountDownByFamily(t *testing.T) {
	var free rulePreferences
	var got []uint32
	for _, line := range []string{"from 10.0.0.1 table 1", "from 10.0.0.2 table 1", "from 2001:db8::1 table 1", "from 10.0.0.3 table 1"} {
		r, _, _ := parseRule(wordsOf(line), virtualIn(), &free)
		got = append(got, r.Priority)
	}
	if diff := cmp.Diff([]uint32{16384, 16383, 16384, 16382}, got); diff != "" {
		t.Error(diff)
	}
}
