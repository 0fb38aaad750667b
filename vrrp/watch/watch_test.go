package watch_test

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
	"github.com/holdfast-ha/holdfast/vrrp/watch"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	one = "192.0.2.1"
	two = "192.0.2.2"
)

// sent is an advertisement: what it does not set is that of a healthy pair of version 3 with VRID 51,
// priority 100, an interval of 1 s and the address 192.0.2.100.
type sent struct {
	at       time.Duration
	from, to string
	ttl      uint8
	h        packet.Header
	zero     bool // priority 0
	addrs    []string
	key      string // of AH
	sequence uint32
	signed   string // key of auth_hmac
	edit     func(ip []byte)
	mac      watch.MAC
	outgoing bool
	link     string
	vlan     uint16
}

func (s sent) packet() *watch.Packet {
	h := s.h
	h.Version, h.VRID = or(h.Version, 3), or(h.VRID, 51)
	h.Priority, h.Interval = or(h.Priority, 100), or(h.Interval, time.Second)
	if s.zero {
		h.Priority = 0
	}
	if h.Version == 3 && s.h.Sum == 0 {
		h.Sum = packet.Pseudo
	}
	src, dst := netip.MustParseAddr(or(s.from, one)), packet.Group4
	if src.Is6() {
		dst = packet.Group6
	}
	if s.to != "" {
		dst = netip.MustParseAddr(s.to)
	}
	var addrs []netip.Addr
	for _, a := range s.addrs {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	if addrs == nil {
		addrs = []netip.Addr{netip.MustParseAddr("192.0.2.100")}
	}
	ip := packet.IPv4{Src: src, Dst: dst, TTL: or(s.ttl, 255), Protocol: packet.Protocol}
	var b []byte
	if s.key != "" {
		copy(h.AuthData[:], s.key)
		b = packet.AppendAH(nil, &ip, s.sequence, &h, addrs)
	} else {
		message := packet.Append(nil, &h, addrs, src, dst)
		if s.signed != "" {
			message = packet.AppendTrailer(message, packet.NewKey(1, []byte(s.signed)), packet.StampAt(time.Duration(epoch.Add(s.at).UnixNano())), src, message)
		}
		if src.Is4() {
			b = append(packet.AppendIPv4(nil, &ip, len(message)), message...)
		} else {
			if s.signed != "" {
				packet.SumIPv6(message, src, dst)
			}
			a, z := src.As16(), dst.As16()
			b = append([]byte{0x60, 0, 0, 0, byte(len(message) >> 8), byte(len(message)), packet.Protocol, or(s.ttl, 255)}, a[:]...)
			b = append(append(b, z[:]...), message...)
		}
	}
	if s.edit != nil {
		s.edit(b)
	}
	return &watch.Packet{At: epoch.Add(s.at), Link: or(s.link, "eth0"), VLAN: s.vlan, From: s.mac, Outgoing: s.outgoing, IP: b}
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func instance(change func(*watch.Instance)) []watch.Instance {
	in := watch.Instance{Link: "eth0", Config: vrrp.Config{
		ID: 1, Name: "VI_1", Family: 4, VRID: 51, Version: 3, Priority: 100, AdvertInt: time.Second,
		Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.100")},
	}}
	if change != nil {
		change(&in)
	}
	return []watch.Instance{in}
}

const s = time.Second

var cases = []struct {
	name      string
	instances []watch.Instance
	sent      []sent
	want      string // the findings of the last packet
}{
	{"a healthy pair has nothing to say", instance(nil), []sent{{}, {at: s}}, ""},
	{"the first advertisement is news", nil, []sent{{}}, "*first: MASTER with priority 100"},

	// The packet by itself.
	{"a routed packet", nil, []sent{{}, {at: s, ttl: 254}}, "!ttl: TTL 254, it has to be 255"},
	{"a TTL of unicast may be any", nil, []sent{{to: two}, {to: two, at: s, ttl: 64}}, ""},
	{"a damaged checksum", nil, []sent{{}, {at: s, edit: func(b []byte) { b[26]++ }}},
		"!checksum: checksum 0x0672 is wrong, right is 0x0572 with a pseudo-header or 0xa802 without a pseudo-header; no form fits, the packet was damaged"},
	{"version 2 with the checksum of version 3", nil, []sent{{h: packet.Header{Version: 2}}, {at: s, h: packet.Header{Version: 2}, edit: func(b []byte) {
		sum := packet.Checksum(b[20:], packet.Pseudo, netip.MustParseAddr(one), packet.Group4)
		b[26], b[27] = byte(sum>>8), byte(sum)
	}}}, "!checksum: checksum 0x15cd is wrong, right is 0xb865 without a pseudo-header; it was computed with a pseudo-header"},
	{"IPv6 without the pseudo-header", nil, []sent{{from: "fe80::1", addrs: []string{"fe80::51"}}, {at: s, from: "fe80::1", addrs: []string{"fe80::51"}, edit: func(b []byte) {
		sum := packet.Checksum(b[40:], packet.Plain, netip.Addr{}, netip.Addr{})
		b[46], b[47] = byte(sum>>8), byte(sum)
	}}}, "!checksum: checksum 0x6b95 is wrong, right is 0x6d76 with a pseudo-header; it was computed without a pseudo-header"},
	{"another version", nil, []sent{{edit: func(b []byte) { b[20] = 0x41 }}}, "!version: version 4, there are 2 and 3"},
	{"no advertisement", nil, []sent{{}, {at: s, edit: func(b []byte) { b[20], b[27] = 0x32, b[27]-1; b[26]-- }}}, "!type: type 2, there is only 1, an advertisement; !checksum: ..."},
	{"fewer addresses than it says", nil, []sent{{}, {at: s, edit: func(b []byte) { b[23]++ }}}, "!length: 4 octets are missing for 2 addresses; !checksum: ..."},
	{"more octets than it says", nil, []sent{{}, {at: s, edit: func(b []byte) { b[23]-- }}}, "!length: 4 octets more than 0 addresses take; !checksum: ..."},
	{"an authentication that does not exist", nil, []sent{{h: packet.Header{Version: 2}}, {at: s, h: packet.Header{Version: 2, AuthType: 7}}}, "!auth-type: authentication type 7 does not exist"},
	{"an interval of zero", nil, []sent{{}, {at: s, edit: func(b []byte) { b[25] = 0; b[27] += 100 }}}, "!interval: an interval of 0"},
	{"another VRID's virtual MAC address", nil, []sent{{}, {at: s, mac: watch.MAC{0, 0, 0x5e, 0, 1, 52}}}, "!source-mac: comes from 00:00:5e:00:01:34, the virtual MAC address is 00:00:5e:00:01:33"},
	{"the virtual MAC address of IPv6", nil, []sent{{}, {at: s, mac: watch.MAC{0, 0, 0x5e, 0, 2, 51}}}, "!source-mac: comes from 00:00:5e:00:02:33, the virtual MAC address is 00:00:5e:00:01:33"},
	{"a fragment", nil, []sent{{edit: func(b []byte) { b[6] = 0x20 }}}, "!malformed: it is a fragment"},
	{"half a header", nil, []sent{{edit: func(b []byte) { b[3] = 24 }}}, "!malformed: the VRRP message is cut short"},

	// Among routers.
	{"version 2 beside version 3", nil, []sent{{}, {at: s, from: two, h: packet.Header{Version: 2}}},
		"!mixed-version: version 2, 192.0.2.1 has version 3: they do not hear each other; *master: MASTER with priority 100, in place of 192.0.2.1, last heard 1s ago"},
	{"another interval", nil, []sent{{}, {at: s, from: two, h: packet.Header{Interval: 2 * s}}}, "!mixed-interval: interval 2s, 192.0.2.1 has 1s; *master: ..."},
	{"one has a password", nil, []sent{{h: packet.Header{Version: 2}}, {at: s, from: two, h: packet.Header{Version: 2, AuthType: packet.AuthPass}}},
		"!mixed-auth: auth_type PASS, 192.0.2.1 has no authentication; *master: ..."},
	{"two passwords, and neither is shown", nil, []sent{{h: packet.Header{Version: 2, AuthType: packet.AuthPass, AuthData: [8]byte{'a'}}},
		{at: s, from: two, h: packet.Header{Version: 2, AuthType: packet.AuthPass, AuthData: [8]byte{'b'}}}}, "!mixed-password: another password than that of 192.0.2.1; *master: ..."},
	{"one signs", nil, []sent{{signed: "k"}, {at: s, from: two}}, "!mixed-auth: 192.0.2.2 does not sign, but 192.0.2.1 signs; *master: ..."},
	{"two forms of the checksum", nil, []sent{{}, {at: s, from: two, edit: func(b []byte) {
		sum := packet.Checksum(b[20:], packet.Plain, netip.Addr{}, netip.Addr{})
		b[26], b[27] = byte(sum>>8), byte(sum)
	}}}, "!mixed-checksum: checksum without a pseudo-header, that of 192.0.2.1 is with a pseudo-header; *master: ..."},
	{"other addresses", nil, []sent{{}, {at: s, from: two, addrs: []string{"192.0.2.100", "192.0.2.101"}}},
		"!mixed-addresses: it sends and 192.0.2.1 does not: 192.0.2.101; *master: ..."},
	{"the same addresses in another order", nil, []sent{{addrs: []string{"192.0.2.100", "192.0.2.101"}}, {at: s, from: two, addrs: []string{"192.0.2.101", "192.0.2.100"}}}, "*master: ..."},

	// Who is MASTER.
	{"a planned stop", nil, []sent{{}, {at: s, zero: true}}, "*leaves: priority 0"},
	{"its repetition is no news", nil, []sent{{}, {at: s, zero: true}, {at: s + 10*time.Millisecond, zero: true}}, ""},
	{"the successor", nil, []sent{{}, {at: s, zero: true}, {at: 1600 * time.Millisecond, from: two}}, "*master: MASTER with priority 100, in place of 192.0.2.1, last heard 600ms ago"},
	{"a router that preempts", nil, []sent{{}, {at: s}, {at: 1400 * time.Millisecond, from: two, h: packet.Header{Priority: 200}}, {at: 2400 * time.Millisecond, from: two, h: packet.Header{Priority: 200}}}, ""},
	{"another priority", nil, []sent{{}, {at: s, h: packet.Header{Priority: 90}}}, "*priority: priority 90, was 100"},
	{"a rival that loses", nil, []sent{{}, {at: s}, {at: s + 300*time.Millisecond, from: two, h: packet.Header{Priority: 50}}}, "*rival: advertises beside the MASTER 192.0.2.1 (priority 100)"},
	{"the MASTER's answer to it is none", nil, []sent{{}, {at: s}, {at: 1300 * time.Millisecond, from: two, h: packet.Header{Priority: 50}}, {at: 1301 * time.Millisecond}, {at: 2301 * time.Millisecond}}, ""},
	{"two that go on", nil, []sent{{}, {at: 300 * time.Millisecond, from: two, h: packet.Header{Priority: 50}}, {at: s}}, "!two-masters: 192.0.2.2 (priority 50) advertises as well"},
	{"two that go on, seen from the other", nil, []sent{{}, {at: 300 * time.Millisecond, from: two}, {at: s}, {at: 1300 * time.Millisecond, from: two}}, "!two-masters: 192.0.2.1 (priority 100) advertises as well"},
	{"two on two links are none", nil, []sent{{}, {at: 300 * time.Millisecond, from: two, link: "eth1"}, {at: s}}, ""},
	{"a gap", nil, []sent{{}, {at: 2100 * time.Millisecond}}, "!gap: 2.1s since its last one, the interval is 1s: 1 missing or late"},
	{"a long one", nil, []sent{{}, {at: 5 * s}}, "!gap: 5s since its last one, the interval is 1s: 4 missing or late"},
	{"a little late is no gap", nil, []sent{{}, {at: 1200 * time.Millisecond}}, ""},
	{"away and MASTER again is no gap", nil, []sent{{}, {at: s, zero: true}, {at: 9 * s}}, ""},
	{"what was wrong is no more", nil, []sent{{ttl: 1}, {at: s}}, "*mended: no longer: ttl"},

	// The configuration.
	{"another version than configured", instance(nil), []sent{{h: packet.Header{Version: 2}}, {at: s, h: packet.Header{Version: 2}}}, "!config-version: version 2, VI_1 has version 3: this host drops it"},
	{"another interval than configured", instance(nil), []sent{{h: packet.Header{Interval: 2 * s}}, {at: 2 * s, h: packet.Header{Interval: 2 * s}}}, "!config-interval: interval 2s, VI_1 has 1s: this host follows it"},
	{"another interval in version 2", instance(func(i *watch.Instance) { i.Version = 2 }), []sent{{h: packet.Header{Version: 2, Interval: 2 * s}}, {at: 2 * s, h: packet.Header{Version: 2, Interval: 2 * s}}},
		"!config-interval: interval 2s, VI_1 has 1s: this host drops it"},
	{"other addresses than configured", instance(nil), []sent{{addrs: []string{"192.0.2.101"}}, {at: s, addrs: []string{"192.0.2.101"}}},
		"!config-addresses: VI_1: configured but not sent: 192.0.2.100; sent but not configured: 192.0.2.101"},
	{"multicast, and unicast configured", instance(func(i *watch.Instance) { i.Unicast = true }), []sent{{}, {at: s}}, "!config-path: sent by multicast, VI_1 has unicast_peer: this host drops it"},
	{"unicast, and multicast configured", instance(nil), []sent{{to: two}, {at: s, to: two}}, "!config-path: sent to 192.0.2.2, VI_1 has no unicast_peer: this host drops it"},
	{"a stranger among unicast peers", instance(func(i *watch.Instance) {
		i.Unicast, i.CheckSource, i.Peers = true, true, []vrrp.Peer{{Addr: netip.MustParseAddr("192.0.2.7"), MinTTL: -1, MaxTTL: -1}}
	}), []sent{{to: two}, {at: s, to: two}}, "!config-path: 192.0.2.1 is no unicast_peer of VI_1: this host drops it"},
	{"our own to a unicast peer", instance(func(i *watch.Instance) {
		i.Unicast, i.CheckSource, i.Peers = true, true, []vrrp.Peer{{Addr: netip.MustParseAddr(two), MinTTL: -1, MaxTTL: -1}}
	}), []sent{{to: two, outgoing: true}, {at: s, to: two, outgoing: true}}, ""},
	{"a unicast peer from too far", instance(func(i *watch.Instance) {
		i.Unicast, i.Peers = true, []vrrp.Peer{{Addr: netip.MustParseAddr(one), MinTTL: 254, MaxTTL: 255}}
	}), []sent{{to: two, ttl: 60}, {at: s, to: two, ttl: 60}}, "!config-ttl: TTL 60 is not what unicast_peer of VI_1 allows: this host drops it"},
	{"a wrong password", instance(func(i *watch.Instance) { i.Version, i.Auth, i.AuthData = 2, vrrp.Pass, [8]byte{'x'} }),
		[]sent{{h: packet.Header{Version: 2, AuthType: packet.AuthPass}}, {at: s, h: packet.Header{Version: 2, AuthType: packet.AuthPass}}}, "!config-auth: VI_1: the password is not the configured one: this host drops it"},
	{"a password, and none configured", instance(func(i *watch.Instance) { i.Version = 2 }),
		[]sent{{h: packet.Header{Version: 2, AuthType: packet.AuthPass}}, {at: s, h: packet.Header{Version: 2, AuthType: packet.AuthPass}}}, "!config-auth: VI_1: another auth_type is configured: this host drops it"},
	{"AH with the right password", instance(func(i *watch.Instance) { i.Version, i.Auth, i.AuthData = 2, vrrp.AH, [8]byte{'p'} }),
		[]sent{{h: packet.Header{Version: 2}, key: "p", sequence: 1}, {at: s, h: packet.Header{Version: 2}, key: "p", sequence: 2}}, ""},
	{"AH with a wrong one, played again", instance(func(i *watch.Instance) { i.Version, i.Auth, i.AuthData = 2, vrrp.AH, [8]byte{'q'} }),
		[]sent{{h: packet.Header{Version: 2}, key: "p", sequence: 2}, {at: s, h: packet.Header{Version: 2}, key: "p", sequence: 2}},
		"!config-auth: VI_1: the password is not the configured one: this host drops it; !replay: AH sequence number 2 after 2"},
	{"a signature with the right key", instance(func(i *watch.Instance) {
		i.HMAC = &vrrp.HMAC{Keys: []vrrp.HMACKey{{ID: 1, Secret: []byte("k")}}, Active: 1, Window: time.Minute}
	}), []sent{{signed: "k"}, {at: s, signed: "k"}}, ""},
	{"a signature with another", instance(func(i *watch.Instance) {
		i.HMAC = &vrrp.HMAC{Keys: []vrrp.HMACKey{{ID: 1, Secret: []byte("k")}}, Active: 1, Window: time.Minute}
	}), []sent{{signed: "z"}, {at: s, signed: "z"}}, "!config-auth: VI_1: its signature is wrong: this host drops it"},
	{"a signature that nobody asked for", instance(nil), []sent{{signed: "z"}, {at: s, signed: "z"}}, "!config-auth: it is signed, VI_1 has no auth_hmac: this host drops it"},
	{"a signature over IPv6", nil, []sent{{from: "fe80::1", addrs: []string{"fe80::51"}, signed: "k"}, {at: s, from: "fe80::1", addrs: []string{"fe80::51"}, signed: "k"}}, ""},
	{"use_vmac, and the interface's address", instance(func(i *watch.Instance) { i.VMAC = true }), []sent{{mac: watch.MAC{2}}, {at: s, mac: watch.MAC{2}}},
		"!config-mac: comes from 02:00:00:00:00:00; VI_1 has use_vmac: the virtual MAC address is 00:00:5e:00:01:33"},
	{"use_vmac, and its address", instance(func(i *watch.Instance) { i.VMAC = true }), []sent{{mac: watch.MAC{0, 0, 0x5e, 0, 1, 51}}, {at: s, mac: watch.MAC{0, 0, 0x5e, 0, 1, 51}}}, ""},
	{"a VLAN that is not the configured one", instance(nil), []sent{{vlan: 10, addrs: []string{"192.0.2.7"}}, {at: s, vlan: 10, addrs: []string{"192.0.2.7"}}}, ""},
	{"the configured VLAN", instance(func(i *watch.Instance) { i.Link = "eth0.10" }), []sent{{vlan: 10, ttl: 255, h: packet.Header{Interval: 2 * s}}, {at: 2 * s, vlan: 10, h: packet.Header{Interval: 2 * s}}}, "!config-interval: ..."},
	{"another interface than the configured one", instance(func(i *watch.Instance) { i.Version = 2 }), []sent{{link: "eth1"}, {at: s, link: "eth1"}}, ""},
}

func text(all []watch.Finding) string {
	var parts []string
	for _, f := range all {
		mark := "!"
		if f.Change {
			mark = "*"
		}
		parts = append(parts, fmt.Sprintf("%s%s: %s", mark, f.ID, f.Text))
	}
	return strings.Join(parts, "; ")
}

// matches tells whether findings are those that are wanted, where a text of "..." is any.
func matches(want, got string) bool {
	w, g := strings.Split(want, "; "), strings.Split(got, "; ")
	if len(w) == 0 || !strings.Contains(want, "...") {
		return want == got
	}
	for _, part := range w {
		begin, open := strings.CutSuffix(part, "...")
		i := slices.IndexFunc(g, func(x string) bool { return x == part || open && strings.HasPrefix(x, begin) })
		if i < 0 {
			return false
		}
		g = slices.Delete(g, i, i+1)
	}
	return !slices.ContainsFunc(g, func(x string) bool { return x[0] == '!' || x[0] == '*' })
}

func TestFindings(t *testing.T) {
	seen := map[watch.ID]bool{}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := watch.New(c.instances)
			var r watch.Report
			for _, p := range c.sent {
				r = a.Packet(p.packet())
				for _, f := range r.Findings {
					seen[f.ID] = true
				}
			}
			if got := text(r.Findings); !matches(c.want, got) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	for _, m := range watch.Meanings {
		if !seen[m.ID] && m.ID != watch.Silence {
			t.Errorf("no case finds %s", m.ID)
		}
	}
}

// TestSilenceIsSaidOnce, later than any BACKUP would wait, and sooner after a farewell.
func TestSilenceIsSaidOnce(t *testing.T) {
	for name, c := range map[string]struct {
		last  sent
		quiet time.Duration // nothing is said until then
		said  string
	}{
		"version 3": {sent{}, 4 * s, "nobody has advertised for 4.27s"},
		"version 2, whose skew time is a part of a second": {sent{h: packet.Header{Version: 2, Interval: 5 * s}}, 16 * s, "nobody has advertised for 17.27s"},
		"after a farewell": {sent{zero: true}, s, "nobody has advertised for 1.27s"},
	} {
		a := watch.New(nil)
		a.Packet(c.last.packet())
		if n := a.Advance(epoch.Add(c.quiet)); len(n) != 0 {
			t.Errorf("%s: too soon: %v", name, n)
		}
		n := a.Advance(epoch.Add(time.Minute))
		if len(n) != 1 || n[0].Finding.ID != watch.Silence || n[0].Finding.Text != c.said || n[0].Segment.String() != "VRID 51 IPv4" {
			t.Errorf("%s: %+v", name, n)
		}
		if n := a.Advance(epoch.Add(time.Hour)); len(n) != 0 {
			t.Errorf("%s: said again: %v", name, n)
		}
	}
}

// TestWhatStandsIsNewOnce so that --changes shows it when it begins.
func TestWhatStandsIsNewOnce(t *testing.T) {
	a := watch.New(nil)
	a.Packet(sent{}.packet())
	for i, want := range []bool{true, false, false} {
		r := a.Packet(sent{at: time.Duration(i+1) * s, ttl: 9}.packet())
		if len(r.Findings) != 1 || r.Findings[0].New != want {
			t.Errorf("packet %d: %+v", i, r.Findings)
		}
	}
	if a.Adverts != 4 || a.Problems != 3 {
		t.Errorf("%d adverts, %d problems", a.Adverts, a.Problems)
	}
}

// TestMemoryIsBounded: routers, virtual routers and links that a flood makes up.
func TestMemoryIsBounded(t *testing.T) {
	a := watch.New(nil)
	flood := func() {
		for i := range 6000 {
			p := sent{at: time.Duration(i) * time.Millisecond, from: fmt.Sprintf("10.0.%d.%d", i>>8&255, i&255), h: packet.Header{VRID: uint8(1 + i%255)}}.packet()
			p.VLAN = uint16(i % 4096)
			a.Packet(p)
		}
	}
	flood()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	flood()
	flood()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("%d octets more", grown)
	}
	runtime.KeepAlive(a)
}

// TestRealPacketsAreInOrder: IP packets of keepalived 2.2.7.
func TestRealPacketsAreInOrder(t *testing.T) {
	for name, text := range map[string]string{
		"version 2 with a password": "45c0002800010000ff70d0880a090001e00000122133640101010d490a0900163131313100000000",
		"version 3 over IPv6": "6c0803e3002870fffe80000000000000746657fffec41101ff020000000000000000000000000012" +
			"313667020064604dfe80000000000000000000000000005420010db8000900000000000000000025",
	} {
		ip, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		r := watch.New(nil).Packet(&watch.Packet{At: epoch, IP: ip})
		if len(r.Findings) != 1 || r.Findings[0].ID != watch.First {
			t.Errorf("%s: %v", name, r.Findings)
		}
	}
}

func FuzzPacket(f *testing.F) {
	for _, c := range cases {
		for _, p := range c.sent {
			f.Add(p.packet().IP, uint8(51))
		}
	}
	f.Fuzz(func(t *testing.T, ip []byte, mac uint8) {
		a := watch.New(instance(func(i *watch.Instance) { i.Version, i.Auth, i.AuthData = 2, vrrp.AH, [8]byte{'p'} }))
		for i := range 3 {
			r := a.Packet(&watch.Packet{At: epoch.Add(time.Duration(i) * s), Link: "eth0", From: watch.MAC{0, 0, 0x5e, 0, 1, mac}, IP: ip})
			if len(r.Advert.Addresses) > len(ip)/4 {
				t.Error("addresses out of nothing")
			}
			for _, f := range r.Findings {
				if f.Text == "" || f.ID == "" {
					t.Errorf("%+v says nothing", f)
				}
			}
		}
		a.Advance(epoch.Add(time.Hour))
	})
}
