package packet_test

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

var (
	ip  = netip.MustParseAddr
	one = ip("10.9.0.1")
	two = ip("10.9.0.2")
	ll  = ip("fe80::7466:57ff:fec4:1101")
)

// merge joins the groups of octets in which the packets below are written.
func merge(groups ...[]byte) []byte { return bytes.Join(groups, nil) }

func ips(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, s := range list {
		out = append(out, ip(s))
	}
	return out
}

// wire are advertisements; those marked so were captured from keepalived 2.2.7.
var wire = []struct {
	name     string
	src, dst netip.Addr
	header   packet.Header
	addrs    []netip.Addr
	bytes    []byte
}{
	{
		name: "v2 with a password (keepalived)", src: one, dst: packet.Group4,
		header: packet.Header{
			Version: 2, VRID: 51, Priority: 100, Interval: time.Second,
			AuthType: packet.AuthPass, AuthData: [8]byte{'1', '1', '1', '1'},
		},
		addrs: ips("10.9.0.22"),
		bytes: merge(
			[]byte{0x21, 51, 100, 1},    // version and type, VRID, priority, count
			[]byte{1, 1},                // auth type, interval in seconds
			[]byte{0x0d, 0x49},          // checksum, password included
			[]byte{10, 9, 0, 22},        // address
			[]byte("1111"), []byte{0x0}, // password, padded
			[]byte{0, 0, 0},
		),
	},
	{
		name: "v2 farewell with a password (keepalived)", src: one, dst: packet.Group4,
		header: packet.Header{
			Version: 2, VRID: 51, Priority: 0, Interval: time.Second,
			AuthType: packet.AuthPass, AuthData: [8]byte{'1', '1', '1', '1'},
		},
		addrs: ips("10.9.0.22"),
		bytes: merge(
			[]byte{0x21, 51, 0, 1}, []byte{1, 1}, []byte{0x71, 0x49},
			[]byte{10, 9, 0, 22}, []byte("1111\x00\x00\x00\x00"),
		),
	},
	{
		name: "v2 without authentication still has its eight octets", src: one, dst: packet.Group4,
		header: packet.Header{Version: 2, VRID: 1, Priority: 255, Interval: 255 * time.Second},
		addrs:  ips("192.0.2.1", "192.0.2.2"),
		bytes: merge(
			[]byte{0x21, 1, 255, 2}, []byte{0, 255}, []byte{0x5a, 0xf8},
			[]byte{192, 0, 2, 1, 192, 0, 2, 2}, make([]byte, 8),
		),
	},
	{
		name: "v3 over IPv4 with the pseudo-header (keepalived)", src: one, dst: packet.Group4,
		header: packet.Header{Version: 3, VRID: 53, Priority: 102, Interval: 500 * time.Millisecond, Sum: packet.Pseudo},
		addrs:  ips("10.9.0.25"),
		bytes: merge(
			[]byte{0x31, 53, 102, 1}, []byte{0, 50}, // interval in centiseconds
			[]byte{0x73, 0xdc}, []byte{10, 9, 0, 25},
		),
	},
	{
		name: "v3 over IPv4 unicast: the real destination is in the pseudo-header (keepalived)", src: one, dst: two,
		header: packet.Header{Version: 3, VRID: 56, Priority: 104, Interval: time.Second, Sum: packet.Pseudo},
		addrs:  ips("10.9.0.27"),
		bytes: merge(
			[]byte{0x31, 56, 104, 1}, []byte{0, 100}, []byte{0x47, 0xad}, []byte{10, 9, 0, 27},
		),
	},
	{
		name: "v3 over IPv4 unicast with the old group in the pseudo-header", src: one, dst: two,
		header: packet.Header{Version: 3, VRID: 56, Priority: 104, Interval: time.Second, Sum: packet.PseudoGroup},
		addrs:  ips("10.9.0.27"),
		bytes: merge(
			[]byte{0x31, 56, 104, 1}, []byte{0, 100}, []byte{0x71, 0xa5}, []byte{10, 9, 0, 27},
		),
	},
	{
		name: "v3 over IPv4, message only (RFC 9568)", src: one, dst: packet.Group4,
		header: packet.Header{Version: 3, VRID: 53, Priority: 102, Interval: 40950 * time.Millisecond, Sum: packet.Plain},
		addrs:  ips("10.9.0.25"),
		bytes: merge(
			[]byte{0x31, 53, 102, 1}, []byte{0x0f, 0xff}, []byte{0x4e, 0xa8}, []byte{10, 9, 0, 25},
		),
	},
	{
		name: "v3 over IPv6 (keepalived)", src: ll, dst: packet.Group6,
		header: packet.Header{Version: 3, VRID: 54, Priority: 103, Interval: time.Second, Sum: packet.Pseudo},
		addrs:  ips("fe80::54", "2001:db8:9::25"),
		bytes: merge(
			[]byte{0x31, 54, 103, 2}, []byte{0, 100}, []byte{0x60, 0x4d},
			[]byte{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x54},
			[]byte{0x20, 0x01, 0x0d, 0xb8, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x25},
		),
	},
}

