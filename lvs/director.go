package lvs

import (
	"maps"
	"slices"
)

// Director is the core: it holds the running state of every virtual server and says which table
// is wanted. It is a plain value for one owner: nothing in it locks, waits or reads a clock.
type Director struct {
	servers []*server
	byName  map[string]*server
	// services finds the virtual server and the gate of a kernel service.
	services map[ServiceKey]service
	masters  masters
	// gone are services that were ours and are wanted no more; ours until Forget.
	gone    map[ServiceKey]struct{}
	dirty   map[ServiceKey]struct{}
	growing map[*realServer]*server // whose weights grow
	stopped bool
}

// service is one kernel service of a virtual server.
type service struct {
	server *server
	gate   GatedService
}

// NewDirector returns a core for the configuration, before its start. The events Adopted (where
// there is a table) and Started come next.
func NewDirector(servers []VirtualServer) *Director {
	d := &Director{gone: map[ServiceKey]struct{}{}, dirty: map[ServiceKey]struct{}{}, growing: map[*realServer]*server{}}
	d.configure(servers, nil)
	return d
}

// Step takes one event in and returns what it changed, in order. Dirty then names the services
// whose wanted entry may differ.
func (d *Director) Step(e Event) []Change {
	switch e.Kind {
	case Adopted:
		d.adopt(e.Table)
		return nil
	case Started:
		return d.start()
	case Checked:
		return d.checked(e)
	case MastersChanged:
		d.setMasters(e.Instances, e.Groups)
		return nil
	case Reloaded:
		return d.reload(e.Servers)
	case Stopped:
		return d.stop()
	case Overridden:
		return d.override(e.Override, e.At)
	case Ticked:
		d.tick(e.At)
		return nil
	}
	return nil
}

// start evaluates every quorum and reports the initial state of the real servers.
func (d *Director) start() []Change {
	var changes []Change
	for _, s := range d.servers {
		changes = append(changes, d.startServer(s)...)
	}
	return changes
}

func (d *Director) startServer(s *server) []Change {
	var changes []Change
	for _, r := range s.real {
		changes = append(changes, healthChange(s, r, Change{Initial: true}))
	}
	d.mark(s)
	return append(changes, s.evaluate()...)
}

// healthChange fills c as the change to the state that r has now.
func healthChange(s *server, r *realServer, c Change) Change {
	c.Kind, c.Up = RealServerDown, r.up()
	if c.Up {
		c.Kind = RealServerUp
	}
	c.Server, c.Name = s.config.Name, r.config.Name
	c.Real, c.Inhibit = r.config.Destination.DestinationKey, r.config.Inhibit
	return c
}

// checked takes the verdict of a check in. One of a check that is not configured (any more) is
// ignored.
func (d *Director) checked(e Event) []Change {
	s := d.byName[e.Check.Server]
	if s == nil || d.stopped {
		return nil
	}
	r := s.find(e.Check.Real)
	if r == nil {
		return nil
	}
	c := r.check(e.Check.Check)
	if c == nil {
		return nil
	}
	wasUp, wasWeight, wasFailed := r.up(), r.weight(), c.failed
	c.failed = !e.Up
	r.failed = r.failed || !e.Up
	if e.Up { // a failed check leaves the weight it asked for last
		c.hasWeight, c.relative, c.weight = e.HasWeight, e.Relative, e.Weight
	}
	if wasFailed == c.failed && wasWeight == r.weight() {
		return nil
	}
	changes := verdictChanges(s, r, e, wasUp, wasWeight, wasFailed)
	switch {
	case wasUp && !r.up():
		d.whole(r)
	case !wasUp && r.failed:
		d.grow(s, r, e.At)
	}
	s.destinations = nil
	d.mark(s)
	if s.evaluated {
		changes = append(changes, s.evaluate()...)
	}
	return changes
}

func verdictChanges(s *server, r *realServer, e Event, wasUp bool, wasWeight int64, wasFailed bool) []Change {
	change := healthChange(s, r, Change{Check: e.Check.Check, Detail: e.Detail})
	var changes []Change
	add := func(kind ChangeKind) {
		change.Kind = kind
		changes = append(changes, change)
	}
	switch {
	case wasFailed && e.Up:
		add(CheckUp)
	case !wasFailed && !e.Up:
		add(CheckDown)
	}
	if weight := r.weight(); weight != wasWeight {
		change.From, change.To = wasWeight, weight
		add(WeightChanged)
		change.From, change.To = 0, 0
	}
	switch {
	case !wasUp && r.up():
		add(RealServerUp)
	case wasUp && !r.up():
		add(RealServerDown)
	}
	return changes
}

