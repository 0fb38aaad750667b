package datafile

import (
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// vrrp is the writer of keepalived.data with what it writes of.
type vrrp struct {
	*Writer
	c      *config.Config
	states map[string]*speaker.InstanceStatus // by instance; empty without a status
	groups map[string]string                  // state by sync group
	links  []link                             // of c.Instances
	// objects are the tracked objects by kind and name; empty without a status.
	objects map[[2]string]*tracking.ObjectStatus
}

// VRRP writes what follows the global definitions in keepalived.data, but for keepalived's view of the
// machine's interfaces. s and t may be nil.
func VRRP(w *Writer, c *config.Config, s *speaker.Status, t *tracking.Status) {
	v := newVRRP(w, c, s, t)
	v.garpGroups()
	v.static()
	v.Section("VRRP Topology")
	for i := range c.Instances {
		v.instance(i)
	}
	v.Section("VRRP Sockpool")
	v.sockets()
	v.syncGroups()
	v.scripts()
	v.files()
	v.processes()
	v.bfds()
}

// newVRRP looks up what is written of.
func newVRRP(w *Writer, c *config.Config, s *speaker.Status, t *tracking.Status) *vrrp {
	v := &vrrp{
		Writer: w, c: c, states: map[string]*speaker.InstanceStatus{}, groups: map[string]string{}, links: links(c),
		objects: map[[2]string]*tracking.ObjectStatus{},
	}
	if t != nil {
		for i := range t.Objects {
			o := &t.Objects[i]
			v.objects[[2]string{o.Kind, o.Name}] = o
		}
	}
	if s != nil {
		for i := range s.Instances {
			v.states[s.Instances[i].Name] = &s.Instances[i]
		}
		for _, g := range s.Groups {
			v.groups[g.Name] = g.State
		}
	}
	return v
}

// static writes what is there as long as the daemon runs.
func (v *vrrp) static() {
	if len(v.c.StaticAddresses) > 0 {
		v.Section("Static Addresses")
		for i := range v.c.StaticAddresses {
			a := &v.c.StaticAddresses[i]
			v.Line(2, "%s", address(a, or(a.Dev, v.c.Global.DefaultInterface), false))
		}
	}
	if len(v.c.StaticRoutes) > 0 {
		v.Section("Static Routes")
		for i := range v.c.StaticRoutes {
			v.Line(2, "%s", route(&v.c.StaticRoutes[i]))
		}
	}
	if len(v.c.StaticRules) > 0 {
		v.Section("Static Rules")
		for i := range v.c.StaticRules {
			v.Line(2, "%s", rule(&v.c.StaticRules[i]))
		}
	}
	if len(v.c.TrackGroups) > 0 {
		v.Section("Static Track groups")
		for _, g := range v.c.TrackGroups {
			v.Line(0, "Static Track Group = %s", g.Name)
			v.members(g.Instances)
		}
	}
}

func (v *vrrp) members(names []string) {
	v.Line(1, "VRRP member instances :")
	for _, name := range names {
		v.Line(2, "%s", name)
	}
}
