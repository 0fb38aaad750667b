package doctor

import (
	"net/netip"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// maxRange is how many addresses of a group's range are looked at: what is wrong with one is wrong
// with its neighbours.
const maxRange = 256

// Service is one address of a virtual server.
type Service struct {
	Server *config.VirtualServer
	Addr   netip.Addr // invalid for a fwmark
	Port   uint16
}

// Services lists the addresses of all virtual servers. Of a long range the first 256 count.
func Services(c *config.Config) []Service {
	var all []Service
	groups := c.ServerGroups()
	for i := range c.VirtualServers {
		v := &c.VirtualServers[i]
		g := groups[v.Group]
		if v.Group == "" || g == nil {
			all = append(all, Service{v, v.Addr, v.Port})
			continue
		}
		for _, e := range g.Entries {
			if e.FWMark != 0 {
				all = append(all, Service{Server: v})
				continue
			}
			for a, n := e.First, 0; a.IsValid() && a.Compare(e.Last) <= 0 && n < maxRange; a, n = a.Next(), n+1 {
				all = append(all, Service{v, a, e.Port})
			}
		}
	}
	return all
}

// Local are the real servers of a virtual server that this host is.
func (f *Facts) Local(v *config.VirtualServer) []*config.RealServer {
	var all []*config.RealServer
	for i := range v.RealServers {
		if f.Holder(v.RealServers[i].Addr) != nil {
			all = append(all, &v.RealServers[i])
		}
	}
	return all
}

// Role is what a host is to a configuration; it may be both.
type Role struct{ Director, RealServer bool }

// RoleOf tells what this host is. One that has an address of a real server is that; it is a director
// if it is no real server, or if the daemon runs on it.
func RoleOf(c *config.Config, f *Facts) Role {
	var r Role
	for i := range c.VirtualServers {
		if len(f.Local(&c.VirtualServers[i])) > 0 {
			r.RealServer = true
		}
	}
	r.Director = !r.RealServer || f.Daemon
	return r
}
