package speaker

import (
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// advert is an IPv4 packet as a peer sends it.
func advert(in *Instance, priority uint8, change func(ip *packet.IPv4, h *packet.Header)) []byte {
	ip := packet.IPv4{Src: netip.MustParseAddr("192.0.2.2"), Dst: packet.Group4, TTL: 255, Protocol: packet.Protocol}
	h := packet.Header{Version: uint8(in.Version), VRID: in.VRID, Priority: priority, Interval: in.AdvertInt, Sum: packet.Pseudo}
	if change != nil {
		change(&ip, &h)
	}
	b := packet.AppendIPv4(nil, &ip, packet.Len(h.Version, false, len(in.Addresses)))
	return packet.Append(b, &h, in.Addresses, ip.Src, ip.Dst)
}

func (l *loop) station1() *station {
	for _, st := range l.stations {
		return st
	}
	return nil
}

func TestEachBadPacketHasItsCounter(t *testing.T) {
	in := testInstance(7, "192.0.2.100/32")
	in.AdvertInt = time.Hour // nothing happens by itself
	for name, c := range map[string]struct {
		packet func() []byte
		count  func(Status) uint64
	}{
		"ttl": {
			func() []byte { return advert(&in, 200, func(ip *packet.IPv4, _ *packet.Header) { ip.TTL = 254 }) },
			func(s Status) uint64 { return s.Instances[0].Stats.TTLErrors },
		},
		"version": {
			func() []byte { return advert(&in, 200, func(_ *packet.IPv4, h *packet.Header) { h.Version = 2 }) },
			func(s Status) uint64 { return s.Instances[0].Stats.VersionErrors },
		},
		"vrid": {
			func() []byte { return advert(&in, 200, func(_ *packet.IPv4, h *packet.Header) { h.VRID = 8 }) },
			func(s Status) uint64 { return s.UnknownVRID },
		},
		"checksum": {
			func() []byte { b := advert(&in, 200, nil); b[len(b)-1] ^= 1; return b },
			func(s Status) uint64 { return s.Instances[0].Stats.ChecksumErrors },
		},
		"length": {
			func() []byte { b := advert(&in, 200, nil); b[3] -= 4; return b[:len(b)-4] },
			func(s Status) uint64 { return s.Instances[0].Stats.LengthErrors },
		},
		"type": {
			func() []byte { b := advert(&in, 200, nil); b[20]++; return b },
			func(s Status) uint64 { return s.Instances[0].Stats.TypeErrors },
		},
		"addresses": {
			func() []byte {
				other := in
				other.Addresses = []netip.Addr{netip.MustParseAddr("192.0.2.9")}
				return advert(&other, 200, nil)
			},
			func(s Status) uint64 { return s.Instances[0].Stats.AddressErrors },
		},
		"source": {
			func() []byte {
				return advert(&in, 200, func(ip *packet.IPv4, _ *packet.Header) { ip.Dst = netip.MustParseAddr("192.0.2.1") })
			},
			func(s Status) uint64 { return s.Instances[0].Stats.SourceErrors },
		},
		"not IP": {
			func() []byte { return []byte{1, 2, 3} },
			func(s Status) uint64 { return s.BadProtocol },
		},
		"no VRRP header": {
			func() []byte { b := advert(&in, 200, nil); b[3] = 21; return b[:21] },
			func(s Status) uint64 { return s.BadProtocol },
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, w := testLoop(t, &Settings{Instances: []Instance{in}})
			w.packet, w.left = c.packet(), 3
			l.read(l.station1())
			if n := c.count(l.status()); n != 3 {
				t.Errorf("counted %d of 3: %+v", n, l.status())
			}
		})
	}
}

func TestFloodDoesNotKeepTheLoopFromItsDeadlines(t *testing.T) {
	in := testInstance(7, "192.0.2.100/32")
	l, w := testLoop(t, &Settings{Instances: []Instance{in}})
	w.packet, w.left, w.stamp = advert(&in, 200, func(ip *packet.IPv4, _ *packet.Header) { ip.TTL = 254 }), math.MaxInt, -1
	l.read(l.station1()) // comes back
	if n := l.status().Instances[0].Stats.TTLErrors; n != batchSize {
		t.Errorf("%d packets of a flood read in one turn, want one batch of %d", n, batchSize)
	}
	w.left, w.stamp = math.MaxInt, 0
	l.read(l.station1())
	if n := l.status().Instances[0].Stats.TTLErrors; n != batchSize*(1+turnBatches) {
		t.Errorf("%d packets without times read in two turns, want %d", n, batchSize*(1+turnBatches))
	}
}

