package lvs

import (
	"maps"
	"slices"
)

// Diff returns the fewest operations that turn have into want. A service that want does not name
// is deleted only if owned says that it is ours; nil owns everything.
//
// The order keeps every service able to serve while the operations run: a service comes before
// its destinations; inside a service destinations are added and raised before others are lowered
// and deleted, so that it is never left without one in between; services are deleted last, each
// with one operation, since the kernel drops the destinations with it. Keys are in their order of
// comparison, so equal inputs give equal lists.
func Diff(have, want Table, owned func(ServiceKey) bool) []Operation {
	var ops, deletions []Operation
	for _, key := range changedKeys(have, want) {
		h, exists := have[key]
		w, wanted := want[key]
		switch {
		case wanted && !exists:
			ops = append(ops, Operation{Verb: AddService, Service: w.Service.Normal()})
			ops = appendDestinations(ops, w.Service, nil, w.Destinations)
		case wanted:
			if !sameService(h.Service, w.Service) {
				ops = append(ops, Operation{Verb: EditService, Service: w.Service.Normal()})
			}
			ops = appendDestinations(ops, w.Service, h.Destinations, w.Destinations)
		case owned == nil || owned(key):
			deletions = append(deletions, Operation{Verb: DeleteService, Service: h.Service.Normal()})
		}
	}
	return append(ops, deletions...)
}

// changedKeys returns, sorted, the keys of the services that differ. Most do not, so sorting only
// these is what keeps an unchanged table cheap.
func changedKeys(have, want Table) []ServiceKey {
	var keys []ServiceKey
	for key, w := range want {
		if h, ok := have[key]; !ok || !sameEntry(h, w) {
			keys = append(keys, key)
		}
	}
	for key := range have {
		if _, ok := want[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, ServiceKey.Compare)
	return keys
}

func sameEntry(have, want Entry) bool {
	if !sameService(have.Service, want.Service) || len(have.Destinations) != len(want.Destinations) {
		return false
	}
	for key, w := range want.Destinations {
		if h, ok := have.Destinations[key]; !ok || !sameDestination(h, w) {
			return false
		}
	}
	return true
}

// appendDestinations appends what turns the destinations of one service from have into want:
// additions, then edits that raise a weight or keep it, then edits that lower one, then deletions.
func appendDestinations(ops []Operation, s Service, have, want map[DestinationKey]Destination) []Operation {
	s = s.Normal()
	var lowered, deleted []Operation
	var raised []Operation
	for _, key := range slices.SortedFunc(maps.Keys(want), DestinationKey.Compare) {
		w := want[key].Normal()
		h, ok := have[key]
		switch {
		case !ok:
			ops = append(ops, Operation{Verb: AddDestination, Service: s, Destination: w})
		case sameDestination(h, w):
		case w.Weight < h.Weight:
			lowered = append(lowered, Operation{Verb: EditDestination, Service: s, Destination: w})
		default:
			raised = append(raised, Operation{Verb: EditDestination, Service: s, Destination: w})
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(have), DestinationKey.Compare) {
		if _, ok := want[key]; !ok {
			deleted = append(deleted, Operation{Verb: DeleteDestination, Service: s, Destination: have[key].Normal()})
		}
	}
	ops = append(ops, raised...)
	ops = append(ops, lowered...)
	return append(ops, deleted...)
}

// Apply changes t as the kernel changes its table when it executes op. It is what a fake kernel
// and the reconciler's picture of the real one are made of. It reports whether op found what it
// needs: an add of what exists overwrites it and an edit of what is missing adds it, as Kernel.Apply
// does, but a destination needs its service.
func (t Table) Apply(op Operation) bool {
	key := op.Service.ServiceKey
	entry, exists := t[key]
	switch op.Verb {
	case AddService, EditService:
		if entry.Destinations == nil {
			entry.Destinations = map[DestinationKey]Destination{}
		}
		entry.Service = op.Service
		t[key] = entry
		return exists == (op.Verb == EditService)
	case DeleteService:
		delete(t, key)
		return exists
	}
	if !exists {
		return false
	}
	if entry.Destinations == nil {
		entry.Destinations = map[DestinationKey]Destination{}
		t[key] = entry
	}
	_, found := entry.Destinations[op.Destination.DestinationKey]
	if op.Verb == DeleteDestination {
		delete(entry.Destinations, op.Destination.DestinationKey)
		return found
	}
	entry.Destinations[op.Destination.DestinationKey] = op.Destination
	return found == (op.Verb == EditDestination)
}

// Clone returns a copy that shares nothing with t.
func (t Table) Clone() Table {
	c := make(Table, len(t))
	for key, e := range t {
		c[key] = Entry{Service: e.Service, Destinations: maps.Clone(e.Destinations)}
	}
	return c
}
