package datafile

import (
	"slices"
	"time"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// serverState is what is shown of the running state of a virtual server.
type serverState struct {
	active, quorum  bool
	sorry, sorrySet bool
	real            []realState
}

// realState is what is shown of the running state of a real server. set: it is in the kernel.
type realState struct {
	up, set bool
	weight  int64
	failed  int
	checks  []checkState // of config.RealServer.Checkers
}

// checkState is what is shown of the running state of a check.
type checkState struct {
	up, ran, suspended bool
	failures           int
	weight             int64
	last               time.Time
	status             int
}

// placed counts the servers in the kernel.
func (s *serverState) placed() int {
	n := 0
	for i := range s.real {
		if s.real[i].set {
			n++
		}
	}
	if s.sorrySet {
		n++
	}
	return n
}

// serverStates gives each virtual server of the configuration its state: from the status, or that of
// the start for what the status does not have.
func serverStates(c *config.Config, s *director.Status) []serverState {
	running := map[string]*director.VirtualServerStatus{}
	if s != nil {
		for i := range s.VirtualServers {
			running[s.VirtualServers[i].Name] = &s.VirtualServers[i]
		}
	}
	states := make([]serverState, len(c.VirtualServers))
	for i := range c.VirtualServers {
		v := &c.VirtualServers[i]
		states[i] = startState(v)
		if now := running[wiring.VirtualServerName(v)]; now != nil {
			states[i].follow(v, now)
		}
		states[i].settle(v)
	}
	return states
}

// startState is the state before the first check.
func startState(v *config.VirtualServer) serverState {
	s := serverState{active: true}
	var sum int64
	for i := range v.RealServers {
		r := &v.RealServers[i]
		state := realState{up: true, weight: r.Weight}
		for j := range r.Checkers {
			c := &r.Checkers[j]
			state.checks = append(state.checks, checkState{up: !c.Alpha, failures: c.Retry})
			state.up = state.up && !c.Alpha
		}
		if state.up {
			sum += r.Weight
		}
		s.real = append(s.real, state)
	}
	s.quorum = sum >= int64(v.Quorum)+int64(v.Hysteresis)
	s.sorry = !s.quorum && v.SorryServer != nil
	return s
}

// follow takes a status over.
func (s *serverState) follow(v *config.VirtualServer, now *director.VirtualServerStatus) {
	s.active, s.quorum, s.sorry = now.Active, now.Quorum, now.Sorry
	for i := range v.RealServers {
		r := &v.RealServers[i]
		name := realName(v, r)
		at := slices.IndexFunc(now.RealServers, func(x director.RealServerStatus) bool { return x.Name == name })
		if at >= 0 {
			s.real[i].follow(r, &now.RealServers[at])
		}
	}
}

// follow takes a status over. The checks of a status are those of the configuration in their order,
// but for kinds that have no effect.
func (s *realState) follow(r *config.RealServer, now *director.RealServerStatus) {
	s.up, s.weight = now.Up, now.Weight
	left := now.Checks
	for i := range r.Checkers {
		if len(left) == 0 || left[0].Name != r.Checkers[i].Type {
			s.checks[i].up = true
			continue
		}
		c := left[0]
		left = left[1:]
		s.checks[i] = checkState{
			up: c.Up, ran: c.Runs > 0, suspended: c.Suspended, failures: c.Failures,
			last: c.Last, status: c.Status,
		}
		switch { // keepalived shows by how much the weight differs
		case c.HasWeight && c.Relative:
			s.checks[i].weight = c.Weight
		case c.HasWeight:
			s.checks[i].weight = c.Weight - r.Weight
		}
	}
}

// settle derives what is in the kernel, and how many checks fail.
func (s *serverState) settle(v *config.VirtualServer) {
	s.sorrySet = s.active && v.SorryServer != nil && (s.sorry || v.SorryInhibit)
	for i := range s.real {
		r := &s.real[i]
		r.set = s.active && (r.up && !s.sorry || v.RealServers[i].Inhibit)
		for j := range r.checks {
			if !r.checks[j].up {
				r.failed++
			}
		}
	}
}
