package vrrp_test

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

var (
	keyOne = vrrp.HMACKey{ID: 1, Secret: bytes.Repeat([]byte{1}, 32)}
	keyTwo = vrrp.HMACKey{ID: 2, Secret: bytes.Repeat([]byte{2}, 64)}
)

// summer is a time of the wall clock, since 1970.
const summer = 1_784_000_000 * time.Second

// signing makes an instance use auth_hmac with key 1 and a window of 5 s.
func signing(edit ...func(*vrrp.HMAC)) func(*vrrp.Config) {
	return func(c *vrrp.Config) {
		c.Addresses = vips
		c.HMAC = &vrrp.HMAC{Keys: []vrrp.HMACKey{keyOne}, Active: 1, Window: 5 * sec}
		for _, e := range edit {
			e(c.HMAC)
		}
	}
}

func mode(m vrrp.HMACMode) func(*vrrp.HMAC) { return func(h *vrrp.HMAC) { h.Mode = m } }
func monotonic(h *vrrp.HMAC)                { h.Monotonic = true }
func keys(active uint8, k ...vrrp.HMACKey) func(*vrrp.HMAC) {
	return func(h *vrrp.HMAC) { h.Keys, h.Active = k, active }
}

// air is a receiver and the senders that it may hear, each with its own clock.
type air struct {
	t    *testing.T
	r    *vrrp.Router
	cfg  vrrp.Config
	wall time.Duration // of the receiver
}

func newAir(t *testing.T, cfg vrrp.Config) *air {
	return &air{t: t, r: vrrp.New([]vrrp.Config{cfg}, nil), cfg: cfg, wall: summer}
}

func (a *air) reload(cfg vrrp.Config) {
	a.cfg = cfg
	a.r.Reload(0, []vrrp.Config{cfg}, nil, nil)
}

// octets are what a router with that configuration sends at a time of its clock.
func octets(sender *vrrp.Router, cfg vrrp.Config, source, to netip.Addr, wall time.Duration) []byte {
	h := packet.Header{Version: uint8(cfg.Version), VRID: cfg.VRID, Priority: 77, Interval: cfg.AdvertInt, Sum: packet.Pseudo}
	b := packet.Append(nil, &h, cfg.Addresses, source, to)
	b = sender.Sign(b, cfg.ID, wall, source, b)
	if to.Is6() {
		packet.SumIPv6(b, source, to)
	}
	return b
}

// sends is an advertisement of a sender that has just started.
func (a *air) sends(cfg vrrp.Config, source netip.Addr, wall time.Duration) []byte {
	return octets(vrrp.New([]vrrp.Config{cfg}, nil), cfg, source, a.to(), wall)
}

func (a *air) to() netip.Addr {
	switch {
	case a.cfg.Unicast:
		return ownAddr
	case a.cfg.Family == 6:
		return packet.Group6
	}
	return packet.Group4
}

// hears gives octets to the receiver.
func (a *air) hears(b []byte, source netip.Addr) vrrp.Verdict {
	meta := packet.Meta{Source: source, Destination: a.to(), TTL: 255, Wall: a.wall}
	return a.r.Examine(1, &meta, b)
}

// is fails unless the receiver says want of the octets.
func (a *air) is(what string, b []byte, source netip.Addr, want vrrp.Counter) {
	a.t.Helper()
	if v := a.hears(b, source); v.Counter != want || v.Accept != (want == vrrp.NoError) {
		a.t.Errorf("%s: accept %v, %v; want %v", what, v.Accept, v.Counter, want)
	}
}

