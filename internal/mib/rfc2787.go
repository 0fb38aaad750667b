package mib

import (
	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// old tells whether VRRP-MIB can show an instance: it knows version 2 over IPv4 alone.
func old(in *config.Instance) bool {
	return in.Version == 2 && in.Family == 4 && len(in.Addresses) > 0
}

// rfc2787 is VRRP-MIB.
func (m *model) rfc2787() view {
	all := m.routers(old)
	index := func(_ int, r *router) agentx.OID { return agentx.OID{r.index, uint32(r.VRID)} }
	type node = config.Global
	nodes := scalars(RFC2787.Append(1), m.Config.Global, []column[node]{
		{1, func(*node) agentx.Value { return agentx.Int(2) }},
		{2, func(g *node) agentx.Value { return truth(g.SNMP.Traps) }},
	})
	type address = numbered[struct{}]
	var addresses []address
	for i := range all {
		for _, a := range all[i].Addresses {
			place := index(0, &all[i])
			for _, b := range a.Prefix.Addr().AsSlice() {
				place = place.Append(uint32(b))
			}
			addresses = append(addresses, address{place: place})
		}
	}
	return view{
		nodes,
		tableOf(RFC2787.Append(1, 3, 1), all, index, m.oldOperation()),
		tableOf(RFC2787.Append(1, 4, 1), addresses, placed, []column[address]{{2, func(*address) agentx.Value { return agentx.Int(1) }}}),
		scalars(RFC2787.Append(2), total(all), []column[speaker.Stats]{
			{1, func(s *speaker.Stats) agentx.Value { return agentx.Count(s.ChecksumErrors) }},
			{2, func(s *speaker.Stats) agentx.Value { return agentx.Count(s.VersionErrors) }},
			{3, func(*speaker.Stats) agentx.Value { return agentx.Count(m.unknown()) }},
		}),
		tableOf(RFC2787.Append(2, 4, 1), all, index, oldStatistics()),
	}
}

// unknown counts the packets for virtual routers that there are not.
func (m *model) unknown() uint64 {
	if m.VRRP == nil {
		return 0
	}
	return m.VRRP.UnknownVRID
}

// total adds the errors that the modules count for the whole node.
func total(all []router) (sum speaker.Stats) {
	for i := range all {
		sum.ChecksumErrors += all[i].state.Stats.ChecksumErrors
		sum.VersionErrors += all[i].state.Stats.VersionErrors
	}
	return sum
}

// oldOperation is vrrpOperTable.
func (m *model) oldOperation() []column[router] {
	return []column[router]{
		{2, func(r *router) agentx.Value { return agentx.Bytes(r.link.Hardware) }},
		{3, func(r *router) agentx.Value { return agentx.Int(operState(r.state)) }},
		{4, func(*router) agentx.Value { return agentx.Int(1) }}, // up
		{5, func(r *router) agentx.Value { return agentx.Int(int(r.Priority)) }},
		{6, func(r *router) agentx.Value { return agentx.Int(len(r.Addresses)) }},
		{7, func(r *router) agentx.Value { return agentx.Address(r.state.Heard) }},
		{8, func(r *router) agentx.Value { return agentx.Address(r.primary()) }},
		{9, func(r *router) agentx.Value { return agentx.Int(authType(r.Instance) + 1) }},
		{11, func(r *router) agentx.Value { return agentx.Int(int(r.AdvertInt.Seconds())) }},
		{12, func(r *router) agentx.Value { return truth(!r.NoPreempt) }},
		{13, func(r *router) agentx.Value {
			since := m.running(r)
			if since.IsZero() {
				return agentx.Ticks(0)
			}
			return hundredths(since.Sub(m.Started))
		}},
		{14, func(*router) agentx.Value { return agentx.Int(1) }}, // ip
		{15, func(*router) agentx.Value { return agentx.Int(1) }}, // active
	}
}

// oldStatistics is vrrpRouterStatsTable.
func oldStatistics() []column[router] {
	count := func(n uint32, of func(*speaker.Stats) uint64) column[router] {
		return column[router]{n, func(r *router) agentx.Value { return agentx.Count(of(&r.state.Stats)) }}
	}
	return []column[router]{
		count(1, func(s *speaker.Stats) uint64 { return s.BecameMaster }),
		count(2, func(s *speaker.Stats) uint64 { return s.AdvertReceived }),
		count(3, func(s *speaker.Stats) uint64 { return s.IntervalErrors }),
		count(4, func(s *speaker.Stats) uint64 { return s.AuthFailure }),
		count(5, func(s *speaker.Stats) uint64 { return s.TTLErrors }),
		count(6, func(s *speaker.Stats) uint64 { return s.PriorityZeroReceived }),
		count(7, func(s *speaker.Stats) uint64 { return s.PriorityZeroSent }),
		count(8, func(s *speaker.Stats) uint64 { return s.TypeErrors }),
		count(9, func(s *speaker.Stats) uint64 { return s.AddressErrors }),
		count(10, func(s *speaker.Stats) uint64 { return s.AuthInvalidType }),
		count(11, func(s *speaker.Stats) uint64 { return s.AuthTypeMismatch }),
		count(12, func(s *speaker.Stats) uint64 { return s.LengthErrors }),
	}
}