func TestWhatWaitedInTheBufferIsReadWholeBeforeDeadlines(t *testing.T) {
	in := testInstance(7, "192.0.2.100/32")
	in.AdvertInt = time.Hour // nothing happens by itself
	l, w := testLoop(t, &Settings{Instances: []Instance{in}})
	const buffered = defaultBuffer / 768
	w.packet, w.left, w.stamp = advert(&in, 200, func(ip *packet.IPv4, _ *packet.Header) { ip.TTL = 254 }), buffered, time.Now().UnixNano()
	w.final = advert(&in, 200, nil)
	l.read(l.station1())
	if s := l.status().Instances[0].Stats; s.TTLErrors != buffered-1 || s.AdvertReceived != 1 {
		t.Errorf("of %d packets %d forged ones and %d advertisements were read", buffered, s.TTLErrors, s.AdvertReceived)
	}
}

func TestHigherPriorityMakesBackupAndOrdersLeave(t *testing.T) {
	in := testInstance(7, "192.0.2.100/32")
	in.Priority, in.AdvertInt = 255, time.Hour // owner: MASTER at once
	l, w := testLoop(t, &Settings{Instances: []Instance{in}})
	if s := l.status().Instances[0]; s.State != "MASTER" || w.sent != 1 {
		t.Fatalf("no owner: %+v, sent %d", s, w.sent)
	}
	if m := l.members[7]; m.slot.last == 0 {
		t.Error("the state file does not know of the MASTER")
	}
	if got := kinds(l.orders.take()); !slices.Equal(got, []orderKind{orderEnter}) {
		t.Fatalf("orders %v", got)
	}
	w.packet = advert(&in, 255, func(ip *packet.IPv4, _ *packet.Header) { ip.Src = netip.MustParseAddr("192.0.2.9") })
	w.left = 1
	l.read(l.station1())
	if s := l.status().Instances[0]; s.State != "BACKUP" || s.MasterAddr.String() != "192.0.2.9" {
		t.Errorf("%+v", s)
	}
	if got := kinds(l.orders.take()); !slices.Equal(got, []orderKind{orderLeave}) {
		t.Errorf("orders %v", got)
	}
	if l.members[7].slot.last != 0 {
		t.Error("a BACKUP would be adopted")
	}
}

func TestSourceFollowsTheInterface(t *testing.T) {
	in := testInstance(7, "192.0.2.100/24")
	in.Priority, in.AdvertInt = 255, time.Hour
	l, w := testLoop(t, &Settings{Instances: []Instance{in}})
	source := func() string { return l.status().Instances[0].Source.String() }
	event := func(kind rtnl.EventKind, prefix string) {
		l.netEvents([]rtnl.Event{{Kind: kind, Address: rtnl.Address{Prefix: netip.MustParsePrefix(prefix), Index: 3}}})
	}
	if source() != "192.0.2.1" {
		t.Fatalf("source %s", source())
	}
	event(rtnl.AddressChanged, "192.0.2.100/24") // somebody else put the virtual address there
	event(rtnl.AddressChanged, "192.0.2.50/24")
	event(rtnl.AddressGone, "192.0.2.1/24")
	if source() != "192.0.2.50" {
		t.Errorf("source %s, not the next address", source())
	}
	event(rtnl.AddressGone, "192.0.2.50/24")
	if s := l.status().Instances[0]; s.State != "FAULT" {
		t.Errorf("without a source: %+v", s)
	}
	event(rtnl.AddressChanged, "192.0.2.51/24")
	sent := w.sent
	if s := l.status().Instances[0]; s.State != "MASTER" || sent < 2 || netip.AddrFrom4([4]byte(w.last[12:16])).String() != "192.0.2.51" {
		t.Errorf("with a source again: %+v, %d sent, last %x", s, sent, w.last)
	}
}

