package speaker

import (
	"testing"

	"github.com/holdfast-ha/holdfast/bfd"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// BenchmarkNSPacket is one packet from the core through the kernel and back into the core.
func BenchmarkNSPacket(b *testing.B) {
	h := vlan.New(b).Host("192.0.2.1/24")
	h.Do(func() {
		sp, err := New(Settings{}, Deps{})
		if err != nil {
			b.Error(err)
			return
		}
		l := sp.loop
		defer l.finish()
		l.configure(&Settings{Sessions: []bfd.Config{session("s", "192.0.2.1", "192.0.2.1")}}, nil)
		for l.core.Sessions()[0].State != bfd.Up {
			l.turn()
		}
		s := l.core.Sessions()[0]
		a := bfd.Action{Kind: bfd.Send, Session: s.ID, Packet: bfd.Packet{State: bfd.Up, Multiplier: 20, Mine: s.Mine, Yours: s.Mine, MinTx: 100 * ms, MinRx: 100 * ms}}
		b.ReportAllocs()
		for b.Loop() {
			l.send(&a)
			l.readAll(l.poller.Wait(-1))
		}
	})
}