func TestEachTrailerHasItsVerdict(t *testing.T) {
	plain := v3(func(c *vrrp.Config) { c.Addresses = vips })
	all := []vrrp.HMACMode{vrrp.Enforce, vrrp.Permissive, vrrp.ReceiveOnly}
	lax := []vrrp.HMACMode{vrrp.Permissive, vrrp.ReceiveOnly}
	for _, c := range []struct {
		name   string
		modes  []vrrp.HMACMode // of the receiver
		sender vrrp.Config
		clock  time.Duration // of the sender, against the receiver's
		spoil  func([]byte) []byte
		want   vrrp.Counter
	}{
		{"right", all, v3(signing()), 0, nil, vrrp.NoError},
		{"from a permissive sender", all, v3(signing(mode(vrrp.Permissive))), 0, nil, vrrp.NoError},
		{"none", []vrrp.HMACMode{vrrp.Enforce}, plain, 0, nil, vrrp.AuthExtMissing},
		{"none, in a migration", lax, plain, 0, nil, vrrp.NoError},
		{"none of a receive-only sender", []vrrp.HMACMode{vrrp.Enforce}, v3(signing(mode(vrrp.ReceiveOnly))), 0, nil, vrrp.AuthExtMissing},
		{"of another type", all, v3(signing()), 0, at(0, 2), vrrp.AuthExtMalformed},
		{"with something reserved", all, v3(signing()), 0, at(3, 1), vrrp.AuthExtMalformed},
		{"under a key that is not known", all, v3(signing(keys(2, keyTwo))), 0, nil, vrrp.AuthExtUnknownKey},
		{"under another key of that number", all, v3(signing(keys(1, vrrp.HMACKey{ID: 1, Secret: keyTwo.Secret}))), 0, nil, vrrp.AuthExtInvalid},
		{"of zeros", all, v3(signing()), 0, func(b []byte) []byte { clear(b[len(b)-16:]); return b }, vrrp.AuthExtInvalid},
		{"late by the window", all, v3(signing()), -5 * sec, nil, vrrp.NoError},
		{"later than the window", all, v3(signing()), -6 * sec, nil, vrrp.AuthExtStale},
		{"early by the window", all, v3(signing()), 5 * sec, nil, vrrp.NoError},
		{"earlier than the window", all, v3(signing()), 6 * sec, nil, vrrp.AuthExtStale},
		{"cut", all, v3(signing()), 0, func(b []byte) []byte { return b[:len(b)-1] }, vrrp.LengthError},
		{"longer", all, v3(signing()), 0, func(b []byte) []byte { return append(b, 0) }, vrrp.LengthError},
	} {
		for _, m := range c.modes {
			a := newAir(t, v3(signing(mode(m))))
			b := a.sends(c.sender, lowAddr, summer+c.clock)
			if c.spoil != nil {
				b = c.spoil(b)
			}
			a.is(c.name, b, lowAddr, c.want)
		}
	}
}

// at changes an octet of the trailer.
func at(i int, to byte) func([]byte) []byte {
	return func(b []byte) []byte {
		b[len(b)-packet.LenTrailer+i] = to
		return b
	}
}

func TestReceiverWithoutHMACDropsWhatIsSigned(t *testing.T) {
	a := newAir(t, v3(func(c *vrrp.Config) { c.Addresses = vips }))
	a.is("signed", a.sends(v3(signing()), lowAddr, summer), lowAddr, vrrp.LengthError)
}

func TestReplayIsRefused(t *testing.T) {
	for name, edit := range map[string]func(*vrrp.HMAC){"time": mode(vrrp.Enforce), "monotonic": monotonic} {
		t.Run(name, func(t *testing.T) {
			cfg := v2(signing(edit)) // its checksum does not cover the source
			a := newAir(t, cfg)
			sender := vrrp.New([]vrrp.Config{cfg}, nil)
			first := octets(sender, cfg, lowAddr, a.to(), summer)
			second := octets(sender, cfg, lowAddr, a.to(), summer) // the clock has not moved
			a.is("first", first, lowAddr, vrrp.NoError)
			a.is("again", first, lowAddr, vrrp.AuthExtReplay)
			a.is("second", second, lowAddr, vrrp.NoError)
			a.is("overtaken", first, lowAddr, vrrp.AuthExtReplay)
			// Nobody can have it said by somebody else.
			a.is("of another sender", second, highAddr, vrrp.AuthExtInvalid)
			a.is("another sender's own", a.sends(cfg, highAddr, summer), highAddr, vrrp.NoError)
		})
	}
}

func TestForgeryMovesNoMark(t *testing.T) {
	cfg := v3(signing())
	a := newAir(t, cfg)
	forged := a.sends(v3(signing(keys(1, vrrp.HMACKey{ID: 1, Secret: keyTwo.Secret}))), lowAddr, summer+4*sec)
	a.is("forged", forged, lowAddr, vrrp.AuthExtInvalid)
	far := a.hears(a.sends(cfg, lowAddr, summer), lowAddr)
	if !far.Accept {
		t.Errorf("after a forgery: %v", far.Counter)
	}
	// What fails before the trailer moves none either: here a hop too many.
	b := a.sends(cfg, highAddr, summer+sec)
	if v := a.r.Examine(1, &packet.Meta{Source: highAddr, Destination: packet.Group4, TTL: 254, Wall: a.wall}, b); v.Counter != vrrp.TTLError {
		t.Errorf("%v", v.Counter)
	}
	a.is("earlier than that", a.sends(cfg, highAddr, summer), highAddr, vrrp.NoError)
}

func TestReloadForgetsNoMark(t *testing.T) {
	cfg := v3(signing())
	a := newAir(t, cfg)
	b := a.sends(cfg, lowAddr, summer)
	a.is("first", b, lowAddr, vrrp.NoError)
	a.reload(v3(signing(mode(vrrp.Permissive))))
	a.is("played again after a reload", b, lowAddr, vrrp.AuthExtReplay)
}

