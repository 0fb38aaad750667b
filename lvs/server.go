package lvs

import "fmt"

// server is the running state of a virtual server.
type server struct {
	config VirtualServer
	real   []*realServer
	byKey  map[DestinationKey]*realServer
	// quorum counts as lost until it has been evaluated.
	quorum    bool
	evaluated bool
	// sorryAdopted: the table that was adopted had the sorry server at work.
	sorryAdopted bool
	// destinations is the cache of what every active service of this virtual server gets, by the
	// port of the service; a fwmark has port 0.
	destinations map[uint16]map[DestinationKey]Destination
}

func newServer(config VirtualServer) *server {
	s := &server{config: config}
	for _, r := range config.RealServers {
		s.real = append(s.real, newRealServer(r, config.Alpha))
	}
	s.index()
	return s
}

// index makes byKey; of real servers with one address and port the first counts.
func (s *server) index() {
	s.byKey = make(map[DestinationKey]*realServer, len(s.real))
	for _, r := range s.real {
		if key := r.config.Destination.DestinationKey; s.byKey[key] == nil {
			s.byKey[key] = r
		}
	}
}

// find returns the real server with that address and port.
func (s *server) find(key DestinationKey) *realServer { return s.byKey[key] }

// weight is the sum of the weights of the real servers that are up.
func (s *server) weight() int64 {
	var sum int64
	for _, r := range s.real {
		if r.up() {
			sum += r.weight()
		}
	}
	return sum
}

// sorry reports whether the sorry server stands in for the real servers.
func (s *server) sorry() bool { return s.config.Sorry != nil && s.evaluated && !s.quorum }

// table returns the destinations that a service of a port is to have now. The caller must not change
// the map.
func (s *server) table(port uint16) map[DestinationKey]Destination {
	if t := s.destinations[port]; t != nil {
		return t
	}
	t := make(map[DestinationKey]Destination, len(s.real)+1)
	add := func(d Destination) { // of two with one address and port the first counts
		d = d.behind(port)
		if _, taken := t[d.DestinationKey]; !taken {
			t[d.DestinationKey] = d
		}
	}
	for _, r := range s.real {
		if d, ok := r.destination(s.sorry()); ok {
			add(d)
		}
	}
	if s.sorry() {
		d := s.config.Sorry.Normal().behind(port)
		t[d.DestinationKey] = d
	} else if s.config.Sorry != nil && s.config.SorryInhibit { // it is there from the start
		d := s.config.Sorry.Normal()
		d.Weight = 0
		add(d)
	}
	if s.destinations == nil {
		s.destinations = make(map[uint16]map[DestinationKey]Destination, 1)
	}
	s.destinations[port] = t
	return t
}

// evaluate applies the quorum rules and returns what changed. The quorum is gained at quorum +
// hysteresis and lost below quorum - hysteresis or without any weight (behaviour of keepalived).
func (s *server) evaluate() []Change {
	if !s.evaluated {
		return s.start()
	}
	sum := s.weight()
	switch {
	case !s.quorum && sum >= s.upper():
		return s.gained(s.change(sum), s.sorry())
	case s.quorum && (sum == 0 || sum < s.lower()):
		return s.lost(s.change(sum))
	}
	return nil
}

// start is the first evaluation. An adopted quorum is kept while it is not lost; any other has to
// be gained. A quorum that is not there is reported only where a sorry server comes in for it.
func (s *server) start() []Change {
	sum := s.weight()
	up := sum >= s.upper() || s.quorum && sum > 0 && sum >= s.lower()
	s.evaluated, s.quorum, s.destinations = true, up, nil
	change := s.change(sum)
	change.Initial = true
	switch {
	case up:
		return s.gained(change, s.sorryAdopted)
	case s.config.Sorry != nil:
		return s.lost(change)
	}
	return nil
}

func (s *server) upper() int64 { return int64(s.config.Quorum) + int64(s.config.Hysteresis) }
func (s *server) lower() int64 { return int64(s.config.Quorum) - int64(s.config.Hysteresis) }

func (s *server) change(sum int64) Change {
	return Change{Server: s.config.Name, Weight: sum, Quorum: s.config.Quorum, Hysteresis: s.config.Hysteresis}
}

func (s *server) gained(change Change, sorry bool) []Change {
	s.quorum, s.destinations = true, nil
	change.Kind = QuorumGained
	changes := []Change{change}
	if sorry && s.config.Sorry != nil {
		changes = append(changes, s.sorryChange(SorryRemoved, change))
	}
	return changes
}

func (s *server) lost(change Change) []Change {
	s.quorum, s.destinations = false, nil
	change.Kind = QuorumLost
	changes := []Change{change}
	if s.config.Sorry != nil {
		changes = append(changes, s.sorryChange(SorryAdded, change))
	}
	return changes
}

func (s *server) sorryChange(kind ChangeKind, change Change) Change {
	change.Kind = kind
	change.Real = s.config.Sorry.DestinationKey
	change.Name = s.realName(change.Real)
	change.Inhibit = s.config.SorryInhibit
	return change
}

// realName is what keepalived calls a real server: "[192.0.2.10]:tcp:80", behind fwmarks alone
// "[192.0.2.10]:none:80".
func (s *server) realName(key DestinationKey) string {
	protocol := "none"
	for _, g := range s.config.Services {
		if p := g.Service.Protocol; p != NoProtocol {
			protocol = p.String()
			break
		}
	}
	return fmt.Sprintf("[%s]:%s:%d", key.Addr, protocol, key.Port)
}
