package speaker

import (
	"errors"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/firewall"
)

// wall drops packets to and from addresses; tests have one that prints itself.
type wall interface {
	// Start and Change are as those of firewall.Firewall.
	Start(o firewall.Options, shut []firewall.Address) error
	Change(shut, open []firewall.Address) error
	Steer(o firewall.Options, macvlans []firewall.Steered) error
}

// steer tells the firewall of the macvlans that are there. It is called before one is raised: the kernel
// tells of its multicast groups at once.
func (e *effects) steer(o firewall.Options) {
	if e.wall == nil {
		return
	}
	var all []firewall.Steered
	for _, d := range e.devices {
		if l, ok := e.links[d.Name]; ok && !d.IPVLAN && d.Stands(e.links) {
			all = append(all, firewall.Steered{Index: l.Index, Base: l.Parent})
		}
	}
	switch err := e.wall.Steer(o, all); {
	case err == nil || len(all) == 0 && errors.Is(err, firewall.ErrNoTables):
	case errors.Is(err, firewall.ErrNoTables):
		e.log.limited("steer", "IGMP and MLD leave with virtual MAC addresses, so that a switch may look for them here: load the kernel's module nf_tables", zap.Error(err))
	default:
		e.log.warn("cannot change the firewall of use_vmac", zap.Error(err))
	}
}

// startWall takes over what an earlier process left, with the addresses that are held already.
func (e *effects) startWall(s *Settings) {
	if e.wall == nil {
		return
	}
	shut, _ := e.fenceChanges()
	e.walled(e.wall.Start(s.Firewall, shut))
}

// fence shuts the addresses that are held and shall not be reached, and opens those that are held no
// more. It is called before addresses are put and after they are taken off.
func (e *effects) fence() {
	if e.wall == nil || !e.fencing && len(e.shut) == 0 {
		return
	}
	if shut, open := e.fenceChanges(); len(shut)+len(open) > 0 {
		e.walled(e.wall.Change(shut, open))
	}
}

// fenceChanges compares what is shut with what shall be, and takes that over.
func (e *effects) fenceChanges() (shut, open []firewall.Address) {
	wanted := map[firewall.Address]bool{}
	for _, v := range e.vips {
		if v.refs == 0 || !v.config.Shut {
			continue
		}
		a := firewall.Address{Addr: v.prefix.Addr()}
		if a.Addr.Is6() && a.Addr.IsLinkLocalUnicast() {
			a.Link, a.Index = v.link, e.links[v.link].Index
		}
		wanted[a] = true
		if !e.shut[a] {
			shut = append(shut, a)
		}
	}
	for a := range e.shut {
		if !wanted[a] {
			open = append(open, a)
		}
	}
	e.shut = wanted
	return shut, open
}

// walled says what failed. Where the kernel has no nftables that is said once, and nothing is tried
// any more.
func (e *effects) walled(err error) {
	switch {
	case err == nil:
	case !errors.Is(err, firewall.ErrNoTables):
		e.log.warn("cannot change the firewall of no_accept", zap.Error(err))
	default:
		e.wall = nil
		if e.fencing {
			e.log.warn("packets to virtual addresses are NOT dropped, although no_accept or strict mode ask for it: load the kernel's module nf_tables, or write accept",
				zap.Error(err))
		}
	}
}

// fences reports whether any address shall be shut while it is held.
func (s *Settings) fences() bool {
	for i := range s.Instances {
		for _, a := range addressesOf(&s.Instances[i]) {
			if a.Shut {
				return true
			}
		}
	}
	return false
}