func TestReloadKeepsStampsGrowing(t *testing.T) {
	cfg := v3(signing())
	r := vrrp.New([]vrrp.Config{cfg}, nil)
	a := newAir(t, cfg)
	a.is("before", octets(r, cfg, lowAddr, a.to(), summer), lowAddr, vrrp.NoError)
	r.Reload(0, []vrrp.Config{cfg}, nil, nil)
	a.is("after, at the same time", octets(r, cfg, lowAddr, a.to(), summer), lowAddr, vrrp.NoError)
}

// TestKeysAreRotatedByReloadsWithoutALostAdvertisement: every order of two routers' reloads.
func TestKeysAreRotatedByReloadsWithoutALostAdvertisement(t *testing.T) {
	steps := []vrrp.Config{
		v3(signing(keys(1, keyOne))),
		v3(signing(keys(1, keyOne, keyTwo))),
		v3(signing(keys(2, keyOne, keyTwo))),
		v3(signing(keys(2, keyTwo))),
	}
	for _, senderFirst := range []bool{true, false} {
		a := newAir(t, steps[0])
		sender := vrrp.New(steps[:1], nil)
		now := summer
		said := func(step int, cfg vrrp.Config) {
			now += sec
			a.wall = now
			if v := a.hears(octets(sender, cfg, lowAddr, a.to(), now), lowAddr); !v.Accept {
				t.Errorf("step %d, sender first %v: %v", step, senderFirst, v.Counter)
			}
		}
		for i, cfg := range steps[1:] {
			if senderFirst {
				sender.Reload(0, []vrrp.Config{cfg}, nil, nil)
				said(i, cfg)
			}
			a.reload(cfg)
			if !senderFirst {
				said(i, steps[i])
				sender.Reload(0, []vrrp.Config{cfg}, nil, nil)
			}
			said(i, cfg)
		}
	}
}

// TestMigrationLosesNoAdvertisement in the sweeps that keepalived's documentation asks for.
func TestMigrationLosesNoAdvertisement(t *testing.T) {
	steps := []vrrp.Config{
		v3(signing(mode(vrrp.ReceiveOnly))), v3(signing(mode(vrrp.Permissive))), v3(signing(mode(vrrp.Enforce))),
	}
	for i := range steps[1:] {
		for _, pair := range [][2]vrrp.Config{{steps[i], steps[i+1]}, {steps[i+1], steps[i]}} {
			a := newAir(t, pair[0])
			a.is("between two sweeps", a.sends(pair[1], lowAddr, summer), lowAddr, vrrp.NoError)
		}
	}
	plain := v3(func(c *vrrp.Config) { c.Addresses = vips })
	a := newAir(t, plain)
	a.is("receive-only beside none", a.sends(steps[0], lowAddr, summer), lowAddr, vrrp.NoError)
}

func TestProcessThatIsStartedAgainIsBelieved(t *testing.T) {
	cfg := v3(signing())
	a := newAir(t, cfg)
	a.is("before", a.sends(cfg, lowAddr, summer), lowAddr, vrrp.NoError)
	a.is("a new process, 20 us later", a.sends(cfg, lowAddr, summer+20*time.Microsecond), lowAddr, vrrp.NoError)
	// With the clock set back in between it is not, until the clock is where it was.
	a.is("a new process, its clock set back", a.sends(cfg, lowAddr, summer-3*sec), lowAddr, vrrp.AuthExtReplay)
	a.wall += 4 * sec
	a.is("when the clock is there again", a.sends(cfg, lowAddr, summer+sec), lowAddr, vrrp.NoError)
}

func TestClockThatIsSetBack(t *testing.T) {
	cfg := v3(signing())
	a := newAir(t, cfg)
	sender := vrrp.New([]vrrp.Config{cfg}, nil)
	say := func(wall time.Duration) []byte { return octets(sender, cfg, lowAddr, a.to(), wall) }
	a.is("before", say(summer), lowAddr, vrrp.NoError)
	a.is("set back by less than the window", say(summer-3*sec), lowAddr, vrrp.NoError)

	// An hour ahead, and put right: stale while it is wrong, believed at once when it is right.
	a.is("an hour ahead", say(summer+time.Hour), lowAddr, vrrp.AuthExtStale)
	a.is("put right", say(summer+sec), lowAddr, vrrp.NoError)

	// Both clocks an hour ahead and put right together: the mark in the future is forgotten.
	a.wall = summer + time.Hour
	a.is("both ahead", say(summer+time.Hour), lowAddr, vrrp.NoError)
	a.wall = summer + 2*sec
	a.is("both put right", say(summer+2*sec), lowAddr, vrrp.NoError)
}