func TestAppendWritesWhatIsOnTheWire(t *testing.T) {
	for _, w := range wire {
		t.Run(w.name, func(t *testing.T) {
			prefix := []byte("in front")
			got := packet.Append(bytes.Clone(prefix), &w.header, w.addrs, w.src, w.dst)
			if diff := cmp.Diff(merge(prefix, w.bytes), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if n := packet.Len(w.header.Version, w.dst.Is6(), len(w.addrs)); n != len(w.bytes) {
				t.Errorf("Len = %d, want %d", n, len(w.bytes))
			}
		})
	}
}

func TestParseReadsWhatIsOnTheWire(t *testing.T) {
	for _, w := range wire {
		t.Run(w.name, func(t *testing.T) {
			m, err := packet.Parse(w.bytes, w.src, w.dst)
			if err != nil {
				t.Fatal(err)
			}
			want := w.header
			if diff := cmp.Diff(want, m.Header); diff != "" {
				t.Errorf("header (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(w.addrs, m.AppendAddrs(nil), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("addresses (-want +got)\n%s", diff)
			}
		})
	}
}

func TestIntervalIsCutToWhatTheFieldHolds(t *testing.T) {
	for _, c := range []struct {
		version   uint8
		give, get time.Duration
	}{
		{2, 1500 * time.Millisecond, time.Second},
		{2, 300 * time.Second, 255 * time.Second},
		{3, 10 * time.Millisecond, 10 * time.Millisecond},
		{3, 123 * time.Millisecond, 120 * time.Millisecond},
		{3, 41 * time.Second, packet.MaxInterval}, // not 0, as a field cut to 12 bits would say
	} {
		h := packet.Header{Version: c.version, VRID: 1, Priority: 1, Interval: c.give}
		m, err := packet.Parse(packet.Append(nil, &h, ips("192.0.2.1"), one, packet.Group4), one, packet.Group4)
		if err != nil || m.Interval != c.get {
			t.Errorf("version %d: %v became %v, %v; want %v", c.version, c.give, m.Interval, err, c.get)
		}
	}
}

func TestAppendLeavesOutTheOtherFamilyAndWhatIsTooMuch(t *testing.T) {
	h := packet.Header{Version: 3, VRID: 1, Priority: 1, Interval: time.Second}
	addrs := ips("2001:db8::1")
	for i := range 300 {
		addrs = append(addrs, netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}))
	}
	m, err := packet.Parse(packet.Append(nil, &h, addrs, one, packet.Group4), one, packet.Group4)
	if err != nil || m.Count() != 255 || m.Addr(0) != addrs[1] {
		t.Errorf("count %d, first %v, error %v", m.Count(), m.Addr(0), err)
	}
}

func TestReservedBitsOfTheIntervalAreIgnored(t *testing.T) {
	b := bytes.Clone(wire[6].bytes)
	b[4] |= 0xf0
	b[6], b[7] = 0x5e, 0xa7 // 0x4ea8 less 0xf000, one's complement
	m, err := packet.Parse(b, one, packet.Group4)
	if err != nil || m.Interval != packet.MaxInterval {
		t.Errorf("interval %v, error %v", m.Interval, err)
	}
}

