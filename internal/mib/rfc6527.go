package mib

import (
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// index6527 is the index of an instance in VRRPV3-MIB.
func index6527(_ int, r *router) agentx.OID {
	family := uint32(1)
	if r.Family == 6 {
		family = 2
	}
	return agentx.OID{r.index, uint32(r.VRID), family}
}

// rfc6527 is VRRPV3-MIB. As with keepalived, it shows instances of version 2 as well.
func (m *model) rfc6527() view {
	all := m.routers(nil)
	type address = numbered[struct{}]
	var addresses []address
	for i := range all {
		for _, a := range all[i].Addresses {
			place := index6527(0, &all[i])
			for _, b := range a.Prefix.Addr().AsSlice() {
				place = place.Append(uint32(b))
			}
			addresses = append(addresses, address{place: place})
		}
	}
	return view{
		tableOf(RFC6527.Append(1, 1, 1, 1), all, index6527, m.operation()),
		tableOf(RFC6527.Append(1, 1, 2, 1), addresses, placed, []column[address]{{2, func(*address) agentx.Value { return agentx.Int(1) }}}),
		scalars(RFC6527.Append(1, 2), total(all), []column[speaker.Stats]{
			{1, func(s *speaker.Stats) agentx.Value { return agentx.Count64(s.ChecksumErrors) }},
			{2, func(s *speaker.Stats) agentx.Value { return agentx.Count64(s.VersionErrors) }},
			{3, func(*speaker.Stats) agentx.Value { return agentx.Count64(m.unknown()) }},
			{4, func(*speaker.Stats) agentx.Value { return agentx.Ticks(0) }}, // never discontinuous
		}),
		tableOf(RFC6527.Append(1, 2, 5, 1), all, index6527, statistics()),
	}
}

// master is the address of the current master.
func (r *router) master() netip.Addr {
	if r.state.State == "MASTER" {
		return r.primary()
	}
	return orUnspecified(r.state.Heard, r.Family)
}

// operation is vrrpv3OperationsTable.
func (m *model) operation() []column[router] {
	return []column[router]{
		{3, func(r *router) agentx.Value { return inet(r.master()) }},
		{4, func(r *router) agentx.Value { return inet(r.primary()) }},
		{5, func(r *router) agentx.Value { return agentx.Bytes(r.link.Hardware) }},
		{6, func(r *router) agentx.Value { return agentx.Int(operState(r.state)) }},
		{7, func(r *router) agentx.Value { return agentx.Unsigned(uint32(r.Priority)) }},
		{8, func(r *router) agentx.Value { return agentx.Int(len(r.Addresses)) }},
		{9, func(r *router) agentx.Value { return agentx.Int(centiseconds(r.Instance)) }},
		{10, func(r *router) agentx.Value { return truth(!r.NoPreempt) }},
		{11, func(r *router) agentx.Value { return truth(!r.NoAccept) }},
		{12, func(r *router) agentx.Value {
			since := m.running(r)
			if since.IsZero() {
				return agentx.Ticks(0)
			}
			return hundredths(m.Now.Sub(since))
		}},
		{13, func(*router) agentx.Value { return agentx.Int(1) }}, // active
	}
}

func centiseconds(in *config.Instance) int { return int(in.AdvertInt / (10 * time.Millisecond)) }

// statistics is vrrpv3StatisticsTable.
func statistics() []column[router] {
	count := func(n uint32, of func(*speaker.Stats) uint64) column[router] {
		return column[router]{n, func(r *router) agentx.Value { return agentx.Count64(of(&r.state.Stats)) }}
	}
	return []column[router]{
		{1, func(r *router) agentx.Value { return agentx.Count(r.state.Stats.BecameMaster) }},
		{2, func(r *router) agentx.Value { return agentx.Int(masterReason(r.state)) }},
		count(3, func(s *speaker.Stats) uint64 { return s.AdvertReceived }),
		count(4, func(s *speaker.Stats) uint64 { return s.IntervalErrors }),
		count(5, func(s *speaker.Stats) uint64 { return s.TTLErrors }),
		{6, func(r *router) agentx.Value { return agentx.Int(protocolErrors[r.state.ProtocolError]) }},
		count(7, func(s *speaker.Stats) uint64 { return s.PriorityZeroReceived }),
		count(8, func(s *speaker.Stats) uint64 { return s.PriorityZeroSent }),
		count(9, func(s *speaker.Stats) uint64 { return s.TypeErrors }),
		count(10, func(s *speaker.Stats) uint64 { return s.AddressErrors }),
		count(11, func(s *speaker.Stats) uint64 { return s.LengthErrors }),
		{12, func(*router) agentx.Value { return agentx.Ticks(0) }}, // never discontinuous
		{13, func(r *router) agentx.Value { return agentx.Unsigned(uint32(10 * centiseconds(r.Instance))) }},
	}
}
