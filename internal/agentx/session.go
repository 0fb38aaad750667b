package agentx

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"go.uber.org/zap"
)

// Subtree is a part of the MIB that a session answers for. Description is what sysORTable says of it.
type Subtree struct {
	OID         OID
	Description string
}

// Options are what a session is made of.
type Options struct {
	Address     string // of the master, in net-snmp's form; empty: DefaultAddress
	Description string // of the session
	Subtrees    []Subtree
	Handler     Handler
	Log         *zap.Logger
}

// Times of a session.
const (
	dialLimit    = 5 * time.Second
	answerLimit  = 10 * time.Second // for the master to answer what it is asked
	pingInterval = 2 * time.Minute  // keepalived's
	writeLimit   = 5 * time.Second
	firstRetry   = time.Second
	longestRetry = 15 * time.Second // net-snmp's
	// trapAge is how old a notification may become while the master is away: an older one would tell of
	// what is no longer so.
	trapAge = 30 * time.Second
)

// queued is how many notifications wait; further ones are dropped.
const queued = 1024

// Session is a subagent's connection to its master.
type Session struct {
	options Options
	traps   chan trap
	closing chan struct{}
	done    chan struct{}
}

type trap struct {
	at    time.Time
	binds []VarBind
}

// New returns a session, which does nothing before Run.
func New(o Options) *Session {
	return &Session{options: o, traps: make(chan trap, queued), closing: make(chan struct{}), done: make(chan struct{})}
}

// Notify sends a notification; the first variable is snmpTrapOID.0 (RFC 2741 section 6.2.10). It does not wait.
func (s *Session) Notify(binds []VarBind) {
	select {
	case s.traps <- trap{time.Now(), binds}:
	default:
		s.options.Log.Warn("SNMP notifications are dropped: the master agent does not take them")
	}
}

// Close ends Run when what waits has been sent, or after limit.
func (s *Session) Close(limit time.Duration) {
	close(s.closing)
	select {
	case <-s.done:
	case <-time.After(limit):
	}
}

// Run keeps the session up until Close or the end of ctx.
func (s *Session) Run(ctx context.Context) {
	defer close(s.done)
	retry, told := firstRetry, false
	for {
		began := time.Now()
		err := s.connected(ctx)
		if ctx.Err() != nil || err == nil {
			return
		}
		if !told {
			s.options.Log.Warn("the SNMP master agent cannot be used: trying again", zap.Error(err))
		}
		told = true
		if time.Since(began) > longestRetry {
			retry, told = firstRetry, false
		}
		select {
		case <-ctx.Done():
			return
		case <-s.closing:
			return
		case <-time.After(retry):
		}
		retry = min(2*retry, longestRetry)
	}
}

// connected is one connection from its beginning to its end. It returns nil when it was to end.
func (s *Session) connected(ctx context.Context) error {
	network, address := splitAddress(s.options.Address)
	dialer := net.Dialer{Timeout: dialLimit}
	socket, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer socket.Close()
	stop := context.AfterFunc(ctx, func() { socket.Close() })
	defer stop()
	c := &connection{socket: socket, frames: make(chan request), handler: s.options.Handler, log: s.options.Log, gone: make(chan struct{})}
	defer close(c.gone)
	go c.read()
	if err := c.open(s.options); err != nil {
		return err
	}
	s.options.Log.Info("SNMP subagent connected to " + network + ":" + address)
	return c.serve(ctx, s)
}

// serve answers and sends until the connection ends.
func (c *connection) serve(ctx context.Context, s *Session) error {
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case t := <-s.traps:
			if err := c.notify(t); err != nil {
				return err
			}
		case <-s.closing:
			return c.finish(s)
		case r, ok := <-c.frames:
			if !ok {
				return fmt.Errorf("read: %w", c.err)
			}
			if err := c.take(r); err != nil {
				return err
			}
		case <-ping.C:
			if err := c.ask(kindPing, nil); err != nil {
				return err
			}
		}
	}
}

