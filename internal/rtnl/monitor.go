package rtnl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/net/bpf"
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
)

// Event is one change: Link or Address is filled.
type Event struct {
	Kind    EventKind
	Link    Link
	Address Address
}

// Snapshot is all links and addresses.
type Snapshot struct {
	Links     []Link
	Addresses []Address
}

// Read dumps a Snapshot.
func (c *Conn) Read() (Snapshot, error) {
	links, err := c.Links()
	if err != nil {
		return Snapshot{}, err
	}
	addresses, err := c.Addresses()
	return Snapshot{links, addresses}, err
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
// is 0: a daemon that adds a thousand addresses would be woken for each.
func Listen(own uint8) (*Monitor, error) {
	req, err := Dial()
	if err != nil {
		return nil, err
	}
	c, err := netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{
		Groups: 1<<(unix.RTNLGRP_LINK-1) | 1<<(unix.RTNLGRP_IPV4_IFADDR-1) | 1<<(unix.RTNLGRP_IPV6_IFADDR-1),
	})
	if err != nil {
		_ = req.Close()
		return nil, fmt.Errorf("open rtnetlink monitor: %w", err)
	}
	m := &Monitor{c: c, req: req, buf: make([]byte, 1<<16)}
	if own != 0 {
		if err := m.ignore(own); err != nil {
			_ = m.Close()
			return nil, err
		}
	}
	if m.rc, err = c.SyscallConn(); err != nil {
		_ = m.Close()
		return nil, fmt.Errorf("open rtnetlink monitor: %w", err)
	}
	_ = m.rc.Control(func(fd uintptr) {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
		}
	})
	return m, nil
}

// ignore lets the kernel drop RTM_NEWADDR with this IFA_PROTO before it wakes us.
func (m *Monitor) ignore(protocol uint8) error {
	// BPF loads in network order what the kernel writes in the host's.
	var kind [2]byte
	binary.NativeEndian.PutUint16(kind[:], unix.RTM_NEWADDR)
	program, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 4, Size: 2}, // nlmsg_type
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(binary.BigEndian.Uint16(kind[:])), SkipFalse: 7},
		bpf.LoadConstant{Dst: bpf.RegX, Val: ifaProto},
		bpf.LoadConstant{Dst: bpf.RegA, Val: unix.SizeofNlMsghdr + sizeofMsg},
		bpf.LoadExtension{Num: bpf.ExtNetlinkAttr}, // A: offset of the attribute, 0 for none
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 3},
		bpf.TAX{},
		bpf.LoadIndirect{Off: attributeHeader, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(protocol), SkipTrue: 1},
		bpf.RetConstant{Val: 1 << 20},
		bpf.RetConstant{Val: 0},
	})
	if err == nil {
		err = m.c.SetBPF(program)
	}
	if err != nil {
		return fmt.Errorf("filter rtnetlink events: %w", err)
	}
	return nil
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
			snapshot, rerr := m.req.Read()
			if rerr == nil {
				h.Resync(snapshot)
			}
			err = errors.Join(err, rerr)
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
		switch binary.NativeEndian.Uint16(b[4:]) {
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
