package speaker

import (
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// laneKey is what announcements are paced by.
type laneKey struct {
	link string
	six  bool
}

// lane is the announcements that wait for one interface.
type lane struct {
	bursts []burst
}

// burst is a set of announcements: each address once, then all of them again.
type burst struct {
	id     vrrp.ID
	vips   []*vip
	rounds int
	at     int // in vips, of this round
	router bool
}

// drop forgets what an instance still wanted to announce.
func (l *lane) drop(id vrrp.ID) {
	l.bursts = slices.DeleteFunc(l.bursts, func(b burst) bool { return b.id == id })
}

// Bursts that wait are bounded: with a long gap and frequent refreshes they would pile up.
const maxBursts = 256

// announce queues count announcements of each address.
func (e *effects) announce(id vrrp.ID, vips []*vip, count int) {
	if count <= 0 {
		return
	}
	parts := map[laneKey][]*vip{}
	for _, v := range vips {
		if link, ok := e.links[v.link]; !ok || !link.ARP() || len(link.Hardware) != 6 {
			continue
		}
		k := laneKey{v.link, v.prefix.Addr().Is6()}
		parts[k] = append(parts[k], v)
	}
	for k, part := range parts {
		l := e.lanes[k]
		if l == nil {
			l = &lane{}
			e.lanes[k] = l
		}
		if len(l.bursts) >= maxBursts {
			continue
		}
		l.bursts = append(l.bursts, burst{id: id, vips: part, rounds: count, router: k.six && e.forwards(k.link)})
	}
}

// forwards reports whether the link routes IPv6: then neighbours shall know (RFC 4861 section 4.4).
func (e *effects) forwards(link string) bool {
	v, err := e.kernel.Sysctl("net/ipv6/conf/" + link + "/forwarding")
	return err == nil && v != "0"
}

// transmit sends what may be sent now, at most one system call's worth for each lane. It returns
// when the next may be sent and whether that is at once.
func (e *effects) transmit(now time.Time) (wait time.Duration, busy bool) {
	wait = time.Hour
	for k, l := range e.lanes {
		if len(l.bursts) == 0 {
			continue
		}
		paced := e.settings.pace(k)
		if d := e.next[paced].Sub(now); d > 0 {
			wait = min(wait, d)
			continue
		}
		gap := e.gap(k)
		most := frameBatch
		if gap > 0 {
			most = 1
		}
		e.frames = e.fill(e.frames[:0], l, most)
		if gap > 0 && len(e.frames) > 0 {
			e.next[paced] = now.Add(gap)
			wait = min(wait, gap)
		}
		if err := e.air.transmit(e.frames); err != nil {
			e.log.limited("transmit", "cannot send announcements", zap.String("interface", k.link), zap.Error(err))
		}
		busy = busy || gap == 0 && len(l.bursts) > 0
	}
	return wait, busy
}

// pace is whose gap counts on a lane: that of the first interface of its garp_group.
func (s *Settings) pace(k laneKey) laneKey {
	if first, shared := s.GapShared[k.link]; shared {
		k.link = first
	}
	return k
}

func (e *effects) gap(k laneKey) time.Duration {
	gaps := e.settings.GARPGap
	if k.six {
		gaps = e.settings.GNAGap
	}
	if gap, ok := gaps[k.link]; ok {
		return gap
	}
	return gaps[""]
}

// fill takes up to most frames out of l. Addresses that are not held any more are left out.
func (e *effects) fill(frames []frame, l *lane, most int) []frame {
	room := make([]byte, 0, most*maxFrame)
	for len(l.bursts) > 0 && len(frames) < most {
		b := &l.bursts[0]
		if b.at == len(b.vips) {
			b.at = 0
			b.rounds--
		}
		if b.rounds == 0 {
			l.bursts = l.bursts[1:]
			continue
		}
		v := b.vips[b.at]
		b.at++
		frames, room = e.appendFrame(frames, room, v, b.router)
	}
	return frames
}

// framesOf is one announcement of each address.
func (e *effects) framesOf(vips []*vip) []frame {
	frames := make([]frame, 0, len(vips))
	room := make([]byte, 0, len(vips)*maxFrame)
	routers := map[string]bool{}
	for _, v := range vips {
		six := v.prefix.Addr().Is6()
		if _, known := routers[v.link]; six && !known {
			routers[v.link] = e.forwards(v.link)
		}
		frames, room = e.appendFrame(frames, room, v, routers[v.link])
	}
	return frames
}

// appendFrame appends the announcement of v, with its octets in room, if v is held and its link can
// carry it.
func (e *effects) appendFrame(frames []frame, room []byte, v *vip, router bool) ([]frame, []byte) {
	link, ok := e.links[v.link]
	if !ok || !v.there || v.refs == 0 || !link.ARP() || len(link.Hardware) != 6 {
		return frames, room
	}
	start := len(room)
	hardware := [6]byte(link.Hardware)
	if v.prefix.Addr().Is6() {
		room = appendNA(room, v.prefix.Addr(), hardware, router)
	} else {
		room = appendARP(room, v.prefix.Addr(), hardware)
	}
	return append(frames, frame{index: v.index, data: room[start:]}), room
}
