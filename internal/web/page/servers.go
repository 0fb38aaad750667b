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
	listed, whole := affordable(s.VirtualServers)
	for i := range s.VirtualServers {
		if listed[i] {
			v.VirtualServers = append(v.VirtualServers, virtualServer(&s.VirtualServers[i], whole[i]))
		}
	}
	v.LeftOut = len(s.VirtualServers) - len(v.VirtualServers)
}

// affordable tells which virtual servers are listed, and whose real servers are: those with trouble first,
// then the others, as long as neither maxServers nor maxReal is exceeded.
func affordable(servers []director.VirtualServerStatus) (listed, whole []bool) {
	listed, whole = make([]bool, len(servers)), make([]bool, len(servers))
	places, left := maxServers, maxReal
	for _, trouble := range []bool{true, false} {
		for i := range servers {
			if troubled(&servers[i]) != trouble || places == 0 {
				continue
			}
			listed[i] = true
			places--
			if n := len(servers[i].RealServers); n <= left {
				whole[i] = true
				left -= n
			}
		}
	}
	return listed, whole
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
		Suspended: s.Suspended, Recent: make([]float64, 0, len(s.Recent)),
	}
	if s.Up && s.Runs > 0 {
		c.Failures = s.Failures
	}
	for _, took := range s.Recent {
		c.Recent = append(c.Recent, took.Seconds())
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
