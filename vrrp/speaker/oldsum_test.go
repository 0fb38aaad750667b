package speaker

import (
	"net/netip"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// TestOldUnicastChecksumIsSentToWhoeverSendsIt: a keepalived before 2.0 understands no other one.
func TestOldUnicastChecksumIsSentToWhoeverSendsIt(t *testing.T) {
	peer := netip.MustParseAddr("192.0.2.2")
	for name, c := range map[string]struct {
		always, never bool
		heard         packet.Sum
		want          packet.Sum
	}{
		"asked for":                       {always: true, heard: packet.Pseudo, want: packet.PseudoGroup},
		"a new peer":                      {heard: packet.Pseudo, want: packet.Pseudo},
		"an old peer":                     {heard: packet.PseudoGroup, want: packet.PseudoGroup},
		"an old peer where never is said": {never: true, heard: packet.PseudoGroup, want: packet.Pseudo},
	} {
		t.Run(name, func(t *testing.T) {
			in := testInstance(7, "192.0.2.100/32")
			in.AdvertInt = time.Hour // nothing happens by itself
			in.Unicast, in.OldSum, in.NeverOldSum = true, c.always, c.never
			in.Peers = []vrrp.Peer{{Addr: peer, MinTTL: -1, MaxTTL: -1}}
			s := Settings{Instances: []Instance{in}}
			l, w := testLoop(t, &s)
			l.sent(7) // what has been built before has to be built anew
			w.packet, w.left = advert(&in, 200, func(ip *packet.IPv4, h *packet.Header) {
				ip.Dst, h.Sum = netip.MustParseAddr("192.0.2.1"), c.heard
			}), 1
			l.read(l.station1())
			st := l.status().Instances[0].Stats
			heard := map[packet.Sum]uint64{packet.Plain: st.SumPlain, packet.Pseudo: st.SumPseudo, packet.PseudoGroup: st.SumOld}
			if taken := st.SumPlain + st.SumPseudo + st.SumOld; taken != st.AdvertReceived || taken != heard[c.heard] {
				t.Errorf("forms of checksum heard: %v, want %d of form %v", heard, st.AdvertReceived, c.heard)
			}
			for _, when := range []string{"at once", "after a reload"} {
				meta, message, err := packet.Split(l.sent(7)[0])
				if err != nil {
					t.Fatal(err)
				}
				m, err := packet.Parse(message, meta.Source, meta.Destination)
				if err != nil || m.Sum != c.want {
					t.Errorf("%s: checksum form %v, want %v; %v", when, m.Sum, c.want, err)
				}
				l.configure(&s)
			}
		})
	}
}
