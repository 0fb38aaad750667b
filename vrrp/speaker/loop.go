package speaker

import (
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/poller"
	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// loop owns the core, the sockets and the deadlines. Everything in it belongs to the goroutine that
// runs it; others send commands. It reads no file, asks the kernel nothing and logs to a queue.
type loop struct {
	router   *vrrp.Router
	epoch    time.Time
	settings *Settings
	poller   *poller.Poller
	commands *queue[func()]
	orders   *queue[order]
	changes  *queue[Change]
	log      *reporter
	state    *stateFile
	record   *recorder // nil: nothing is recorded
	dial     func(socketWish) (wire, error)
	watch    func(fd int, key int32) error

	members  map[vrrp.ID]*member
	stations map[socketKey]*station
	numbers  []*station // by epoll key
	links    map[string]*link
	indexes  map[int]string
	changing int // links whose state takes effect later
	devices  map[string]bool
	place    *namespace         // where goroutines that ask the host belong; nil: nothing is asked
	beat     *linkbeat          // nil: no interface is asked
	macs     map[string][6]byte // of the devices
	// pending are settings whose devices are being made.
	pending *Settings
	// virtual addresses are nobody's source.
	virtual map[netip.Addr]bool

	// Room for one packet, one event and the actions of one step.
	batch   *batch
	meta    packet.Meta
	event   vrrp.Event
	actions []vrrp.Action
	dirty   []*station

	// moderation is the least time between two readings while packets are frequent.
	moderation time.Duration
	lastRead   time.Duration
	lastCount  int           // packets that were read then
	retryAt    time.Duration // to open sockets; 0: nothing to retry

	// held are the instances that a stop waits for.
	held     map[vrrp.ID]bool
	stopping bool
	// switches wait for what becomes of a switch.
	switches map[vrrp.ID]chan error
	// departed are the names of instances that the running reload removes.
	departed map[vrrp.ID]string

	unknownVRID, badProtocol, badReads, sendFailures uint64

	lateness lateness
}

// now is the time of the core: since the loop was made.
func (l *loop) now() time.Duration { return time.Since(l.epoch) }

// run works until the stop is over.
func (l *loop) run() {
	for {
		for _, f := range l.commands.take() {
			f()
		}
		if l.stopping && len(l.held) == 0 {
			l.finish()
			return
		}
		l.turn()
	}
}

const (
	// turnBatches bounds what is read from a socket in one turn, if the kernel tells no times: a flood
	// must not keep the loop from its deadlines. What is left is read in the next turn, at once. It is
	// more than defaultBuffer holds.
	turnBatches = 64
	// floodCount is how many packets in one turn make it harmful to let more come together: the buffer
	// might run over, and with it the advertisement of the MASTER.
	floodCount = 256
	// frequentCount is how many packets in one turn make it likely that the next one will not be long in
	// coming: the loop rests at once, without waiting for it.
	frequentCount = 2
)

// turn waits and does what there is to do then. Sockets are read before the time is told to the
// core: an advertisement that waited while we were held up still counts.
func (l *loop) turn() {
	if l.lastCount < frequentCount || !l.rest() {
		wait := time.Duration(-1)
		if due, any := l.due(); any {
			wait = max(due-l.now(), 0)
		}
		if len(l.poller.Wait(wait)) > 0 {
			l.rest()
		}
	}
	keys := l.poller.Wait(0) // others may have become ready
	l.lastCount = 0
	if len(keys) > 0 {
		l.readAll(keys)
		l.lastRead = l.now()
	}
	l.deadlines()
}

// rest lets more packets come in when the last reading was not long ago. Only a command or a deadline ends
// it earlier. It reports false if it did not rest.
func (l *loop) rest() bool {
	now := l.now()
	calm := l.lastRead + l.moderation - now
	if due, any := l.due(); any {
		calm = min(calm, due-now)
	}
	if calm <= 0 || l.lastCount >= floodCount {
		return false
	}
	l.poller.Rest(calm)
	return true
}

func (l *loop) readAll(keys []unix.EpollEvent) {
	for i := range keys {
		if n := int(keys[i].Fd); n >= 0 && n < len(l.numbers) && l.numbers[n] != nil {
			l.read(l.numbers[n])
		}
	}
}

// due is the next time at which something has to be done.
func (l *loop) due() (time.Duration, bool) {
	due, any := l.router.Next()
	for _, at := range [...]time.Duration{l.retryAt, l.debounceAt()} {
		if at != 0 && (!any || at < due) {
			due, any = at, true
		}
	}
	return due, any
}

// deadlines does what is due.
func (l *loop) deadlines() {
	now := l.now()
	if at := l.debounceAt(); at != 0 && at <= now {
		l.debounced(now)
	}
	if l.retryAt != 0 && l.retryAt <= now {
		l.retryAt = 0
		for _, st := range l.stations {
			l.open(st)
		}
	}
	if due, ok := l.router.Next(); ok && due <= now {
		l.lateness.add(now - due)
		l.event = vrrp.Event{Kind: vrrp.Tick}
		l.step()
	}
}

// step gives l.event to the core and does what it says.
func (l *loop) step() { l.stepAt(l.now()) }

func (l *loop) stepAt(at time.Duration) {
	l.actions = l.router.Step(at, l.event, l.actions[:0])
	if len(l.actions) > 0 {
		l.execute(l.actions)
	}
	l.record.step(at, &l.event, l.actions)
}

// execute sends all advertisements first, in one go for each socket, then does the rest in order.
func (l *loop) execute(actions []vrrp.Action) {
	var clock int64
	for i := range actions {
		if a := &actions[i]; a.Kind == vrrp.SendAdvert {
			if clock == 0 {
				clock = boottime()
			}
			l.advertise(a, clock)
		}
	}
	for _, st := range l.dirty {
		l.flush(st)
	}
	l.dirty = l.dirty[:0]
	for i := range actions {
		if a := &actions[i]; a.Kind != vrrp.SendAdvert {
			l.act(a)
		}
	}
}

// advertise queues the messages of an instance.
func (l *loop) advertise(a *vrrp.Action, clock int64) {
	m := l.members[a.Instance]
	if m == nil || m.station == nil {
		return
	}
	st := m.station
	if m.queued && (a.Priority != m.priority || m.changes()) {
		l.flush(st) // a second one in the same step, with other contents
	}
	if m.source.IsValid() {
		m.build(a.Priority, a.Sequence)
		if m.Signs() {
			m.sign(l.router, time.Duration(time.Now().UnixNano()))
		}
		if len(st.queue) == 0 {
			l.dirty = append(l.dirty, st)
		}
		m.queued = true
		for i := range m.messages {
			st.queue = append(st.queue, m.messages[i])
			st.senders = append(st.senders, m)
		}
	}
	if a.Priority == 0 {
		clock = 0 // nobody shall go on from here
	}
	m.slot.store(clock, a.Sequence)
}

// act does what is not sending.
func (l *loop) act(a *vrrp.Action) {
	switch a.Kind {
	case vrrp.EnterMaster:
		if m := l.members[a.Instance]; m != nil {
			m.master = true
		}
		l.orders.put(order{kind: orderEnter, id: a.Instance, count: a.Count})
	case vrrp.LeaveMaster:
		if m := l.members[a.Instance]; m != nil {
			m.master = false
			m.slot.store(0, m.slot.sequence)
		}
		l.orders.put(order{kind: orderLeave, id: a.Instance, hold: l.yieldHold(a)})
	case vrrp.Announce:
		l.orders.put(order{kind: orderAnnounce, id: a.Instance, count: a.Count})
	case vrrp.Released:
		delete(l.held, a.Instance)
	default:
		l.greet(a)
		l.report(a)
	}
}

// stop begins the end. A second, unplanned one ends a handover that is going on.
func (l *loop) stop(planned bool) {
	if l.stopping && planned {
		return
	}
	if !l.stopping {
		l.stopping = true
		l.held = make(map[vrrp.ID]bool, len(l.members))
		for id := range l.members {
			l.held[id] = true
		}
	}
	l.event = vrrp.Event{Kind: vrrp.Stop, Planned: planned && l.settings.Handover}
	l.step()
	l.expectSuccessors()
}

// finish ends the loop when the last effect is done; nothing is left to be sent meanwhile.
func (l *loop) finish() {
	if beat := l.beat; beat != nil {
		l.followLinkbeat(nil)
		<-beat.done
	}
	done := make(chan struct{})
	l.orders.put(order{kind: orderFinish, done: done})
	<-done
	for _, st := range l.stations {
		l.shut(st)
	}
}

// netEvents takes what the monitor saw.
func (l *loop) netEvents(events []rtnl.Event) {
	for i := range events {
		switch ev := &events[i]; ev.Kind {
		case rtnl.LinkChanged:
			l.linkChanged(&ev.Link)
		case rtnl.LinkGone:
			l.linkGone(ev.Link.Index)
		case rtnl.AddressChanged:
			l.addressChanged(&ev.Address)
		case rtnl.AddressGone:
			l.addressGone(&ev.Address)
		}
	}
}
