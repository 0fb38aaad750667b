package wiring

import (
	"net/netip"
	"slices"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// FirewallMarks gives every virtual server of a group that nftables_ipvs marks a firewall mark, as
// keepalived does: in the order of the file from nftables_ipvs_start_fwmark on. Marks that the
// configuration names itself are passed over. They are kept as long as the daemon runs: connections know
// their service by it. The zero value is ready.
type FirewallMarks struct {
	start uint32
	given map[markedGroup]uint32
}

// markedGroup is what has a mark of its own: two virtual servers of one group and protocol are one service.
type markedGroup struct{ group, protocol string }

// markWiring collects the marks of one configuration.
type markWiring struct {
	global *config.Global
	ids    *FirewallMarks
	taken  map[uint32]bool
	list   []lvs.Mark
	done   map[markedGroup]bool
}

func newMarks(c *config.Config, ids *FirewallMarks) *markWiring {
	if ids == nil {
		ids = &FirewallMarks{}
	}
	w := &markWiring{global: &c.Global, ids: ids, taken: map[uint32]bool{}, done: map[markedGroup]bool{}}
	if ids.start != c.Global.NFTablesIPVSFirstMark {
		ids.start, ids.given = c.Global.NFTablesIPVSFirstMark, map[markedGroup]uint32{}
	}
	wanted := map[markedGroup]bool{}
	for i := range c.VirtualServers {
		v := &c.VirtualServers[i]
		wanted[markedGroup{v.Group, v.Protocol}] = true
		w.taken[v.FWMark] = true
	}
	for i := range c.VirtualServerGroups {
		for _, e := range c.VirtualServerGroups[i].Entries {
			w.taken[e.FWMark] = true
		}
	}
	for group, mark := range ids.given {
		if !wanted[group] || w.taken[mark] {
			delete(ids.given, group)
		} else {
			w.taken[mark] = true
		}
	}
	return w
}

// of is the mark of a group.
func (w *markWiring) of(group markedGroup) uint32 {
	mark, ok := w.ids.given[group]
	if !ok {
		for mark = w.ids.start; w.taken[mark] || mark == 0; mark++ {
		}
		w.taken[mark], w.ids.given[group] = true, mark
	}
	return mark
}

// marks reports whether a group is one that is marked: it has addresses, and, as in keepalived, no marks.
func (w *markWiring) marks(g *config.VirtualServerGroup) bool {
	return w.global.NFTablesIPVS != "" && len(g.Entries) > 0 &&
		!slices.ContainsFunc(g.Entries, func(e config.GroupEntry) bool { return !e.First.IsValid() })
}

// services are those that stand for the addresses of a group: one for each family of addresses.
func (w *markWiring) services(v *config.VirtualServer, g *config.VirtualServerGroup, gate *Gate) []lvs.GatedService {
	group := markedGroup{v.Group, v.Protocol}
	mark := w.of(group)
	var list []lvs.Mark
	for _, e := range g.Entries {
		for _, r := range gate.runs(e.First, e.Last, v.FollowVRRP) {
			list = append(list, lvs.Mark{First: r.first, Last: r.last, Port: e.Port, Protocol: protocol(v.Protocol), FWMark: mark, Follow: r.follow})
		}
	}
	var services []lvs.GatedService
	for _, f := range []uint8{4, 6} {
		follow, any := followed(list, f)
		if any {
			services = append(services, lvs.GatedService{Service: service(v, lvs.ServiceKey{FWMark: mark, Family: f}), Follow: follow})
		}
	}
	if !w.done[group] {
		w.done[group] = true
		w.list = append(w.list, list...)
	}
	return services
}

// followed is what activates the service of a family: whatever activates one of its addresses.
func followed(list []lvs.Mark, f uint8) (follow []lvs.Follow, any bool) {
	always := false
	for _, m := range list {
		if family(m.First) != f {
			continue
		}
		any, always = true, always || len(m.Follow) == 0
		for _, one := range m.Follow {
			if !slices.Contains(follow, one) {
				follow = append(follow, one)
			}
		}
	}
	if always {
		follow = nil
	}
	return follow, any
}

// settings are what the director has to know; nil without nftables_ipvs.
func (w *markWiring) settings() *director.Marks {
	if w.global.NFTablesIPVS == "" {
		return nil
	}
	return &director.Marks{
		Table: w.global.NFTablesIPVS, Priority: int32(w.global.NFTablesIPVSPriority), Counters: w.global.NFTablesCounters, List: w.list,
	}
}

// run is a part of a range whose addresses follow the same.
type run struct {
	first, last netip.Addr
	follow      []lvs.Follow
}

// runs divides a range by what its addresses follow.
func (g *Gate) runs(first, last netip.Addr, named string) []run {
	if f, decided := g.named(named); decided {
		return []run{{first, last, f}}
	}
	var held []netip.Addr
	for a := range g.holders {
		if a.Compare(plain(first)) >= 0 && a.Compare(plain(last)) <= 0 {
			held = append(held, a)
		}
	}
	slices.SortFunc(held, netip.Addr.Compare)
	var runs []run
	add := func(r run) {
		if n := len(runs); n > 0 && slices.Equal(runs[n-1].follow, r.follow) {
			runs[n-1].last = r.last
			return
		}
		runs = append(runs, r)
	}
	next := first
	for _, a := range held {
		if a != next {
			add(run{next, a.Prev(), nil})
		}
		add(run{a, a, g.holders[a]})
		next = a.Next()
	}
	if next.IsValid() && next.Compare(last) <= 0 {
		add(run{next, last, nil})
	}
	return runs
}
