package doctest

import (
	"net/netip"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// Host is a machine on which every configuration finds what it names.
type Host struct{}

// Interface knows every interface as one of Ethernet.
func (Host) Interface(name string) (config.Interface, bool) {
	return config.Interface{Index: 2, MTU: 1500, Multicast: true, HasIPv4: true, Loopback: name == "lo"}, true
}

// Script finds every program, safe to run.
func (Host) Script(path string, _, _ uint32) config.ScriptStatus {
	return config.ScriptStatus{Resolved: path, Program: path}
}

// User knows every user as root.
func (Host) User(string) (uid, gid uint32, ok bool) { return 0, 0, true }

// Group knows every group.
func (Host) Group(string) (gid uint32, ok bool) { return 0, true }

// LookupIP finds every host at one address.
func (Host) LookupIP(string) (netip.Addr, bool) { return netip.AddrFrom4([4]byte{192, 0, 2, 25}), true }

// DirExists has every directory.
func (Host) DirExists(string) bool { return true }

// NameID knows no names of iproute2.
func (Host) NameID(string, string) (uint32, bool) { return 0, false }