func TestSendingSurvivesErrors(t *testing.T) {
	in := testInstance(7, "192.0.2.100/32")
	in.Priority, in.AdvertInt = 255, time.Hour
	l, w := testLoop(t, &Settings{Instances: []Instance{in}})
	for _, err := range []error{unix.ENOBUFS, unix.ENETDOWN, unix.EPERM, unix.EAGAIN} {
		w.err = err
		l.execute([]vrrp.Action{{Kind: vrrp.SendAdvert, Instance: 7, Priority: 255}})
	}
	w.err = nil
	before := w.sent
	l.execute([]vrrp.Action{{Kind: vrrp.SendAdvert, Instance: 7, Priority: 255}})
	if l.sendFailures != 4 || w.sent != before+1 {
		t.Errorf("%d failures, %d sent", l.sendFailures, w.sent-before)
	}
}

func TestTwoAdvertsOfOneStepKeepTheirPriorities(t *testing.T) {
	in := testInstance(7, "192.0.2.100/32")
	in.Priority, in.AdvertInt = 255, time.Hour
	l, w := testLoop(t, &Settings{Instances: []Instance{in}})
	before := w.sent
	l.execute([]vrrp.Action{
		{Kind: vrrp.SendAdvert, Instance: 7, Priority: 255},
		{Kind: vrrp.SendAdvert, Instance: 7, Priority: 0},
	})
	if w.sent != before+2 || w.last[20+packet.OffPriority] != 0 {
		t.Errorf("%d sent, the last of priority %d", w.sent-before, w.last[20+packet.OffPriority])
	}
}

func TestReloadKeepsTheMasterAndStartsTheNew(t *testing.T) {
	in := testInstance(7, "192.0.2.100/32")
	in.Priority, in.AdvertInt = 255, time.Hour
	l, w := testLoop(t, &Settings{Instances: []Instance{in}})
	l.orders.take()
	added := testInstance(8, "192.0.2.101/32")
	added.Priority, added.AdvertInt = 255, time.Hour
	before := w.sent
	l.reload(&Settings{Instances: []Instance{in, added}})
	s := l.status()
	if len(s.Instances) != 2 || s.Instances[0].Stats.BecameMaster != 1 || s.Instances[1].State != "MASTER" || w.sent != before+1 {
		t.Errorf("%+v, sent %d", s, w.sent-before)
	}
	if got := kinds(l.orders.take()); !slices.Equal(got, []orderKind{orderConfigure, orderEnter}) {
		t.Errorf("orders %v", got)
	}
	before = w.sent
	l.reload(&Settings{Instances: []Instance{added}})
	if w.sent != before+1 || w.last[20+packet.OffPriority] != 0 || w.last[20+packet.OffVRID] != 7 {
		t.Errorf("no farewell: %d sent, %x", w.sent-before, w.last)
	}
	if got := kinds(l.orders.take()); !slices.Equal(got, []orderKind{orderLeave, orderConfigure}) {
		t.Errorf("orders %v", got)
	}
}

func TestInterfaceDelaysDebounce(t *testing.T) {
	in := testInstance(7, "192.0.2.100/32")
	in.Priority, in.AdvertInt = 255, time.Hour
	l, _ := testLoop(t, &Settings{Instances: []Instance{in}, InterfaceDownDelay: map[string]time.Duration{"eth0": time.Hour}})
	down := testLinks()[0]
	down.Flags &^= unix.IFF_RUNNING
	l.netEvents([]rtnl.Event{{Kind: rtnl.LinkChanged, Link: down}})
	if s := l.status().Instances[0]; s.State != "MASTER" {
		t.Fatalf("the delay was not kept: %+v", s)
	}
	at := l.debounceAt()
	if at == 0 {
		t.Fatal("nothing is due")
	}
	l.netEvents([]rtnl.Event{{Kind: rtnl.LinkChanged, Link: testLinks()[0]}})
	if l.debounceAt() != 0 {
		t.Error("the change back did not end the delay")
	}
	l.netEvents([]rtnl.Event{{Kind: rtnl.LinkChanged, Link: down}})
	l.debounced(l.debounceAt())
	if s := l.status().Instances[0]; s.State != "FAULT" {
		t.Errorf("after the delay: %+v", s)
	}
}