// Up reports whether a check counts as passed now; known is false for one that is not configured.
// The shell starts its own retry counters from it.
func (d *Director) Up(id CheckID) (up, known bool) {
	if s := d.byName[id.Server]; s != nil {
		if r := s.find(id.Real); r != nil {
			if c := r.check(id.Check); c != nil {
				return !c.failed, true
			}
		}
	}
	return false, false
}

// Want returns the wanted entry of one service; ok is false if it is to be absent. The caller must
// not change the entry's map: services of one group and port share it.
func (d *Director) Want(key ServiceKey) (entry Entry, ok bool) {
	s, ok := d.services[key]
	if !ok || d.stopped || !d.masters.active(s.gate.Follow) {
		return Entry{}, false
	}
	return Entry{Service: s.gate.Service.Normal(), Destinations: s.server.table(key.Port)}, true
}

// Table returns all that is wanted, under the same restriction as Want.
func (d *Director) Table() Table {
	t := make(Table, len(d.services))
	for key := range d.services {
		if e, ok := d.Want(key); ok {
			t[key] = e
		}
	}
	return t
}

// Owned reports whether a service may be removed because it is not wanted: it is configured, or
// was, and what activates it is known.
func (d *Director) Owned(key ServiceKey) bool {
	if _, ok := d.gone[key]; ok {
		return true
	}
	s, ok := d.services[key]
	return ok && (d.stopped || d.masters.known || len(s.gate.Follow) == 0)
}

// Configured reports whether a service is, or was, one of ours, active or not.
func (d *Director) Configured(key ServiceKey) bool {
	if _, ok := d.gone[key]; ok {
		return true
	}
	_, ok := d.services[key]
	return ok
}

// Own makes services ours that an earlier process has left and the configuration no longer has:
// they are to be removed. Configured ones are ours anyway.
func (d *Director) Own(keys []ServiceKey) {
	for _, key := range keys {
		if _, configured := d.services[key]; !configured {
			d.gone[key] = struct{}{}
			d.dirty[key] = struct{}{}
		}
	}
}

// Forget ends the ownership of a service that a reload removed: the kernel has it no more, and
// one that appears later is somebody else's. It reports whether there was one.
func (d *Director) Forget(key ServiceKey) bool {
	_, ok := d.gone[key]
	delete(d.gone, key)
	return ok
}

// Dirty returns, sorted, the services whose wanted entry may have changed since the last call.
func (d *Director) Dirty() []ServiceKey {
	keys := slices.SortedFunc(maps.Keys(d.dirty), ServiceKey.Compare)
	clear(d.dirty)
	return keys
}

func (d *Director) mark(s *server) {
	for _, g := range s.config.Services {
		d.dirty[g.Service.ServiceKey] = struct{}{}
	}
}

// stop ends everything. keepalived reports the end as failures only where omega asks for it.
func (d *Director) stop() []Change {
	var changes []Change
	for _, s := range d.servers {
		d.mark(s)
		if s.config.Omega {
			changes = append(changes, s.farewell()...)
		}
	}
	d.stopped = true
	return changes
}

// farewell reports a virtual server that leaves: its real servers that are up, and its quorum.
func (s *server) farewell() []Change {
	var changes []Change
	for _, r := range s.real {
		if r.up() {
			c := healthChange(s, r, Change{Removed: true})
			c.Kind = RealServerDown
			changes = append(changes, c)
		}
	}
	if s.quorum {
		c := s.change(0)
		c.Kind, c.Removed = QuorumLost, true
		changes = append(changes, c)
	}
	return changes
}

// Services returns the keys of the services that are, or were, ours, active or not.
func (d *Director) Services() map[ServiceKey]struct{} {
	keys := make(map[ServiceKey]struct{}, len(d.services)+len(d.gone))
	for key := range d.services {
		keys[key] = struct{}{}
	}
	for key := range d.gone {
		keys[key] = struct{}{}
	}
	return keys
}
