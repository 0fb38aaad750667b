package wiring

import "github.com/holdfast-ha/holdfast/vrrp"

// IDs gives every instance name one ID and keeps it as long as the daemon runs: an instance that
// a reload takes out and a later one brings back has its old ID. The zero value is ready.
type IDs struct {
	byName map[string]vrrp.ID
}

// Of returns the ID of an instance; IDs count from 1.
func (i *IDs) Of(name string) vrrp.ID {
	if i.byName == nil {
		i.byName = map[string]vrrp.ID{}
	}
	id, ok := i.byName[name]
	if !ok {
		id = vrrp.ID(len(i.byName) + 1)
		i.byName[name] = id
	}
	return id
}
