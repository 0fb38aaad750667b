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
	for i, p := range places(s.VirtualServers) {
		if p.listed {
			v.VirtualServers = append(v.VirtualServers, virtualServer(&s.VirtualServers[i], p))
		}
	}
	v.LeftOut = len(s.VirtualServers) - len(v.VirtualServers)
}

// place is what there is room for of a virtual server.
type place struct {
	listed bool // itself
	whole  bool // and all of its real servers
	down   int  // else so many of its real servers that are down
}

// places gives room to virtual servers with trouble first, then to the others, as long as none of maxServers,
// maxReal and maxChecks is exceeded. Of one that has too many real servers, some of those that are down are
// shown.
func places(servers []director.VirtualServerStatus) []place {
	all := make([]place, len(servers))
	room, real, checks := maxServers, maxReal, maxChecks
	for _, trouble := range []bool{true, false} {
		for i := range servers {
			s := &servers[i]
			if troubled(s) != trouble || room == 0 {
				continue
			}
			all[i].listed = true
			room--
			n := checksOf(s)
			if len(s.RealServers) <= real && n <= checks {
				all[i].whole = true
				real, checks = real-len(s.RealServers), checks-n
				continue
			}
			all[i].down = downWithin(s, min(real, maxDown), &checks)
			real -= all[i].down
		}
	}
	return all
}

func checksOf(s *director.VirtualServerStatus) int {
	n := 0
	for i := range s.RealServers {
		n += len(s.RealServers[i].Checks)
	}
	return n
}

// downWithin counts the first real servers that are down, as many as there is room for, and takes the room
// of their checks.
func downWithin(s *director.VirtualServerStatus, most int, checks *int) int {
	n := 0
	for i := range s.RealServers {
		r := &s.RealServers[i]
		if r.Up {
			continue
		}
		if n == most || len(r.Checks) > *checks {
			break
		}
		n++
		*checks -= len(r.Checks)
	}
	return n
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

func virtualServer(s *director.VirtualServerStatus, p place) VirtualServer {
	v := VirtualServer{
		Name: s.Label, Label: s.Label, Active: s.Active, Why: s.Why, Quorum: s.Quorum, Sorry: s.Sorry,
		Up: upOf(s), Total: len(s.RealServers), Counters: counters(s.Counted, s.Traffic, s.Connections),
	}
	for i := range s.RealServers {
		r := &s.RealServers[i]
		if p.whole || !r.Up && len(v.RealServers) < p.down {
			v.RealServers = append(v.RealServers, realServer(r))
		}
	}
	v.LeftOut = v.Total - len(v.RealServers)
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
