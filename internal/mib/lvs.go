package mib

import (
	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// check is everything below the check branch of KEEPALIVED-MIB.
func (m *model) check() view {
	servers, real := m.servers()
	return append(m.serverGroups(), servers, real, m.syncDaemon(), m.timeouts())
}

// serverGroups are virtualServerGroupTable and virtualServerGroupMemberTable; fwmarks stand before addresses.
func (m *model) serverGroups() view {
	type group = config.VirtualServerGroup
	type member = numbered[*config.GroupEntry]
	var members []member
	for i := range m.Config.VirtualServerGroups {
		g, place := &m.Config.VirtualServerGroups[i], uint32(0)
		for _, mark := range []bool{true, false} {
			for j := range g.Entries {
				if e := &g.Entries[j]; e.First.IsValid() != mark {
					place++
					members = append(members, member{agentx.OID{uint32(i + 1), place}, e})
				}
			}
		}
	}
	single := func(e *config.GroupEntry) bool { return e.First == e.Last }
	return view{
		tableOf(Check.Append(1, 1), m.Config.VirtualServerGroups, position, []column[group]{
			{2, func(g *group) agentx.Value { return agentx.Text(g.Name) }},
		}),
		tableOf(Check.Append(2, 1), members, placed, []column[member]{
			{2, func(e *member) agentx.Value {
				switch {
				case !e.of.First.IsValid():
					return agentx.Int(1) // fwmark
				case single(e.of):
					return agentx.Int(2) // ip
				}
				return agentx.Int(3) // iprange
			}},
			{3, func(e *member) agentx.Value {
				if e.of.First.IsValid() {
					return none
				}
				return agentx.Unsigned(e.of.FWMark)
			}},
			{4, func(e *member) agentx.Value { return inetType(e.of.First) }},
			{5, func(e *member) agentx.Value {
				if !single(e.of) {
					return none
				}
				return inet(e.of.First)
			}},
			{6, func(e *member) agentx.Value {
				if single(e.of) {
					return none
				}
				return inet(e.of.First)
			}},
			{7, func(e *member) agentx.Value {
				if single(e.of) {
					return none
				}
				return inet(e.of.Last)
			}},
			{8, func(e *member) agentx.Value {
				if !e.of.First.IsValid() {
					return none
				}
				return agentx.Unsigned(uint32(e.of.Port))
			}},
		}),
	}
}

// syncDaemon are the scalars of lvs_sync_daemon.
func (m *model) syncDaemon() table {
	type daemon = config.LVSSync
	d := m.Config.Global.LVSSync
	parent := Check.Append(6)
	if d == nil {
		return scalars(parent, daemon{}, []column[daemon]{{1, func(*daemon) agentx.Value { return truth(false) }}})
	}
	return scalars(parent, *d, []column[daemon]{
		{1, func(*daemon) agentx.Value { return truth(true) }},
		{2, func(d *daemon) agentx.Value { return text(d.Interface) }},
		{3, func(d *daemon) agentx.Value { return text(d.Instance) }},
		{4, func(d *daemon) agentx.Value { return agentx.Int(m.syncID(d)) }},
		{5, func(d *daemon) agentx.Value { return agentx.Int(d.MaxLen) }},
		{6, func(d *daemon) agentx.Value { return agentx.Int(d.Port) }},
		{7, func(d *daemon) agentx.Value { return agentx.Int(d.TTL) }},
		{8, func(d *daemon) agentx.Value { return inetType(d.Group) }},
		{9, func(d *daemon) agentx.Value { return inet(d.Group) }},
	})
}

// syncID is the id of the sync daemon; where none is given the VRID of its instance.
func (m *model) syncID(d *config.LVSSync) int {
	if d.ID >= 0 {
		return d.ID
	}
	for i := range m.Config.Instances {
		if in := &m.Config.Instances[i]; in.Name == d.Instance {
			return int(in.VRID)
		}
	}
	return 0
}

// timeouts are the scalars of lvs_timeouts.
func (m *model) timeouts() table {
	type times = config.LVSTimeouts
	return scalars(Check.Append(7), m.Config.Global.LVSTimeouts, []column[times]{
		{1, func(t *times) agentx.Value { return given(int(t.TCP.Seconds())) }},
		{2, func(t *times) agentx.Value { return given(int(t.TCPFin.Seconds())) }},
		{3, func(t *times) agentx.Value { return given(int(t.UDP.Seconds())) }},
	})
}

// given is a number that is there unless it is 0.
func given(n int) agentx.Value {
	if n == 0 {
		return none
	}
	return agentx.Int(n)
}

// realState is the state of a real server by name, of one that does not run as at the start.
func realState(s *director.VirtualServerStatus, name string) *director.RealServerStatus {
	if s != nil {
		for i := range s.RealServers {
			if s.RealServers[i].Name == name {
				return &s.RealServers[i]
			}
		}
	}
	return nil
}
