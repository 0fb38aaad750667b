package page

import "time"

// Format is the version of View and of the messages of the stream. It grows when something that was
// there changes its meaning or goes; what is added does not count.
const Format = 1

// View is the state of the daemon as the page shows it. Times are RFC 3339, and left out where there is
// none; names are those of the configuration.
type View struct {
	Format     int       `json:"format"`
	Host       string    `json:"host"`
	Version    string    `json:"version"`
	PID        int       `json:"pid"`
	Since      time.Time `json:"since"`
	ConfigFile string    `json:"config_file"`
	// Actions: there is a token, with which something can be done.
	Actions bool   `json:"actions"`
	Reload  Reload `json:"reload"`
	// Processes are the children of the daemon.
	Processes []Process `json:"processes"`
	// Instances and Groups are those of VRRP.
	Instances []Instance `json:"instances"`
	Groups    []Group    `json:"groups"`
	// VirtualServers are at most maxServers, with at most maxReal real servers together. Where there are
	// more, those with trouble come with their real servers before others do; the order stays.
	VirtualServers []VirtualServer `json:"virtual_servers"`
	// LeftOut counts the virtual servers that are not in the list.
	LeftOut  int       `json:"virtual_servers_left_out"`
	Tracked  []Tracked `json:"tracked"`
	Sessions []Session `json:"bfd"`
	IPVS     *IPVS     `json:"ipvs,omitempty"` // nil: there are no virtual servers
	// Findings are what reading the configuration and its lint have to say, the gravest first, at most
	// maxFindings.
	Findings        []Finding `json:"findings"`
	FindingsLeftOut int       `json:"findings_left_out"`
}

// Reload tells of reloads since the start.
type Reload struct {
	Count uint64    `json:"count"` // those that took effect
	Last  time.Time `json:"last,omitzero"`
	Error string    `json:"error,omitempty"` // of the last one, when it had no effect
}

// Process is a child of the daemon.
type Process struct {
	Role     string    `json:"role"`
	PID      int       `json:"pid,omitempty"` // 0: not running
	Since    time.Time `json:"since,omitzero"`
	Restarts int       `json:"restarts"`
	// Silent: it runs and does not tell its state.
	Silent bool `json:"silent,omitempty"`
}

// Instance is a vrrp_instance.
type Instance struct {
	Name      string    `json:"name"`
	Group     string    `json:"group,omitempty"` // its sync group
	Interface string    `json:"interface"`
	VRID      int       `json:"vrid"`
	Family    int       `json:"family"` // 4 or 6
	State     string    `json:"state"`  // INIT, BACKUP, MASTER, FAULT
	Reason    string    `json:"reason"` // of the last change
	Since     time.Time `json:"since,omitzero"`
	Priority  int       `json:"priority"` // effective
	Base      int       `json:"base_priority"`
	Why       string    `json:"why,omitempty"` // what makes the priority another one, or the FAULT
	// Leaving: it hands over now. Aside: it stands aside by command, until AsideUntil or until that is
	// undone.
	Leaving    bool      `json:"leaving,omitempty"`
	Aside      bool      `json:"aside,omitempty"`
	AsideUntil time.Time `json:"aside_until,omitzero"`
	// Master is the address that the MASTER advertises from, where one was heard.
	Master         string   `json:"master,omitempty"`
	MasterPriority int      `json:"master_priority,omitempty"`
	Source         string   `json:"source,omitempty"` // what this router advertises from
	Addresses      []string `json:"addresses"`
	Held           bool     `json:"held"` // they are on the interface
}

// Group is a vrrp_sync_group.
type Group struct {
	Name    string   `json:"name"`
	State   string   `json:"state"`
	Members []string `json:"members"`
}

// VirtualServer is one virtual server.
type VirtualServer struct {
	Name   string `json:"name"` // as commands take it
	Label  string `json:"label"`
	Active bool   `json:"active"` // it is in this kernel
	Why    string `json:"why"`
	Quorum bool   `json:"quorum"`
	Sorry  bool   `json:"sorry"`
	// Up of Total real servers are up.
	Up       int       `json:"up"`
	Total    int       `json:"total"`
	Counters *Counters `json:"counters,omitempty"`
	// RealServers are all, or none where the list would be too long.
	RealServers []RealServer `json:"real_servers,omitempty"`
}

// Counters are what the kernel has counted; nil where it does not tell.
type Counters struct {
	Active      uint32 `json:"active"`   // connections that are established
	Inactive    uint32 `json:"inactive"` // others that have not expired
	Persistent  uint32 `json:"persistent"`
	Connections uint64 `json:"connections"` // all of them, since it is in the table
	PacketsIn   uint64 `json:"packets_in"`
	PacketsOut  uint64 `json:"packets_out"`
	BytesIn     uint64 `json:"bytes_in"`
	BytesOut    uint64 `json:"bytes_out"`
}

// RealServer is one real server of a virtual server.
type RealServer struct {
	Name       string    `json:"name"` // as commands take it
	Up         bool      `json:"up"`
	Weight     int64     `json:"weight"`         // that counts
	Current    int64     `json:"current_weight"` // in the kernel: less while it grows
	Configured uint32    `json:"configured_weight"`
	Drained    bool      `json:"drained,omitempty"`
	Ordered    *uint32   `json:"ordered_weight,omitempty"` // instead of all others
	Counters   *Counters `json:"counters,omitempty"`
	Checks     []Check   `json:"checks"`
}

// Check is one check of a real server.
type Check struct {
	Name      string    `json:"name"`
	Up        bool      `json:"up"`
	Detail    string    `json:"detail,omitempty"`
	Last      time.Time `json:"last,omitzero"`
	Runs      uint64    `json:"runs"`
	Failures  int       `json:"failures,omitempty"` // in a row that do not count yet
	Suspended bool      `json:"suspended,omitempty"`
	// Recent are how long the latest runs took, in microseconds, the oldest first. Of one that failed it
	// is the negative of that.
	Recent []int64 `json:"recent_us"`
}

// Tracked is a script, file, process or BFD session that priorities depend on.
type Tracked struct {
	Kind  string    `json:"kind"`
	Name  string    `json:"name"`
	State string    `json:"state"` // in words
	Known bool      `json:"known"`
	Up    bool      `json:"up"`
	Since time.Time `json:"since,omitzero"`
}

// Session is a BFD session.
type Session struct {
	Name       string    `json:"name"`
	Neighbour  string    `json:"neighbour"`
	State      string    `json:"state"`
	Diagnostic string    `json:"diagnostic,omitempty"`
	Since      time.Time `json:"since,omitzero"`
}

// IPVS tells of the kernel's table.
type IPVS struct {
	// Drift counts what others have changed in it and was put right, LastRepair says what that was.
	Drift      uint64    `json:"drift"`
	LastDrift  time.Time `json:"last_drift,omitzero"`
	LastRepair string    `json:"last_repair,omitempty"`
	Error      string    `json:"error,omitempty"` // of the last write
}

// Finding is a problem of the configuration in force.
type Finding struct {
	Severity string `json:"severity"` // error, warning, hint
	ID       string `json:"id"`       // holdfastctl explain ID tells more
	At       string `json:"at,omitempty"`
	Message  string `json:"message"`
	Instead  string `json:"instead,omitempty"` // what happens instead
	Cure     string `json:"cure,omitempty"`
}
