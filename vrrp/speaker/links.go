package speaker

import (
	"net/netip"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
)

// link is an interface as the loop sees it.
type link struct {
	name   string
	index  int
	mtu    int
	exists bool
	// running is the state that the core was told; actual is that of the kernel, which becomes
	// running at the time changeAt (0: they agree).
	running, actual bool
	changeAt        time.Duration
	// seenUp: delays apply only after the link was up for the first time.
	seenUp bool
	// carrier is what netlink says; silent: asked itself, the interface says that it has no link.
	carrier, silent bool
	addresses       []rtnl.Address // but for our own
}

// linkChanged takes over the state of a link.
func (l *loop) linkChanged(k *rtnl.Link) {
	if name, ok := l.indexes[k.Index]; ok && name != k.Name {
		l.linkGone(k.Index) // renamed
	}
	lk := l.links[k.Name]
	if lk == nil {
		lk = &link{name: k.Name}
		l.links[k.Name] = lk
	}
	l.setMTU(lk, k.MTU)
	if !lk.exists || lk.index != k.Index {
		if lk.exists {
			l.linkGone(lk.index) // another one of that name; its end was not reported
		}
		lk.exists, lk.index = true, k.Index
		l.indexes[k.Index] = k.Name
		l.openOn(k.Name)
	}
	l.setRunning(lk, k.Running())
}

// setMTU gives sockets that follow the MTU another buffer.
func (l *loop) setMTU(lk *link, mtu int) {
	if lk.mtu == mtu {
		return
	}
	lk.mtu = mtu
	for _, st := range l.stations {
		s, ok := st.wire.(*socket)
		if !ok || st.wish.link != lk.name || st.wish.rxMTUs == 0 {
			continue
		}
		if err := s.resize(mtu); err != nil {
			l.log.warn("cannot set the receive buffer", zap.String("interface", lk.name), zap.Error(err))
		}
	}
}

func (l *loop) linkGone(index int) {
	name, ok := l.indexes[index]
	if !ok {
		return
	}
	delete(l.indexes, index)
	lk := l.links[name]
	lk.exists, lk.addresses = false, nil
	l.setRunning(lk, false)
	for _, st := range l.stations {
		if st.wish.link == name {
			l.shut(st)
		}
	}
	l.chooseSources(name)
}

func (l *loop) openOn(name string) {
	for _, st := range l.stations {
		if st.wish.link == name {
			l.open(st)
		}
	}
}

// deviceGrace is how long a device may be away before the core is told. One that somebody deletes is put
// back meanwhile. When its base goes the core hears of that at once.
const deviceGrace = time.Second

// setRunning follows the carrier, after the configured delay.
func (l *loop) setRunning(lk *link, running bool) {
	lk.carrier = running
	running = running && !lk.silent
	lk.actual = running
	delay := l.settings.InterfaceDownDelay[lk.name]
	switch {
	case !lk.exists && !l.devices[lk.name]:
		delay = 0
	case l.devices[lk.name]:
		delay = max(delay, deviceGrace)
	}
	if running {
		delay = l.settings.InterfaceUpDelay[lk.name]
	}
	switch {
	case running == lk.running:
		l.schedule(lk, 0)
	case delay == 0 || !lk.seenUp:
		l.applyRunning(lk)
	case lk.changeAt == 0:
		l.schedule(lk, l.now()+delay)
	}
}

// schedule sets when the state of a link takes effect; 0: it has.
func (l *loop) schedule(lk *link, at time.Duration) {
	switch {
	case lk.changeAt == 0 && at != 0:
		l.changing++
	case lk.changeAt != 0 && at == 0:
		l.changing--
	}
	lk.changeAt = at
}

// applyRunning tells the core.
func (l *loop) applyRunning(lk *link) {
	l.schedule(lk, 0)
	if lk.running == lk.actual {
		return
	}
	lk.running = lk.actual
	l.event = vrrp.Event{Kind: vrrp.LinkDown, Link: lk.name}
	if lk.running {
		lk.seenUp = true
		l.event.Kind = vrrp.LinkUp
	}
	l.logLink(lk)
	l.step()
}

