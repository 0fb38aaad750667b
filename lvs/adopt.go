package lvs

// adopt takes health, weights and quorum from a table that an earlier process left in the kernel,
// so that the start changes nothing that the checks have not decided. A virtual server without a
// service in the table starts as if there had been none.
func (d *Director) adopt(t Table) {
	for _, s := range d.servers {
		for _, g := range s.config.Services {
			if entry, ok := t[g.Service.ServiceKey]; ok {
				s.adopt(entry.Destinations, g.Service.Port)
				break
			}
		}
	}
}

// adopt takes the state from the destinations of a service of that port.
func (s *server) adopt(found map[DestinationKey]Destination, port uint16) {
	s.adoptSorry(found, port)
	for _, r := range s.real {
		if len(r.checks) > 0 {
			d, ok := found[r.config.Destination.behind(port).DestinationKey]
			r.adopt(d, ok, s.sorryAdopted)
		}
	}
	// With the sorry server at work the quorum was lost; otherwise it had been gained and only the
	// lower threshold counts.
	s.quorum = !s.sorryAdopted && s.weight() > 0
	s.destinations = nil
}

func (s *server) adoptSorry(found map[DestinationKey]Destination, port uint16) {
	if s.config.Sorry == nil || s.find(s.config.Sorry.DestinationKey) != nil {
		return // a sorry server that is a real server too does not tell which of them it was
	}
	d, ok := found[s.config.Sorry.behind(port).DestinationKey]
	s.sorryAdopted = ok && (d.Weight > 0 || s.config.Sorry.Weight == 0 && !s.config.SorryInhibit)
}

// adopt takes the state of a checked real server from its destination, if there was one. While the
// sorry server is at work the real servers are absent whatever their state: they count as down until
// checked.
func (r *realServer) adopt(d Destination, ok, sorry bool) {
	configured := r.config.Destination.Weight
	if ok && r.override.keeps() { // its weight tells nothing, and it must not leave before it is checked
		r.setHealth(true)
		return
	}
	if sorry || !ok || d.Weight == 0 && r.config.Inhibit && r.weight() != 0 {
		r.setHealth(false)
		return
	}
	r.setHealth(true)
	if !r.override.none() || r.config.SlowStart > 0 {
		return // the weight tells nothing of what a check has asked for
	}
	for i := range r.checks {
		if r.checks[i].Dynamic && d.Weight != configured {
			r.checks[i].hasWeight, r.checks[i].weight = true, int64(d.Weight)
			return
		}
	}
}
