package director

import (
	"time"

	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/lvs"
)

// Settings is all that the LVS process has to know of a configuration.
type Settings struct {
	VirtualServers []VirtualServer
	// ReconcileInterval is how often the kernel's table is compared with the wanted one; 0: only
	// at start and after errors.
	ReconcileInterval time.Duration
	TCP, TCPFin, UDP  time.Duration // lvs_timeouts; 0: the kernel's
	Flush             bool          // lvs_flush: empty the whole table at start
	FlushOnStop       string        // "", "all", "VS"
	KeepTable         bool          // --dont-release-ipvs
	RSInitNotifies    bool
	// NoCheckAlerts: a check that changes nothing of its real server is not mailed (no_checker_emails).
	NoCheckAlerts bool
	// ShareProbes: checks that are equal in every setting are done once for all of them.
	ShareProbes bool
	// Sync synchronises connections with other directors (lvs_sync_daemon); nil: not.
	Sync *lvs.Sync
	// Marks marks packets for services by mark (nftables_ipvs); nil: not.
	Marks *Marks
	NetNS string // network namespace of IPVS, empty: own
	// Buffer is the receive buffer of the socket for requests to IPVS in octets, 0: the default.
	// ForceBuffer passes net.core.rmem_max. Only the start minds them.
	Buffer      int
	ForceBuffer bool
	// Seed makes the times of first checks the same at every start (random_seed); nil: they differ.
	// Only the start minds it.
	Seed *uint64
}

// VirtualServer is one virtual_server.
type VirtualServer struct {
	lvs.VirtualServer
	QuorumUp, QuorumDown *script.Command
	RealServers          []RealServer // in the order of lvs.VirtualServer.RealServers
	HASuspend            bool
	Alert                bool // smtp_alert: of the quorum
}

// RealServer is the shell's part of a real server.
type RealServer struct {
	NotifyUp, NotifyDown *script.Command
	Checks               []Check
	Alert                bool // smtp_alert
}

// Check is one check: its timing and what to do.
type Check struct {
	Name             string // as keepalived logs it, e.g. "TCP_CHECK"
	DelayLoop        time.Duration
	DelayBeforeRetry time.Duration
	Retry            int
	Warmup           time.Duration
	Alpha            bool
	LogAllFailures   bool

	// One of these says what is done.
	TCP  *TCPCheck
	SMTP *SMTPCheck
	DNS  *DNSCheck
	UDP  *UDPCheck
	Ping *PingCheck
	Misc *MiscCheck
	HTTP *HTTPCheck
	File *FileCheck
	// Session is the name of the BFD session that a BFD_CHECK follows: nothing is run for it.
	Session string
	// Unsupported is a kind of check that has no effect yet: the real server counts as up.
	Unsupported bool
}

// Session is the state of a BFD session.
type Session struct {
	Name string
	Up   bool
}

// MiscCheck is a MISC_CHECK.
type MiscCheck struct {
	Command script.Command
	Timeout time.Duration
	Dynamic bool
}