// An advertisement costs no allocation, sent or received: the collector must have nothing to do.
func TestNoAllocationPerAdvertisement(t *testing.T) {
	var s Settings
	for i := range 250 {
		in := testInstance(uint8(i+1), "192.0.2.100/32")
		in.AdvertInt = time.Hour
		if i < 100 {
			in.Priority = 255
		}
		s.Instances = append(s.Instances, in)
	}
	l, w := testLoop(t, &s)
	w.packet = advert(&s.Instances[249], 200, nil)
	var actions []vrrp.Action
	for i := range 100 {
		actions = append(actions, vrrp.Action{Kind: vrrp.SendAdvert, Instance: vrrp.ID(i + 1), Priority: 255})
	}
	st := l.station1()
	before := w.sent
	allocs := testing.AllocsPerRun(100, func() {
		w.left = 100
		l.read(st)
		l.execute(actions)
	})
	if allocs != 0 {
		t.Errorf("%v allocations for 100 received and 100 sent", allocs)
	}
	if got := l.status().Instances[249].Stats.AdvertReceived; got < 100*100 || w.sent-before < 100*100 {
		t.Errorf("nothing was measured: %d received, %d sent", got, w.sent-before)
	}
}

// watched is a descriptor that the loop's poller finds ready, as the first station's socket.
func watched(t *testing.T, l *loop) {
	t.Helper()
	fd, err := unix.Eventfd(1, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := l.poller.Add(fd, l.station1().number); err != nil {
		t.Fatal(err)
	}
}

func TestFrequentPacketsAreTakenTogether(t *testing.T) {
	for name, c := range map[string]struct {
		count  int
		since  time.Duration // of the last reading
		rests  bool
		notify bool
	}{
		"seldom":                           {count: 1, since: time.Hour},
		"frequent":                         {count: frequentCount, rests: true},
		"frequent, and long ago":           {count: frequentCount, since: time.Hour},
		"the second one within a moment":   {count: 1, rests: true},
		"a flood":                          {count: floodCount},
		"frequent, and a command comes in": {count: frequentCount, notify: true},
	} {
		t.Run(name, func(t *testing.T) {
			in := testInstance(7, "192.0.2.100/32")
			in.AdvertInt = time.Hour // nothing happens by itself
			l, w := testLoop(t, &Settings{Instances: []Instance{in}})
			watched(t, l)
			w.packet, w.left = advert(&in, 200, nil), 5
			l.moderation = 20 * time.Millisecond
			if !c.rests {
				l.moderation = time.Minute // would be seen
			}
			begin := l.now()
			l.lastCount, l.lastRead = c.count, begin-c.since
			if c.notify {
				time.AfterFunc(5*time.Millisecond, l.poller.Notify)
			}
			l.turn()
			passed := l.now() - begin
			if c.rests && passed < l.moderation {
				t.Errorf("read after %v, want %v or later", passed, l.moderation)
			}
			if !c.rests && passed >= l.moderation {
				t.Errorf("read after %v, want at once", passed)
			}
			if n := l.status().Instances[0].Stats.AdvertReceived; n != 5 || l.lastCount != 5 {
				t.Errorf("%d packets read, %d counted, want 5", n, l.lastCount)
			}
		})
	}
}

func TestDeadlineEndsTheRestOfFrequentPackets(t *testing.T) {
	in := testInstance(7, "192.0.2.100/32")
	l, _ := testLoop(t, &Settings{Instances: []Instance{in}})
	l.moderation = time.Minute
	begin := l.now()
	for l.status().Instances[0].State != "MASTER" {
		l.lastCount, l.lastRead = frequentCount, l.now()
		l.turn()
	}
	if passed := l.now() - begin; passed >= l.moderation {
		t.Errorf("MASTER after %v: packets that may come kept the timer waiting", passed)
	}
}

func BenchmarkReceive(b *testing.B) {
	in := testInstance(7, "192.0.2.100/32")
	l, w := testLoop(b, &Settings{Instances: []Instance{in}})
	w.packet = advert(&in, 200, nil)
	st := l.station1()
	b.ReportAllocs()
	b.ResetTimer()
	for w.left = b.N; w.left > 0; {
		l.read(st)
	}
}
