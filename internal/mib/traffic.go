package mib

import (
	"time"

	"github.com/holdfast-ha/holdfast/internal/agentx"
)

// Traffic is what has gone over a virtual or a real server.
type Traffic struct {
	Connections, InPackets, OutPackets, InBytes, OutBytes uint64
	// Rates in connections, packets and octets a second.
	CPS, InPPS, OutPPS, InBPS, OutBPS uint64
	// Connections of a real server that are there now.
	Active, Inactive, Persistent uint32
}

// Since sets the rates from an earlier reading. Counters that have become less began anew.
func (t *Traffic) Since(before Traffic, between time.Duration) {
	if between <= 0 || t.Connections < before.Connections || t.InBytes < before.InBytes || t.OutBytes < before.OutBytes {
		return
	}
	rate := func(after, before uint64) uint64 {
		if after < before {
			return 0
		}
		return uint64(float64(after-before) / between.Seconds())
	}
	t.CPS = rate(t.Connections, before.Connections)
	t.InPPS, t.OutPPS = rate(t.InPackets, before.InPackets), rate(t.OutPackets, before.OutPackets)
	t.InBPS, t.OutBPS = rate(t.InBytes, before.InBytes), rate(t.OutBytes, before.OutBytes)
}

// trafficPlaces are the first columns of the counters in a table: of all connections; of packets and octets
// and, behind them, the rates; of connections and packets in 64 bits and the rates in two halves; of the
// rates in 64 bits.
type trafficPlaces struct{ connections, packets, wide, whole uint32 }

// traffic are the counters of a table. of may return nil, for nothing.
func traffic[R any](p trafficPlaces, of func(*R) *Traffic) []column[R] {
	at := func(r *R) *Traffic {
		if t := of(r); t != nil {
			return t
		}
		return &Traffic{}
	}
	count := func(n uint32, f func(*Traffic) uint64, v func(uint64) agentx.Value) column[R] {
		return column[R]{n, func(r *R) agentx.Value { return v(f(at(r))) }}
	}
	gauge := func(n uint64) agentx.Value { return agentx.Unsigned(uint32(n)) }
	high := func(n uint64) agentx.Value { return agentx.Unsigned(uint32(n >> 32)) }
	rates := []func(*Traffic) uint64{
		func(t *Traffic) uint64 { return t.CPS },
		func(t *Traffic) uint64 { return t.InPPS }, func(t *Traffic) uint64 { return t.OutPPS },
		func(t *Traffic) uint64 { return t.InBPS }, func(t *Traffic) uint64 { return t.OutBPS },
	}
	connections := func(t *Traffic) uint64 { return t.Connections }
	in, out := func(t *Traffic) uint64 { return t.InPackets }, func(t *Traffic) uint64 { return t.OutPackets }
	columns := []column[R]{
		count(p.connections, connections, gauge),
		count(p.packets, in, agentx.Count), count(p.packets+1, out, agentx.Count),
		count(p.packets+2, func(t *Traffic) uint64 { return t.InBytes }, agentx.Count64),
		count(p.packets+3, func(t *Traffic) uint64 { return t.OutBytes }, agentx.Count64),
		count(p.wide, connections, agentx.Count64),
		count(p.wide+1, in, agentx.Count64), count(p.wide+2, out, agentx.Count64),
	}
	for i, rate := range rates {
		n := uint32(i)
		columns = append(columns, count(p.packets+4+n, rate, gauge),
			count(p.wide+3+2*n, rate, gauge), count(p.wide+4+2*n, rate, high), count(p.whole+n, rate, agentx.Count64))
	}
	return columns
}
