package page

import "time"

// Schema names the form of View and of the messages of the stream, with its version: within one, fields are
// added, and none goes or changes its meaning. docs/json.md is written from the types.
const Schema = "holdfast/page/1"

// View is the state of the daemon as the page shows it.
type View struct {
	Schema          string          `json:"schema" doc:"holdfast/page/1"`
	Host            string          `json:"host" doc:"the machine's name up to its first dot"`
	Version         string          `json:"version" doc:"of Holdfast"`
	PID             int             `json:"pid" doc:"of the parent process"`
	Since           time.Time       `json:"since" doc:"its start"`
	ConfigFile      string          `json:"config_file" doc:"the configuration file"`
	Actions         bool            `json:"actions" doc:"there is a token, with which something can be done"`
	Reload          Reload          `json:"reload" doc:"reloads since the start"`
	Processes       []Process       `json:"processes" doc:"the other processes of the daemon"`
	Instances       []Instance      `json:"instances" doc:"vrrp_instance blocks"`
	Groups          []Group         `json:"groups" doc:"vrrp_sync_group blocks"`
	VirtualServers  []VirtualServer `json:"virtual_servers" doc:"at most 500 virtual servers, with at most 1000 real servers and 2000 checks together; where there are more, those with trouble are in it before others; the order is that of the configuration"`
	LeftOut         int             `json:"virtual_servers_left_out" doc:"how many are not in the list"`
	Tracked         []Tracked       `json:"tracked" doc:"scripts, files, processes and BFD sessions that are tracked"`
	Sessions        []Session       `json:"bfd" doc:"bfd_instance blocks"`
	IPVS            *IPVS           `json:"ipvs,omitempty" doc:"the kernel's table; only where there are virtual servers"`
	Findings        []Finding       `json:"findings" doc:"what reading the configuration and its lint have to say, the gravest first, at most 200"`
	FindingsLeftOut int             `json:"findings_left_out" doc:"how many are not in the list"`
}

// Reload tells of reloads.
type Reload struct {
	Count uint64    `json:"count" doc:"those that took effect"`
	Last  time.Time `json:"last,omitzero" doc:"the last one; left out: there was none"`
	Error string    `json:"error,omitempty" doc:"why the last one had no effect"`
}

// Process is a process of the daemon.
type Process struct {
	Role     string    `json:"role" doc:"vrrp, lvs or bfd"`
	PID      int       `json:"pid,omitempty" doc:"left out: it does not run"`
	Since    time.Time `json:"since,omitzero" doc:"its start"`
	Restarts int       `json:"restarts" doc:"how often it was started again"`
	Silent   bool      `json:"silent,omitempty" doc:"it runs and does not tell its state"`
}

// Instance is a virtual router.
type Instance struct {
	Name           string    `json:"name" doc:"of the vrrp_instance"`
	Group          string    `json:"group,omitempty" doc:"its sync group"`
	Interface      string    `json:"interface" doc:"its interface"`
	VRID           int       `json:"vrid" doc:"virtual_router_id"`
	Family         int       `json:"family" doc:"4 or 6"`
	State          string    `json:"state" doc:"INIT, BACKUP, MASTER or FAULT"`
	Reason         string    `json:"reason" doc:"of the state, in words"`
	Since          time.Time `json:"since,omitzero" doc:"the last change of the state"`
	Priority       int       `json:"priority" doc:"the effective one"`
	Base           int       `json:"base_priority" doc:"the configured one"`
	Why            string    `json:"why,omitempty" doc:"what changes the priority or makes the FAULT, in words"`
	Leaving        bool      `json:"leaving,omitempty" doc:"it hands over now"`
	Aside          bool      `json:"aside,omitempty" doc:"it was handed over by command and stands aside"`
	AsideUntil     time.Time `json:"aside_until,omitzero" doc:"until then; left out: until that is undone"`
	Master         string    `json:"master,omitempty" doc:"the address that the MASTER advertises from, where one was heard"`
	MasterPriority int       `json:"master_priority,omitempty" doc:"its priority"`
	Source         string    `json:"source,omitempty" doc:"the address that this router advertises from"`
	Addresses      []string  `json:"addresses" doc:"the virtual addresses"`
	Held           bool      `json:"held" doc:"they are on the interface"`
}

// Group is a sync group.
type Group struct {
	Name    string   `json:"name" doc:"of the vrrp_sync_group"`
	State   string   `json:"state" doc:"INIT, BACKUP, MASTER or FAULT"`
	Members []string `json:"members" doc:"its instances"`
}