func TestMonotonicStampsNeedNoClock(t *testing.T) {
	cfg := v3(signing(monotonic))
	a := newAir(t, cfg)
	sender := vrrp.New([]vrrp.Config{cfg}, nil)
	say := func(wall time.Duration) []byte { return octets(sender, cfg, lowAddr, a.to(), wall) }
	old := say(summer - 1000*time.Hour)
	a.is("a clock of another year", old, lowAddr, vrrp.NoError)
	a.is("an hour ahead", say(summer+time.Hour), lowAddr, vrrp.NoError)
	a.is("set back, it goes on growing", say(summer), lowAddr, vrrp.NoError)
	a.wall += 1000 * time.Hour
	a.is("and is never forgotten", old, lowAddr, vrrp.AuthExtReplay)
}

func TestUnicastSenderHasToBeAPeer(t *testing.T) {
	cfg := v3(signing(), func(c *vrrp.Config) {
		c.Unicast, c.Peers = true, []vrrp.Peer{{Addr: lowAddr, MinTTL: -1, MaxTTL: -1}}
	})
	a := newAir(t, cfg)
	a.is("a peer", a.sends(cfg, lowAddr, summer), lowAddr, vrrp.NoError)
	a.is("nobody's, although check_unicast_src is off", a.sends(cfg, highAddr, summer), highAddr, vrrp.SourceError)
}

// TestMarksOfMulticastSendersAreTheLastFours.
func TestMarksOfMulticastSendersAreTheLastFours(t *testing.T) {
	cfg := v3(signing())
	a := newAir(t, cfg)
	sender := func(i byte) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, 100 + i}) }
	said := map[byte][]byte{}
	for i := range byte(4) {
		said[i] = a.sends(cfg, sender(i), summer)
		a.is("new", said[i], sender(i), vrrp.NoError)
	}
	a.is("the first once more", a.sends(cfg, sender(0), summer+sec), sender(0), vrrp.NoError)
	a.is("a fifth", a.sends(cfg, sender(4), summer), sender(4), vrrp.NoError)
	a.is("the first is known still", said[0], sender(0), vrrp.AuthExtReplay)
	a.is("the third is known still", said[2], sender(2), vrrp.AuthExtReplay)
	a.is("the one that was silent longest is forgotten", said[1], sender(1), vrrp.NoError)
}

func TestSkewIsToldPastHalfTheWindow(t *testing.T) {
	for clock, want := range map[time.Duration]time.Duration{
		0: 0, 2 * sec: 0, 3 * sec: 3 * sec, -3 * sec: -3 * sec, 9 * sec: 9 * sec,
	} {
		cfg := v3(signing())
		a := newAir(t, cfg)
		if v := a.hears(a.sends(cfg, lowAddr, summer+clock), lowAddr); v.Skew != want {
			t.Errorf("clock ahead by %v: skew %v", clock, v.Skew)
		}
	}
}

func TestBothVersionsAndFamiliesAreSigned(t *testing.T) {
	six := func(c *vrrp.Config) {
		c.Family, c.Addresses = 6, addrs("fe80::100", "2001:db8::100")
	}
	low6 := netip.MustParseAddr("fe80::9")
	for _, c := range []struct {
		cfg    vrrp.Config
		source netip.Addr
	}{
		{v2(signing()), lowAddr}, {v3(signing()), lowAddr}, {v2(signing(), six), low6}, {v3(signing(), six), low6},
	} {
		a := newAir(t, c.cfg)
		b := a.sends(c.cfg, c.source, summer)
		a.is("signed", b, c.source, vrrp.NoError)
		b[len(b)-1] ^= 1
		want := vrrp.AuthExtInvalid
		if c.cfg.Family == 6 {
			want = vrrp.ChecksumError
		}
		a.is("spoilt", b, c.source, want)
	}
}

func TestExamineOfSignedDoesNotAllocate(t *testing.T) {
	cfg := v3(signing())
	a := newAir(t, cfg)
	sender := vrrp.New([]vrrp.Config{cfg}, nil)
	h := packet.Header{Version: 3, VRID: cfg.VRID, Priority: 77, Interval: sec, Sum: packet.Pseudo}
	meta := packet.Meta{Source: lowAddr, Destination: packet.Group4, TTL: 255, Wall: summer}
	b := make([]byte, 0, 200)
	if n := testing.AllocsPerRun(100, func() {
		b = packet.Append(b[:0], &h, cfg.Addresses, lowAddr, packet.Group4)
		b = sender.Sign(b, 1, summer, lowAddr, b)
		if v := a.r.Examine(1, &meta, b); !v.Accept {
			t.Fatal(v.Counter)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
