package lvs

import "time"

// EventKind says what an Event is about.
type EventKind uint8

// Events.
const (
	// Adopted: Table is what the kernel has, read before the start. Health, weights and quorum are
	// taken from the services in it that are ours.
	Adopted EventKind = iota
	// Started: evaluates the quorum of every virtual server for the first time.
	Started
	// Checked: the check named by Check has a new verdict: Up, Detail, and with HasWeight the
	// weight it asks for.
	Checked
	// MastersChanged: Instances and Groups are all that are MASTER now. Until the first one nothing
	// gated is wanted, and nothing gated is removed.
	MastersChanged
	// Reloaded: Servers is the new configuration.
	Reloaded
	// Stopped: nothing is wanted any more.
	Stopped
	// Ticked: it is At now; see Director.Next.
	Ticked
	// Overridden: Override is all that is ordered of one real server from now on.
	Overridden
)

// Event is one input of the core.
type Event struct {
	Kind EventKind
	// At is when it happened: of Checked, Overridden and Ticked.
	At        time.Time
	Table     Table
	Check     CheckID
	Up        bool
	HasWeight bool
	// Relative: Weight is added to the configured weight instead of taking its place.
	Relative  bool
	Weight    int64
	Detail    string
	Instances []string
	Groups    []string
	Servers   []VirtualServer
	Override  Override
}

// CheckID names one check of one real server. Comparable.
type CheckID struct {
	Server string // VirtualServer.Name
	Real   DestinationKey
	Check  string // CheckConfig.ID
}

// ChangeKind says what a Change is about.
type ChangeKind uint8

// Changes, in the order in which one event brings them about.
const (
	CheckUp ChangeKind = iota
	CheckDown
	RealServerUp
	RealServerDown
	WeightChanged
	QuorumGained
	QuorumLost
	SorryRemoved
	SorryAdded
)

// String names the kind.
func (k ChangeKind) String() string {
	names := [...]string{"check up", "check down", "real server up", "real server down", "weight changed",
		"quorum gained", "quorum lost", "sorry server removed", "sorry server added"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown change"
}

// Change is what an event changed, for logs, notify scripts and mails.
type Change struct {
	Kind   ChangeKind
	Server string         // VirtualServer.Name
	Real   DestinationKey // of the real server or the sorry server, where there is one
	Name   string         // its name
	Check  string         // CheckUp, CheckDown: the check's ID
	Detail string
	// Initial: the state at the start, not a change of it.
	Initial bool
	// Removed: the real or virtual server leaves the configuration, or the process stops.
	Removed bool
	// Inhibit: the real or sorry server keeps its place in the table with weight 0.
	Inhibit bool
	// Up: the real server is up now.
	Up bool
	// From and To are the weights of WeightChanged. Weight is the sum of the weights of the real
	// servers that are up, against Quorum and Hysteresis.
	From, To           int64
	Weight             int64
	Quorum, Hysteresis uint32
}
