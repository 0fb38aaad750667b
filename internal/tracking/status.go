package tracking

import "time"

// Status is a snapshot of what is tracked.
type Status struct {
	Objects []ObjectStatus `json:"objects,omitempty"`
	// Processes says how processes are counted; empty: none is tracked.
	Processes string `json:"processes,omitempty"`
}

// ObjectStatus is a tracked object as it stands.
type ObjectStatus struct {
	Kind  string    `json:"kind"` // script, file, process, bfd
	Name  string    `json:"name"`
	State string    `json:"state"` // in words
	Known bool      `json:"known"` // it has a result
	Up    bool      `json:"up"`    // of all but a file
	Value int       `json:"value"` // in a file; how many processes
	Since time.Time `json:"since,omitzero"`
	// Of a script: whether it runs now, and longer than it may; its last result, and how many in a row
	// speak against the state.
	Running bool   `json:"running,omitempty"`
	Late    bool   `json:"late,omitempty"`
	Result  string `json:"result,omitempty"`
	Against int    `json:"against,omitempty"`
	// Counters. Skips are runs left out because the one before was still going on.
	Changes  uint64 `json:"changes"`
	Runs     uint64 `json:"runs,omitempty"`
	Failures uint64 `json:"failures,omitempty"`
	Timeouts uint64 `json:"timeouts,omitempty"`
	Skips    uint64 `json:"skips,omitempty"`
}

// Status is a snapshot.
func (t *Tracker) Status() Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	var s Status
	for _, o := range t.core.Objects() {
		c := ObjectStatus{
			Kind: o.Kind.String(), Name: o.Name, State: o.Words, Known: o.Known, Up: o.Up, Value: o.Value,
			Running: o.Running, Late: o.Late, Against: o.Against, Changes: o.Changes, Runs: o.Runs, Failures: o.Failures, Timeouts: o.Timeouts, Skips: o.Skips,
		}
		if o.Changes > 0 {
			c.Since = t.epoch.Add(o.Since)
		}
		if o.Runs > 0 {
			c.Result = o.Last.String()
		}
		s.Objects = append(s.Objects, c)
	}
	if t.procs != nil {
		s.Processes = t.procs.Mode()
	}
	return s
}
