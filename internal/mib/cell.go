package mib

import (
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/internal/datafile"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// truth is a TruthValue, or any other enumeration whose 1 means yes and 2 no.
func truth(b bool) agentx.Value {
	if b {
		return agentx.Int(1)
	}
	return agentx.Int(2)
}

// tristate is on, off or unset.
func tristate(t config.Tristate) agentx.Value {
	switch t {
	case config.On:
		return agentx.Int(1)
	case config.Off:
		return agentx.Int(2)
	}
	return agentx.Int(3)
}

// text is a name; an empty one is not there.
func text(s string) agentx.Value {
	if s == "" {
		return none
	}
	return agentx.Text(s)
}

// script is a command with its words in quotes.
func script(s *config.Script) agentx.Value {
	if s == nil {
		return none
	}
	return agentx.Text(datafile.Command(s))
}

// path is the program that a script runs.
func path(s *config.Script) agentx.Value {
	switch {
	case s == nil:
		return none
	case s.File != "":
		return agentx.Text(s.File)
	case s.Program != "":
		return agentx.Text(s.Program)
	}
	return agentx.Text(s.Args[0])
}

// inet is an InetAddress.
func inet(a netip.Addr) agentx.Value {
	if !a.IsValid() {
		return none
	}
	return agentx.Bytes(a.Unmap().AsSlice())
}

// inetType is an InetAddressType: ipv4 or ipv6.
func inetType(a netip.Addr) agentx.Value {
	if !a.IsValid() {
		return none
	}
	return family(a)
}

func family(a netip.Addr) agentx.Value {
	if a.Unmap().Is4() {
		return agentx.Int(1)
	}
	return agentx.Int(2)
}

// bits is the length of a prefix.
func bits(p netip.Prefix) agentx.Value {
	if !p.IsValid() {
		return none
	}
	return agentx.Unsigned(uint32(p.Bits()))
}

// scope is an InetScopeType for one of the kernel's scopes.
func scope(n int) agentx.Value {
	switch n {
	case 0:
		return agentx.Int(14) // global
	case 200:
		return agentx.Int(5) // site-local
	case 253:
		return agentx.Int(2) // link-local
	case 254:
		return agentx.Int(1) // interface-local
	}
	return agentx.Int(0)
}

// seconds, centi and micro are durations as numbers without a fraction.
func seconds(d time.Duration) agentx.Value { return agentx.Unsigned(uint32(max(d, 0) / time.Second)) }
func micro(d time.Duration) agentx.Value {
	return agentx.Unsigned(uint32(max(d, 0) / time.Microsecond))
}

// state is a VrrpState by keepalived's name.
func state(name string) int {
	switch name {
	case "INIT":
		return 0
	case "BACKUP":
		return 1
	case "MASTER":
		return 2
	case "FAULT":
		return 3
	case "STOP":
		return 5
	case "DELETED":
		return 6
	}
	return 4
}

// position is the index of a row that is counted from 1 on.
func position[R any](i int, _ *R) agentx.OID { return agentx.OID{uint32(i + 1)} }

// numbered are rows below others, with the places of both as index.
type numbered[R any] struct {
	place agentx.OID
	of    R
}

// placed is the index of numbered rows.
func placed[R any](_ int, r *numbered[R]) agentx.OID { return r.place }
