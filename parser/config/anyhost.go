package config

import (
	"hash/fnv"
	"net/netip"
	"strconv"
)

// AnyHost is a Host that has whatever a configuration names, for those who look at a configuration
// away from the machine that it is for: interfaces, scripts, accounts and directories exist, and equal
// names stand for equal numbers. It asks nobody.
type AnyHost struct{}

var _ Host = AnyHost{}

// Interface implements Host: every interface but lo has an address and does multicast.
func (AnyHost) Interface(name string) (Interface, bool) {
	if name == "lo" {
		return Interface{Index: 1, MTU: 65536, Loopback: true, HasIPv4: true}, true
	}
	return Interface{Index: int(stand(name)), MTU: 1500, Multicast: true, HasIPv4: true, Kind: AnyKind}, true
}

// Script implements Host: every script is there and in good hands.
func (AnyHost) Script(path string, uid, gid uint32) ScriptStatus { return ScriptStatus{Resolved: path} }

// User implements Host.
func (AnyHost) User(name string) (uid, gid uint32, ok bool) {
	if name == scriptDefaultUser {
		return 0, 0, false // it would run scripts where no account is named
	}
	id := anyAccount(name)
	return id, id, true
}

// Group implements Host.
func (AnyHost) Group(name string) (gid uint32, ok bool) { return anyAccount(name), true }

// LookupIP implements Host.
func (AnyHost) LookupIP(name string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(name); err == nil {
		return a, true
	}
	return netip.AddrFrom4([4]byte{192, 0, 2, 25}), true
}

// DirExists implements Host.
func (AnyHost) DirExists(string) bool { return true }

// NameID implements Host.
func (AnyHost) NameID(table, name string) (uint32, bool) {
	if id, ok := wellKnown[table+"/"+name]; ok {
		return id, true
	}
	if table == "table" {
		return stand(name), true
	}
	return stand(name) % 250, true
}

// wellKnown are the names of iproute2 that every host has.
var wellKnown = map[string]uint32{
	"table/local": 255, "table/main": 254, "table/default": 253, "table/unspec": 0,
	"scope/global": 0, "scope/nowhere": 255, "scope/host": 254, "scope/link": 253, "scope/site": 200,
	"protocol/kernel": 2, "protocol/boot": 3, "protocol/static": 4, "protocol/keepalived": 18,
}

// anyAccount is the number of an account.
func anyAccount(name string) uint32 {
	if name == "root" {
		return 0
	}
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return uint32(n)
	}
	return stand(name)
}

// stand is a number above those of wellKnown things that stands for a name.
func stand(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return 100_000 + h.Sum32()%1_000_000
}
