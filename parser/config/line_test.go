package config

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
)

// wordsOf splits a line at blanks and gives the words their columns.
func wordsOf(s string) []parser.Word {
	var words []parser.Word
	for i := 0; i < len(s); {
		if s[i] == ' ' {
			i++
			continue
		}
		n := strings.IndexByte(s[i:], ' ')
		if n < 0 {
			n = len(s) - i
		}
		words = append(words, parser.Word{Text: s[i : i+n], Line: 1, Col: int32(i + 1)})
		i += n
	}
	return words
}

// ids lists the kinds of problems.
func ids(problems []parser.Problem) string {
	var s []string
	for _, p := range problems {
		s = append(s, p.ID)
	}
	return strings.Join(s, " ")
}

func virtualIn() lookup { return lookup{host: labHost()} }

func staticIn() lookup {
	return lookup{host: labHost(), static: true, trackGroup: func(name string) bool { return name == "TG" }}
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }

// cmpOptions compare models that hold addresses.
var cmpOptions = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

func TestAddressLineKeepsItsWords(t *testing.T) {
	cases := []struct {
		line   string
		static bool
		want   Address
		ok     bool
		ids    string
	}{
		{line: "192.0.2.10", want: Address{Prefix: prefix("192.0.2.10/32")}, ok: true},
		{line: "192.0.2.10/24 dev eth1 label eth1:1 scope link", want: Address{Prefix: prefix("192.0.2.10/24"), Dev: "eth1", DevSet: true, Label: "eth1:1", Scope: 253}, ok: true},
		{line: "192.0.2.10/24 scope 200", want: Address{Prefix: prefix("192.0.2.10/24"), Scope: 200}, ok: true},
		{line: "192.0.2.10/24 brd +", want: Address{Prefix: prefix("192.0.2.10/24"), Broadcast: addr("192.0.2.255"), BroadcastAll: "+"}, ok: true},
		{line: "192.0.2.77/26 broadcast -", want: Address{Prefix: prefix("192.0.2.77/26"), Broadcast: addr("192.0.2.64"), BroadcastAll: "-"}, ok: true},
		{line: "192.0.2.77/26 brd 192.0.2.127", want: Address{Prefix: prefix("192.0.2.77/26"), Broadcast: addr("192.0.2.127")}, ok: true},
		{line: "2001:db8::10/64 -nodad home mngtmpaddr noprefixroute autojoin no_track preferred_lft forever", ok: true,
			want: Address{Prefix: prefix("2001:db8::10/64"), DAD: true, Home: true, MngTmpAddr: true, NoPrefixRte: true, AutoJoin: true, NoTrack: true, PreferredLft: forever, PreferredSet: true}},
		{line: "2001:db8::10 preferred_lft 30", want: Address{Prefix: prefix("2001:db8::10/128"), PreferredLft: 30, PreferredSet: true}, ok: true},
		{line: "192.0.2.10 peer 192.0.2.11 use_vmac", want: Address{Prefix: prefix("192.0.2.10/32"), Peer: prefix("192.0.2.11/32"), UseVMAC: true}, ok: true},
		{line: "192.0.2.10 track_group TG", static: true, want: Address{Prefix: prefix("192.0.2.10/32"), TrackGroup: "TG"}, ok: true},

		{line: "192.0.2.10/33", want: Address{Prefix: prefix("192.0.2.10/32")}, ok: true, ids: "prefix-length"},
		{line: "192.0.2.10/255.255.255.0", want: Address{Prefix: prefix("192.0.2.10/32")}, ok: true, ids: "prefix-length"},
		{line: "192.0.2.10/", want: Address{Prefix: prefix("192.0.2.10/0")}, ok: true, ids: "prefix-length-missing"},
		{line: "192.0.2.10/-1", want: Address{Prefix: prefix("192.0.2.10/32")}, ok: true, ids: "prefix-length"},
		{line: "2001:db8::1/129", want: Address{Prefix: prefix("2001:db8::1/128")}, ok: true, ids: "prefix-length"},
		{line: "192.0.2.10 scope galaxy", want: Address{Prefix: prefix("192.0.2.10/32")}, ok: true, ids: "address-scope"},
		{line: "192.0.2.10 192.0.2.11", want: Address{Prefix: prefix("192.0.2.10/32")}, ok: true, ids: "address-word"},
		{line: "192.0.2.10/24 peer 192.0.2.11", want: Address{Prefix: prefix("192.0.2.10/32"), Peer: prefix("192.0.2.11/32")}, ok: true, ids: "address-peer-length"},
		{line: "192.0.2.10 peer 192.0.2.11/24", want: Address{Prefix: prefix("192.0.2.10/32")}, ok: true, ids: "address-peer"},
		{line: "192.0.2.10 peer 2001:db8::1", want: Address{Prefix: prefix("192.0.2.10/32")}, ok: true, ids: "address-peer-family"},
		{line: "192.0.2.10 peer 192.0.2.11 peer 192.0.2.12", want: Address{Prefix: prefix("192.0.2.10/32"), Peer: prefix("192.0.2.11/32")}, ok: true, ids: "address-peer-twice"},
		{line: "192.0.2.10 peer 192.0.2.11 brd +", want: Address{Prefix: prefix("192.0.2.10/32"), Peer: prefix("192.0.2.11/32")}, ok: true, ids: "address-broadcast-peer"},
		{line: "192.0.2.10/31 brd +", want: Address{Prefix: prefix("192.0.2.10/31")}, ok: true, ids: "address-broadcast-length"},
		{line: "192.0.2.10 preferred_lft soon", want: Address{Prefix: prefix("192.0.2.10/32")}, ok: true, ids: "address-lifetime"},
		{line: "2001:db8::1/64 scope link label eth0:1", want: Address{Prefix: prefix("2001:db8::1/64")}, ok: true, ids: "address-scope-v6 address-label-v6"},
		{line: "192.0.2.10 use_vmac", static: true, want: Address{Prefix: prefix("192.0.2.10/32")}, ok: true, ids: "address-word"},
		{line: "192.0.2.10 track_group TG", want: Address{Prefix: prefix("192.0.2.10/32")}, ok: true, ids: "address-word address-word"},
		{line: "192.0.2.10 track_group XX", static: true, want: Address{Prefix: prefix("192.0.2.10/32")}, ok: true, ids: "track-group-unknown"},
		{line: "192.0.2.10 track_group TG track_group TG", static: true, want: Address{Prefix: prefix("192.0.2.10/32"), TrackGroup: "TG"}, ok: true, ids: "track-group-twice"},

		{line: "192.0.2.300/24", ids: "address-invalid"},
		{line: "host.example", ids: "address-invalid"},
		{line: "fe80::1%eth0", ids: "address-invalid"},
		{line: "192.0.2.10 label eth0:abcdefghijklmnop", ids: "address-label-long"},
		{line: "fe80::10/64 brd fe80::ff", ids: "address-broadcast-v6"},
		{line: "192.0.2.10 brd here", ids: "address-broadcast"},
		{line: "192.0.2.10 dev eth0 dev eth1", ids: "address-dev-twice"},
		{line: "192.0.2.10 dev", ids: "address-value"},
	}
	for _, c := range cases {
		in := virtualIn()
		if c.static {
			in = staticIn()
		}
		got, ok, problems := parseAddress(wordsOf(c.line), in)
		if ok != c.ok || ids(problems) != c.ids {
			t.Errorf("%s: kept %v, problems %q; want %v, %q", c.line, ok, ids(problems), c.ok, c.ids)
		}
		got.Pos = parser.Pos{}
		if diff := cmp.Diff(c.want, got, cmpOptions); ok && diff != "" {
			t.Errorf("%s:\n%s", c.line, diff)
		}
	}
}

