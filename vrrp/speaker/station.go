package speaker

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// station is one socket with the instances that use it. Its wire is nil while the interface is not
// there or the socket could not be opened.
type station struct {
	wish    socketWish
	wire    wire
	index   int // of the interface that the socket is for
	number  int32
	members [256]*member // by VRID
	queue   []message
	senders []*member // by message
	logged  time.Duration
	failed  bool // the last attempt to open or send failed: logged
}

func stationKey(in *Instance) socketKey {
	k := socketKey{link: in.wire(), six: in.Family == 6, protocol: protocolVRRP}
	if in.Auth == vrrp.AH {
		k.protocol = protocolAH
	}
	return k
}

// earKey is the socket on which an instance hears routers of its own MAC address, if not on that by which
// it sends: a macvlan takes what comes from its MAC address away from its base, so that with
// vmac_xmit_base a router without it would not be heard.
func earKey(in *Instance) (socketKey, bool) {
	k := stationKey(in)
	k.link, k.ear = in.Device, true
	return k, in.Device != "" && in.XmitBase && !in.Unicast
}

// wish adds what an instance needs of a socket.
func (l *loop) wish(wishes map[socketKey]*socketWish, m *member, k socketKey) {
	w := wishes[k]
	if w == nil {
		w = &socketWish{socketKey: k, everything: l.settings.LogUnknownVRIDs}
		wishes[k] = w
	}
	w.vrids.add(m.VRID)
	w.rxBuffer += m.RxBufSize
	w.rxMTUs += m.RxBufMTUs
	if !m.Unicast && !slices.Contains(w.groups, m.Group) {
		w.groups = append(w.groups, m.Group)
	}
	if k.ear {
		w.hardware = l.macs[k.link]
	}
}

// assign distributes the members over stations. Sockets whose setting does not change stay.
func (l *loop) assign() {
	wishes := map[socketKey]*socketWish{}
	for _, m := range l.members {
		l.wish(wishes, m, stationKey(&m.Instance))
		if k, ok := earKey(&m.Instance); ok {
			l.wish(wishes, m, k)
		}
	}
	for k, st := range l.stations {
		if wishes[k] == nil {
			l.shut(st)
			delete(l.stations, k)
			l.numbers[st.number] = nil
		}
	}
	for k, w := range wishes {
		slices.SortFunc(w.groups, netip.Addr.Compare)
		st := l.stations[k]
		if st == nil {
			st = &station{wish: *w, number: int32(len(l.numbers))}
			l.numbers = append(l.numbers, st)
			l.stations[k] = st
		} else if !st.wish.same(w) {
			// The new socket is opened before the old one is read empty and closed.
			old := *st
			st.wire = nil
			st.wish = *w
			l.open(st)
			if old.wire != nil {
				l.read(&old)
				l.shut(&old)
			}
		}
		clear(st.members[:])
	}
	for _, m := range l.members {
		m.station = l.stations[stationKey(&m.Instance)]
		m.station.members[m.VRID] = m
		if k, ok := earKey(&m.Instance); ok {
			l.stations[k].members[m.VRID] = m
		}
		m.queued = false
	}
}

func (w *socketWish) same(o *socketWish) bool {
	return w.socketKey == o.socketKey && w.rxBuffer == o.rxBuffer && w.rxMTUs == o.rxMTUs && w.vrids == o.vrids &&
		w.everything == o.everything && w.hardware == o.hardware && slices.Equal(w.groups, o.groups)
}

// open opens the socket of st if its interface is there. What fails is tried again.
func (l *loop) open(st *station) {
	if st.wire != nil {
		return
	}
	if st.wish.link != "" {
		link := l.links[st.wish.link]
		if link == nil || !link.exists {
			return
		}
		st.wish.index, st.wish.mtu = link.index, link.mtu
	}
	st.index = st.wish.index
	w, err := l.dial(st.wish)
	if err == nil {
		if err = l.watch(w.fd(), st.number); err != nil {
			w.close()
		}
	}
	if err != nil {
		if !st.failed {
			st.failed = true
			l.log.warn("cannot open VRRP socket", zap.String("interface", st.wish.link), zap.Error(err))
		}
		l.retryAt = l.now() + reopenInterval
		return
	}
	st.failed = false
	st.wire = w
	for _, m := range st.members {
		if m != nil {
			m.address() // the interface's index may be another
		}
	}
}

// sendBatch is how many messages go out in one system call.
const sendBatch = 64

// reopenInterval is how often a socket that cannot be opened is tried again.
const reopenInterval = time.Second

func (l *loop) shut(st *station) {
	if st.wire == nil {
		return
	}
	l.poller.Remove(st.wire.fd())
	st.wire.close()
	st.wire = nil
}

