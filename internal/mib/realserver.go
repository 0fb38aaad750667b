package mib

import (
	"slices"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// columnWeight is the column of realServerTable that can be set.
const columnWeight = 7

var realEntry = Check.Append(4, 1)

// realRow is a real server or, with sorry, the sorry server of a virtual server.
type realRow struct {
	*config.RealServer
	place   agentx.OID
	sorry   bool
	name    string
	state   *director.RealServerStatus // nil: as at the start
	traffic *Traffic
}

// realServers is realServerTable: of each virtual server the sorry server, then the others.
func (m *model) realServers(servers []serverRow) table {
	var list []realRow
	for i := range servers {
		v := &servers[i]
		place := uint32(0)
		add := func(r *config.RealServer, sorry bool) {
			place++
			row := realRow{RealServer: r, place: agentx.OID{uint32(i + 1), place}, sorry: sorry, name: wiring.RealServerName(r.Addr, v.Protocol, r.Port)}
			if sorry {
				unchecked := *r
				unchecked.Alpha, unchecked.SMTPAlert, unchecked.Retry = false, false, 0
				unchecked.DelayLoop, unchecked.DelayBeforeRetry, unchecked.Warmup, unchecked.ConnectTimeout = 0, 0, 0, 0
				row.RealServer = &unchecked
			} else {
				row.state = realState(v.state, row.name)
			}
			if t, ok := m.Traffic[[2]string{v.name, row.name}]; ok {
				row.traffic = &t
			}
			list = append(list, row)
		}
		if v.SorryServer != nil {
			add(v.SorryServer, true)
		}
		for j := range v.RealServers {
			add(&v.RealServers[j], false)
		}
	}
	columns := slices.Concat(realIdentity(), realStanding(), realSettings(), connections(),
		tunnelColumns(52, func(r *realRow) config.Method { return r.Method }),
		traffic(trafficPlaces{14, 18, 27, 58}, func(r *realRow) *Traffic { return r.traffic }))
	sortColumns(columns)
	return tableOf(realEntry, list, func(_ int, r *realRow) agentx.OID { return r.place }, columns)
}

// regular is a column that a sorry server has not.
func regular(of func(*realRow) agentx.Value) func(*realRow) agentx.Value {
	return func(r *realRow) agentx.Value {
		if r.sorry {
			return none
		}
		return of(r)
	}
}

func realIdentity() []column[realRow] {
	return []column[realRow]{
		{2, func(r *realRow) agentx.Value { return truth(!r.sorry) }}, // regular or sorry
		{3, func(r *realRow) agentx.Value { return family(r.Addr) }},
		{4, func(r *realRow) agentx.Value { return inet(r.Addr) }},
		{5, func(r *realRow) agentx.Value { return agentx.Unsigned(uint32(r.Port)) }},
		{40, func(r *realRow) agentx.Value { return forward(r.Method) }},
		{41, func(r *realRow) agentx.Value { return text(r.VirtualHost) }},
		{55, func(r *realRow) agentx.Value { return text(r.SNMPName) }},
	}
}

// failed counts the checks that fail, and waiting those that have not run yet.
func (r *realRow) failed() (failed, waiting int) {
	if r.state == nil {
		return 0, len(r.Checkers)
	}
	for i := range r.state.Checks {
		if c := &r.state.Checks[i]; !c.Up {
			failed++
		} else if c.Runs == 0 {
			waiting++
		}
	}
	return failed, waiting
}

// realStanding is how a real server stands.
func realStanding() []column[realRow] {
	return []column[realRow]{
		{6, regular(func(r *realRow) agentx.Value { return truth(r.state == nil || r.state.Up) })},
		{columnWeight, regular(func(r *realRow) agentx.Value {
			if r.state == nil {
				return agentx.Int(int(r.Weight))
			}
			return agentx.Int(int(r.state.Weight))
		})},
		{13, regular(func(r *realRow) agentx.Value { n, _ := r.failed(); return agentx.Unsigned(uint32(n)) })},
		{63, func(r *realRow) agentx.Value { _, n := r.failed(); return agentx.Unsigned(uint32(n)) }},
	}
}

func realSettings() []column[realRow] {
	limit := func(of func(*realRow) uint32) func(*realRow) agentx.Value {
		return regular(func(r *realRow) agentx.Value {
			if n := of(r); n != 0 {
				return agentx.Unsigned(n)
			}
			return none
		})
	}
	return []column[realRow]{
		{8, limit(func(r *realRow) uint32 { return r.UThreshold })},
		{9, limit(func(r *realRow) uint32 { return r.LThreshold })},
		{10, regular(func(r *realRow) agentx.Value { return truth(!r.Inhibit) })},
		{11, regular(func(r *realRow) agentx.Value { return script(r.NotifyUp) })},
		{12, regular(func(r *realRow) agentx.Value { return script(r.NotifyDown) })},
		{42, func(r *realRow) agentx.Value { return truth(r.Alpha) }},
		{43, func(r *realRow) agentx.Value { return agentx.Unsigned(uint32(max(r.Retry, 0))) }},
		{44, func(r *realRow) agentx.Value { return seconds(r.DelayBeforeRetry) }},
		{45, func(r *realRow) agentx.Value { return seconds(r.Warmup) }},
		{46, func(r *realRow) agentx.Value { return seconds(r.DelayLoop) }},
		{47, func(r *realRow) agentx.Value { return truth(r.SMTPAlert) }},
		{48, func(r *realRow) agentx.Value { return micro(r.DelayBeforeRetry) }},
		{49, func(r *realRow) agentx.Value { return micro(r.Warmup) }},
		{50, func(r *realRow) agentx.Value { return micro(r.DelayLoop) }},
		{51, func(r *realRow) agentx.Value { return micro(r.ConnectTimeout) }},
		{56, regular(func(r *realRow) agentx.Value { return path(r.NotifyUp) })},
		{57, regular(func(r *realRow) agentx.Value { return path(r.NotifyDown) })},
	}
}

// connections are those of the moment.
func connections() []column[realRow] {
	gauge := func(n uint32, of func(*Traffic) uint32) column[realRow] {
		return column[realRow]{n, func(r *realRow) agentx.Value {
			if r.traffic == nil {
				return agentx.Unsigned(0)
			}
			return agentx.Unsigned(of(r.traffic))
		}}
	}
	return []column[realRow]{
		gauge(15, func(t *Traffic) uint32 { return t.Active }),
		gauge(16, func(t *Traffic) uint32 { return t.Inactive }),
		gauge(17, func(t *Traffic) uint32 { return t.Persistent }),
	}
}