func TestDottedMaskIsExplained(t *testing.T) {
	_, _, problems := parseAddress(wordsOf("192.0.2.10/255.255.255.0"), virtualIn())
	if len(problems) != 1 || problems[0].Cure != "write 192.0.2.10/24" {
		t.Errorf("cure is %+v, want the prefix length that the mask means", problems)
	}
	_, _, problems = parseAddress(wordsOf("192.0.2.10/255.0.255.0"), virtualIn())
	if len(problems) != 1 || problems[0].Cure != "" {
		t.Errorf("a mask with holes has no prefix length, got the cure %q", problems[0].Cure)
	}
}

func TestUnicastPeerLine(t *testing.T) {
	cases := []struct {
		line    string
		want    UnicastPeer
		limited bool
		ok      bool
		ids     string
	}{
		{line: "192.0.2.2", want: UnicastPeer{addr("192.0.2.2"), -1, -1}, ok: true},
		{line: "2001:db8::2 min_ttl 250 max_ttl 255", want: UnicastPeer{addr("2001:db8::2"), 250, 255}, limited: true, ok: true},
		{line: "192.0.2.2/24", want: UnicastPeer{addr("192.0.2.2"), -1, -1}, ok: true},
		{line: "192.0.2.2 min_ttl 10 max_ttl 5", want: UnicastPeer{addr("192.0.2.2"), 10, 5}, limited: true, ok: true, ids: "unicast-peer-ttl-order"},
		{line: "192.0.2.2 min_ttl 256 max_ttl 5", want: UnicastPeer{addr("192.0.2.2"), -1, 5}, limited: true, ok: true, ids: "unicast-peer-ttl"},
		{line: "192.0.2.2 min_ttl", want: UnicastPeer{addr("192.0.2.2"), -1, -1}, ok: true, ids: "unicast-peer-value"},
		{line: "192.0.2.2 ttl 5 min_ttl 7", want: UnicastPeer{addr("192.0.2.2"), -1, -1}, ok: true, ids: "unicast-peer-word"},
		{line: "foo", ids: "unicast-peer-address"},
	}
	for _, c := range cases {
		got, limited, ok, problems := parseUnicastPeer(wordsOf(c.line))
		if ok != c.ok || limited != c.limited || ids(problems) != c.ids || ok && got != c.want {
			t.Errorf("%s: %+v limited %v kept %v %q", c.line, got, limited, ok, ids(problems))
		}
	}
}