// read takes all packets out of a socket.
//
// It takes what had come in when it began, for that may hold the MASTER's advertisement, and not what
// a flood adds meanwhile.
func (l *loop) read(st *station) {
	begin := time.Now().UnixNano()
	for range turnBatches {
		if st.wire == nil {
			return
		}
		n, err := st.wire.receive(l.batch)
		wall := time.Now()
		now := wall.Sub(l.epoch)
		if err != nil {
			// EAGAIN: empty. ENETDOWN: the interface went down, once. Others are as harmless, and a
			// socket that is broken for good shows when sending.
			if !errors.Is(err, unix.EAGAIN) {
				l.badReads++
			}
			return
		}
		caughtUp := n < batchSize || l.batch.arrivals[n-1].At > begin
		for i := range n {
			a := &l.batch.arrivals[i]
			at := now
			if a.At == 0 {
				a.At = wall.UnixNano()
			} else {
				// How long it waited, by the wall clock, which may have been set meanwhile.
				waited := time.Duration(wall.UnixNano() - a.At)
				at -= min(max(waited, 0), maxModeration)
			}
			l.arrived(st, a, at)
		}
		l.lastCount += n
		if caughtUp {
			return
		}
	}
}

// arrived checks a packet and gives it to the core as of the time at which it came in, or counts
// what is wrong with it.
func (l *loop) arrived(st *station, a *arrival, at time.Duration) {
	octets := a.Data
	if st.wish.six {
		l.meta = packet.Meta{Source: a.Src, Destination: a.Dst, TTL: a.Hops}
	} else {
		var err error
		if l.meta, octets, err = packet.Split(a.Data); err != nil {
			l.badProtocol++
			return
		}
	}
	l.meta.Wall = time.Duration(a.At)
	if len(octets) <= packet.OffVRID {
		l.badProtocol++
		return
	}
	m := st.members[octets[packet.OffVRID]]
	if m == nil {
		l.unknownVRID++
		if l.settings.LogUnknownVRIDs {
			l.unknown(st, octets[packet.OffVRID])
		}
		return
	}
	v := l.router.Examine(m.ID, &l.meta, octets)
	if v.Skew != 0 {
		l.skewed(m, v.Skew)
	}
	if v.Counter != vrrp.NoError {
		l.router.Count(m.ID, v.Counter)
		l.bad(m, v.Counter)
	}
	if v.Accept {
		m.sums[v.Sum]++
		if v.Sum == packet.PseudoGroup && !m.heardOld {
			l.heardOldSum(m)
		}
		l.event = vrrp.Event{Kind: vrrp.Received, Instance: m.ID, Advert: v.Advert}
		l.stepAt(at)
	}
}

// heardOldSum: a peer is a keepalived before 2.0, which understands no other checksum than its own.
func (l *loop) heardOldSum(m *member) {
	m.heardOld, m.built = true, false
	l.log.info(fmt.Sprintf("(%s) Setting unicast VRRPv3 checksum to old version", m.Name), zap.Stringer("source", l.meta.Source))
}

// bad logs and tells of a bad packet, each kind at most once in logInterval.
func (l *loop) bad(m *member, c vrrp.Counter) {
	switch c {
	case vrrp.TTLError, vrrp.VersionError, vrrp.ChecksumError:
		m.protocolError = c
	}
	if !l.mayLog(&m.logged[c]) {
		return
	}
	l.log.warn(fmt.Sprintf("(%s) %s", m.Name, badText[c]), zap.Stringer("source", l.meta.Source))
	l.changes.put(Change{At: time.Now(), Instance: m.Name, Event: BadPacket, Reason: c.String(), Source: l.meta.Source})
}

// skewed logs a sender's clock that is nearly as far off as auth_hmac allows, or further.
func (l *loop) skewed(m *member, skew time.Duration) {
	if l.mayLog(&m.logged[logSkew]) {
		l.log.warn(fmt.Sprintf("(%s) a peer's clock differs from ours: set both by NTP, or auth_hmac drops its advertisements", m.Name),
			zap.Stringer("source", l.meta.Source), zap.Duration("ahead", skew), zap.Duration("window", m.HMAC.Window))
	}
}

func (l *loop) mayLog(last *time.Duration) bool {
	now := l.now()
	if *last != 0 && now-*last < logInterval {
		return false
	}
	*last = now
	return true
}

func (l *loop) unknown(st *station, vrid byte) {
	if l.mayLog(&st.logged) {
		l.log.info(fmt.Sprintf("Unknown VRID(%d) received on interface(%s). ignoring...", vrid, st.wish.link),
			zap.Stringer("source", l.meta.Source))
	}
}

// flush sends what is queued. A message that cannot be sent is left out: the next one comes soon.
func (l *loop) flush(st *station) {
	messages, senders := st.queue, st.senders
	for len(messages) > 0 {
		n, cause := 0, error(unix.ENETDOWN)
		if st.wire != nil {
			n, cause = st.wire.send(messages[:min(len(messages), sendBatch)])
		}
		if cause != nil {
			n = max(n, 0)
			l.sendFailures++
			if m := senders[n]; l.mayLog(&m.logged[logSend]) {
				l.log.warn(fmt.Sprintf("(%s) cannot send advertisement", m.Name), zap.Error(cause))
			}
			n++
		}
		messages, senders = messages[n:], senders[n:]
	}
	for _, m := range st.senders {
		m.queued = false
	}
	st.queue, st.senders = st.queue[:0], st.senders[:0]
}
