package lvs

// Traffic is what a service or a destination has carried since it was put into the table.
type Traffic struct {
	Connections           uint64
	PacketsIn, PacketsOut uint64
	BytesIn, BytesOut     uint64 // octets
}

// Plus is the sum of two.
func (t Traffic) Plus(o Traffic) Traffic {
	return Traffic{
		Connections: t.Connections + o.Connections,
		PacketsIn:   t.PacketsIn + o.PacketsIn, PacketsOut: t.PacketsOut + o.PacketsOut,
		BytesIn: t.BytesIn + o.BytesIn, BytesOut: t.BytesOut + o.BytesOut,
	}
}

// Plus is the sum of two.
func (c Connections) Plus(o Connections) Connections {
	return Connections{Active: c.Active + o.Active, Inactive: c.Inactive + o.Inactive, Persistent: c.Persistent + o.Persistent}
}

// Counts is what the kernel has counted of a service.
type Counts struct {
	Traffic      Traffic
	Destinations map[DestinationKey]DestinationCounts
}

// DestinationCounts is what the kernel has counted of a destination.
type DestinationCounts struct {
	Traffic     Traffic
	Connections Connections
}

// AllPlacements returns where the kernel has every real server, by virtual server in the order of the
// configuration, and then by real server; see Placements.
func (d *Director) AllPlacements() [][][]Placement {
	all := make([][][]Placement, len(d.servers))
	for i, s := range d.servers {
		all[i] = make([][]Placement, len(s.real))
		for j, r := range s.real {
			all[i][j] = d.placements(s, r)
		}
	}
	return all
}

// ServicesOf returns the services of each virtual server that are its own, in the order of the
// configuration.
func (d *Director) ServicesOf() [][]ServiceKey {
	all := make([][]ServiceKey, len(d.servers))
	for i, s := range d.servers {
		for _, g := range s.config.Services {
			if key := g.Service.ServiceKey; d.services[key].server == s {
				all[i] = append(all[i], key)
			}
		}
	}
	return all
}
