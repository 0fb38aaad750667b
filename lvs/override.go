package lvs

import (
	"slices"
	"time"
)

// Override is what an operator has ordered of the weight of one real server. It stands above the
// configuration and the checks until it is cleared; that of Drained above that of HasWeight.
type Override struct {
	Server string // VirtualServer.Name
	Real   DestinationKey
	// Drained: no new connections, weight 0; those that are there go on.
	Drained bool
	// HasWeight: Weight takes the place of the configured weight and of what checks ask for.
	HasWeight bool
	Weight    uint32
}

// MaxOverride is the largest weight that can be ordered: keepalived's limit of a configured one.
const MaxOverride = 65535

// none reports whether nothing is ordered.
func (o Override) none() bool { return !o.Drained && !o.HasWeight }

// weight is the ordered weight, if one is ordered.
func (o Override) weight() (weight int64, ordered bool) {
	switch {
	case o.Drained:
		return 0, true
	case o.HasWeight:
		return min(int64(o.Weight), MaxOverride), true
	}
	return 0, false
}

// keeps reports whether the real server is to keep its place with weight 0 for the sake of its
// connections, even where the sorry server takes over.
func (o Override) keeps() bool {
	weight, ordered := o.weight()
	return ordered && weight == 0
}

// override takes an order in: the whole of what is ordered of that real server from now on. One of a
// real server that is not configured is ignored.
func (d *Director) override(o Override, now time.Time) []Change {
	s := d.byName[o.Server]
	if s == nil || d.stopped {
		return nil
	}
	r := s.find(o.Real)
	if r == nil || r.override == o {
		return nil
	}
	was, wasDrained := r.weight(), r.override.Drained
	r.override = o
	if wasDrained && !o.Drained { // back from maintenance
		d.grow(s, r, now)
	}
	s.destinations = nil
	d.mark(s)
	var changes []Change
	if weight := r.weight(); weight != was {
		c := healthChange(s, r, Change{From: was, To: weight})
		c.Kind = WeightChanged
		changes = append(changes, c)
	}
	if s.evaluated {
		changes = append(changes, s.evaluate()...)
	}
	return changes
}

// Overrides returns what is ordered, in the order of the configuration.
func (d *Director) Overrides() []Override {
	var all []Override
	for _, s := range d.servers {
		for _, r := range s.real {
			if !r.override.none() {
				all = append(all, r.override)
			}
		}
	}
	return all
}

// Override returns what is ordered of one real server; known is false where that is not configured.
func (d *Director) Override(server string, real DestinationKey) (o Override, known bool) {
	if s := d.byName[server]; s != nil {
		if r := s.find(real); r != nil {
			o = r.override
			o.Server, o.Real = server, real
			return o, true
		}
	}
	return Override{}, false
}

// Placement is a destination in one kernel service.
type Placement struct {
	Service     ServiceKey
	Destination DestinationKey
}

// Placements returns where the kernel has a real server while its virtual server is active: once for
// each service.
func (d *Director) Placements(server string, real DestinationKey) []Placement {
	s := d.byName[server]
	if s == nil {
		return nil
	}
	r := s.find(real)
	if r == nil {
		return nil
	}
	return d.placements(s, r)
}

func (d *Director) placements(s *server, r *realServer) []Placement {
	var all []Placement
	for _, g := range s.config.Services {
		p := Placement{g.Service.ServiceKey, r.config.Destination.behind(g.Service.Port).DestinationKey}
		if d.services[p.Service].server == s && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}
