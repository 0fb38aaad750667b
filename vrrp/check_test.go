package vrrp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

func addrs(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

var vips = addrs("192.0.2.1", "192.0.2.2")

// sent is a packet to be examined, right but for what a test changes.
type sent struct {
	header packet.Header
	addrs  []netip.Addr
	meta   packet.Meta
	// spoil changes the finished octets.
	spoil func([]byte)
}

// plainChecksum makes the checksum one of the message alone.
func plainChecksum(b []byte) {
	b[6], b[7] = 0, 0
	sum := 0
	for i := 0; i < len(b); i += 2 {
		sum += int(b[i])<<8 + int(b[i+1])
	}
	sum = sum>>16 + sum&0xffff
	sum = ^(sum>>16 + sum)
	b[6], b[7] = byte(sum>>8), byte(sum)
}

func TestVerdicts(t *testing.T) {
	version2 := v2(func(c *vrrp.Config) { c.Addresses = vips })
	version3 := v3(func(c *vrrp.Config) { c.Addresses = vips })
	with := func(cfg vrrp.Config, edit func(*vrrp.Config)) vrrp.Config { edit(&cfg); return cfg }
	password := with(version2, func(c *vrrp.Config) { c.Auth, c.AuthData = vrrp.Pass, [8]byte{'1', '1', '1', '1'} })
	unicast := with(version3, func(c *vrrp.Config) {
		c.Unicast, c.CheckSource = true, true
		c.Peers = []vrrp.Peer{{Addr: lowAddr, MinTTL: -1, MaxTTL: -1}}
	})
	peerTTL := with(unicast, func(c *vrrp.Config) { c.Peers = []vrrp.Peer{{Addr: lowAddr, MinTTL: 250, MaxTTL: 254}} })
	toUs := func(p *sent) { p.meta.Destination = ownAddr }
	six := with(version3, func(c *vrrp.Config) { c.Family, c.Addresses = 6, addrs("fe80::100", "2001:db8::100") })
	over6 := func(p *sent) {
		p.addrs = six.Addresses
		p.meta.Source, p.meta.Destination = netip.MustParseAddr("fe80::9"), packet.Group6
	}
	for _, c := range []struct {
		name    string
		cfg     vrrp.Config
		edit    func(*sent)
		accept  bool
		counter vrrp.Counter
	}{
		{"v2 as it should be", version2, nil, true, vrrp.NoError},
		{"v3 as it should be", version3, nil, true, vrrp.NoError},
		{"v3 at a v2 instance", version2, func(p *sent) { p.header.Version = 3 }, false, vrrp.VersionError},
		{"IPv6 as it should be", six, over6, true, vrrp.NoError},
		{"v2 at a v3 instance", version3, func(p *sent) { p.header.Version = 2 }, false, vrrp.VersionError},
		{"version 4", version3, func(p *sent) { p.spoil = func(b []byte) { b[0] = 0x41 } }, false, vrrp.VersionError},
		{"type 2", version3, func(p *sent) { p.spoil = func(b []byte) { b[0] = 0x32 } }, false, vrrp.TypeError},
		{"more addresses than octets", version3, func(p *sent) { p.spoil = func(b []byte) { b[3] = 9 } }, false, vrrp.LengthError},

		{"5 v2 with another interval is dropped", version2, func(p *sent) { p.header.Interval = 2 * sec }, false, vrrp.IntervalError},
		{"5 v3 with another interval is accepted", version3, func(p *sent) { p.header.Interval = 2 * sec }, true, vrrp.NoError},
		{"6 v3 with interval 0 is dropped", version3, func(p *sent) { p.header.Interval = 0 }, false, vrrp.IntervalError},
		{"6 v3 with the longest interval", version3, func(p *sent) { p.header.Interval = packet.MaxInterval }, true, vrrp.NoError},
		{"8 v3 checksum without pseudo-header", version3, func(p *sent) { p.header.Sum = packet.Plain }, true, vrrp.NoError},
		{"8 v3 checksum with pseudo-header at an instance that sends none", with(version3, func(c *vrrp.Config) { c.V3ChecksumAsV2 = true }), nil, true, vrrp.NoError},
		{"9 IPv6 checksum without pseudo-header", six, func(p *sent) { over6(p); p.spoil = plainChecksum }, false, vrrp.ChecksumError},
		{"10 v2 checksum covers the authentication data", version2, func(p *sent) { p.spoil = func(b []byte) { b[len(b)-1]++ } }, false, vrrp.ChecksumError},
		{"11 unicast checksum with the real destination", unicast, toUs, true, vrrp.NoError},
		{"11 unicast checksum of old keepalived", unicast, func(p *sent) { toUs(p); p.header.Sum = packet.PseudoGroup }, true, vrrp.NoError},
		{"flipped bit", version3, func(p *sent) { p.spoil = func(b []byte) { b[2]++ } }, false, vrrp.ChecksumError},

		{"12 TTL 254", version3, func(p *sent) { p.meta.TTL = 254 }, false, vrrp.TTLError},
		{"12 TTL 254 in version 2", version2, func(p *sent) { p.meta.TTL = 254 }, false, vrrp.TTLError},
		{"12 hop limit 254", six, func(p *sent) { over6(p); p.meta.TTL = 254 }, false, vrrp.TTLError},
		{"12 TTL not known", version3, func(p *sent) { p.meta.TTL = -1 }, true, vrrp.NoError},
		{"12 unicast with any TTL", unicast, func(p *sent) { toUs(p); p.meta.TTL = 3 }, true, vrrp.NoError},
		{"12 unicast below the peer's min_ttl", peerTTL, func(p *sent) { toUs(p); p.meta.TTL = 249 }, false, vrrp.TTLError},
		{"12 unicast above the peer's max_ttl", peerTTL, toUs, false, vrrp.TTLError},
		{"12 unicast within the peer's limits", peerTTL, func(p *sent) { toUs(p); p.meta.TTL = 250 }, true, vrrp.NoError},
		{"11 unicast checksum of old keepalived where it is not wanted", with(unicast, func(c *vrrp.Config) { c.NeverOldSum = true }),
			func(p *sent) { toUs(p); p.header.Sum = packet.PseudoGroup }, false, vrrp.ChecksumError},
		{"unicast from a stranger", unicast, func(p *sent) { toUs(p); p.meta.Source = highAddr }, false, vrrp.SourceError},
		{"unicast from a stranger, not checked", with(unicast, func(c *vrrp.Config) { c.CheckSource = false }), func(p *sent) { toUs(p); p.meta.Source = highAddr }, true, vrrp.NoError},
		{"multicast at a unicast instance", unicast, nil, false, vrrp.SourceError},
		{"unicast at a multicast instance", version3, toUs, false, vrrp.SourceError},

		{"23 IPv6 without a link-local address in front", with(six, func(c *vrrp.Config) { c.Addresses = addrs("2001:db8::100") }), func(p *sent) {
			over6(p)
			p.addrs = addrs("2001:db8::100")
		}, true, vrrp.NoError},
		{"24 no address", version3, func(p *sent) { p.addrs = nil }, false, vrrp.LengthError},
		{"24 no address where none is expected", with(version3, func(c *vrrp.Config) { c.Addresses = nil }), func(p *sent) { p.addrs = nil }, true, vrrp.NoError},
		{"25 addresses in another order", version3, func(p *sent) { p.addrs = addrs("192.0.2.2", "192.0.2.1") }, true, vrrp.NoError},
		{"25 another address is only counted", version3, func(p *sent) { p.addrs = addrs("192.0.2.1", "192.0.2.3") }, true, vrrp.AddressError},
		{"25 another address is only counted in v2", version2, func(p *sent) { p.addrs = addrs("192.0.2.1", "192.0.2.3") }, true, vrrp.AddressError},
		{"25 one address less", version2, func(p *sent) { p.addrs = addrs("192.0.2.1") }, true, vrrp.AddressError},
		{"25 skip_check_adv_addr", with(version2, func(c *vrrp.Config) { c.SkipCheckAddrs = true }), func(p *sent) { p.addrs = addrs("192.0.2.1", "192.0.2.3") }, true, vrrp.NoError},
		{"25 skip_check_adv_addr counts them still", with(version2, func(c *vrrp.Config) { c.SkipCheckAddrs = true }), func(p *sent) { p.addrs = addrs("192.0.2.1") }, true, vrrp.AddressError},

		{"v2 without authentication ignores the eight octets", version2, func(p *sent) { p.header.AuthData = [8]byte{'1'} }, true, vrrp.NoError},
		{"right password", password, func(p *sent) { p.header.AuthType, p.header.AuthData = packet.AuthPass, password.AuthData }, true, vrrp.NoError},
		{"wrong password", password, func(p *sent) {
			p.header.AuthType, p.header.AuthData = packet.AuthPass, [8]byte{'1', '1', '1', '1', '1'}
		}, false, vrrp.AuthFailure},
		{"no password", password, nil, false, vrrp.AuthTypeMismatch},
		{"password where none is", version2, func(p *sent) { p.header.AuthType = packet.AuthPass }, false, vrrp.AuthTypeMismatch},
		{"authentication type 3", password, func(p *sent) { p.header.AuthType = 3 }, false, vrrp.AuthTypeInvalid},
		{"says AH but has none", with(version2, func(c *vrrp.Config) { c.Auth = vrrp.AH }), func(p *sent) { p.header.AuthType = packet.AuthAH }, false, vrrp.AuthTypeMismatch},
		{"AH around a message that says there is none", version2, func(p *sent) { p.meta.AH = true }, false, vrrp.AuthTypeMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := sent{
				header: packet.Header{Version: uint8(c.cfg.Version), VRID: 51, Priority: 77, Interval: sec, Sum: packet.Pseudo},
				addrs:  vips,
				meta:   packet.Meta{Source: lowAddr, Destination: packet.Group4, TTL: 255},
			}
			if c.edit != nil {
				c.edit(&p)
			}
			b := packet.Append(nil, &p.header, p.addrs, p.meta.Source, p.meta.Destination)
			if p.spoil != nil {
				p.spoil(b)
			}
			v := vrrp.Examine(&c.cfg, &p.meta, b)
			if v.Accept != c.accept || v.Counter != c.counter {
				t.Fatalf("accept %v, counter %v; want %v, %v", v.Accept, v.Counter, c.accept, c.counter)
			}
			want := vrrp.Advert{Source: p.meta.Source, Priority: 77, Interval: p.header.Interval}
			if v.Accept && (v.Advert != want || p.header.Version == 3 && v.Sum != p.header.Sum) {
				t.Errorf("%+v, checksum form %v", v.Advert, v.Sum)
			}
		})
	}
}

