package speaker

import (
	"errors"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
)

// addressesOf lists the virtual addresses of an instance in the order in which they are put.
func addressesOf(in *Instance) []Address {
	all := make([]Address, 0, len(in.VIPs)+len(in.Excluded))
	return append(append(all, in.VIPs...), in.Excluded...)
}

// found takes over the links as they are, makes the devices, and returns all links as they are then.
func (e *effects) found(s *Settings, links []rtnl.Link) []rtnl.Link {
	for _, l := range links {
		e.links[l.Name] = l
	}
	e.recall()
	return e.prepare(s)
}

// begin takes over the host as it is: leftovers go, adopted instances keep what they have, static
// addresses are put.
func (e *effects) begin(s *Settings, snapshot rtnl.Snapshot) {
	e.inherit(s, snapshot)
	e.remove(e.configure(s))
	e.retire()
	for i := range s.Instances {
		in := &s.Instances[i]
		if h := e.holders[in.ID]; in.Adopted {
			h.master = true
			for _, v := range e.acquire(h) {
				v.there, v.index = true, e.links[v.link].Index
				e.placed[kernelAddress(v.config, v.index).Key()] = v
			}
			e.putEntries(e.acquireEntries(h))
		}
	}
	e.startWall(s)
	e.clean(s, snapshot.Addresses)
}

// clean removes virtual addresses that an earlier process left on this host: those that are
// configured and carry our protocol. Where the kernel does not tell protocols, being configured is
// enough, as it is for keepalived.
func (e *effects) clean(s *Settings, present []rtnl.Address) {
	told := slices.ContainsFunc(present, func(a rtnl.Address) bool { return a.Protocol != 0 })
	var leftovers []rtnl.Address
	for i := range s.Instances {
		for _, a := range addressesOf(&s.Instances[i]) {
			if v := e.vips[keyOfAddress(a)]; v != nil && v.refs > 0 {
				continue
			}
			for _, p := range present {
				if p.Index == e.links[a.Interface].Index && a.matches(p) && (p.Protocol == rtnl.Keepalived || !told) {
					leftovers = append(leftovers, p)
					e.log.info("removing address left by an earlier process", zap.String("address", a.String()))
				}
			}
		}
	}
	if len(leftovers) == 0 {
		return
	}
	for i, err := range e.kernel.Delete(leftovers) {
		if err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
			e.log.warn("cannot remove address", zap.String("address", leftovers[i].String()), zap.Error(err))
		}
	}
}

// configure puts new settings in place and returns what nobody wants any more. What is held and in
// both stays untouched; what is new is put and announced.
func (e *effects) configure(s *Settings) released {
	e.settings, e.fencing, e.devices = s, s.fences(), s.Devices
	e.tune(s.wanted())
	keep := make(map[vrrp.ID]bool, len(s.Instances)+1)
	var in []*holder
	for i := range s.Instances {
		instance := &s.Instances[i]
		keep[instance.ID] = true
		h := e.holders[instance.ID]
		if h == nil {
			h = &holder{id: instance.ID}
			e.holders[instance.ID] = h
		}
		h.name = instance.Name
		h.announce = instance.GARP.Repeat
		h.wire, h.extra, h.extraAll = instance.wire(), instance.ExtraInterval, instance.ExtraAll
		h.addresses = addressesOf(instance)
		h.routes, h.rules = instance.Routes, instance.Rules
		in = append(in, h)
	}
	static := e.holders[0]
	if static == nil {
		static = &holder{vips: []*vip{}}
		e.holders[0] = static
	}
	static.addresses, static.master, keep[0] = s.Static, true, true
	static.routes, static.rules = s.StaticRoutes, s.StaticRules
	return e.replaceHeld(append(in, static), keep)
}

// replaceHeld turns what holders have into what they shall have. All references of the new settings
// are taken before the old ones go, so that an address that moves from one instance to another is
// not touched.
func (e *effects) replaceHeld(in []*holder, keep map[vrrp.ID]bool) released {
	var vips []*vip
	var entries, missing []*entry
	for _, h := range in {
		if h.vips == nil {
			continue
		}
		vips, entries = append(vips, h.vips...), append(entries, h.entries...)
		h.vips, h.entries = nil, nil
		added := e.acquire(h)
		missing = append(missing, e.acquireEntries(h)...)
		e.fence()
		e.put(added)
		e.announce(h.id, added, h.announce)
	}
	for id, h := range e.holders {
		if !keep[id] {
			vips, entries = append(vips, h.vips...), append(entries, h.entries...)
			delete(e.holders, id)
		}
	}
	out := e.release(vips, entries)
	e.supersede(missing, out.entries)
	e.putEntries(missing)
	return out
}

// finish ends everything: announcements stop, addresses go unless they are to be kept.
func (e *effects) finish() released {
	clear(e.lanes)
	if e.settings.KeepAddresses {
		e.wall = nil // what is shut stays shut
	} else {
		e.devices = nil
		e.tune(nil)
	}
	var out released
	for _, h := range e.holders {
		r := e.leave(h)
		if !e.settings.KeepAddresses {
			out.add(r)
		}
	}
	return out
}

