package lint

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// groupOf is the sync group of an instance, nil for none.
func groupOf(c *config.Config, name string) *config.SyncGroup {
	for i := range c.SyncGroups {
		for _, member := range c.SyncGroups[i].Members {
			if member == name {
				return &c.SyncGroups[i]
			}
		}
	}
	return nil
}

// pairSyncGroup: two virtual routers that move together on one router and not on the other.
func pairSyncGroup(m *match) {
	for i, p := range m.instances {
		for _, q := range m.instances[:i] {
			ga, gb := groupOf(m.a.Config, p.a.Name), groupOf(m.b.Config, p.b.Name)
			inA := ga != nil && ga == groupOf(m.a.Config, q.a.Name)
			inB := gb != nil && gb == groupOf(m.b.Config, q.b.Name)
			if inA == inB {
				continue
			}
			here := m.b.Name
			if inA {
				here = m.a.Name
			}
			f := m.put(p.b.Pos, p.a.Pos, fmt.Sprintf("%s and %s are in one sync group in %s alone", q.name(), p.name(), here))
			f.Instead, f.Cure = "after a failure they may end up on different routers", "write the same vrrp_sync_group on all routers"
			return
		}
	}
}

// pairSyncOrder: the members of a group have to agree on which router is first.
func pairSyncOrder(m *match) {
	for i, p := range m.instances {
		for _, q := range m.instances[:i] {
			g := groupOf(m.b.Config, p.b.Name)
			if g == nil || g != groupOf(m.b.Config, q.b.Name) {
				continue
			}
			a, b := int(p.a.Priority)-int(p.b.Priority), int(q.a.Priority)-int(q.b.Priority)
			if a*b >= 0 {
				continue
			}
			f := m.put(m.at[m.b].find(p.b.Pos, "priority"), m.at[m.a].find(p.a.Pos, "priority"),
				fmt.Sprintf("%s and %s are in sync group %s, but the one prefers this router and the other that", q.name(), p.name(), g.Name))
			f.Instead, f.Cure = "neither router can be MASTER of all: the group goes to and fro", "give one router the higher priority in all members"
		}
	}
}

func pairSyncDaemon(m *match) {
	a, b := m.a.Config.Global.LVSSync, m.b.Config.Global.LVSSync
	pos := func(r *Router) parser.Pos {
		if at, ok := m.at[r][line{}]["lvs_sync_daemon"]; ok {
			return at
		}
		return parser.Pos{File: r.Name}
	}
	var what []string
	switch {
	case a == nil && b == nil:
		return
	case a == nil || b == nil:
		what = append(what, "it is set in one file alone")
	default:
		if a.ID != b.ID {
			what = append(what, fmt.Sprintf("id is %d, and %d in the other file", b.ID, a.ID))
		}
		if a.Group != b.Group || a.Port != b.Port {
			what = append(what, "group or port differ")
		}
	}
	if len(what) == 0 {
		return
	}
	f := m.put(pos(m.b), pos(m.a), "lvs_sync_daemon: "+strings.Join(what, "; "))
	f.Instead, f.Cure = "after a failover the new MASTER does not know the connections", "write the same lvs_sync_daemon on all routers"
}

// serviceKey is what a virtual server is found by in the other file.
type serviceKey struct {
	addr     netip.Addr
	port     uint16
	mark     uint32
	group    string
	protocol string
	family   int
}

func services(c *config.Config) (map[serviceKey]*config.VirtualServer, []serviceKey) {
	all := map[serviceKey]*config.VirtualServer{}
	var order []serviceKey
	for i := range c.VirtualServers {
		v := &c.VirtualServers[i]
		k := serviceKey{v.Addr, v.Port, v.FWMark, v.Group, v.Protocol, v.Family}
		if all[k] == nil {
			all[k] = v
			order = append(order, k)
		}
	}
	return all, order
}

func pairVirtualServer(m *match) {
	a, inA := services(m.a.Config)
	b, inB := services(m.b.Config)
	if len(a) == 0 || len(b) == 0 {
		return // one of them is no director
	}
	for _, k := range inA {
		if b[k] == nil {
			m.lone(a[k], m.b)
		}
	}
	for _, k := range inB {
		switch v, w := b[k], a[k]; {
		case w == nil:
			m.lone(v, m.a)
		case v.Scheduler != w.Scheduler || v.Persistence != w.Persistence || v.Quorum != w.Quorum:
			f := m.put(v.Pos, w.Pos, fmt.Sprintf("virtual server %s: lb_algo %s, persistence_timeout %v, quorum %d; in the other file %s, %v, %d",
				v.String(), v.Scheduler, v.Persistence.Seconds(), v.Quorum, w.Scheduler, w.Persistence.Seconds(), w.Quorum))
			f.Instead, f.Cure = "clients are balanced in another way after a failover", "write the same on all routers"
		}
	}
}

// lone tells of a virtual server that the other router has not. A firewall mark may be each host's own.
func (m *match) lone(v *config.VirtualServer, other *Router) {
	f := m.put(v.Pos, parser.Pos{File: other.Name}, "virtual server "+v.String()+" is not in the other file")
	f.Instead, f.Cure = "when that router is MASTER nobody serves it", "add it to the other file"
	if v.FWMark != 0 {
		f.Severity = parser.Hint
	}
}

func pairRealServer(m *match) {
	a, _ := services(m.a.Config)
	b, order := services(m.b.Config)
	for _, k := range order {
		v, w := b[k], a[k]
		if w == nil {
			continue
		}
		text := func(s string) string { return s }
		here, there := missing(servers(v), servers(w), text), missing(servers(w), servers(v), text)
		if len(here)+len(there) == 0 {
			continue
		}
		f := m.put(v.Pos, w.Pos, fmt.Sprintf("virtual server %s: the real servers differ: %s", v.String(), lists(m.b.Name, m.a.Name, here, there)))
		f.Instead, f.Cure = "clients find other servers after a failover", "write the same real servers on all routers"
	}
}

// servers are the real servers of a virtual server as text: address, port, method and weight.
func servers(v *config.VirtualServer) []string {
	var list []string
	for i := range v.RealServers {
		r := &v.RealServers[i]
		list = append(list, fmt.Sprintf("%s %d %s weight %d", r.Addr, r.Port, [...]string{"NAT", "DR", "TUN"}[r.Method.Forward], r.Weight))
	}
	return list
}
