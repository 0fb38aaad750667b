package simulator

import (
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// flight is a packet on its way.
type flight struct {
	at     time.Duration
	order  uint64 // of those that arrive at the same time
	to     *host
	from   *host
	advert vrrp.Advert
}

// flights is a binary heap by arrival.
type flights struct {
	heap  []flight
	count uint64
}

func (f *flights) next() time.Duration {
	if len(f.heap) == 0 {
		return never
	}
	return f.heap[0].at
}

func (a *flight) before(b *flight) bool {
	return a.at < b.at || a.at == b.at && a.order < b.order
}

func (f *flights) push(p flight) {
	f.count++
	p.order = f.count
	f.heap = append(f.heap, p)
	for i := len(f.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if f.heap[parent].before(&f.heap[i]) {
			return
		}
		f.heap[i], f.heap[parent] = f.heap[parent], f.heap[i]
		i = parent
	}
}

func (f *flights) pop() flight {
	first, last := f.heap[0], len(f.heap)-1
	f.heap[0] = f.heap[last]
	f.heap = f.heap[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return first
		}
		if child+1 < last && f.heap[child+1].before(&f.heap[child]) {
			child++
		}
		if f.heap[i].before(&f.heap[child]) {
			return first
		}
		f.heap[i], f.heap[child] = f.heap[child], f.heap[i]
		i = child
	}
}

// send puts an advertisement of h on the wire, once for each router that can hear it.
func (w *World) send(h *host, priority uint8) {
	w.Adverts++
	if !h.link {
		return
	}
	advert := vrrp.Advert{Source: h.addr(), Priority: priority, Interval: h.cfg.AdvertInt}
	for _, to := range w.hosts {
		if to == h || to.core == nil || w.lost(h, to) {
			continue
		}
		w.fly(h, to, &advert)
		if w.harmless[Duplication] && w.rng.IntN(4) == 0 {
			w.fly(h, to, &advert)
		}
	}
}

func (w *World) fly(from, to *host, advert *vrrp.Advert) {
	late := delay
	held := hold * float64(w.minInterval)
	switch {
	case w.harmless[Jitter]:
		late += time.Duration(w.rng.Float64() * held)
	case w.harmless[Reordering] && w.rng.IntN(4) == 0:
		// Long enough to be overtaken by an answer, or nearly by the next one.
		late += time.Duration(held * (1 - w.rng.Float64()*w.rng.Float64()))
	}
	w.flying.push(flight{at: w.now + late, to: to, from: from, advert: *advert})
}

// lost decides whether a packet arrives at all.
func (w *World) lost(from, to *host) bool {
	switch {
	case w.episodeUntil != never && w.episode == Blackout:
		return w.rng.IntN(10) < 7
	case w.harmless[Loss] && !from.lossTo[to.index]:
		from.lossTo[to.index] = w.rng.IntN(3) == 0
		return from.lossTo[to.index]
	}
	from.lossTo[to.index] = false
	return false
}

func (w *World) deliver(p flight) {
	h := p.to
	if h.core == nil || !h.link || !p.from.link || h.side != p.from.side {
		return
	}
	w.Packets++
	if h.paused {
		h.socket = append(h.socket, p.advert)
		return
	}
	w.step(h, vrrp.Event{Kind: vrrp.Received, Instance: 1, Advert: p.advert})
}
