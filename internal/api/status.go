package api

import "time"

// The schemas.
const (
	StatusSchema = "holdfast/status/1"
	EventSchema  = "holdfast/event/1"
	TopSchema    = "holdfast/top/1"
)

// Status is the state of a daemon.
type Status struct {
	Schema         string          `json:"schema" doc:"holdfast/status/1"`
	Version        string          `json:"version" doc:"of Holdfast"`
	PID            int             `json:"pid" doc:"of the parent process"`
	Since          time.Time       `json:"since" doc:"its start"`
	ConfigFile     string          `json:"config_file" doc:"the configuration file"`
	Problems       int             `json:"problems" doc:"what holdfastctl check finds in it as it was read"`
	Reload         Reload          `json:"reload" doc:"reloads since the start"`
	Processes      []Process       `json:"processes" doc:"the other processes of the daemon"`
	Instances      []Instance      `json:"instances" doc:"vrrp_instance blocks"`
	SyncGroups     []SyncGroup     `json:"sync_groups" doc:"vrrp_sync_group blocks"`
	VirtualServers []VirtualServer `json:"virtual_servers" doc:"virtual servers, each address of a group by itself"`
	IPVS           *IPVS           `json:"ipvs,omitempty" doc:"the kernel's table; only where there are virtual servers"`
	Tracked        []Tracked       `json:"tracked" doc:"scripts, files, processes and BFD sessions that are tracked"`
	BFDSessions    []BFDSession    `json:"bfd_sessions" doc:"bfd_instance blocks"`
}

// Reload tells of reloads.
type Reload struct {
	Count   uint64    `json:"count" doc:"those that took effect"`
	Refused uint64    `json:"refused" doc:"those that had none"`
	Last    time.Time `json:"last,omitzero" doc:"the last one; left out: there was none"`
	Error   string    `json:"error,omitempty" doc:"why the last one had no effect"`
	InForce time.Time `json:"in_force" doc:"since when the configuration counts"`
}

// Process is a process of the daemon.
type Process struct {
	Role     string    `json:"role" doc:"vrrp, lvs or bfd"`
	PID      int       `json:"pid,omitempty" doc:"left out: it does not run"`
	Since    time.Time `json:"since,omitzero" doc:"its start"`
	Restarts int       `json:"restarts" doc:"how often it was started again"`
}

// Instance is a virtual router.
type Instance struct {
	Name           string    `json:"name" doc:"of the vrrp_instance"`
	Interface      string    `json:"interface" doc:"its interface"`
	VRID           uint8     `json:"vrid" doc:"virtual_router_id"`
	Family         int       `json:"family" doc:"4 or 6"`
	State          string    `json:"state" doc:"INIT, BACKUP, MASTER or FAULT"`
	Reason         string    `json:"reason" doc:"of the state, in words"`
	Since          time.Time `json:"since" doc:"the last change of the state"`
	Priority       int       `json:"priority" doc:"the effective one"`
	BasePriority   int       `json:"base_priority" doc:"the configured one"`
	Why            string    `json:"why,omitempty" doc:"what changes the priority or makes the FAULT, in words"`
	Leaving        bool      `json:"leaving,omitempty" doc:"it hands over now"`
	Aside          bool      `json:"aside,omitempty" doc:"it was handed over by command and stands aside"`
	AsideUntil     time.Time `json:"aside_until,omitzero" doc:"the end of that; left out: until it is undone"`
	Master         string    `json:"master,omitempty" doc:"the address of the MASTER that is heard"`
	MasterPriority int       `json:"master_priority,omitempty" doc:"the priority of that"`
	Addresses      []string  `json:"addresses" doc:"virtual addresses, with their interface"`
	Held           bool      `json:"held" doc:"they are on the interface"`
	AdvertSent     uint64    `json:"adverts_sent" doc:"advertisements sent since the start"`
	AdvertReceived uint64    `json:"adverts_received" doc:"advertisements received"`
	BecameMaster   uint64    `json:"became_master" doc:"how often it became MASTER"`
	ReleasedMaster uint64    `json:"released_master" doc:"how often it stopped being MASTER"`
	Reasserted     uint64    `json:"addresses_reasserted" doc:"how often somebody removed an address and it was put back"`
	OtherMasters   uint64    `json:"other_masters" doc:"advertisements of another router heard while MASTER"`
}

// SyncGroup is a vrrp_sync_group.
type SyncGroup struct {
	Name    string   `json:"name" doc:"of the vrrp_sync_group"`
	State   string   `json:"state" doc:"of all of it"`
	Members []string `json:"members" doc:"names of its instances"`
}

// IPVS is the kernel's table.
type IPVS struct {
	Operations map[string]uint64 `json:"operations" doc:"writes since the start, by kind"`
	Drift      uint64            `json:"drift" doc:"what others have changed and was put right"`
	LastRepair string            `json:"last_repair,omitempty" doc:"the last such repair, in words"`
	LastError  string            `json:"last_error,omitempty" doc:"what the kernel refuses now"`
	LastRead   time.Time         `json:"last_read,omitzero" doc:"when the table was read last"`
}

// VirtualServer is a virtual server.
type VirtualServer struct {
	Name        string       `json:"name" doc:"as keepalived names it"`
	Label       string       `json:"label" doc:"as holdfastctl drain takes it"`
	Active      bool         `json:"active" doc:"it is in the kernel's table"`
	Why         string       `json:"why,omitempty" doc:"what that follows, in words"`
	Quorum      bool         `json:"quorum" doc:"enough real servers are up"`
	Sorry       bool         `json:"sorry" doc:"the sorry server is at work"`
	RealServers []RealServer `json:"real_servers" doc:"its real servers"`
	Traffic     *Traffic     `json:"traffic,omitempty" doc:"what the kernel has counted; left out where it has no such service"`
}

