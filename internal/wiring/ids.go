package wiring

import (
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp"
)

// IDs gives every virtual router one ID, and every device without a name of its own one, and keeps them as long as the daemon runs: an instance that
// a reload takes out and a later one brings back has its old ID. An instance whose interface,
// family, VRID or version changes is another virtual router: the old one stops, a new one starts.
// The zero value is ready.
type IDs struct {
	byRouter map[router]vrrp.ID
	// devices are the names that were made up.
	devices map[deviceKey]string
	named   map[string]bool
}

// router is what makes a virtual router that one.
type router struct {
	name, link      string
	family, version int
	vrid            uint8
}

// Of returns the ID of an instance; IDs count from 1.
func (i *IDs) Of(in *config.Instance) vrrp.ID {
	if i.byRouter == nil {
		i.byRouter = map[router]vrrp.ID{}
	}
	key := router{name: in.Name, link: in.Interface, family: in.Family, version: in.Version, vrid: in.VRID}
	id, ok := i.byRouter[key]
	if !ok {
		id = vrrp.ID(len(i.byRouter) + 1)
		i.byRouter[key] = id
	}
	return id
}
