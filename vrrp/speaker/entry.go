package speaker

import (
	"errors"
	"slices"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
)

// entry is a route or a rule that somebody here wants or wanted. Two instances may name the same one.
type entry struct {
	key   string
	route *Route // or
	rule  *Rule
	// refs is how many holders want it; there: it is in the kernel, as far as we know.
	refs  int
	there bool
	// put is the route with the indexes of its interfaces, as it goes to the kernel.
	put rtnl.Route
	// replace: something in the kernel has to give way to it.
	replace bool
	losses  losses
	// refused is why the kernel did not take it when it was put last.
	refused string
}

// String is how logs and dumps name an entry.
func (n *entry) String() string {
	if n.route != nil {
		return n.route.String()
	}
	return n.rule.String()
}

func (n *entry) kind() string {
	if n.route != nil {
		return "route"
	}
	return "rule"
}

func (n *entry) noTrack() bool {
	return n.route != nil && n.route.NoTrack || n.rule != nil && n.rule.NoTrack
}

func (n *entry) watchers() []vrrp.ID {
	if n.route != nil {
		return n.route.Watchers
	}
	return n.rule.Watchers
}

// acquireEntries takes a reference on each route and rule of h and returns those to be put.
func (e *effects) acquireEntries(h *holder) []*entry {
	if h.entries != nil {
		return nil
	}
	h.entries = make([]*entry, 0, len(h.routes)+len(h.rules))
	for i := range h.routes {
		r := &h.routes[i]
		n := e.entry(r.Command("add"))
		n.route = r
		h.entries = append(h.entries, n)
	}
	for i := range h.rules {
		r := &h.rules[i]
		n := e.entry(r.Command("add"))
		n.rule = r
		h.entries = append(h.entries, n)
	}
	var missing []*entry
	for _, n := range h.entries {
		if n.refs++; n.refs == 1 {
			n.refused = ""
		}
		if !n.there {
			missing = append(missing, n)
		}
	}
	return missing
}

func (e *effects) entry(key string) *entry {
	n := e.entries[key]
	if n == nil {
		n = &entry{key: key}
		e.entries[key] = n
	}
	return n
}

// resolve finds the interfaces of a route. It reports false, and which one, if one is not there.
func (e *effects) resolve(n *entry) (missing string, ok bool) {
	n.put = n.route.Route
	n.put.Hops = slices.Clone(n.put.Hops)
	hops := []*rtnl.Hop{&n.put.Hop}
	for i := range n.put.Hops {
		hops = append(hops, &n.put.Hops[i])
	}
	for _, h := range hops {
		if h.Dev == "" {
			continue
		}
		link, there := e.links[h.Dev]
		if !there {
			return h.Dev, false
		}
		h.Index = link.Index
	}
	if n.replace {
		n.put.Place = rtnl.Replace
	}
	return "", true
}

// putEntries adds routes, then rules, in one go each; those that are there already stay as they are.
// It returns how many were written; failed are those that could not be.
func (e *effects) putEntries(entries []*entry) (written int, failed []*entry) {
	var routes, rules []*entry
	var routeList []rtnl.Route
	var ruleList []rtnl.Rule
	for _, n := range entries {
		if n.rule != nil {
			rules = append(rules, n)
			ruleList = append(ruleList, n.rule.Rule)
			continue
		}
		if link, ok := e.resolve(n); !ok {
			e.log.warn("interface of route does not exist", zap.String("route", n.String()), zap.String("interface", link))
			failed = append(failed, n)
			continue
		}
		n.replace = false
		routes = append(routes, n)
		routeList = append(routeList, n.put)
	}
	if len(routes) > 0 {
		n, bad := e.putDone(routes, e.kernel.AddRoutes(routeList))
		written, failed = written+n, append(failed, bad...)
	}
	if len(rules) > 0 {
		n, bad := e.putDone(rules, e.kernel.AddRules(ruleList))
		written, failed = written+n, append(failed, bad...)
	}
	return written, failed
}

// putDone takes over what the kernel said.
func (e *effects) putDone(entries []*entry, errs []error) (written int, failed []*entry) {
	for i, n := range entries {
		switch {
		case errs == nil || errs[i] == nil:
			written++
		case !errors.Is(errs[i], unix.EEXIST):
			e.refuse(n.kind(), n.String(), &n.refused, errs[i])
			failed = append(failed, n)
			continue
		}
		n.there, n.refused = true, ""
	}
	return written, failed
}