// debounceAt is when the next delayed change takes effect, 0 for none.
func (l *loop) debounceAt() time.Duration {
	if l.changing == 0 {
		return 0
	}
	var at time.Duration
	for _, lk := range l.links {
		if lk.changeAt != 0 && (at == 0 || lk.changeAt < at) {
			at = lk.changeAt
		}
	}
	return at
}

func (l *loop) debounced(now time.Duration) {
	for _, lk := range l.links {
		if lk.changeAt != 0 && lk.changeAt <= now {
			l.applyRunning(lk)
		}
	}
}

// addressChanged keeps what may be a source.
func (l *loop) addressChanged(a *rtnl.Address) {
	lk := l.links[l.indexes[a.Index]]
	if lk == nil || a.Protocol == rtnl.Keepalived || l.virtual[a.Prefix.Addr()] {
		return
	}
	i := slices.IndexFunc(lk.addresses, func(o rtnl.Address) bool { return o.Prefix == a.Prefix })
	if i < 0 {
		lk.addresses = append(lk.addresses, *a)
	} else {
		lk.addresses[i] = *a
	}
	l.chooseSources(lk.name)
}

func (l *loop) addressGone(a *rtnl.Address) {
	lk := l.links[l.indexes[a.Index]]
	if lk == nil || a.Protocol == rtnl.Keepalived {
		return
	}
	n := len(lk.addresses)
	lk.addresses = slices.DeleteFunc(lk.addresses, func(o rtnl.Address) bool { return o.Prefix == a.Prefix })
	if len(lk.addresses) != n {
		l.chooseSources(lk.name)
	}
}

// chooseSources finds out what the instances on a link send from.
func (l *loop) chooseSources(name string) {
	for _, id := range l.ids() {
		if m := l.members[id]; m.sourceLink() == name {
			l.setSource(m, l.chooseSource(m))
		}
	}
}

// chooseSource is the configured source, if it has to be there only when it is; else the first
// primary IPv4 address, or the IPv6 link-local one, of the interface.
func (l *loop) chooseSource(m *member) netip.Addr {
	var addresses []rtnl.Address
	if lk := l.links[m.sourceLink()]; lk != nil {
		addresses = lk.addresses
	}
	if m.Source.IsValid() {
		has := slices.ContainsFunc(addresses, func(a rtnl.Address) bool { return a.Prefix.Addr() == m.Source })
		if !m.TrackSource || has {
			return m.Source
		}
		return netip.Addr{}
	}
	for _, a := range addresses {
		addr := a.Prefix.Addr()
		switch {
		case l.virtual[addr] || !a.Usable() || addr.Is6() != (m.Family == 6):
		case m.Family == 6 && !addr.IsLinkLocalUnicast():
		case a.Secondary():
		default:
			return addr
		}
	}
	return netip.Addr{}
}

func (l *loop) setSource(m *member, source netip.Addr) {
	if source == m.source {
		return
	}
	if m.queued {
		l.flush(m.station)
	}
	m.source = source
	m.address()
	l.event = vrrp.Event{Kind: vrrp.SourceLost, Instance: m.ID}
	if source.IsValid() {
		l.event.Kind, l.event.Source = vrrp.SourceGained, source
	}
	l.step()
}

// resync replaces all that is known of links and addresses.
func (l *loop) resync(s *rtnl.Snapshot) {
	there := make(map[int]bool, len(s.Links))
	for i := range s.Links {
		there[s.Links[i].Index] = true
	}
	for index := range l.indexes {
		if !there[index] {
			l.linkGone(index)
		}
	}
	for i := range s.Links {
		l.linkChanged(&s.Links[i])
	}
	for _, lk := range l.links {
		lk.addresses = nil
	}
	for i := range s.Addresses {
		a := &s.Addresses[i]
		if lk := l.links[l.indexes[a.Index]]; lk != nil && a.Protocol != rtnl.Keepalived && !l.virtual[a.Prefix.Addr()] {
			lk.addresses = append(lk.addresses, *a)
		}
	}
	for _, id := range l.ids() {
		m := l.members[id]
		l.setSource(m, l.chooseSource(m))
	}
}

// ids is the IDs of the members, so that what is done for several is done in the same order
// each time.
func (l *loop) ids() []vrrp.ID {
	ids := make([]vrrp.ID, 0, len(l.members))
	for id := range l.members {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
