package bfd

import (
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/internal/due"
)

// Core holds all sessions. Make one by New.
type Core struct {
	now     time.Duration
	random  random
	last    ID
	order   []*session
	mine    map[uint32]*session
	remote  map[netip.Addr]*session
	due     due.Heap[session]
	out     []Action
	faults  [Faults]uint64
	stopped bool
}

// New returns a Core without sessions. The seed decides over discriminators and jitter: outside of a
// test it must not be guessed.
func New(seed uint64) *Core {
	return &Core{random: random(seed), mine: map[uint32]*session{}, remote: map[netip.Addr]*session{}}
}

// Step gives the core an event and returns out with what follows from it. It allocates nothing when
// out has room. A time before that of an earlier call counts as that one. What was received counts
// before what is due: a packet that waited while its reader was held up still came.
func (c *Core) Step(now time.Duration, ev *Event, out []Action) []Action {
	c.now = max(c.now, now)
	c.out = out
	switch {
	case c.stopped:
	case ev.Kind == Received:
		c.received(ev)
	case ev.Kind == Stop:
		c.stop()
	}
	c.runDue()
	out, c.out = c.out, nil
	return out
}

// Next is when Step is due, at the latest; false: never.
func (c *Core) Next() (time.Duration, bool) {
	if c.due.Len() == 0 || c.due.First().At == never {
		return 0, false
	}
	return c.due.First().At, true
}

func (c *Core) emit(a Action) { c.out = append(c.out, a) }

// runDue does what is due. Each session's turn ends with a later deadline.
func (c *Core) runDue() {
	for c.due.By(c.now) {
		s := c.due.First()
		if s.expiry <= c.now {
			c.expired(s)
			c.settle(s) // it may have nothing to send any more
			continue
		}
		if s.due <= c.now {
			c.send(s)
		}
		c.settle(s)
	}
}

// settle puts the session where its deadline belongs, and tells of intervals that have changed. A
// packet that is due later than the interval in force asks for is brought forward, and the other way
// round.
func (c *Core) settle(s *session) {
	interval, detection := s.txInterval(), s.detectionTime()
	if interval != s.planned {
		s.plan(c.after(s, s.sentAt, interval), interval)
	}
	if interval != s.interval || detection != s.detection {
		s.interval, s.detection = interval, detection
		c.emit(Action{Kind: Renegotiated, Session: s.id, Tx: interval, Detection: detection})
	}
	if key := min(s.due, s.expiry); key != s.At {
		s.At = key
		c.due.Fix(&s.Entry)
	}
}

// after is when to send the next packet after one at that time, but not before now.
func (c *Core) after(s *session, at, interval time.Duration) time.Duration {
	if interval == never {
		return never
	}
	return max(at+jittered(interval, s.Multiplier, c.random.next()), c.now)
}

// send sends a packet now and plans the next one.
func (c *Core) send(s *session) {
	c.emit(Action{Kind: Send, Session: s.id, Packet: s.packet(false)})
	s.sent++
	s.sentAt = c.now
	interval := s.txInterval()
	s.plan(c.after(s, c.now, interval), interval)
}

// poll begins a poll sequence, or has another one follow on that which is going on.
func (c *Core) poll(s *session) {
	if s.polling {
		s.again = true
		return
	}
	s.polling = true
	c.emit(Action{Kind: Polling, Session: s.id})
}

// enter changes the state and says so at once.
func (c *Core) enter(s *session, to State, diag Diag) {
	from := s.state
	s.state, s.diag, s.since = to, diag, c.now
	s.polling, s.again = false, false
	if to != Up {
		s.tx, s.rx = s.saidTx, s.saidRx
	}
	switch {
	case to == Up:
		s.ups++
	case from == Up:
		s.downs++
	}
	c.emit(Action{Kind: Changed, Session: s.id, From: from, To: to, Diag: diag, RemoteDiag: s.remoteDiag})
	// A neighbour that takes the session away says nothing about the path (RFC 5882 section 3.2).
	if alive := to == Up; alive != s.alive && to != Init && (alive || s.remoteState != AdminDown) {
		s.alive = alive
		c.emit(Action{Kind: Turned, Session: s.id, Alive: alive})
	}
	if s.offer(s.wanted()) {
		c.poll(s)
	}
	if !s.silent() {
		c.send(s)
	}
}

// expired: nothing was heard for a detection time (RFC 5880 section 6.8.4).
func (c *Core) expired(s *session) {
	was, late := s.detectionTime(), c.now-s.expiry
	s.forget()
	if s.state == Init || s.state == Up {
		c.emit(Action{Kind: Expired, Session: s.id, Detection: was, Late: late})
		c.enter(s, Down, DetectionExpired)
	}
}

// stop takes all sessions away.
func (c *Core) stop() {
	for _, s := range c.order {
		c.close(s)
	}
	c.stopped = true
	c.order, c.due = nil, due.Heap[session]{}
	clear(c.mine)
	clear(c.remote)
}

// close tells the neighbour that the session goes. It does not go into the state AdminDown, by which a
// neighbour must not judge the path (RFC 5882 section 3.2): the router behind the session is going.
func (c *Core) close(s *session) {
	s.due, s.expiry = never, never
	if s.yours != 0 {
		s.state, s.diag, s.polling = Down, AdministrativeDown, false
		c.emit(Action{Kind: Send, Session: s.id, Packet: s.packet(false)})
	}
	c.emit(Action{Kind: Closed, Session: s.id})
}
