package datafile

import (
	"fmt"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// link is the interface that an instance uses: its own, or one made on top of it.
type link struct {
	name string // the one that holds the addresses
	base string // the one in the file
	kind string // vmac, ipvlan or empty
}

// packets is the interface on which adverts go.
func (l link) packets(in *config.Instance) string {
	if in.VMAC != nil && in.VMAC.XmitBase {
		return l.base
	}
	return l.name
}

// shown is an interface as keepalived names it beside an address.
func (l link) shown() string {
	if l.kind == "vmac" {
		return l.name + "@" + l.base
	}
	return l.base
}

// links names the interfaces of all instances. A name that the file does not give is made of the
// prefix and the VRID; the family stands behind the prefix where that name is taken.
func links(c *config.Config) []link {
	taken := map[string]bool{}
	for i := range c.Instances {
		if in := &c.Instances[i]; in.VMAC != nil {
			taken[in.VMAC.Name] = true
		} else if in.IPVLAN != nil {
			taken[in.IPVLAN.Name] = true
		}
	}
	all := make([]link, len(c.Instances))
	for i := range c.Instances {
		in := &c.Instances[i]
		l := link{name: in.Interface, base: in.Interface}
		switch {
		case in.VMAC != nil && in.VMAC.Use:
			l.name, l.kind = in.VMAC.Name, "vmac"
		case in.IPVLAN != nil:
			l.name, l.kind = in.IPVLAN.Name, "ipvlan"
		}
		if l.name == "" && l.kind != "" {
			l.name = free(or(c.Global.VMACPrefix, "vrrp"), in, taken)
			taken[l.name] = true
		}
		all[i] = l
	}
	return all
}

func free(prefix string, in *config.Instance, taken map[string]bool) string {
	name := fmt.Sprintf("%s.%d", prefix, in.VRID)
	if taken[name] && in.Family == 6 {
		name = fmt.Sprintf("%s6.%d", prefix, in.VRID)
	}
	for n := 1; taken[name]; n++ {
		name = fmt.Sprintf("%s.%d.%d", prefix, in.VRID, n)
	}
	return name
}
