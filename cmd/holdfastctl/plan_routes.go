package main

import (
	"slices"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// planRouting lists the routes and rules to add and to delete, as ip(8) commands: those of static
// blocks and of the instances that are MASTER are wanted, others of our protocol are not.
func planRouting(s *speaker.Settings, masters []string, have *rtnl.Snapshot) (routes, rules []string) {
	wantRoutes, wantRules := s.StaticRoutes, s.StaticRules
	for i := range s.Instances {
		if in := &s.Instances[i]; slices.Contains(masters, in.Name) {
			wantRoutes, wantRules = slices.Concat(wantRoutes, in.Routes), slices.Concat(wantRules, in.Rules)
		}
	}
	indexes := map[string]int{}
	names := map[int]string{}
	for _, l := range have.Links {
		indexes[l.Name], names[l.Index] = l.Index, l.Name
	}
	return planRoutes(wantRoutes, have.Routes, indexes, names, s.Sole), planRules(wantRules, have.Rules, s.Sole)
}

func planRoutes(want []speaker.Route, have []rtnl.Route, indexes map[string]int, names map[int]string, sole bool) []string {
	lines := []string{}
	there := make([]bool, len(have))
	for i := range want {
		r := want[i].Route
		r.Hops = slices.Clone(r.Hops)
		r.Index = indexes[r.Dev]
		for j := range r.Hops {
			r.Hops[j].Index = indexes[r.Hops[j].Dev]
		}
		at := slices.IndexFunc(have, func(h rtnl.Route) bool { return r.Equal(&h) })
		if at >= 0 {
			there[at] = true
		} else {
			lines = append(lines, r.Command("add"))
		}
	}
	for i := range have {
		if r := have[i]; !there[i] && sole {
			r.Dev = names[r.Index]
			r.Hops = slices.Clone(r.Hops)
			for j := range r.Hops {
				r.Hops[j].Dev = names[r.Hops[j].Index]
			}
			lines = append(lines, r.Command("del"))
		}
	}
	return lines
}

func planRules(want []speaker.Rule, have []rtnl.Rule, sole bool) []string {
	lines := []string{}
	there := make([]bool, len(have))
	for i := range want {
		at := slices.IndexFunc(have, func(h rtnl.Rule) bool { return want[i].Equal(&h) })
		if at >= 0 {
			there[at] = true
		} else {
			lines = append(lines, want[i].Command("add"))
		}
	}
	for i := range have {
		if !there[i] && sole {
			lines = append(lines, have[i].Command("del"))
		}
	}
	return lines
}
