package wiring

import (
	"net/netip"

	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Gate decides which instances and sync groups activate a virtual server. It is made once for a
// configuration.
type Gate struct {
	always    bool
	instances map[string]bool
	groups    map[string]bool
	holders   map[netip.Addr][]lvs.Follow // instances by virtual address
	units     []lvs.Follow                // sync groups, and instances that are in none
}

// NewGate looks through the instances of a configuration. Without a VRRP process nothing is
// followed.
func NewGate(c *config.Config, vrrp bool) *Gate {
	g := &Gate{
		always:    c.Global.LVSActiveAlways,
		instances: map[string]bool{},
		groups:    map[string]bool{},
		holders:   map[netip.Addr][]lvs.Follow{},
	}
	if !vrrp {
		return g
	}
	grouped := map[string]bool{}
	for i := range c.SyncGroups {
		s := &c.SyncGroups[i]
		g.groups[s.Name] = true
		g.units = append(g.units, lvs.Follow{Name: s.Name, Group: true})
		for _, member := range s.Members {
			grouped[member] = true
		}
	}
	for i := range c.Instances {
		in := &c.Instances[i]
		follow := lvs.Follow{Name: in.Name}
		g.instances[in.Name] = true
		if !grouped[in.Name] {
			g.units = append(g.units, follow)
		}
		for _, list := range [][]config.Address{in.Addresses, in.Excluded} {
			for _, a := range list {
				g.hold(a.Prefix.Addr(), follow)
			}
		}
	}
	return g
}

// hold notes that an instance has an address.
func (g *Gate) hold(a netip.Addr, f lvs.Follow) {
	a = plain(a)
	for _, have := range g.holders[a] {
		if have == f {
			return
		}
	}
	g.holders[a] = append(g.holders[a], f)
}

// Address is the rule for a service on an address: the instance that holds it, else none (always
// active). named is the virtual server's follow_vrrp.
func (g *Gate) Address(a netip.Addr, named string) []lvs.Follow {
	if f, decided := g.named(named); decided {
		return f
	}
	return g.holders[plain(a)]
}

// FWMark is the rule for a fwmark service: the only instance or sync group there is, or any of
// several.
func (g *Gate) FWMark(named string) []lvs.Follow {
	if f, decided := g.named(named); decided {
		return f
	}
	return g.units
}

// named applies follow_vrrp, and lvs_active always where there is none.
func (g *Gate) named(name string) (f []lvs.Follow, decided bool) {
	switch {
	case name == "none":
		return nil, true
	case name != "" && g.instances[name]:
		return []lvs.Follow{{Name: name}}, true
	case name != "" && g.groups[name]:
		return []lvs.Follow{{Name: name, Group: true}}, true
	}
	return nil, g.always
}

// plain takes off what does not tell addresses apart on one host: the zone, and the IPv4 in IPv6 form.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