func TestSkipCheckAddrsLooksAtTheFirstAdvertOfEachMaster(t *testing.T) {
	h := boot(t, nil, v2(func(c *vrrp.Config) { c.SkipCheckAddrs, c.Addresses = true, vips }))
	counter := func(from netip.Addr) vrrp.Counter {
		head := packet.Header{Version: 2, VRID: 51, Priority: 200, Interval: sec}
		b := packet.Append(nil, &head, addrs("192.0.2.1", "192.0.2.3"), from, packet.Group4)
		v := h.r.Examine(1, &packet.Meta{Source: from, Destination: packet.Group4, TTL: 255}, b)
		if !v.Accept {
			t.Fatalf("not accepted: %+v", v)
		}
		h.do(vrrp.Event{Kind: vrrp.Received, Instance: 1, Advert: v.Advert})
		return v.Counter
	}
	for i, from := range []netip.Addr{lowAddr, lowAddr, lowAddr, highAddr, highAddr, lowAddr} {
		want := vrrp.NoError
		if i == 0 || i == 3 || i == 5 {
			want = vrrp.AddressError
		}
		if got := counter(from); got != want {
			t.Errorf("advert %d, from %v: counted as %v, want %v", i, from, got, want)
		}
	}
}

func TestVerdictOnAH(t *testing.T) {
	cfg := v2(func(c *vrrp.Config) {
		c.Auth, c.AuthData, c.Addresses = vrrp.AH, [8]byte{'s', 'e', 'c', 'r', 'e', 't'}, vips
	})
	h := packet.Header{Version: 2, VRID: 51, Priority: 77, Interval: time.Second, AuthData: cfg.AuthData}
	ip := packet.IPv4{Src: lowAddr, Dst: packet.Group4, TTL: 255, ID: 9}
	whole := packet.AppendAH(nil, &ip, 42, &h, vips)
	examine := func(b []byte) vrrp.Verdict {
		t.Helper()
		meta, message, err := packet.Split(b)
		if err != nil {
			t.Fatal(err)
		}
		return vrrp.Examine(&cfg, &meta, message)
	}
	if v := examine(whole); !v.Accept || v.Advert.Sequence != 42 {
		t.Errorf("%+v", v)
	}
	h.AuthData[0] = 'S'
	if v := examine(packet.AppendAH(nil, &ip, 42, &h, vips)); v.Accept || v.Counter != vrrp.AuthFailure {
		t.Errorf("wrong key: %+v", v)
	}
	// The same message in the clear.
	meta, message, _ := packet.Split(whole)
	meta.AH, meta.Packet = false, nil
	if v := vrrp.Examine(&cfg, &meta, message); v.Accept || v.Counter != vrrp.AuthTypeMismatch {
		t.Errorf("without AH: %+v", v)
	}
}

func TestExamineDoesNotAllocate(t *testing.T) {
	cfg := v2(func(c *vrrp.Config) { c.Auth, c.Addresses = vrrp.AH, vips })
	h := packet.Header{Version: 2, VRID: 51, Priority: 77, Interval: time.Second}
	whole := packet.AppendAH(nil, &packet.IPv4{Src: lowAddr, Dst: packet.Group4, TTL: 255}, 1, &h, vips)
	if n := testing.AllocsPerRun(100, func() {
		meta, message, err := packet.Split(whole)
		if err != nil || !vrrp.Examine(&cfg, &meta, message).Accept {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
