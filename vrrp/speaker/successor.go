package speaker

import (
	"net/netip"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// spot is an address on a link.
type spot struct {
	index int
	addr  netip.Addr
}

// ear hears other hosts announce addresses; tests have one of their own.
type ear interface {
	// listen tells of the first announcement of each of the spots (gratuitous ARP, unsolicited neighbour
	// advertisement) until the result is called. heard is called from a goroutine of its own.
	listen(spots map[spot]bool, heard func(spot)) (end func(), err error)
}

// succession is what the successors of those who hand over have not announced yet. Who has lost an
// election holds what it has until the winner has announced all of it, for what the winner needs before
// (IPVS, addresses) takes a millisecond on an idle machine and a second on a busy one.
type succession struct {
	missing map[vrrp.ID]map[spot]bool
	grown   bool   // something is missing that nobody listens for yet
	deaf    func() // ends the listening; nil: nobody listens
}

// await begins to wait for the successor of h. Addresses on links without ARP are never announced;
// where no other is there, the time alone counts.
func (e *effects) await(h *holder) {
	missing := map[spot]bool{}
	for _, v := range h.vips {
		if link, ok := e.links[v.link]; ok && v.there && link.ARP() && len(link.Hardware) == 6 {
			missing[spot{v.index, v.prefix.Addr().WithZone("")}] = true
		}
	}
	if len(missing) > 0 {
		e.successors.missing[h.id], e.successors.grown = missing, true
	}
}

// forget ends what await began.
func (e *effects) forget(id vrrp.ID) { delete(e.successors.missing, id) }

// listen listens for what is missing. The new ear opens before the old one closes.
func (e *effects) listen() {
	s := &e.successors
	if len(s.missing) > 0 && !s.grown {
		return
	}
	if s.deaf != nil {
		defer s.deaf()
	}
	s.grown, s.deaf = false, nil
	if len(s.missing) == 0 || e.ear == nil {
		return
	}
	all := map[spot]bool{}
	for _, missing := range s.missing {
		for spot := range missing {
			all[spot] = true
		}
	}
	var err error
	if s.deaf, err = e.ear.listen(all, func(s spot) { e.orders.put(order{kind: orderHeard, spot: s}) }); err != nil {
		e.log.limited("ear", "cannot listen for the successor's announcements: what is handed over is held for the longest time", zap.Error(err))
	}
}

// heard takes an announcement off what is missing.
func (e *effects) heard(now time.Time, s spot) {
	for id, missing := range e.successors.missing {
		if !missing[s] {
			continue
		}
		if delete(missing, s); len(missing) == 0 {
			e.forget(id)
			e.succeeded(now, e.holders[id])
		}
	}
}

// succeeded lets what h holds go soon: all of it has been announced by another router.
func (e *effects) succeeded(now time.Time, h *holder) {
	switch {
	case h == nil:
	case !h.yielding:
		e.announced(h.id) // at a planned stop or switch, which the core ends
	default:
		if soon := now.Add(vrrp.HandoverSettle); soon.Before(h.until) {
			h.until = soon
		}
	}
}

// expect listens for the successors of the instances that hand over now, and no more for those that do
// not.
func (e *effects) expect(leaving []vrrp.ID) {
	expected := make(map[vrrp.ID]bool, len(leaving))
	for _, id := range leaving {
		expected[id] = true
		if h := e.holders[id]; h != nil && e.successors.missing[id] == nil {
			e.await(h)
		}
	}
	for id := range e.successors.missing {
		if h := e.holders[id]; !expected[id] && (h == nil || !h.yielding) {
			e.forget(id)
		}
	}
}

// expectSuccessors tells the effects who hands over.
func (l *loop) expectSuccessors() {
	var leaving []vrrp.ID
	for _, id := range l.ids() {
		if s, _ := l.router.Status(id); s.Leaving {
			leaving = append(leaving, id)
		}
	}
	l.orders.put(order{kind: orderExpect, leaving: leaving})
}