// VirtualServer is a virtual server.
type VirtualServer struct {
	Name        string       `json:"name" doc:"as holdfastctl drain takes it"`
	Label       string       `json:"label" doc:"as it is shown"`
	Active      bool         `json:"active" doc:"it is in this kernel"`
	Why         string       `json:"why" doc:"what decides that, in words"`
	Quorum      bool         `json:"quorum" doc:"it has its quorum"`
	Sorry       bool         `json:"sorry" doc:"the sorry server serves"`
	Up          int          `json:"up" doc:"how many real servers are up"`
	Total       int          `json:"total" doc:"how many there are"`
	Counters    *Counters    `json:"counters,omitempty" doc:"what the kernel has counted; left out where it has nothing"`
	RealServers []RealServer `json:"real_servers,omitempty" doc:"where there are too many in all, some of those that are down, or none"`
	LeftOut     int          `json:"real_servers_left_out,omitempty" doc:"how many are not in the list"`
}

// Counters are what the kernel has counted.
type Counters struct {
	Active      uint32 `json:"active" doc:"connections that are established now"`
	Inactive    uint32 `json:"inactive" doc:"others that have not expired"`
	Persistent  uint32 `json:"persistent" doc:"templates that keep a client with its real server"`
	Connections uint64 `json:"connections" doc:"all connections since it is in the table"`
	PacketsIn   uint64 `json:"packets_in" doc:"packets from clients"`
	PacketsOut  uint64 `json:"packets_out" doc:"packets to clients, where they pass here"`
	BytesIn     uint64 `json:"bytes_in" doc:"octets from clients"`
	BytesOut    uint64 `json:"bytes_out" doc:"octets to clients, where they pass here"`
}

// RealServer is a real server of a virtual server.
type RealServer struct {
	Name       string    `json:"name" doc:"as holdfastctl drain takes it"`
	Up         bool      `json:"up" doc:"its checks say so"`
	Weight     int64     `json:"weight" doc:"that counts"`
	Current    int64     `json:"current_weight" doc:"in the kernel: less while it grows (slow_start)"`
	Configured uint32    `json:"configured_weight" doc:"in the configuration"`
	Drained    bool      `json:"drained,omitempty" doc:"it gets no new connections, by command"`
	Ordered    *uint32   `json:"ordered_weight,omitempty" doc:"the weight that a command has given it"`
	Counters   *Counters `json:"counters,omitempty" doc:"what the kernel has counted; left out where it has nothing"`
	Checks     []Check   `json:"checks" doc:"its checks"`
}

// Check is a check of a real server.
type Check struct {
	Name      string    `json:"name" doc:"such as TCP_CHECK"`
	Up        bool      `json:"up" doc:"what it says"`
	Detail    string    `json:"detail,omitempty" doc:"of the last result, in words"`
	Last      time.Time `json:"last,omitzero" doc:"the last result"`
	Runs      uint64    `json:"runs" doc:"results since the start"`
	Failures  int       `json:"failures,omitempty" doc:"in a row that do not count yet"`
	Suspended bool      `json:"suspended,omitempty" doc:"ha_suspend keeps it from running here"`
	Recent    []float64 `json:"recent_seconds" doc:"how long the latest runs took, at most 30, the oldest first; negative: that one failed"`
}

// Tracked is what priorities depend on.
type Tracked struct {
	Kind  string    `json:"kind" doc:"script, file, process or bfd"`
	Name  string    `json:"name" doc:"in the configuration"`
	State string    `json:"state" doc:"in words"`
	Known bool      `json:"known" doc:"it has a result"`
	Up    bool      `json:"up" doc:"of all but a file"`
	Since time.Time `json:"since,omitzero" doc:"the last change"`
}

// Session is a BFD session.
type Session struct {
	Name       string    `json:"name" doc:"of the bfd_instance"`
	Neighbour  string    `json:"neighbour" doc:"its address"`
	State      string    `json:"state" doc:"Up, Down, Init or AdminDown"`
	Diagnostic string    `json:"diagnostic,omitempty" doc:"why it went down"`
	Since      time.Time `json:"since,omitzero" doc:"the last change"`
}

// IPVS tells of the kernel's table.
type IPVS struct {
	Drift      uint64    `json:"drift" doc:"changes by others that were put right"`
	LastDrift  time.Time `json:"last_drift,omitzero" doc:"when the last one was found"`
	LastRepair string    `json:"last_repair,omitempty" doc:"what was done about it"`
	Error      string    `json:"error,omitempty" doc:"what the kernel refused last"`
}

// Finding is a problem of the configuration in force.
type Finding struct {
	Severity string `json:"severity" doc:"error, warning or hint"`
	ID       string `json:"id" doc:"holdfastctl explain ID tells more"`
	At       string `json:"at,omitempty" doc:"file, line and column"`
	Message  string `json:"message" doc:"what is wrong"`
	Instead  string `json:"instead,omitempty" doc:"what happens instead"`
	Cure     string `json:"cure,omitempty" doc:"what to write"`
}