func TestParseRefuses(t *testing.T) {
	v2, v3, v6 := wire[0].bytes, wire[3].bytes, wire[7].bytes
	with := func(b []byte, i int, v byte) []byte {
		b = bytes.Clone(b)
		b[i] = v
		return b
	}
	zero := packet.Append(nil, &packet.Header{Version: 3, VRID: 1, Priority: 1}, ips("192.0.2.1"), one, packet.Group4)
	group := ip("224.0.0.19") // that of mcast_dst_ip
	old := packet.Append(nil, &packet.Header{Version: 3, VRID: 1, Priority: 1, Interval: time.Second, Sum: packet.PseudoGroup},
		ips("192.0.2.1"), one, group)
	for _, c := range []struct {
		name     string
		b        []byte
		src, dst netip.Addr
		want     error
	}{
		{"nothing", nil, one, packet.Group4, packet.ErrLength},
		{"half a header", v2[:7], one, packet.Group4, packet.ErrLength},
		{"an address cut off", v3[:11], one, packet.Group4, packet.ErrLength},
		{"authentication data cut off", v2[:19], one, packet.Group4, packet.ErrLength},
		{"more addresses announced than there are", with(v3, 3, 2), one, packet.Group4, packet.ErrLength},
		{"more than padding behind the message", merge(v2, make([]byte, 7)), one, packet.Group4, packet.ErrLength},
		{"padding where there can be none", merge(v6, []byte{0}), ll, packet.Group6, packet.ErrLength},
		{"version 1", with(v2, 0, 0x11), one, packet.Group4, packet.ErrVersion},
		{"version 4", with(v3, 0, 0x41), one, packet.Group4, packet.ErrVersion},
		{"type 2", with(v3, 0, 0x32), one, packet.Group4, packet.ErrType},
		{"a flipped bit in version 2", with(v2, 2, 101), one, packet.Group4, packet.ErrChecksum},
		{"a flipped bit in the password", with(v2, 12, '2'), one, packet.Group4, packet.ErrChecksum},
		{"a flipped bit in version 3", with(v3, 9, 8), one, packet.Group4, packet.ErrChecksum},
		{"version 3 from another source", v3, two, packet.Group4, packet.ErrChecksum},
		{"IPv6 to another destination", v6, ll, ip("ff02::13"), packet.ErrChecksum},
		{"the old unicast form in a multicast packet", wire[5].bytes, two, packet.Group4, packet.ErrChecksum},
		{"the old unicast form to another group", old, one, group, packet.ErrChecksum},
		{"interval 0", zero, one, packet.Group4, packet.ErrInterval},
	} {
		if _, err := packet.Parse(c.b, c.src, c.dst); err != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestEthernetPaddingDoesNotMakeAPacketInvalid(t *testing.T) {
	for _, w := range wire {
		if w.dst.Is6() || len(w.bytes) > 26 {
			continue
		}
		for pad := range 26 - len(w.bytes) + 1 {
			// What is in the padding does not count, for the checksum either.
			if _, err := packet.Parse(merge(w.bytes, bytes.Repeat([]byte{0xa5}, pad)), w.src, w.dst); err != nil {
				t.Errorf("%s with %d octets behind: %v", w.name, pad, err)
			}
		}
	}
}

// FuzzParse: no bytes make Parse or Split panic, and what they accept is built again octet by octet.
func FuzzParse(f *testing.F) {
	for _, w := range wire {
		f.Add(w.bytes, w.dst.Is6(), w.dst == two)
	}
	f.Add(ahMulticast, false, false)
	f.Fuzz(func(t *testing.T, b []byte, ipv6, unicast bool) {
		src, dst := one, packet.Group4
		switch {
		case ipv6:
			src, dst = ll, packet.Group6
		case unicast:
			dst = two
		}
		if _, message, err := packet.Split(b); err == nil && len(message) > len(b) {
			t.Error("a message longer than its packet")
		}
		_ = packet.VerifyAH(b, &[8]byte{})
		m, err := packet.Parse(b, src, dst)
		if err != nil {
			return
		}
		addrs := m.AppendAddrs(nil)
		got := packet.Append(nil, &m.Header, addrs, src, dst)
		want := bytes.Clone(b[:len(got)])
		if m.Version == 3 && want[4]&0xf0 != 0 {
			return // reserved bits are not kept
		}
		if got[6] == 0 && got[7] == 0 && want[6] == 0xff && want[7] == 0xff {
			got[6], got[7] = 0xff, 0xff // the two zeros of one's complement
		}
		if !bytes.Equal(got, want) {
			t.Errorf("parsed and built again:\n%x\n%x", want, got)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	for _, w := range []int{0, 3, 7} {
		b.Run(wire[w].name, func(b *testing.B) {
			buf := make([]byte, 0, 128)
			b.ReportAllocs()
			for b.Loop() {
				buf = packet.Append(buf[:0], &wire[w].header, wire[w].addrs, wire[w].src, wire[w].dst)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, w := range []int{0, 3, 7} {
		b.Run(wire[w].name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := packet.Parse(wire[w].bytes, wire[w].src, wire[w].dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestCodecDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 256)
	key := secret("secret")
	for name, f := range map[string]func(){
		"append": func() {
			buf = packet.Append(buf[:0], &wire[7].header, wire[7].addrs, wire[7].src, wire[7].dst)
		},
		"parse":     func() { _, _ = packet.Parse(wire[0].bytes, one, packet.Group4) },
		"verify AH": func() { _ = packet.VerifyAH(ahMulticast, &key) },
		"append AH": func() { buf = packet.AppendAH(buf[:0], &ahIP, 1, &ahHeader, wire[0].addrs) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// TestChecksumOfAnyForm is that which Append makes, whatever stands in its place.
func TestChecksumOfAnyForm(t *testing.T) {
	src := netip.MustParseAddr("192.0.2.1")
	addrs := []netip.Addr{netip.MustParseAddr("192.0.2.100")}
	for _, form := range []packet.Sum{packet.Plain, packet.Pseudo, packet.PseudoGroup} {
		dst := netip.MustParseAddr("192.0.2.2")
		b := packet.Append(nil, &packet.Header{Version: 3, VRID: 1, Priority: 100, Interval: time.Second, Sum: form}, addrs, src, dst)
		want := uint16(b[6])<<8 | uint16(b[7])
		b[6], b[7] = 0x12, 0x34
		if got := packet.Checksum(b, form, src, dst); got != want {
			t.Errorf("form %d: %#x, want %#x", form, got, want)
		}
	}
	if packet.Checksum([]byte{1, 2}, packet.Plain, src, src) != ^uint16(0x0102) {
		t.Error("a message without room for a checksum")
	}
}