// finish sends what waits and says goodbye.
func (c *connection) finish(s *Session) error {
	for {
		select {
		case t := <-s.traps:
			if err := c.notify(t); err != nil {
				return nil
			}
		default:
			_ = c.ask(kindClose, []byte{5, 0, 0, 0}) // reasonShutdown; nobody is left to be told otherwise
			return nil
		}
	}
}

// connection is a session that is open at a master.
type connection struct {
	socket  net.Conn
	frames  chan request // closed at the end, with err
	err     error
	gone    chan struct{}
	handler Handler
	log     *zap.Logger
	id      uint32
	packet  uint32
}

// read takes PDUs off the socket.
func (c *connection) read() {
	defer close(c.frames)
	head := make([]byte, headerSize)
	for {
		if _, c.err = io.ReadFull(c.socket, head); c.err != nil {
			return
		}
		h, err := parseHeader(head)
		if err != nil {
			c.err = fmt.Errorf("parse a header: %w", err)
			return
		}
		payload := make([]byte, h.size)
		if _, c.err = io.ReadFull(c.socket, payload); c.err != nil {
			return
		}
		r, err := parse(h, payload)
		if err != nil {
			c.err = err
			return
		}
		select {
		case c.frames <- r:
		case <-c.gone:
			return
		}
	}
}

func (c *connection) send(h header, payload []byte) error {
	_ = c.socket.SetWriteDeadline(time.Now().Add(writeLimit)) // a socket that has none blocks, as it did before
	if _, err := c.socket.Write(pdu(h, payload)); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// ask sends something of our own and waits for the master's answer; requests that come first are answered.
func (c *connection) ask(k kind, payload []byte) error {
	c.packet++
	if err := c.send(header{kind: k, session: c.id, packet: c.packet}, payload); err != nil {
		return err
	}
	limit := time.NewTimer(answerLimit)
	defer limit.Stop()
	for {
		select {
		case r, ok := <-c.frames:
			switch {
			case !ok:
				return fmt.Errorf("read: %w", c.err)
			case r.kind == kindResponse && r.packet == c.packet:
				if r.err != NoError {
					return r.err
				}
				c.id = r.session
				return nil
			}
			if err := c.take(r); err != nil {
				return err
			}
		case <-limit.C:
			return fmt.Errorf("the master does not answer within %v", answerLimit)
		}
	}
}

// take answers what the master asks.
func (c *connection) take(r request) error {
	if r.kind == kindResponse {
		return nil // of what nobody waits for any more
	}
	if r.kind == kindClose {
		return fmt.Errorf("the master closes the session for reason %d", r.reason)
	}
	payload := answer(c.handler, r)
	if payload == nil {
		return nil
	}
	return c.send(header{kind: kindResponse, session: r.session, transaction: r.transaction, packet: r.packet}, payload)
}

// priority is that of registrations (RFC 2741 section 6.2.3: the default).
const priority = 127

// open says who we are and what we answer for.
func (c *connection) open(o Options) error {
	var e encoder
	e.octets(0, 0, 0, 0) // the master's own timeout
	e.oid(nil, false)
	e.text([]byte(o.Description))
	if err := c.ask(kindOpen, e.b); err != nil {
		return fmt.Errorf("open a session: %w", err)
	}
	for _, t := range o.Subtrees {
		e = encoder{}
		e.octets(0, priority, 0, 0)
		e.oid(t.OID, false)
		if err := c.ask(kindRegister, e.b); err != nil {
			return fmt.Errorf("register %s: %w", t.OID, err)
		}
		e = encoder{}
		e.oid(t.OID, false)
		e.text([]byte(t.Description))
		if err := c.ask(kindAddCaps, e.b); err != nil {
			return fmt.Errorf("describe %s: %w", t.OID, err)
		}
	}
	return nil
}

// notify sends a notification and waits until the master has taken it.
func (c *connection) notify(t trap) error {
	if time.Since(t.at) > trapAge {
		return nil
	}
	var e encoder
	for _, v := range t.binds {
		e.bind(v)
	}
	err := c.ask(kindNotify, e.b)
	if refused, ok := err.(Error); ok {
		c.log.Warn("the SNMP master agent refuses a notification", zap.Error(refused))
		return nil
	}
	return err
}
