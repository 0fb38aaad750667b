package rtnl

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"
)

var exact = cmp.Options{cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})}

// What the host's kernel may lack (MPLS, ILA) is compared with the octets that rtnetlink.h and
// lwtunnel.h ask for.
func TestEncapsulationsOnTheWire(t *testing.T) {
	for _, tt := range []struct {
		name  string
		encap Encap
		want  []byte
	}{
		{"MPLS, the last label with the bottom bit", Encap{Kind: EncapMPLS, Labels: []uint32{100, 200}}, []byte{
			6, 0, 21, 0, 1, 0, 0, 0, // RTA_ENCAP_TYPE: MPLS
			16, 0, 22, 128, // RTA_ENCAP, nested
			12, 0, 1, 0, 0, 6, 64, 0, 0, 12, 129, 0, // MPLS_IPTUNNEL_DST: 100, 200
		}},
		{"ILA", Encap{Kind: EncapILA, Locator: 0x20010db800000001}, []byte{
			6, 0, 21, 0, 3, 0, 0, 0,
			16, 0, 22, 128,
			12, 0, 1, 0, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 1, // ILA_ATTR_LOCATOR
		}},
	} {
		got := tt.encap.append(nil)
		if !bytes.Equal(got, tt.want) {
			t.Errorf("%s:\n got % x\nwant % x", tt.name, got, tt.want)
		}
	}
}

// The kernel looks at it in routes of MPLS alone.
func TestTTLPropagationIsOnTheWire(t *testing.T) {
	for _, tt := range []struct {
		said uint8
		want []byte
	}{{0, nil}, {1, []byte{5, 0, unix.RTA_TTL_PROPAGATE, 0, 1, 0, 0, 0}}, {2, []byte{5, 0, unix.RTA_TTL_PROPAGATE, 0, 0, 0, 0, 0}}} {
		r := Route{Type: 1, Table: 254, Protocol: 18, TTLPropagate: tt.said}
		plain := r
		plain.TTLPropagate = 0
		got := bytes.TrimPrefix(appendRoute(nil, unix.RTM_NEWROUTE, 0, 7, &r)[4:], appendRoute(nil, unix.RTM_NEWROUTE, 0, 7, &plain)[4:])
		if !bytes.Equal(got, tt.want) {
			t.Errorf("%d: %v behind the rest, want %v", tt.said, got, tt.want)
		}
	}
}

func TestEncodedRouteDecodesToItself(t *testing.T) {
	for _, r := range []Route{
		{Type: 1, Table: 254, Protocol: 18, Dst: netip.MustParsePrefix("10.0.0.0/8"), Hop: Hop{Via: netip.MustParseAddr("192.0.2.1"), Index: 3, OnLink: true, Realms: 3<<16 | 7}},
		{Type: 6, Table: 70000, Protocol: 18, Scope: 254, TOS: 16, Metric: 9},
		{Type: 1, Table: 254, Protocol: 18, Lock: 1 << 2, Congestion: "reno", Src: netip.MustParseAddr("192.0.2.9"), Hop: Hop{Index: 70000},
			Metrics: []Metric{{2, 1400}, {15, 1}}, Dst: netip.MustParsePrefix("10.0.0.0/8")},
		{Six: true, Type: 1, Table: 254, Protocol: 18, Dst: netip.MustParsePrefix("2001:db8::/32"), From: netip.MustParsePrefix("2001:db8:1::/48"), Preference: 3,
			Hops: []Hop{{Via: netip.MustParseAddr("fe80::1"), Index: 3, Weight: 256}, {Via: netip.MustParseAddr("fe80::2"), Index: 4, Weight: 1, OnLink: true,
				Encap: &Encap{Kind: EncapIP6, ID: 5, Dst: netip.MustParseAddr("2001:db8::7"), TTL: 9, TOS: 4, Flags: 4, Labels: []uint32{0, 0}, Locator: 5}}}},
	} {
		b := appendRoute(nil, unix.RTM_NEWROUTE, 0, 7, &r)
		got, err := decodeRoute(b[unix.SizeofNlMsghdr:])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, got, exact); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.String(), diff)
		}
		if !r.Equal(&got) {
			t.Errorf("%s is not equal to itself", r.String())
		}
	}
}

func TestEncodedRuleDecodesToItself(t *testing.T) {
	for _, r := range []Rule{
		{Action: ToTable, Table: 100, Protocol: 18, Priority: 5, From: netip.MustParsePrefix("10.0.0.0/8"), SuppressPrefix: -1, SuppressGroup: -1},
		{Six: true, Not: true, Action: ToTable, Table: 70000, Protocol: 18, Priority: 5, To: netip.MustParsePrefix("2001:db8::/32"), IIF: "eth0", OIF: "eth1",
			TOS: 16, Mark: 1, Mask: 255, MarkSet: true, TunnelID: 9, IPProto: 6, Source: PortRange{80, 90}, Dest: PortRange{443, 443}, UIDs: &Range{10, 20},
			SuppressPrefix: 0, SuppressGroup: 7},
		{Action: Goto, Goto: 600, Priority: 5, Protocol: 18, Realms: 3, L3MDev: true, SuppressPrefix: -1, SuppressGroup: -1},
	} {
		b := appendRule(nil, unix.RTM_NEWRULE, 0, 7, &r)
		got, err := decodeRule(b[unix.SizeofNlMsghdr:])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, got, exact); diff != "" || !r.Equal(&got) {
			t.Errorf("%s (-want +got):\n%s", r.String(), diff)
		}
	}
}

func TestRouteMatchesWhatTheKernelMakesOfIt(t *testing.T) {
	base := Route{Six: true, Type: 1, Table: 254, Protocol: 18, Dst: netip.MustParsePrefix("2001:db8::9/32"), Hop: Hop{Via: netip.MustParseAddr("fe80::1"), Index: 3}}
	with := func(f func(*Route)) *Route { r := base; f(&r); return &r }
	for _, tt := range []struct {
		name           string
		ours, have     *Route
		matches, equal bool
	}{
		{"its default metric and its network", &base, with(func(r *Route) { r.Metric, r.Dst = 1024, netip.MustParsePrefix("2001:db8::/32") }), true, true},
		{"another gateway", &base, with(func(r *Route) { r.Via = netip.MustParseAddr("fe80::2") }), false, false},
		{"another interface", &base, with(func(r *Route) { r.Index = 4 }), false, false},
		{"an interface that was left open", with(func(r *Route) { r.Index = 0 }), &base, true, true},
		{"another table", &base, with(func(r *Route) { r.Table = 100 }), false, false},
		{"another protocol", &base, with(func(r *Route) { r.Protocol = 4 }), false, false},
		{"other metrics", &base, with(func(r *Route) { r.Metrics = []Metric{{2, 1400}} }), true, false},
		{"one of two next hops", with(func(r *Route) { r.Hops = []Hop{{Index: 4}, r.Hop}; r.Hop = Hop{} }), &base, true, false},
	} {
		if m, e := tt.ours.Matches(tt.have), tt.ours.Equal(tt.have); m != tt.matches || e != tt.equal {
			t.Errorf("%s: matches %v, equal %v", tt.name, m, e)
		}
	}
}