func TestTrackLine(t *testing.T) {
	interfaces := trackRulesOf("track_interface", 254, false)
	files := trackRulesOf("track_file", 254, true)
	bfds := trackRulesOf("track_bfd", 253, true)
	scripts := trackRulesOf("track_script", 254, true)
	cases := []struct {
		line      string
		rules     trackRules
		want      Track
		weightSet bool
		ok        bool
		ids       string
	}{
		{line: "eth1", rules: interfaces, want: Track{Name: "eth1"}, ok: true},
		{line: "eth1 weight -20 reverse", rules: interfaces, want: Track{Name: "eth1", Weight: -20, Reverse: true}, weightSet: true, ok: true},
		{line: "eth1 weight 254", rules: interfaces, want: Track{Name: "eth1", Weight: 253}, weightSet: true, ok: true, ids: "track-weight-254"},
		{line: "eth1 weight -254", rules: interfaces, want: Track{Name: "eth1", Weight: -253}, weightSet: true, ok: true, ids: "track-weight-254"},
		{line: "eth1 weight 255", rules: interfaces, want: Track{Name: "eth1"}, ok: true, ids: "track-weight-range"},
		{line: "eth1 weight 5 noreverse", rules: interfaces, want: Track{Name: "eth1", Weight: 5}, weightSet: true, ok: true, ids: "track-word"},
		{line: "s weight 5 noreverse", rules: scripts, want: Track{Name: "s", Weight: 5}, weightSet: true, ok: true},
		{line: "s weight 5 junk", rules: scripts, want: Track{Name: "s", Weight: 5}, weightSet: true, ok: true, ids: "track-word"},
		{line: "f weight 254", rules: files, want: Track{Name: "f", Weight: 254}, weightSet: true, ok: true},
		{line: "f weight 5 junk", rules: files, ids: "track-word"},
		{line: "b weight 254", rules: bfds, want: Track{Name: "b"}, ok: true, ids: "track-weight-range"},
		{line: "s weight", rules: scripts, ids: "track-weight-missing"},
		{line: "s junk", rules: scripts, ids: "track-word"},
	}
	for _, c := range cases {
		got, weightSet, ok, problems := parseTrack(wordsOf(c.line), c.rules)
		got.Pos = parser.Pos{}
		if ok != c.ok || ids(problems) != c.ids || ok && (got != c.want || weightSet != c.weightSet) {
			t.Errorf("%s: %+v own weight %v kept %v %q", c.line, got, weightSet, ok, ids(problems))
		}
	}
}

