package wiring

import (
	"slices"

	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp"
)

// implied are the interfaces that an instance follows without saying so: those of its addresses and
// routes, unless they have no_track. While one of them is down the instance is in FAULT. Next hops of
// a route with several and interfaces of rules are not followed (keepalived 2.2.7, measured).
func implied(in *config.Instance) []string {
	var names []string
	for _, a := range slices.Concat(in.Addresses, in.Excluded) {
		if !a.NoTrack {
			names = append(names, a.Dev)
		}
	}
	for i := range in.Routes {
		if r := &in.Routes[i]; !r.NoTrack {
			names = append(names, r.Dev)
		}
	}
	return names
}

// trackStatic are the interfaces of static addresses, routes and rules that the instances of their
// track_group follow, by instance.
func trackStatic(c *config.Config) map[string][]string {
	groups := make(map[string][]string, len(c.TrackGroups))
	for i := range c.TrackGroups {
		groups[c.TrackGroups[i].Name] = c.TrackGroups[i].Instances
	}
	names := map[string][]string{}
	note := func(group, link string) {
		for _, in := range groups[group] {
			names[in] = append(names[in], link)
		}
	}
	for i := range c.StaticAddresses {
		a := &c.StaticAddresses[i]
		link := a.Dev
		if link == "" {
			link = c.Global.DefaultInterface
		}
		note(a.TrackGroup, link)
	}
	for i := range c.StaticRoutes {
		note(c.StaticRoutes[i].TrackGroup, c.StaticRoutes[i].Dev)
	}
	for i := range c.StaticRules {
		note(c.StaticRules[i].TrackGroup, c.StaticRules[i].IIF)
	}
	return names
}

// follow adds interfaces to those that are tracked. One that is tracked already keeps its weight, and
// the instance's own is a matter of dont_track_primary.
func follow(links []vrrp.TrackedLink, own string, names []string) []vrrp.TrackedLink {
	for _, name := range names {
		if name != "" && name != own && !slices.ContainsFunc(links, func(l vrrp.TrackedLink) bool { return l.Name == name }) {
			links = append(links, vrrp.TrackedLink{Name: name})
		}
	}
	return links
}
