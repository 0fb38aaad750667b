package lvs

// configure builds the state for a configuration out of that of the servers named in old.
func (d *Director) configure(servers []VirtualServer, old map[string]*server) {
	d.servers = make([]*server, 0, len(servers))
	d.byName = make(map[string]*server, len(servers))
	d.services = make(map[ServiceKey]service, len(servers))
	for _, config := range servers {
		s := old[config.Name]
		if s != nil {
			s.reconfigure(config)
			delete(old, config.Name)
		} else {
			s = newServer(config)
		}
		d.servers = append(d.servers, s)
		if d.byName[config.Name] == nil {
			d.byName[config.Name] = s
		}
		for _, g := range config.Services {
			// The first virtual server that names a service has it, as in the kernel.
			if _, taken := d.services[g.Service.ServiceKey]; !taken {
				d.services[g.Service.ServiceKey] = service{server: s, gate: g}
			}
		}
	}
}

// reload moves to a new configuration. What is still there keeps its state: virtual servers are
// found by name, real servers by address and port, checks by identity.
func (d *Director) reload(servers []VirtualServer) []Change {
	before, states := d.services, d.healthByServer()
	old := make(map[string]*server, len(d.servers))
	for _, s := range d.servers {
		old[s.config.Name] = s
	}
	var changes []Change
	removed := d.removedReals(servers, old)
	d.configure(servers, old)
	d.regrow()
	for _, s := range old { // what configure has not taken over
		if s.config.Omega {
			changes = append(changes, s.farewell()...)
		}
	}
	changes = append(changes, removed...)
	for _, s := range d.servers {
		changes = append(changes, d.reloadServer(s, states[s])...)
	}
	for key := range before {
		if _, still := d.services[key]; !still {
			d.gone[key] = struct{}{}
			d.dirty[key] = struct{}{}
		}
	}
	for key := range d.services {
		delete(d.gone, key)
	}
	return changes
}

// healthByServer remembers which real servers are up before a reload.
func (d *Director) healthByServer() map[*server]map[DestinationKey]bool {
	states := make(map[*server]map[DestinationKey]bool, len(d.servers))
	for _, s := range d.servers {
		up := make(map[DestinationKey]bool, len(s.real))
		for _, r := range s.real {
			up[r.config.Destination.DestinationKey] = r.up()
		}
		states[s] = up
	}
	return states
}

// reloadServer brings one virtual server of the new configuration to work: was is the health of
// its real servers before, nil for a new virtual server.
func (d *Director) reloadServer(s *server, was map[DestinationKey]bool) []Change {
	d.mark(s)
	s.destinations = nil
	var changes []Change
	for _, r := range s.real {
		up, known := was[r.config.Destination.DestinationKey]
		switch {
		case !known:
			changes = append(changes, healthChange(s, r, Change{Initial: true}))
		case up != r.up():
			changes = append(changes, healthChange(s, r, Change{Detail: "checks changed by reload"}))
		}
	}
	return append(changes, s.evaluate()...)
}

// removedReals reports the real servers that leave virtual servers which stay.
func (d *Director) removedReals(servers []VirtualServer, old map[string]*server) []Change {
	var changes []Change
	for _, config := range servers {
		s := old[config.Name]
		if s == nil {
			continue
		}
		stay := make(map[DestinationKey]bool, len(config.RealServers))
		for _, r := range config.RealServers {
			stay[r.Destination.DestinationKey] = true
		}
		for _, r := range s.real {
			if !stay[r.config.Destination.DestinationKey] && r.up() {
				c := healthChange(s, r, Change{Removed: true})
				c.Kind = RealServerDown
				changes = append(changes, c)
			}
		}
	}
	return changes
}

// reconfigure takes a new configuration over and keeps the state of what is still there.
func (s *server) reconfigure(config VirtualServer) {
	real := make([]*realServer, 0, len(config.RealServers))
	for _, rc := range config.RealServers {
		if r := s.find(rc.Destination.DestinationKey); r != nil {
			r.reconfigure(rc, config.Alpha)
			real = append(real, r)
		} else {
			real = append(real, newRealServer(rc, config.Alpha))
		}
	}
	s.config, s.real, s.destinations = config, real, nil
	s.index()
}
