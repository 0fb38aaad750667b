package speaker

import (
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/bfd"
	"github.com/holdfast-ha/holdfast/internal/mmsg"
	"github.com/holdfast-ha/holdfast/internal/poller"
)

const (
	// retryAfter is when a socket that could not be opened is tried again.
	retryAfter = time.Second
	// readRounds bounds what is read from a socket before what is due is done.
	readRounds = 8
)

// loop owns the core and the sockets. Everything in it belongs to the goroutine that runs it, but for
// the mailbox.
type loop struct {
	core    *bfd.Core
	epoch   time.Time
	boot    time.Duration // CLOCK_BOOTTIME at the epoch
	poller  *poller.Poller
	log     *zap.Logger
	changed func([]Session)
	state   *stateFile

	mu   sync.Mutex // of mail
	mail []func()
	over bool

	receivers map[receiverKey]*receiver
	numbers   []*receiver // by epoll key
	// wanted are the neighbours that each receiver hears.
	wanted  map[receiverKey][]neighbour
	retryAt time.Duration // to open receivers; 0: nothing to retry
	refused map[receiverKey]bool
	senders map[bfd.ID]*sender
	slots   map[bfd.ID]*slot

	// Room for one reading, one event and the actions of one step.
	batch   *mmsg.Batch
	event   bfd.Event
	actions []bfd.Action
	news    []Session

	malformed [bfd.Faults]uint64
	lastSaid  map[complaint]time.Duration
	stopping  bool
}

func (l *loop) now() time.Duration { return time.Since(l.epoch) }

// post has the loop run f. It reports false when the loop has ended and f will never run.
func (l *loop) post(f func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return false
	}
	l.mail = append(l.mail, f)
	if len(l.mail) == 1 {
		l.poller.Notify()
	}
	return true
}

func (l *loop) take() []func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	mail := l.mail
	l.mail = nil
	return mail
}

// run works until it is told to stop.
func (l *loop) run() {
	for !l.stopping {
		for _, f := range l.take() {
			f()
		}
		if !l.stopping {
			l.turn()
		}
	}
}

// turn waits and does what there is to do then. Sockets are read before the time is told to the core:
// a packet that waited while we were held up still counts.
func (l *loop) turn() {
	wait := time.Duration(-1)
	if due, any := l.due(); any {
		wait = max(due-l.now(), 0)
	}
	l.readAll(l.poller.Wait(wait))
	if due, any := l.due(); any && due <= l.now() {
		l.readAll(l.poller.Wait(0)) // what came since
		l.deadlines()
	}
}

// due is the next time at which something has to be done.
func (l *loop) due() (time.Duration, bool) {
	due, any := l.core.Next()
	if l.retryAt != 0 && (!any || l.retryAt < due) {
		return l.retryAt, true
	}
	return due, any
}

func (l *loop) deadlines() {
	now := l.now()
	if l.retryAt != 0 && l.retryAt <= now {
		l.listen()
	}
	l.event = bfd.Event{Kind: bfd.Tick}
	l.step(now)
}

func (l *loop) readAll(ready []unix.EpollEvent) {
	for i := range ready {
		if n := int(ready[i].Fd); n >= 0 && n < len(l.numbers) && l.numbers[n] != nil {
			l.read(l.numbers[n])
		}
	}
}

// read takes what a receiver has, and no more than a bounded part of a flood.
func (l *loop) read(r *receiver) {
	for range readRounds {
		n, err := l.batch.Receive(r.fd)
		if err != nil {
			if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
				l.complain(complaint{what: "read"}, "cannot read from a BFD socket", zap.Error(err))
			}
			return
		}
		for i := range n {
			l.arrived(i, r.multihop)
		}
		if n < batchSize {
			return
		}
	}
}

// arrived gives one datagram of the batch to the core.
func (l *loop) arrived(i int, multihop bool) {
	from := l.batch.From(i)
	l.event = bfd.Event{Kind: bfd.Received, From: from, TTL: hops(l.batch.Control(i)), Multihop: multihop}
	if fault := bfd.Parse(l.batch.Data(i), &l.event.Packet); fault != bfd.OK {
		l.malformed[fault]++
		l.discarded(&bfd.Action{Source: from, Fault: fault})
		return
	}
	l.step(l.now())
}

// step gives l.event to the core and does what it says.
func (l *loop) step(now time.Duration) {
	l.actions = l.core.Step(now, &l.event, l.actions[:0])
	l.execute(now, l.actions)
}

// execute sends first, then tells.
func (l *loop) execute(now time.Duration, actions []bfd.Action) {
	for i := range actions {
		if a := &actions[i]; a.Kind == bfd.Send {
			l.send(a)
		}
	}
	for i := range actions {
		switch a := &actions[i]; a.Kind {
		case bfd.Send:
		case bfd.Heard:
			if s := l.slots[a.Session]; s != nil {
				s.touch(l.boot + now)
			}
		case bfd.Closed:
			l.closed(a.Session)
		default:
			l.act(now, a)
		}
	}
	l.publish()
}

// act does what happens seldom.
func (l *loop) act(now time.Duration, a *bfd.Action) {
	l.report(a)
	if a.Kind == bfd.Turned {
		l.news = append(l.news, Session{Name: l.nameOf(a.Session), Up: a.Alive})
	}
	if a.Kind != bfd.Changed && a.Kind != bfd.Renegotiated {
		return
	}
	st, ok := l.core.Session(a.Session)
	if s := l.slots[a.Session]; ok && s != nil {
		s.store(&st, l.boot+now)
	}

}

// publish tells of the sessions that have changed.
func (l *loop) publish() {
	if len(l.news) == 0 {
		return
	}
	news := l.news
	l.news = nil
	l.changed(news)
}

func (l *loop) send(a *bfd.Action) {
	s := l.senders[a.Session]
	if s == nil {
		return
	}
	if turned := s.send(&a.Packet); turned {
		l.sendingTurned(s)
	}
}

func (l *loop) closed(id bfd.ID) {
	if s := l.senders[id]; s != nil {
		s.close()
		delete(l.senders, id)
	}
	if s := l.slots[id]; s != nil {
		*s = slot{}
		delete(l.slots, id)
	}
}

// stop takes all sessions away: their neighbours are told.
func (l *loop) stop() {
	l.event = bfd.Event{Kind: bfd.Stop}
	l.step(l.now())
	l.stopping = true
}

// finish closes what is open.
func (l *loop) finish() {
	for _, s := range l.senders {
		s.close()
	}
	for _, r := range l.receivers {
		l.shut(r)
	}
	l.mu.Lock()
	mail := l.mail
	l.mail, l.over = nil, true
	l.mu.Unlock()
	for _, f := range mail {
		f()
	}
	l.poller.Close()
	_ = l.state.Close()
}
