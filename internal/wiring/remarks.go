package wiring

import (
	"fmt"
	"strings"

	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Remarks are hints about what the gating rule makes of a configuration where that may surprise:
// fwmark services with several instances that could activate them, and addresses that no instance
// holds while there are instances.
func Remarks(c *config.Config) []parser.Problem {
	if c.Global.LVSActiveAlways || len(c.Instances) == 0 {
		return nil
	}
	gate := NewGate(c, true)
	groups := c.ServerGroups()
	var remarks []parser.Problem
	for i := range c.VirtualServers {
		v := &c.VirtualServers[i]
		if v.FollowVRRP != "" {
			continue
		}
		d := directorWiring{gate: gate, groups: groups}
		services := d.services(v)
		for j := range services {
			if r, ok := remark(v, &services[j]); ok {
				remarks = append(remarks, r)
				break // one for each virtual_server
			}
		}
	}
	return remarks
}

func remark(v *config.VirtualServer, s *lvs.GatedService) (parser.Problem, bool) {
	p := parser.Problem{Pos: v.Pos, Severity: parser.Hint, Class: parser.Logged}
	switch fwmark := !s.Service.Addr.IsValid(); {
	case fwmark && len(s.Follow) > 1:
		names := make([]string, len(s.Follow))
		for i, f := range s.Follow {
			names[i] = f.Name
		}
		p.ID = "follow-several"
		p.Message = fmt.Sprintf("the fwmark says nothing of an instance: the service is active while any of %s is MASTER", strings.Join(names, ", "))
		p.Cure = "name the instance or sync group that it belongs to: follow_vrrp " + names[0]
	case !fwmark && len(s.Follow) == 0:
		p.ID = "follow-none"
		p.Message = fmt.Sprintf("no vrrp_instance holds %s: the service is active on every director", s.Service.Addr)
		p.Cure = "if it belongs to an instance say so: follow_vrrp NAME; if it does not: follow_vrrp none"
	default:
		return p, false
	}
	return p, true
}
