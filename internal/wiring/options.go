package wiring

import (
	"time"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// Options is what the settings depend on besides the configuration.
type Options struct {
	// KeepAddresses is --dont-release-vrrp, KeepTable --dont-release-ipvs.
	KeepAddresses, KeepTable bool
	// VRRP tells that a VRRP process runs; without one (-C) nothing can be followed and every
	// virtual server is active.
	VRRP bool
	// StateFile is the VRRP process's memory for its successor.
	StateFile string
	// Uptime is how long the host has been up, for vrrp_delay_after_boot.
	Uptime time.Duration
	// Interface tells of an interface of the host; nil: there are none.
	Interface func(name string) (config.Interface, bool)
	// Marks remembers the firewall marks of nftables_ipvs; nil: they are given anew.
	Marks *FirewallMarks
	// Groups returns the supplementary groups of a user; nil: none.
	Groups func(user string) []uint32
}
