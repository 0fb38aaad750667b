package director

import (
	"time"

	"github.com/holdfast-ha/holdfast/lvs"
)

// Status is a snapshot of the LVS process for dumps, metrics and holdfastctl.
type Status struct {
	VirtualServers []VirtualServerStatus
	// Operations counts kernel writes since the start, by verb; Drift counts what others have changed
	// and the reconciler put right: entries of the table, timeouts, sync daemons. LastDrift is when it
	// found the last one, LastRepair what it did about it.
	Operations map[string]uint64
	Drift      uint64
	LastDrift  time.Time
	LastRepair string
	LastError  string
	LastRead   time.Time
	// Reads and ReadTook count readings of the kernel's table since the start and add up how long they
	// took; ReadErrors are those of them that failed.
	Reads, ReadErrors uint64
	ReadTook          time.Duration
	Checks            CheckLoad
}

// CheckLoad is what all checks amount to.
type CheckLoad struct {
	Scheduled int    // checks that are run, not told
	Running   int    // runs that are under way
	Waiting   int    // checks that are due and wait for a place, or their turn
	Probes    uint64 // runs since the start: fewer than results with share_probes
	// LateP99 and LateWorst are how late the last 4096 checks began.
	LateP99, LateWorst time.Duration
}

// VirtualServerStatus is the running state of one virtual server.
type VirtualServerStatus struct {
	Name        string
	Label       string // as holdfastctl names it: "192.0.2.1:80/tcp", "fwmark:4", a group
	Active      bool
	Why         string // "follows VI_1, which is MASTER"
	Quorum      bool
	Sorry       bool
	RealServers []RealServerStatus
	// Counted: Traffic and Connections, and those of the real servers, are what the kernel has. Else it was
	// not asked, or has nothing of it. Connections are those of all real servers.
	Counted     bool
	Traffic     lvs.Traffic
	Connections lvs.Connections
}

// RealServerStatus is the running state of one real server.
type RealServerStatus struct {
	Name   string
	Label  string // as holdfastctl names it: "10.0.0.1:80"
	Up     bool
	Weight int64 // that counts, of one that is up
	// Current is the weight in the kernel, of one that is up: less than Weight while it grows (slow_start).
	Current int64
	// Configured is the weight in the configuration. With Drained there are to be no new connections;
	// with HasOverride Override is the weight that was ordered instead of all others.
	Configured  uint32
	Drained     bool
	HasOverride bool
	Override    uint32
	Checks      []CheckStatus
	// What the kernel has counted, where it has the real server.
	Counted     bool
	Traffic     lvs.Traffic
	Connections lvs.Connections
}

// CheckStatus is the last result of one check.
type CheckStatus struct {
	Name   string
	Up     bool
	Detail string
	Last   time.Time
	Took   time.Duration
	Runs   uint64
	// Failed are the runs that failed; TookAll is how long all took.
	Failed  uint64
	TookAll time.Duration
	// Recent are how long the latest runs took, the oldest first; of one that failed the negative of that.
	Recent []time.Duration `json:",omitempty"`
	// Suspended: ha_suspend keeps it from running here.
	Suspended bool
	// Failures counts failures in a row that did not count yet. It starts at the check's retry, so
	// that the very first one counts.
	Failures  int
	HasWeight bool
	Weight    int64 // with HasWeight, what misc_dynamic asks for
	Relative  bool  // Weight is added to the configured one (FILE_CHECK)
	Status    int   // exit status of a MISC_CHECK, number in the file of a FILE_CHECK
}

// Change is reported to the parent as it happens.
type Change struct {
	At            time.Time
	VirtualServer string
	RealServer    string // empty for a quorum change
	// Kind: a real server or a quorum, or a check; a check's is only told with Alert. Up is the state
	// of the real server or the quorum then, also where a check has changed.
	Kind   lvs.ChangeKind
	Up     bool
	Detail string
	Check  string // kind of check, such as TCP_CHECK
	// Initial: the state at the start. Removed: it leaves the configuration or, with Stopping, the
	// process ends.
	Initial, Removed, Stopping bool
	// Alert: somebody wants a mail of it (smtp_alert).
	Alert bool
	// Of a quorum: the sum of weights against quorum and hysteresis.
	Weight             int64
	Quorum, Hysteresis uint32
}