// RealServer is a real server.
type RealServer struct {
	Name       string   `json:"name" doc:"as keepalived names it"`
	Label      string   `json:"label" doc:"as holdfastctl drain takes it"`
	Up         bool     `json:"up" doc:"it counts as healthy"`
	Weight     int64    `json:"weight" doc:"the one that counts"`
	Current    int64    `json:"current_weight" doc:"the one in the kernel: less while it grows (slow_start)"`
	Configured uint32   `json:"configured_weight" doc:"the one in the configuration"`
	Drained    bool     `json:"drained,omitempty" doc:"by holdfastctl drain"`
	Override   *uint32  `json:"override_weight,omitempty" doc:"by holdfastctl weight"`
	Checks     []Check  `json:"checks" doc:"its checks"`
	Traffic    *Traffic `json:"traffic,omitempty" doc:"what the kernel has counted; left out where it has no such entry"`
}

// Check is a health check.
type Check struct {
	Name     string    `json:"name" doc:"its kind and where it goes"`
	Up       bool      `json:"up" doc:"its result"`
	Detail   string    `json:"detail,omitempty" doc:"of the last run, in words"`
	Last     time.Time `json:"last,omitzero" doc:"the end of the last run"`
	Took     float64   `json:"took_seconds" doc:"how long that took"`
	Runs     uint64    `json:"runs" doc:"since the start"`
	Failed   uint64    `json:"failed" doc:"those that failed"`
	Inactive bool      `json:"suspended,omitempty" doc:"ha_suspend keeps it from running"`
}

// Traffic is what the kernel has counted, and its connections.
type Traffic struct {
	Connections uint64 `json:"connections" doc:"since it is in the table"`
	PacketsIn   uint64 `json:"packets_in" doc:"to the real servers"`
	PacketsOut  uint64 `json:"packets_out" doc:"back through the director: by NAT alone"`
	BytesIn     uint64 `json:"bytes_in" doc:"octets to the real servers"`
	BytesOut    uint64 `json:"bytes_out" doc:"octets back through the director"`
	Active      uint32 `json:"active_connections" doc:"established now"`
	Inactive    uint32 `json:"inactive_connections" doc:"all others that have not expired"`
	Persistent  uint32 `json:"persistent_clients" doc:"templates that keep a client with its real server"`
}

// Tracked is something that instances track.
type Tracked struct {
	Kind  string    `json:"kind" doc:"script, file, process or bfd"`
	Name  string    `json:"name" doc:"of its block"`
	State string    `json:"state" doc:"in words"`
	Known bool      `json:"known" doc:"it has a result"`
	Up    bool      `json:"up" doc:"of all but a file"`
	Value int       `json:"value" doc:"the number in a file; how many processes there are"`
	Since time.Time `json:"since,omitzero" doc:"the last change"`
	Runs  uint64    `json:"runs,omitempty" doc:"of a script, since the start"`
	Fails uint64    `json:"failures,omitempty" doc:"runs that failed"`
}

// BFDSession is a BFD session.
type BFDSession struct {
	Name      string    `json:"name" doc:"of the bfd_instance"`
	Neighbour string    `json:"neighbour" doc:"its address"`
	State     string    `json:"state" doc:"AdminDown, Down, Init or Up"`
	Remote    string    `json:"remote_state" doc:"what the neighbour says"`
	Since     time.Time `json:"since,omitzero" doc:"the last change"`
	Downs     uint64    `json:"downs" doc:"how often it went down"`
}

// Event is something that has happened.
type Event struct {
	Schema     string    `json:"schema" doc:"holdfast/event/1"`
	Number     uint64    `json:"number" doc:"counts from 1 since the start of the daemon; a gap: the daemon has forgotten some"`
	At         time.Time `json:"at" doc:"when"`
	Kind       string    `json:"kind" doc:"instance, sync_group, virtual_server, real_server, check, bfd, process, reload or command"`
	Name       string    `json:"name" doc:"of what it has happened to"`
	RealServer string    `json:"real_server,omitempty" doc:"of a real server or a check; name is then its virtual server"`
	From       string    `json:"from,omitempty" doc:"the state before, where that is known"`
	To         string    `json:"to" doc:"the state since"`
	Priority   int       `json:"priority,omitempty" doc:"of an instance"`
	Reason     string    `json:"reason,omitempty" doc:"in words"`
}

// Top is what passed in one interval.
type Top struct {
	Schema         string    `json:"schema" doc:"holdfast/top/1"`
	At             time.Time `json:"at" doc:"the end of the interval"`
	Seconds        float64   `json:"seconds" doc:"how long it was"`
	VirtualServers []Rate    `json:"virtual_servers" doc:"those in the kernel's table"`
}

// Rate is what passed through a virtual or a real server, per second.
type Rate struct {
	Label       string  `json:"label" doc:"as holdfastctl drain takes it"`
	Up          bool    `json:"up" doc:"of a virtual server: it has its quorum"`
	Weight      int64   `json:"weight,omitempty" doc:"of a real server, the one in the kernel"`
	Connections float64 `json:"connections_per_second" doc:"new ones"`
	PacketsIn   float64 `json:"packets_in_per_second" doc:"to the real servers"`
	PacketsOut  float64 `json:"packets_out_per_second" doc:"back through the director: by NAT alone"`
	BytesIn     float64 `json:"bytes_in_per_second" doc:"octets to the real servers"`
	BytesOut    float64 `json:"bytes_out_per_second" doc:"octets back through the director"`
	Active      uint32  `json:"active_connections" doc:"established now"`
	Inactive    uint32  `json:"inactive_connections" doc:"all others that have not expired"`
	RealServers []Rate  `json:"real_servers,omitempty" doc:"of a virtual server"`
}
