package lvs

import "time"

// VirtualServer is one virtual_server as the core needs it: one or, for a group, several services
// with the same real servers.
type VirtualServer struct {
	Name string // as keepalived prints it: "[192.0.2.1]:tcp:80", "[group]:0", "FWM 4"
	// Services are the kernel services, each with what activates it. Their options are equal.
	Services     []GatedService
	Alpha        bool
	Omega        bool
	Quorum       uint32
	Hysteresis   uint32
	RealServers  []RealServer
	Sorry        *Destination
	SorryInhibit bool
}

// GatedService is a service and the rule that activates it (design 1.3).
type GatedService struct {
	Service Service
	// Follow names instances or sync groups: the service is active while any of them is MASTER.
	// Empty: always active.
	Follow []Follow
}

// Follow names a vrrp_instance, or a vrrp_sync_group.
type Follow struct {
	Name  string
	Group bool
}

// RealServer is one real_server.
type RealServer struct {
	Name        string      // "[192.0.2.10]:tcp:80"
	Destination Destination // with the configured weight
	Inhibit     bool
	Alpha       bool
	Checked     bool // has at least one checker
	// SlowStart is how long the weight takes to grow from 1 to its value after a recovery; 0: no time.
	SlowStart time.Duration
	// Checks are the checkers by identity. With Checked and none listed there is one, named "".
	Checks []CheckConfig
}

// CheckConfig is what the core has to know of a check.
type CheckConfig struct {
	// ID tells the checks of a real server apart and finds a check again after a reload: two checks
	// that do the same have the same ID.
	ID string
	// Alpha: the check counts as failed until it has succeeded once.
	Alpha bool
	// Dynamic: the check's results may ask for a weight.
	Dynamic bool
}

// checks returns the checks of a real server under the rules of Checked and Alpha.
func (r RealServer) checks(alpha bool) []CheckConfig {
	list := r.Checks
	if len(list) == 0 && r.Checked {
		list = []CheckConfig{{}}
	}
	out := make([]CheckConfig, len(list))
	for i, c := range list {
		c.Alpha = c.Alpha || r.Alpha || alpha
		out[i] = c
	}
	return out
}
