package control

import (
	"time"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/notify"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// Commands.
const (
	CommandStatus   = "status"   // everything there is to know
	CommandReload   = "reload"   // as SIGHUP; answered when the reload is over
	CommandHandover = "handover" // of Name; answered when it is over
	CommandProblems = "problems" // the problems of the configuration in force
	CommandOrder    = "order"    // Order of a real server; answered with how it stands
	CommandEvents   = "events"   // the events after number After; if there are none yet, For is how long to wait for one
)

// Request asks the daemon for something.
type Request struct {
	Command string `json:"command"`
	// Name is that of an instance or a sync group (handover).
	Name string `json:"name,omitempty"`
	// For is how long it stands aside afterwards; 0: until it is undone. Of events: how long to wait.
	For time.Duration `json:"for,omitempty"`
	// Undo ends that.
	Undo bool `json:"undo,omitempty"`
	// After is the number of the last event that is known already (events).
	After uint64 `json:"after,omitempty"`
	// Order is what is to be done with a real server (order).
	Order *director.Order `json:"order,omitempty"`
}

// Reply is the answer. Error is empty when the command was done.
type Reply struct {
	Error    string           `json:"error,omitempty"`
	Status   *Status          `json:"status,omitempty"`
	Problems []parser.Problem `json:"problems,omitempty"`
	Events   []Event          `json:"events,omitempty"`
	// Ordered is how the real server stands after an order.
	Ordered *director.Ordered `json:"ordered,omitempty"`
}

// Status is the state of the whole daemon.
type Status struct {
	Version    string           `json:"version"`
	PID        int              `json:"pid"`
	Since      time.Time        `json:"since"`
	ConfigFile string           `json:"config_file"`
	Problems   int              `json:"problems"`
	Goroutines int              `json:"goroutines"` // of the parent process
	Reload     Reload           `json:"reload"`
	Processes  []Process        `json:"processes"`
	Notified   notify.Stats     `json:"notified"`
	VRRP       *speaker.Status  `json:"vrrp,omitempty"`
	LVS        *director.Status `json:"lvs,omitempty"`
	Tracking   tracking.Status  `json:"tracking,omitzero"`
	// BFD is nil where no BFD process runs.
	BFD *bfdspeaker.Status `json:"bfd,omitempty"`
}

// Reload tells of reloads since the start.
type Reload struct {
	Count   uint64    `json:"count"`   // those that took effect
	Refused uint64    `json:"refused"` // those that had none
	Last    time.Time `json:"last,omitzero"`
	Error   string    `json:"error,omitempty"` // of the last one, when it had no effect
	// InForce is since when the configuration that is in force is.
	InForce time.Time `json:"in_force"`
}

// Process is a child of the daemon.
type Process struct {
	Role     string    `json:"role"`
	PID      int       `json:"pid,omitempty"` // 0: not running
	Since    time.Time `json:"since,omitzero"`
	Restarts int       `json:"restarts"`
	// Goroutines tells of work that does not end; 0: the process did not answer in time.
	Goroutines int `json:"goroutines,omitempty"`
}
