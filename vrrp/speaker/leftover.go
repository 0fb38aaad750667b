package speaker

import (
	"errors"
	"slices"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
)

// inherit compares the routes and rules that an earlier process left with those that are wanted from
// the start: static ones and those of adopted instances. What is wanted and there as it shall be is
// not written again; the rest goes, all of our protocol where this daemon is the only one here, else
// what this configuration names.
func (e *effects) inherit(s *Settings, present rtnl.Snapshot) {
	wanted, configured := e.listEntries(s)
	var routes []rtnl.Route
	for i := range present.Routes {
		r := &present.Routes[i]
		same := func(n *entry) bool { return n.route != nil && n.put.Equal(r) }
		if i := slices.IndexFunc(wanted, same); i >= 0 {
			wanted[i].there = true
		} else if s.Sole || slices.ContainsFunc(configured, func(n *entry) bool { return n.route != nil && n.put.Matches(r) }) {
			routes = append(routes, *r)
			e.log.info("removing route left by an earlier process", zap.String("route", r.String()))
		}
	}
	var rules []rtnl.Rule
	for i := range present.Rules {
		r := &present.Rules[i]
		same := func(n *entry) bool { return n.rule != nil && n.rule.Equal(r) }
		if i := slices.IndexFunc(wanted, same); i >= 0 {
			wanted[i].there = true
		} else if s.Sole || slices.ContainsFunc(configured, same) {
			rules = append(rules, *r)
			e.log.info("removing rule left by an earlier process", zap.String("rule", r.String()))
		}
	}
	e.removeLeftovers(routes, rules)
}

func (e *effects) removeLeftovers(routes []rtnl.Route, rules []rtnl.Rule) {
	var errs []error
	if len(rules) > 0 {
		errs = append(errs, e.kernel.DeleteRules(rules)...)
	}
	if len(routes) > 0 {
		errs = append(errs, e.kernel.DeleteRoutes(routes)...)
	}
	for _, err := range errs {
		if err != nil && !errors.Is(err, unix.ESRCH) && !errors.Is(err, unix.ENOENT) {
			e.log.warn("cannot remove what an earlier process left", zap.Error(err))
		}
	}
}

// listEntries makes entries of all routes and rules: those wanted from the start, kept for whoever
// acquires them, and all that there are.
func (e *effects) listEntries(s *Settings) (wanted, all []*entry) {
	list := func(routes []Route, rules []Rule, held bool) {
		h := &holder{routes: routes, rules: rules}
		e.acquireEntries(h)
		for _, n := range h.entries {
			n.refs--
			if n.route != nil {
				e.resolve(n)
			}
		}
		all = append(all, h.entries...)
		if held {
			wanted = append(wanted, h.entries...)
		}
	}
	list(s.StaticRoutes, s.StaticRules, true)
	for i := range s.Instances {
		list(s.Instances[i].Routes, s.Instances[i].Rules, s.Instances[i].Adopted)
	}
	return wanted, all
}
