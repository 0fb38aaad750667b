package daemon

import (
	"time"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/logsink"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// Role names a process of the daemon.
type Role string

// Roles of the children. The parent's is empty.
const (
	VRRP Role = "vrrp"
	LVS  Role = "lvs"
	BFD  Role = "bfd"
)

// vrrpConfiguration is the body of ipc.Configure to the VRRP process.
type vrrpConfiguration struct {
	Number   uint64
	Process  processSettings
	Director bool // there is an LVS process to wait for
	Record   bool // there is a file to record to
	Settings speaker.Settings
}

// lvsConfiguration is the body of ipc.Configure to the LVS process.
type lvsConfiguration struct {
	Number  uint64
	Process processSettings
	// StateFile is the LVS process's memory for its successor.
	StateFile string
	Settings  director.Settings
}

// bfdConfiguration is the body of ipc.Configure to the BFD process.
type bfdConfiguration struct {
	Number   uint64
	Process  processSettings
	Settings bfdspeaker.Settings
}

// processSettings are what all children need beside their own work.
type processSettings struct {
	Name    string // vrrp_process_name and the like; empty: the name of the role
	Log     logSettings
	PIDFile string
	Orphan  time.Duration // how long to go on without a parent
	Sched   schedSettings
}

// logSettings is logsink.Options in a form that can be sent.
type logSettings struct {
	Ident    string
	Syslog   string
	Facility logsink.Facility
	Console  bool
	File     string
	Sync     bool
	Detail   bool
}

// schedSettings are keywords such as vrrp_rt_priority and vrrp_no_swap.
type schedSettings struct {
	Nice       int
	NoSwap     bool
	RTPriority int // 0: not real-time
	// MaxAuto is up to which real-time priority the process raises itself when it is late by more than
	// AutoDelay; 0 or -1: it does not.
	MaxAuto   int
	AutoDelay time.Duration
	RTTime    time.Duration
	CPUs      []int
}

// statusReply is the body of ipc.StatusReply: S is the status of what the child does.
type statusReply[S any] struct {
	Number     uint64
	Goroutines int
	Status     S
}

// handoverOrder is the body of ipc.Handover, handoverReply that of ipc.HandoverReply.
type handoverOrder struct {
	Number   uint64
	Instance vrrp.ID
	For      time.Duration // 0: until it is undone
	Undo     bool
	// Announce: nothing is handed over; the addresses are announced once more.
	Announce bool
}

type handoverReply struct {
	Number uint64
	Error  string // empty: done
}

// orderRequest is the body of ipc.Order, orderReply that of ipc.OrderReply.
type orderRequest struct {
	Number uint64
	Order  director.Order
}

type orderReply struct {
	Number  uint64
	Error   string // empty: done
	Ordered director.Ordered
}

// statusRequest is the body of ipc.StatusRequest.
type statusRequest struct {
	Number uint64
	Clear  bool // set the counters to zero afterwards
	// Traffic: what the kernel has counted is wanted as well.
	Traffic bool
}