// removeEntries takes rules away, then routes, the last first.
func (e *effects) removeEntries(entries []*entry) {
	var routes, rules []*entry
	var routeList []rtnl.Route
	var ruleList []rtnl.Rule
	for _, n := range slices.Backward(entries) {
		if n.refs > 0 {
			continue // wanted again by a later order of the same batch
		}
		delete(e.entries, n.key)
		if !n.there {
			continue
		}
		n.there = false
		if n.rule != nil {
			rules, ruleList = append(rules, n), append(ruleList, n.rule.Rule)
		} else {
			routes, routeList = append(routes, n), append(routeList, n.put)
		}
	}
	if len(rules) > 0 {
		e.removeDone(rules, e.kernel.DeleteRules(ruleList))
	}
	if len(routes) > 0 {
		e.removeDone(routes, e.kernel.DeleteRoutes(routeList))
	}
}

func (e *effects) removeDone(entries []*entry, errs []error) {
	for i, err := range errs {
		gone := errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV)
		if n := entries[i]; err != nil && !gone {
			e.log.warn("cannot remove "+n.kind(), zap.String(n.kind(), n.String()), zap.Error(err))
		}
	}
}

// supersede prepares a reload: a new route that cannot be beside one that goes takes its place in
// one step, and the old one need not be removed.
func (e *effects) supersede(added []*entry, going []*entry) {
	for _, old := range going {
		if old.refs > 0 || !old.there || old.route == nil {
			continue
		}
		for _, n := range added {
			if n.route != nil && n.route.Displaces(&old.put) {
				n.replace, old.there = true, false
				delete(e.entries, old.key)
				break
			}
		}
	}
}

// routeGone puts a route back in place that somebody removed.
func (e *effects) routeGone(now time.Time, gone *rtnl.Route) {
	e.entriesGone(now, func(n *entry) bool { return n.route != nil && n.put.Matches(gone) })
}

// ruleGone puts a rule back in place that somebody removed.
func (e *effects) ruleGone(now time.Time, gone *rtnl.Rule) {
	e.entriesGone(now, func(n *entry) bool { return n.rule != nil && n.rule.Equal(gone) })
}

func (e *effects) entriesGone(now time.Time, match func(*entry) bool) {
	for _, n := range e.entries {
		if n.there && match(n) {
			e.entryGone(now, n)
			return
		}
	}
}

func (e *effects) entryGone(now time.Time, n *entry) {
	n.there = false
	if n.refs == 0 || n.noTrack() || n.route != nil && !e.linksUp(n) {
		return // with its interface it comes back
	}
	owners := e.ownersOf(n)
	if n.losses.again(now) <= reassertLimit {
		// Of an IPv6 route with several next hops one may be left.
		n.replace = n.route != nil && n.route.Six && len(n.route.Hops) > 0
		written, failed := e.putEntries([]*entry{n})
		if len(failed) == 0 {
			if written > 0 {
				e.log.warn(n.kind()+" was removed by somebody else and put back", zap.String(n.kind(), n.String()))
				for _, id := range owners {
					e.reasserted(id)
				}
			}
			return
		}
	}
	e.log.warn(n.kind()+" was removed by somebody else and stays away", zap.String(n.kind(), n.String()))
	for _, id := range owners {
		e.lost(id)
	}
}

// linksUp reports whether the interfaces that a route names are there and up.
func (e *effects) linksUp(n *entry) bool {
	for _, name := range n.route.Links() {
		if link, ok := e.links[name]; !ok || link.Flags&unix.IFF_UP == 0 {
			return false
		}
	}
	return true
}

// ownersOf are the instances that the loss of an entry concerns: the first one that holds it, or
// those of the track_group of a static one.
func (e *effects) ownersOf(n *entry) []vrrp.ID {
	for _, h := range e.sortedHolders() {
		if h.id != 0 && slices.Contains(h.entries, n) {
			return []vrrp.ID{h.id}
		}
	}
	return n.watchers()
}

// routesDown notes that a link is down or gone: with it the kernel forgets IPv4 routes, and says
// nothing of it.
func (e *effects) routesDown(link string) {
	for _, n := range e.entries {
		if n.route != nil && slices.Contains(n.route.Links(), link) {
			n.there = false
		}
	}
}

// restoreRoutes puts held routes back that may have gone with a link: those that name it, and those
// that name none.
func (e *effects) restoreRoutes(link string) {
	e.restoreEntries(func(n *entry) bool {
		links := n.route.Links()
		return len(links) == 0 && n.route.HasGateway() || slices.Contains(links, link)
	})
}

// restoreSourced puts held routes back that went, unreported, with their source address.
func (e *effects) restoreSourced(v *vip) {
	e.restoreEntries(func(n *entry) bool { return n.route.Src == v.prefix.Addr() })
}

func (e *effects) restoreEntries(may func(*entry) bool) {
	var missing []*entry
	for _, h := range e.sortedHolders() {
		for _, n := range h.entries {
			if n.route != nil && may(n) && !slices.Contains(missing, n) {
				missing = append(missing, n)
			}
		}
	}
	if len(missing) > 0 {
		e.putEntries(missing)
	}
}
