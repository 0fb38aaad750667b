package bfd_test

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/bfd"
)

// many is a core with n sessions that are up, and the packets that their neighbours go on sending.
func many(n int) (*bfd.Core, []bfd.Event) {
	c := bfd.New(1)
	configs := make([]bfd.Config, n)
	for i := range configs {
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], 10<<24+uint32(i))
		configs[i] = config(addrA, netip.AddrFrom4(a))
		configs[i].Name = configs[i].Remote.String()
	}
	c.Reload(0, configs, nil, nil)
	events := make([]bfd.Event, n)
	for i, s := range c.Sessions() {
		p := bfd.Packet{State: bfd.Init, Multiplier: 5, MinTx: 10 * ms, MinRx: 10 * ms}
		c.Step(0, said(s, p), nil)
		p.State, p.Final = bfd.Up, true
		c.Step(0, said(s, p), nil)
		p.Final = false
		events[i] = *said(s, p)
		events[i].Packet.MinTx, events[i].Packet.MinRx = 10*ms, 10*ms
	}
	return c, events
}

func TestPacketsAllocateNothing(t *testing.T) {
	c, events := many(100)
	out := make([]bfd.Action, 0, 256)
	now, i := time.Duration(0), 0
	buffer := make([]byte, 0, bfd.Size)
	var p bfd.Packet
	step := func() {
		now += ms / 10
		i++
		ev := &events[i%len(events)]
		buffer = ev.Packet.Append(buffer[:0])
		if bfd.Parse(buffer, &p) != bfd.OK {
			t.Fatal("not taken")
		}
		out = c.Step(now, ev, out[:0])
	}
	for range 200 {
		step()
	}
	if n := testing.AllocsPerRun(2000, step); n != 0 {
		t.Errorf("%v allocations for a packet in and those that are due", n)
	}
	for _, s := range c.Sessions() {
		if s.State != bfd.Up || s.Sent < 5 {
			t.Fatalf("%+v: the benchmark measures something else", s)
		}
	}
}

// BenchmarkReceive is one packet of one of 1000 sessions, from its octets to the new deadline, with
// the packets that are due meanwhile.
func BenchmarkReceive(b *testing.B) {
	c, events := many(1000)
	out := make([]bfd.Action, 0, 1024)
	buffer := make([]byte, 0, bfd.Size)
	now := time.Duration(0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		ev := &events[i%len(events)]
		buffer = ev.Packet.Append(buffer[:0])
		if bfd.Parse(buffer, &ev.Packet) != bfd.OK {
			b.Fatal("not taken")
		}
		now += 10 * time.Microsecond
		out = c.Step(now, ev, out[:0])
	}
}

// BenchmarkSend is one packet that is due of one of 1000 sessions, to its octets.
func BenchmarkSend(b *testing.B) {
	c, events := many(1000)
	// The neighbours keep quiet: detection times of hours, and nothing expires.
	for i := range events {
		events[i].Packet.MinTx, events[i].Packet.Multiplier = time.Hour, 255
		c.Step(0, &events[i], nil)
	}
	out := make([]bfd.Action, 0, 1024)
	buffer := make([]byte, 0, bfd.Size)
	b.ReportAllocs()
	for sent := 0; sent < b.N; {
		at, ok := c.Next()
		if !ok {
			b.Fatal("nothing is due")
		}
		out = c.Step(at, &bfd.Event{}, out[:0])
		for i := range out {
			buffer = out[i].Packet.Append(buffer[:0])
			sent++
		}
	}
}
