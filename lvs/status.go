package lvs

// ServerState is the state of one virtual server as it is shown.
type ServerState struct {
	Name string
	// Label is the name by which an operator calls it: "192.0.2.1:80/tcp".
	Label string
	// Active: at least one of its services is to be in the kernel. Why says what decides it.
	Active bool
	Why    string
	Quorum bool
	Sorry  bool
	Real   []RealServerState
}

// RealServerState is the state of one real server as it is shown.
type RealServerState struct {
	Name   string
	Key    DestinationKey
	Up     bool
	Weight int64
	// Configured is the weight of the configuration; Override what is ordered instead.
	Configured uint32
	// Current is the weight of one that is up in the kernel now: less while it grows (slow_start).
	Current  int64
	Override Override
	Checks   []CheckState
}

// CheckState is the state of one check as it is shown.
type CheckState struct {
	ID string
	Up bool
}

// State returns the state of every virtual server, in the order of the configuration.
func (d *Director) State() []ServerState {
	states := make([]ServerState, 0, len(d.servers))
	for _, s := range d.servers {
		states = append(states, d.state(s))
	}
	return states
}

func (d *Director) state(s *server) ServerState {
	state := ServerState{Name: s.config.Name, Label: s.label(), Quorum: s.quorum, Sorry: s.sorry()}
	for _, g := range s.config.Services {
		active := d.masters.active(g.Follow) && !d.stopped
		if state.Why == "" || active && !state.Active {
			state.Why = d.masters.why(g.Follow)
		}
		state.Active = state.Active || active
	}
	for _, r := range s.real {
		rs := RealServerState{Name: r.config.Name, Key: r.config.Destination.DestinationKey, Up: r.up(), Weight: r.weight(),
			Current: r.current(), Configured: r.config.Destination.Weight, Override: r.override}
		for _, c := range r.checks {
			rs.Checks = append(rs.Checks, CheckState{ID: c.ID, Up: !c.failed})
		}
		state.Real = append(state.Real, rs)
	}
	return state
}
