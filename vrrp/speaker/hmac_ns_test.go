package speaker_test

import (
	"bytes"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// signed makes an instance use auth_hmac with the keys of these numbers; the first one signs.
func signed(ids ...uint8) func(*speaker.Instance) {
	return func(in *speaker.Instance) {
		in.HMAC = &vrrp.HMAC{Active: ids[0], Window: 5 * time.Second}
		for _, id := range ids {
			in.HMAC.Keys = append(in.HMAC.Keys, vrrp.HMACKey{ID: id, Secret: bytes.Repeat([]byte{id}, 32)})
		}
	}
}

// unicastTo makes an instance speak to one peer.
func unicastTo(peer string) func(*speaker.Instance) {
	return func(in *speaker.Instance) {
		in.Unicast = true
		in.Peers = []vrrp.Peer{{Addr: netip.MustParseAddr(peer), MinTTL: -1, MaxTTL: -1}}
	}
}

func changed(in speaker.Instance, changes ...func(*speaker.Instance)) speaker.Instance {
	for _, c := range changes {
		c(&in)
	}
	return in
}

// TestNSSignedRoutersHearEachOther and rotate their keys by reloads without one dropped advertisement;
// through the kernel, by both families, multicast and unicast.
func TestNSSignedRoutersHearEachOther(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vip   string
		peers [2]string
	}{
		"IPv4":         {vip: "192.0.2.100/32"},
		"IPv6":         {vip: "2001:db8::100/128"},
		"IPv4 unicast": {"192.0.2.100/32", [2]string{"192.0.2.2", "192.0.2.1"}},
		"IPv6 unicast": {"2001:db8::100/128", [2]string{"2001:db8::2", "2001:db8::1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lan := vlan.New(t)
			h1, h2 := lan.Host("192.0.2.1/24", "2001:db8::1/64"), lan.Host("192.0.2.2/24", "2001:db8::2/64")
			with := func(i int, ids ...uint8) speaker.Settings {
				in := changed(instance(51, [2]uint8{150, 100}[i], time.Second, c.vip), signed(ids...))
				if c.peers[i] != "" {
					in = changed(in, unicastTo(c.peers[i]))
					in.Source = netip.MustParseAddr(c.peers[1-i])
				}
				return settings(in)
			}
			a := start(t, h1, with(0, 1), nil)
			eventually(t, "we are MASTER", func() bool { return a.state() == "MASTER" })
			b := start(t, h2, with(1, 1), nil)
			stats := func() speaker.Stats {
				if s := b.Status(); len(s.Instances) == 1 {
					return s.Instances[0].Stats
				}
				return speaker.Stats{}
			}
			heard := func() {
				t.Helper()
				before := stats().AdvertReceived
				eventually(t, "the other hears us", func() bool { return stats().AdvertReceived > before })
			}
			heard()
			for _, step := range [][]uint8{{1, 2}, {2, 1}, {2}} {
				// The receiver first, so that it knows the key before it is used, or the sender's old one still.
				if len(step) > 1 {
					b.Reload(with(1, step...))
					a.Reload(with(0, step...))
				} else {
					a.Reload(with(0, step...))
					b.Reload(with(1, step...))
				}
				heard()
			}
			s := stats()
			if s.AuthExtMissing+s.AuthExtMalformed+s.AuthExtUnknownKey+s.AuthExtInvalid+s.AuthExtStale+s.AuthExtReplay != 0 || s.BecameMaster != 0 {
				t.Errorf("%+v\na:\n%s\nb:\n%s", s, a.log(), b.log())
			}
			// The return of a third key that the receiver does not know.
			a.Reload(with(0, 3))
			eventually(t, "an unknown key is counted", func() bool { return stats().AuthExtUnknownKey > 0 })
		})
	}
}

// TestNSSignedRouterIsAdoptedAfterAKill: nothing is written down, as stamps grow with the clock.
func TestNSSignedRouterIsAdoptedAfterAKill(t *testing.T) {
	restartAfterKill(t, signed(1))
}

// TestNSUnsignedMasterIsNotHeard by a router in mode enforce, which becomes MASTER itself.
func TestNSUnsignedMasterIsNotHeard(t *testing.T) {
	lan := vlan.New(t)
	h1, h2 := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.2/24")
	in := instance(51, 150, 100*time.Millisecond, "192.0.2.100/32")
	a := start(t, h1, settings(in), nil)
	eventually(t, "it is MASTER", func() bool { return a.state() == "MASTER" })
	in.Priority = 100
	s := settings(changed(in, signed(1)))
	s.StateFile = filepath.Join(t.TempDir(), "state")
	b := start(t, h2, s, nil)
	eventually(t, "so is the one that enforces", func() bool { return b.state() == "MASTER" })
	if s := b.Status().Instances[0].Stats; s.AuthExtMissing == 0 || s.AdvertReceived != 0 {
		t.Errorf("%+v", s)
	}
	// The other way round the unsigned one takes what is signed for garbage.
	eventually(t, "that is counted", func() bool { return a.Status().Instances[0].Stats.LengthErrors > 0 })
}
