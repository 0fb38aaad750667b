package vrrp_test

import (
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// heard is an advertisement for instance i of a master with priority 200.
func heard(i int) vrrp.Event {
	return vrrp.Event{Kind: vrrp.Received, Instance: vrrp.ID(i%255 + 1), Advert: vrrp.Advert{Source: lowAddr, Priority: 200, Interval: 100 * ms}}
}

func TestStepDoesNotAllocate(t *testing.T) {
	r, now, out := many(t, 255, 100*ms, true)
	out = make([]vrrp.Action, 0, 1024)
	tick := func() {
		at, _ := r.Next()
		now = max(now, at)
		out = r.Step(now, vrrp.Event{}, out[:0])
	}
	if n := testing.AllocsPerRun(1000, tick); n != 0 {
		t.Errorf("a MASTER's deadline: %v allocations", n)
	}
	i := 0
	lose := func() {
		i++
		ev := heard(i)
		ev.Advert.Priority = 1
		out = r.Step(now, ev, out[:0])
	}
	if n := testing.AllocsPerRun(1000, lose); n != 0 {
		t.Errorf("a losing advertisement: %v allocations", n)
	}
	r, now, _ = many(t, 255, 100*ms, false)
	hear := func() {
		i++
		now += 100 * ms / 255
		out = r.Step(now, heard(i), out[:0])
	}
	if n := testing.AllocsPerRun(1000, hear); n != 0 {
		t.Errorf("a BACKUP's advertisement: %v allocations", n)
	}
	flap := func() {
		out = r.Step(now, vrrp.Event{Kind: vrrp.LinkDown, Link: "eth0"}, out[:0])
		out = r.Step(now, vrrp.Event{Kind: vrrp.LinkUp, Link: "eth0"}, out[:0])
	}
	if n := testing.AllocsPerRun(100, flap); n != 0 {
		t.Errorf("a link that flaps: %v allocations", n)
	}
}

// BenchmarkStepMaster is one advertisement of 255 instances, deadlines included.
func BenchmarkStepMaster(b *testing.B) {
	r, now, out := many(b, 255, 100*ms, true)
	b.ReportAllocs()
	sent := 0
	for sent < b.N {
		at, _ := r.Next()
		now = max(now, at)
		out = r.Step(now, vrrp.Event{}, out[:0])
		sent += len(out)
	}
}

// BenchmarkStepBackup is one advertisement heard by one of 255 instances.
func BenchmarkStepBackup(b *testing.B) {
	r, now, out := many(b, 255, 100*ms, false)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now += 100 * ms / 255
		out = r.Step(now, heard(i), out[:0])
	}
}

// BenchmarkExamine is what a received advertisement costs from its octets to the verdict.
func BenchmarkExamine(b *testing.B) {
	cfg := v3(func(c *vrrp.Config) { c.Addresses = addrs("192.0.2.1", "192.0.2.2") })
	h := packet.Header{Version: 3, VRID: 51, Priority: 100, Interval: time.Second, Sum: packet.Pseudo}
	message := packet.Append(nil, &h, cfg.Addresses, lowAddr, packet.Group4)
	meta := packet.Meta{Source: lowAddr, Destination: packet.Group4, TTL: 255}
	b.ReportAllocs()
	for b.Loop() {
		if v := vrrp.Examine(&cfg, &meta, message); !v.Accept {
			b.Fatal(v)
		}
	}
}
