package rtnl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// EventKind says what changed.
type EventKind uint8

// Events.
const (
	LinkChanged EventKind = iota + 1
	LinkGone
	AddressChanged // new, or with new flags
	AddressGone
	RouteGone
	RuleGone
)

// Event is one change: what Kind is about is filled.
type Event struct {
	Kind    EventKind
	Link    Link
	Address Address
	Route   *Route
	Rule    *Rule
}

// Snapshot is all links and addresses, and the routes and rules of a VRRP daemon.
type Snapshot struct {
	Links     []Link
	Addresses []Address
	Routes    []Route
	Rules     []Rule
}

// Read dumps a Snapshot.
func (c *Conn) Read() (Snapshot, error) {
	links, err := c.Links()
	if err != nil {
		return Snapshot{}, err
	}
	addresses, err := c.Addresses()
	if err != nil {
		return Snapshot{}, err
	}
	routes, err := c.Routes(Keepalived)
	if err != nil {
		return Snapshot{}, err
	}
	rules, err := c.Rules(Keepalived)
	return Snapshot{links, addresses, routes, rules}, err
}

// Handler is called with what a Monitor saw. The slice belongs to the handler.
type Handler interface {
	Changed([]Event)
	// Resync replaces all that was known: events were lost.
	Resync(Snapshot)
}

// Monitor listens to the changes of links and addresses.
type Monitor struct {
	c   *netlink.Conn
	rc  syscall.RawConn
	req *Conn
	buf []byte
	// closed tells Run apart from a failure: the error of a closed file has no name to test for.
	closed atomic.Bool
}

// receiveBuffer holds the events of about ten thousand addresses.
const receiveBuffer = 8 << 20

// Listen opens a Monitor; events are kept from then on. Read a Snapshot afterwards, so that
// nothing is missed between the two. New addresses of the protocol own are not reported, unless it
// is 0: a daemon that adds a thousand addresses would be woken for each. Of routes and rules only
// the end of those of Keepalived is reported: a router with the whole Internet in its tables has
// thousands of changes a second.
func Listen(own uint8) (*Monitor, error) {
	req, err := Dial()
	if err != nil {
		return nil, err
	}
	c, err := netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{
		Groups: 1<<(unix.RTNLGRP_LINK-1) | 1<<(unix.RTNLGRP_IPV4_IFADDR-1) | 1<<(unix.RTNLGRP_IPV6_IFADDR-1) |
			1<<(unix.RTNLGRP_IPV4_ROUTE-1) | 1<<(unix.RTNLGRP_IPV6_ROUTE-1) |
			1<<(unix.RTNLGRP_IPV4_RULE-1) | 1<<(unix.RTNLGRP_IPV6_RULE-1),
	})
	if err != nil {
		_ = req.Close()
		return nil, fmt.Errorf("open rtnetlink monitor: %w", err)
	}
	m := &Monitor{c: c, req: req, buf: make([]byte, 1<<16)}
	if err := m.filter(own); err != nil {
		_ = m.Close()
		return nil, err
	}
	if m.rc, err = c.SyscallConn(); err != nil {
		_ = m.Close()
		return nil, fmt.Errorf("open rtnetlink monitor: %w", err)
	}
	_ = m.SetBuffer(Buffer{})
	return m, nil
}

// Read dumps a Snapshot. It must not be called while Run runs.
func (m *Monitor) Read() (Snapshot, error) { return m.req.Read() }

// Close ends Run.
func (m *Monitor) Close() error {
	m.closed.Store(true)
	return errors.Join(m.c.Close(), m.req.Close())
}

// Run calls h until Close, and returns nil then. After an error it reads everything anew; only when
// that fails again and again it gives up.
func (m *Monitor) Run(h Handler) error {
	const attempts = 20
	for failures := 0; ; {
		events, lost, err := m.drain()
		if len(events) > 0 {
			h.Changed(events)
		}
		if lost || err != nil && !m.closed.Load() {
			err = errors.Join(err, m.resync(h))
		}
		switch {
		case m.closed.Load():
			return nil
		case err == nil:
			failures = 0
		case failures == attempts:
			return fmt.Errorf("read rtnetlink events: %w", err)
		default:
			failures++
			time.Sleep(time.Duration(failures) * 10 * time.Millisecond)
		}
	}
}

// resync reads everything anew. In a flood that is again and again: at most a third of the time goes
// into it, so that who gets the snapshots can keep up.
func (m *Monitor) resync(h Handler) error {
	begin := time.Now()
	snapshot, err := m.req.Read()
	if err != nil {
		return err
	}
	h.Resync(snapshot)
	time.Sleep(max(lossPause, 2*time.Since(begin)))
	return nil
}

// lossPause is the least time between two readings of everything: what comes meanwhile, and is lost
// again, makes one more.
const lossPause = 10 * time.Millisecond

// drain waits for events and takes all that are there.
func (m *Monitor) drain() (events []Event, lost bool, err error) {
	const most = 1 << 10 // so that a flood is handed on in parts
	rerr := m.rc.Read(func(fd uintptr) bool {
		for len(events) < most {
			var n int
			n, _, err = unix.Recvfrom(int(fd), m.buf, unix.MSG_DONTWAIT)
			switch {
			case errors.Is(err, unix.EINTR):
				err = nil
				continue
			case errors.Is(err, unix.EAGAIN):
				err = nil
				return len(events) > 0 || lost
			case errors.Is(err, unix.ENOBUFS):
				err, lost = nil, true
				continue
			case err != nil:
				return true
			}
			events = decodeEvents(events, m.buf[:n])
		}
		return true
	})
	return events, lost, errors.Join(err, rerr)
}

// decodeEvents appends the events of a datagram. What cannot be read is left out.
func decodeEvents(events []Event, b []byte) []Event {
	for len(b) >= unix.SizeofNlMsghdr {
		size := int(binary.NativeEndian.Uint32(b))
		if size < unix.SizeofNlMsghdr || size > len(b) {
			return events
		}
		body := b[unix.SizeofNlMsghdr:size]
		var e Event
		var err error
		kind := binary.NativeEndian.Uint16(b[4:])
		switch kind {
		case unix.RTM_NEWLINK:
			e.Kind = LinkChanged
			e.Link, err = decodeLink(body)
		case unix.RTM_DELLINK:
			e.Kind = LinkGone
			e.Link, err = decodeLink(body)
		case unix.RTM_NEWADDR:
			e.Kind = AddressChanged
			e.Address, err = decodeAddress(body)
		case unix.RTM_DELADDR:
			e.Kind = AddressGone
			e.Address, err = decodeAddress(body)
		case unix.RTM_DELROUTE:
			var r Route
			r, err = decodeRoute(body)
			e.Kind, e.Route = RouteGone, &r
		case unix.RTM_DELRULE:
			var r Rule
			r, err = decodeRule(body)
			e.Kind, e.Rule = RuleGone, &r
		}
		// A bridge reports a port that leaves it as RTM_DELLINK of family AF_BRIDGE: not a link gone.
		bridge := len(body) > 0 && body[0] == unix.AF_BRIDGE
		if e.Kind != 0 && err == nil && !bridge {
			events = append(events, e)
		}
		b = b[min(align(size), len(b)):]
	}
	return events
}
