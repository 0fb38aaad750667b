package mib

import (
	"slices"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// serverRow is a virtual server.
type serverRow struct {
	*config.VirtualServer
	name    string
	state   *director.VirtualServerStatus // nil: it does not run
	traffic *Traffic
}

// up counts the real servers that are.
func (r *serverRow) up() int {
	n := 0
	for i := range r.RealServers {
		s := realState(r.state, wiring.RealServerName(r.RealServers[i].Addr, r.Protocol, r.RealServers[i].Port))
		if s == nil || s.Up {
			n++
		}
	}
	return n
}

// servers are virtualServerTable and realServerTable.
func (m *model) servers() (servers, real table) {
	states := map[string]*director.VirtualServerStatus{}
	if m.LVS != nil {
		for i := range m.LVS.VirtualServers {
			states[m.LVS.VirtualServers[i].Name] = &m.LVS.VirtualServers[i]
		}
	}
	var list []serverRow
	for i := range m.Config.VirtualServers {
		v := &m.Config.VirtualServers[i]
		row := serverRow{VirtualServer: v, name: wiring.VirtualServerName(v)}
		row.state = states[row.name]
		if t, ok := m.Traffic[[2]string{row.name, ""}]; ok {
			row.traffic = &t
		}
		list = append(list, row)
	}
	columns := slices.Concat(serverIdentity(), serverBalance(), serverQuorum(), serverFlags(), serverTimes(),
		tunnelColumns(68, func(r *serverRow) config.Method { return r.Method }),
		[]column[serverRow]{
			{71, func(r *serverRow) agentx.Value { return text(r.SNMPName) }},
			{72, func(r *serverRow) agentx.Value { return path(r.QuorumUp) }},
			{73, func(r *serverRow) agentx.Value { return path(r.QuorumDown) }},
		},
		traffic(trafficPlaces{27, 28, 38, 74}, func(r *serverRow) *Traffic { return r.traffic }))
	sortColumns(columns)
	return tableOf(Check.Append(3, 1), list, position, columns), m.realServers(list)
}

// sortColumns puts columns in the order of their numbers.
func sortColumns[R any](columns []column[R]) {
	slices.SortFunc(columns, func(a, b column[R]) int { return int(a.number) - int(b.number) })
}

func serverIdentity() []column[serverRow] {
	return []column[serverRow]{
		{2, func(r *serverRow) agentx.Value { return agentx.Int(serverType(r.VirtualServer)) }},
		{3, func(r *serverRow) agentx.Value { return text(r.Group) }},
		{4, func(r *serverRow) agentx.Value {
			if r.FWMark == 0 {
				return none
			}
			return agentx.Unsigned(r.FWMark)
		}},
		{5, func(r *serverRow) agentx.Value {
			if r.Family == 4 {
				return agentx.Int(1)
			}
			return agentx.Int(2)
		}},
		{6, func(r *serverRow) agentx.Value { return inet(r.Addr) }},
		{7, func(r *serverRow) agentx.Value {
			if !r.Addr.IsValid() {
				return none
			}
			return agentx.Unsigned(uint32(r.Port))
		}},
		{8, func(r *serverRow) agentx.Value {
			if r.FWMark != 0 {
				return none
			}
			return agentx.Int(protocol(r.VirtualServer))
		}},
	}
}

// serverType is fwmark, ip or group.
func serverType(v *config.VirtualServer) int {
	switch {
	case v.Group != "":
		return 3
	case v.FWMark != 0:
		return 1
	}
	return 2
}

// protocol is tcp, udp, sctp or none.
func protocol(v *config.VirtualServer) int {
	n := map[string]int{"TCP": 1, "UDP": 2, "SCTP": 3}[v.Protocol]
	if n == 0 {
		n = 4
	}
	return n
}

// schedulers are a virtualServerLoadBalancingAlgo by name; the list begins at 1.
var schedulers = []string{"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos"}

func serverBalance() []column[serverRow] {
	return []column[serverRow]{
		{9, func(r *serverRow) agentx.Value {
			if i := slices.Index(schedulers, r.Scheduler); i >= 0 {
				return agentx.Int(i + 1)
			}
			return agentx.Int(99)
		}},
		{10, func(r *serverRow) agentx.Value { return forward(r.Method) }},
		{11, func(r *serverRow) agentx.Value { return truth(r.state == nil || r.state.Active) }},
		{12, func(r *serverRow) agentx.Value { return text(r.VirtualHost) }},
		{13, func(r *serverRow) agentx.Value { return truth(r.Persistence > 0) }},
		{14, func(r *serverRow) agentx.Value {
			if r.Persistence == 0 {
				return none
			}
			return seconds(r.Persistence)
		}},
		{15, func(r *serverRow) agentx.Value {
			if r.Addr.IsValid() && r.Addr.Is6() {
				return none
			}
			return agentx.Bytes(granularity(r.VirtualServer))
		}},
		{51, func(r *serverRow) agentx.Value {
			if r.Addr.IsValid() && r.Addr.Is4() {
				return none
			}
			return agentx.Unsigned(granularity6(r.VirtualServer))
		}},
	}
}

// forward is nat, dr or tun.
func forward(m config.Method) agentx.Value {
	return agentx.Int(map[config.Forward]int{config.NAT: 1, config.DR: 2, config.TUN: 3}[m.Forward])
}

// granularity is the mask of persistence in IPv4.
func granularity(v *config.VirtualServer) []byte {
	if v.Granularity.IsValid() {
		return v.Granularity.AsSlice()
	}
	return []byte{255, 255, 255, 255}
}

// granularity6 is the prefix length of persistence in IPv6. Of what has no address, and so no family to
// keepalived, it is the mask of IPv4 as a number.
func granularity6(v *config.VirtualServer) uint32 {
	switch {
	case v.Granularity6 > 0:
		return uint32(v.Granularity6)
	case v.Family == 6:
		return 128
	}
	b := granularity(v)
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func serverQuorum() []column[serverRow] {
	return []column[serverRow]{
		{18, func(r *serverRow) agentx.Value { return truth(r.Alpha) }},
		{19, func(r *serverRow) agentx.Value { return truth(r.Omega) }},
		{20, func(r *serverRow) agentx.Value { return agentx.Unsigned(uint32(len(r.RealServers))) }},
		{21, func(r *serverRow) agentx.Value { return agentx.Unsigned(uint32(r.up())) }},
		{22, func(r *serverRow) agentx.Value { return agentx.Unsigned(r.Quorum) }},
		{23, func(r *serverRow) agentx.Value { return truth(r.state != nil && r.state.Quorum) }},
		{24, func(r *serverRow) agentx.Value { return script(r.QuorumUp) }},
		{25, func(r *serverRow) agentx.Value { return script(r.QuorumDown) }},
		{26, func(r *serverRow) agentx.Value { return agentx.Unsigned(r.Hysteresis) }},
	}
}

// serverFlags are the options of the scheduler. The flags have names of their own for the schedulers sh
// and mh, which keepalived shows for every scheduler.
func serverFlags() []column[serverRow] {
	return []column[serverRow]{
		{17, func(r *serverRow) agentx.Value { return truth(r.HASuspend) }},
		{37, func(r *serverRow) agentx.Value { return truth(r.OPS) }},
		{52, func(r *serverRow) agentx.Value { return truth(r.Hashed) }},
		{53, func(r *serverRow) agentx.Value { return truth(r.Flag1) }},
		{54, func(r *serverRow) agentx.Value { return truth(r.Flag2) }},
		{55, func(r *serverRow) agentx.Value { return truth(r.Flag3) }},
		{56, func(r *serverRow) agentx.Value { return truth(!r.Inhibit) }},
		{60, func(r *serverRow) agentx.Value { return agentx.Int(int(r.Weight)) }},
		{61, func(r *serverRow) agentx.Value { return truth(r.SMTPAlert) }},
		{62, func(r *serverRow) agentx.Value { return truth(r.Flag1) }},
		{63, func(r *serverRow) agentx.Value { return truth(r.Flag2) }},
	}
}

func serverTimes() []column[serverRow] {
	return []column[serverRow]{
		{16, func(r *serverRow) agentx.Value { return seconds(r.DelayLoop) }},
		{57, func(r *serverRow) agentx.Value { return agentx.Unsigned(uint32(max(r.Retry, 0))) }},
		{58, func(r *serverRow) agentx.Value { return seconds(r.DelayBeforeRetry) }},
		{59, func(r *serverRow) agentx.Value { return seconds(r.Warmup) }},
		{64, func(r *serverRow) agentx.Value { return micro(r.DelayLoop) }},
		{65, func(r *serverRow) agentx.Value { return micro(r.DelayBeforeRetry) }},
		{66, func(r *serverRow) agentx.Value { return micro(r.Warmup) }},
		{67, func(r *serverRow) agentx.Value { return micro(r.ConnectTimeout) }},
	}
}

// tunnelColumns are the type, port and checksum of a tunnel, from first on.
func tunnelColumns[R any](first uint32, of func(*R) config.Method) []column[R] {
	kind := func(r *R) string {
		m := of(r)
		switch {
		case m.Forward != config.TUN:
			return ""
		case m.Tunnel == "":
			return "ipip"
		}
		return m.Tunnel
	}
	return []column[R]{
		{first, func(r *R) agentx.Value {
			if k := kind(r); k != "" {
				return agentx.Int(map[string]int{"ipip": 1, "gue": 2, "gre": 3}[k])
			}
			return none
		}},
		{first + 1, func(r *R) agentx.Value {
			if kind(r) != "gue" {
				return none
			}
			return agentx.Unsigned(uint32(of(r).Port))
		}},
		{first + 2, func(r *R) agentx.Value {
			if k := kind(r); k == "" || k == "ipip" {
				return none
			}
			return agentx.Int(max(1, map[string]int{"nocsum": 1, "csum": 2, "remcsum": 3}[of(r).Checksum]))
		}},
	}
}
