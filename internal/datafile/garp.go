package datafile

import (
	"slices"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// garpGroups writes the interfaces that share the pace of their gratuitous ARP.
func (v *vrrp) garpGroups() {
	groups := v.c.GarpGroups
	if v.c.Global.GARPInterval > 0 || v.c.Global.GNAInterval > 0 {
		groups = slices.Concat(groups, v.lonely())
	}
	if len(groups) == 0 {
		return
	}
	v.Section("Gratuitous ARP delays")
	for _, g := range groups {
		v.Section("GARP delay group")
		v.Line(0, "GARP interval = %s", seconds(g.GARPInterval))
		v.Line(0, "GARP next time %s", never)
		v.Line(0, "GNA interval = %s", seconds(g.GNAInterval))
		v.Line(0, "GNA next time %s", never)
		v.Line(0, "Interfaces")
		for _, name := range g.Interfaces {
			v.Line(0, " %s", name)
		}
	}
}

// never is the time of what has not happened.
const never = "0.000000 (Thu Jan  1 00:00:00.000000)"

// lonely are the interfaces that no garp_group names: each has the global intervals to itself.
func (v *vrrp) lonely() []config.GarpGroup {
	seen := map[string]bool{}
	for _, g := range v.c.GarpGroups {
		for _, name := range g.Interfaces {
			seen[name] = true
		}
	}
	var groups []config.GarpGroup
	for i := range v.c.Instances {
		name := v.c.Instances[i].Interface
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		groups = append(groups, config.GarpGroup{
			GARPInterval: v.c.Global.GARPInterval, GNAInterval: v.c.Global.GNAInterval, Interfaces: []string{name},
		})
	}
	return groups
}