func TestForwardingMethod(t *testing.T) {
	gue := Method{Forward: TUN, Tunnel: "gue", Port: 6635, Checksum: "remcsum"}
	cases := []struct {
		line string
		old  Method
		want Method
		ok   bool
		ids  string
	}{
		{line: "lb_kind NAT", want: Method{Forward: NAT, Tunnel: "ipip"}, ok: true},
		{line: "lb_kind DR", want: Method{Forward: DR, Tunnel: "ipip"}, ok: true},
		{line: "lb_kind TUN type gue port 6635 remcsum", want: gue, ok: true},
		{line: "lb_kind TUN type gre csum", want: Method{Forward: TUN, Tunnel: "gre", Checksum: "csum"}, ok: true},
		{line: "lb_kind TUN", old: gue, want: Method{Forward: TUN, Tunnel: "ipip"}, ok: true},
		{line: "lb_kind dr", old: gue, want: gue, ids: "forwarding-method"},
		{line: "lb_kind TUN type foo", old: gue, want: gue, ok: true, ids: "tunnel-type"},
		{line: "lb_kind TUN type", want: Method{Forward: TUN}, ok: true, ids: "tunnel-value"},
		{line: "lb_kind TUN type gue", want: Method{Forward: TUN}, ok: true, ids: "tunnel-port-missing"},
		{line: "lb_kind TUN port 5", want: Method{Forward: TUN}, ok: true, ids: "tunnel-port-excess"},
		{line: "lb_kind TUN type gue port 0", want: Method{Forward: TUN}, ok: true, ids: "tunnel-port"},
		{line: "lb_kind TUN csum", want: Method{Forward: TUN}, ok: true, ids: "tunnel-checksum"},
		{line: "lb_kind TUN type gre remcsum", want: Method{Forward: TUN}, ok: true, ids: "tunnel-checksum"},
		{line: "lb_kind TUN fast", want: Method{Forward: TUN}, ok: true, ids: "tunnel-option"},
		{line: "lb_kind", ids: "missing-parameter"},
	}
	for _, c := range cases {
		got, ok, problems := parseMethod(wordsOf(c.line), c.old)
		if ok != c.ok || got != c.want || ids(problems) != c.ids {
			t.Errorf("%s: %+v %v %q; want %+v %v %q", c.line, got, ok, ids(problems), c.want, c.ok, c.ids)
		}
	}
	if m := (Method{Forward: DR, Tunnel: "ipip", Port: 1}).settled(); m != (Method{Forward: DR}) {
		t.Errorf("DR keeps a tunnel: %+v", m)
	}
}

func TestGroupEntry(t *testing.T) {
	span := func(first, last string, port uint16) GroupEntry {
		return GroupEntry{First: addr(first), Last: addr(last), Port: port}
	}
	cases := []struct {
		line string
		want GroupEntry
		ok   bool
		ids  string
	}{
		{line: "192.0.2.1 80", want: span("192.0.2.1", "192.0.2.1", 80), ok: true},
		{line: "192.0.2.1", want: span("192.0.2.1", "192.0.2.1", 0), ok: true},
		{line: "192.0.2.1 0", want: span("192.0.2.1", "192.0.2.1", 0), ok: true},
		{line: "192.0.2.10-20 80", want: span("192.0.2.10", "192.0.2.20", 80), ok: true},
		{line: "192.0.2.250-192.0.3.5 80", want: span("192.0.2.250", "192.0.3.5", 80), ok: true},
		{line: "2001:db8::10-1f 80", want: span("2001:db8::10", "2001:db8::1f", 80), ok: true},
		{line: "2001:db8::10-2001:db8::1:0 80", want: span("2001:db8::10", "2001:db8::1:0", 80), ok: true},
		{line: "192.0.2.0/28 80", want: span("192.0.2.0", "192.0.2.15", 80), ok: true},
		{line: "192.0.2.7/32 80", want: span("192.0.2.7", "192.0.2.7", 80), ok: true},
		{line: "2001:db8::/120 80", want: span("2001:db8::", "2001:db8::ff", 80), ok: true},
		{line: "fwmark 7", want: GroupEntry{FWMark: 7}, ok: true},
		{line: "fwmark 7 inet6", want: GroupEntry{FWMark: 7, Family: 6}, ok: true},
		{line: "192.0.2.100-300 80", ids: "group-range-end"},
		{line: "192.0.2.100-50 80", ids: "group-range-order"},
		{line: "192.0.2.100-100 80", ids: "group-range-order"},
		{line: "192.0.2.100-192.0.2.1 80", ids: "group-range-order"},
		{line: "192.0.2.100-192.0.2.300 80", ids: "group-range-end"},
		{line: "192.0.2.1-x 80", ids: "group-range-end"},
		{line: "2001:db8::10-10000 80", ids: "group-range-end"},
		{line: "192.0.2.1/28 80", ids: "group-mask-bits"},
		{line: "192.0.2.0/0 80", ids: "group-mask"},
		{line: "192.0.2.0/33 80", ids: "group-mask"},
		{line: "192.0.2.0/255.255.255.0 80", ids: "group-mask"},
		{line: "web1 80", ids: "group-address"},
		{line: "192.0.2.1 http", ids: "port-range"},
		{line: "192.0.2.1 70000", ids: "port-range"},
		{line: "fwmark 4294967296", ids: "group-fwmark"},
		{line: "fwmark 7 ipx", ids: "group-fwmark-family"},
		{line: "fwmark", ids: "missing-parameter"},
	}
	for _, c := range cases {
		got, ok, problems := parseGroupEntry(wordsOf(c.line))
		got.Pos = parser.Pos{}
		if ok != c.ok || ids(problems) != c.ids || ok && got != c.want {
			t.Errorf("%s: %+v kept %v %q", c.line, got, ok, ids(problems))
		}
	}
}