// linksChanged follows links and sees whether somebody took our addresses.
func (e *effects) linksChanged(now time.Time, events []rtnl.Event) {
	for i := range events {
		switch ev := &events[i]; ev.Kind {
		case rtnl.LinkChanged:
			e.linkChanged(ev.Link)
		case rtnl.LinkGone:
			if e.links[ev.Link.Name].Index == ev.Link.Index {
				delete(e.links, ev.Link.Name)
				e.linkGone(ev.Link.Name, ev.Link.Index)
			}
		case rtnl.AddressGone:
			e.addressGone(now, ev.Address)
		case rtnl.RouteGone:
			e.routeGone(now, ev.Route)
		case rtnl.RuleGone:
			e.ruleGone(now, ev.Rule)
		}
	}
	e.restoreDevices(now, events)
}

// linkChanged puts held addresses back that were lost with the link: when it was removed and is
// there again, or when it was down (IPv6 forgets its addresses then).
func (e *effects) linkChanged(l rtnl.Link) {
	for name, old := range e.links {
		if old.Index == l.Index && name != l.Name {
			delete(e.links, name) // renamed
		}
	}
	old, known := e.links[l.Name]
	e.links[l.Name] = l
	if known && old.Index != l.Index {
		e.linkGone(l.Name, old.Index)
	}
	if old.Index != l.Index {
		e.retune(l.Name)
	}
	if l.Flags&unix.IFF_UP == 0 {
		e.routesDown(l.Name)
	}
	if l.Flags&unix.IFF_UP == 0 || known && old.Index == l.Index && old.Flags&unix.IFF_UP != 0 {
		return
	}
	var missing []*vip
	for _, h := range e.sortedHolders() {
		for _, v := range h.vips {
			if v.link == l.Name && !v.there && !slices.Contains(missing, v) {
				missing = append(missing, v)
			}
		}
	}
	e.put(missing)
	e.restoreRoutes(l.Name)
}

func (e *effects) sortedHolders() []*holder {
	all := make([]*holder, 0, len(e.holders))
	for _, h := range e.holders {
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b *holder) int { return int(a.id) - int(b.id) })
	return all
}

func (e *effects) linkGone(name string, index int) {
	e.routesDown(name)
	for key, v := range e.placed {
		if key.Index == index {
			v.there = false
			delete(e.placed, key)
		}
	}
}

// Somebody who takes an address away again and again is let win after a while: the instance goes
// to BACKUP, which is what keepalived does at once.
const (
	reassertLimit  = 20
	reassertWindow = 10 * time.Second
)

// addressGone puts an address back in place that somebody removed.
func (e *effects) addressGone(now time.Time, a rtnl.Address) {
	v := e.placed[a.Key()]
	if v == nil {
		return
	}
	v.there = false
	delete(e.placed, a.Key())
	link, ok := e.links[v.link]
	if v.refs == 0 || v.config.NoTrack || !ok || link.Flags&unix.IFF_UP == 0 {
		return
	}
	owner := e.ownerOf(v)
	if v.losses.again(now) <= reassertLimit {
		written, failed := e.put([]*vip{v})
		if len(failed) == 0 {
			if written > 0 {
				e.log.warn("address was removed by somebody else and put back", zap.String("address", v.config.String()))
				e.reasserted(owner)
				e.restoreSourced(v)
				e.announce(owner, []*vip{v}, 1)
			}
			return
		}
	}
	e.log.warn("address was removed by somebody else and stays away", zap.String("address", v.config.String()))
	if owner != 0 {
		e.lost(owner)
	}
	for _, id := range v.config.Watchers {
		e.lost(id)
	}
}

// ownerOf is an instance that holds v, 0 if it is a static address.
func (e *effects) ownerOf(v *vip) vrrp.ID {
	for _, h := range e.sortedHolders() {
		if h.id != 0 && slices.Contains(h.vips, v) {
			return h.id
		}
	}
	return 0
}

// resync compares with the host as it is, after events were lost.
func (e *effects) resync(now time.Time, s rtnl.Snapshot) {
	there := make(map[string]bool, len(s.Links))
	for _, l := range s.Links {
		there[l.Name] = true
		e.linkChanged(l)
	}
	for name, l := range e.links {
		if !there[name] {
			delete(e.links, name)
			e.linkGone(name, l.Index)
		}
	}
	present := make(map[rtnl.Key]bool, len(s.Addresses))
	for _, a := range s.Addresses {
		present[a.Key()] = true
	}
	var gone []rtnl.Address
	for key := range e.placed {
		if !present[key] {
			gone = append(gone, rtnl.Address{Prefix: key.Prefix, Index: key.Index})
		}
	}
	for _, a := range gone {
		e.addressGone(now, a)
	}
	e.resyncEntries(now, &s)
	for _, d := range e.makeDevices(now) {
		e.comeBack(d.Name)
	}
}

// resyncEntries looks which routes and rules of our protocol went meanwhile.
func (e *effects) resyncEntries(now time.Time, s *rtnl.Snapshot) {
	for _, n := range e.entries {
		switch {
		case !n.there:
		case n.route != nil && n.put.Protocol == rtnl.Keepalived:
			if !slices.ContainsFunc(s.Routes, func(r rtnl.Route) bool { return n.put.Equal(&r) }) {
				e.entryGone(now, n)
			}
		case n.rule != nil && n.rule.Protocol == rtnl.Keepalived:
			if !slices.ContainsFunc(s.Rules, func(r rtnl.Rule) bool { return n.rule.Equal(&r) }) {
				e.entryGone(now, n)
			}
		}
	}
}
