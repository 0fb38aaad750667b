package speaker

import (
	"cmp"
	"errors"
	"slices"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
)

// gate is a rule that drops what comes in by a macvlan and is not for the host itself.
//
// The macvlan of a BACKUP is up, since it hears adverts by it, and has the MAC address that hosts send
// to. What a switch floods, because it does not know where the MASTER is, a router would forward a
// second time. A BACKUP must discard it (RFC 9568 section 6.4.2); keepalived does not.
type gate struct {
	device string
	six    bool
}

// gatePreference is behind the table of the host's own addresses, and before all others.
const gatePreference = 1

func (g gate) rule() rtnl.Rule {
	return rtnl.Rule{
		Six: g.six, IIF: g.device, Action: rtnl.Blackhole, Protocol: rtnl.Keepalived, Priority: gatePreference,
		SuppressPrefix: -1, SuppressGroup: -1,
	}
}

// regate shuts the macvlans that no MASTER uses, and opens the others.
func (e *effects) regate() {
	want := map[gate]bool{}
	for i := range e.devices {
		d := &e.devices[i]
		if _, there := e.links[d.Name]; !there || d.IPVLAN || e.inUse(d.Name) {
			continue
		}
		if d.Four {
			want[gate{d.Name, false}] = true
		}
		if d.Six {
			want[gate{d.Name, true}] = true
		}
	}
	if opened := without(e.gates, want); len(opened) > 0 {
		e.gated(e.kernel.DeleteRules(opened), unix.ENOENT)
	}
	if shut := without(want, e.gates); len(shut) > 0 {
		e.gated(e.kernel.AddRules(shut), unix.EEXIST)
	}
	e.gates = want
}

// inUse reports whether a MASTER has an address on a device, or the device for its adverts.
func (e *effects) inUse(device string) bool {
	for i := range e.settings.Instances {
		in := &e.settings.Instances[i]
		h := e.holders[in.ID]
		if h == nil || !h.master {
			continue
		}
		if in.Device == device || slices.ContainsFunc(h.addresses, func(a Address) bool { return a.Interface == device }) {
			return true
		}
	}
	return false
}

// without are the rules of those in a that are not in b, in order.
func without(a, b map[gate]bool) []rtnl.Rule {
	var rules []rtnl.Rule
	for g := range a {
		if !b[g] {
			rules = append(rules, g.rule())
		}
	}
	slices.SortFunc(rules, func(x, y rtnl.Rule) int { return cmp.Or(cmp.Compare(x.IIF, y.IIF), boolean(x.Six)-boolean(y.Six)) })
	return rules
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// gated logs what the kernel refused, but for what was so already.
func (e *effects) gated(errs []error, already error) {
	for _, err := range errs {
		if err != nil && !errors.Is(err, already) {
			e.log.limited("gate", "cannot keep a BACKUP from forwarding what is sent to the virtual MAC address", zap.Error(err))
		}
	}
}
