package page

import (
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
)

// serve takes in what the LVS process tells.
func (v *View) serve(s *director.Status) {
	v.VirtualServers = []VirtualServer{}
	if s == nil {
		return
	}
	v.IPVS = &IPVS{Drift: s.Drift, LastDrift: s.LastDrift, LastRepair: s.LastRepair, Error: s.LastError}
	shown := s.VirtualServers[:min(len(s.VirtualServers), maxServers)]
	v.LeftOut = len(s.VirtualServers) - len(shown)
	whole := affordable(shown)
	for i := range shown {
		v.VirtualServers = append(v.VirtualServers, virtualServer(&shown[i], whole[i]))
	}
}

// affordable tells whose real servers are listed: those of virtual servers with trouble first, then the
// others, as long as maxReal is not exceeded.
func affordable(servers []director.VirtualServerStatus) []bool {
	whole, left := make([]bool, len(servers)), maxReal
	for _, trouble := range []bool{true, false} {
		for i := range servers {
			if n := len(servers[i].RealServers); troubled(&servers[i]) == trouble && n <= left {
				whole[i] = true
				left -= n
			}
		}
	}
	return whole
}

func troubled(s *director.VirtualServerStatus) bool {
	return !s.Quorum || upOf(s) < len(s.RealServers)
}

func upOf(s *director.VirtualServerStatus) int {
	up := 0
	for i := range s.RealServers {
		if s.RealServers[i].Up {
			up++
		}
	}
	return up
}

func virtualServer(s *director.VirtualServerStatus, whole bool) VirtualServer {
	v := VirtualServer{
		Name: s.Label, Label: s.Label, Active: s.Active, Why: s.Why, Quorum: s.Quorum, Sorry: s.Sorry,
		Up: upOf(s), Total: len(s.RealServers), Counters: counters(s.Counted, s.Traffic, s.Connections),
	}
	if whole {
		for i := range s.RealServers {
			v.RealServers = append(v.RealServers, realServer(&s.RealServers[i]))
		}
	}
	return v
}

func realServer(s *director.RealServerStatus) RealServer {
	r := RealServer{
		Name: s.Label, Up: s.Up, Weight: s.Weight, Current: s.Current, Configured: s.Configured, Drained: s.Drained,
		Counters: counters(s.Counted, s.Traffic, s.Connections), Checks: make([]Check, 0, len(s.Checks)),
	}
	if s.HasOverride {
		r.Ordered = &s.Override
	}
	for i := range s.Checks {
		r.Checks = append(r.Checks, check(&s.Checks[i]))
	}
	return r
}

func check(s *director.CheckStatus) Check {
	c := Check{
		Name: s.Name, Up: s.Up, Detail: s.Detail, Last: s.Last, Runs: s.Runs,
		Suspended: s.Suspended, Recent: make([]int64, 0, len(s.Recent)),
	}
	if s.Up && s.Runs > 0 {
		c.Failures = s.Failures
	}
	for _, took := range s.Recent {
		c.Recent = append(c.Recent, microseconds(took))
	}
	return c
}

func counters(counted bool, t lvs.Traffic, c lvs.Connections) *Counters {
	if !counted {
		return nil
	}
	return &Counters{
		Active: c.Active, Inactive: c.Inactive, Persistent: c.Persistent,
		Connections: t.Connections, PacketsIn: t.PacketsIn, PacketsOut: t.PacketsOut, BytesIn: t.BytesIn, BytesOut: t.BytesOut,
	}
}
