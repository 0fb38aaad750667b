package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// DefaultTimeout is keepalived's connect_timeout.
const DefaultTimeout = 5 * time.Second

// Endpoint says what a check connects to and from where.
type Endpoint struct {
	Target  netip.AddrPort
	Bind    netip.AddrPort // local address and port; an invalid or unspecified address: any
	BindIf  string         // interface, empty: as routed
	Mark    uint32         // firewall mark of the packets, 0: none
	Timeout time.Duration  // of one wait for the peer; 0: DefaultTimeout
}

// Limit is how long one wait for the peer may take.
func (e *Endpoint) Limit() time.Duration {
	if e.Timeout <= 0 {
		return DefaultTimeout
	}
	return e.Timeout
}

// Is4 tells whether the target is reached over IPv4.
func (e *Endpoint) Is4() bool { return e.Target.Addr().Unmap().Is4() }

// Dial connects within the limit; network is "tcp" or "udp". Its errors are put into words by Detail.
func (e *Endpoint) Dial(ctx context.Context, network string) (net.Conn, error) {
	if !e.Target.IsValid() {
		return nil, errNoTarget
	}
	d := net.Dialer{
		KeepAlive: -1,
		Control: func(_, _ string, raw syscall.RawConn) error {
			var err error
			if failed := raw.Control(func(fd uintptr) { err = e.mark(int(fd)) }); failed != nil {
				return failed
			}
			return err
		},
	}
	if e.binds() {
		local := e.local()
		if network == "udp" {
			d.LocalAddr = net.UDPAddrFromAddrPort(local)
		} else {
			d.LocalAddr = net.TCPAddrFromAddrPort(local)
		}
	}
	target := netip.AddrPortFrom(e.Target.Addr().Unmap(), e.Target.Port())
	attempt, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(e.Limit(), func() {
		time.AfterFunc(Grace, func() { cancel(os.ErrDeadlineExceeded) })
	})
	defer late.Stop()
	c, err := d.DialContext(attempt, network, target.String())
	switch {
	case err != nil && errors.Is(context.Cause(attempt), os.ErrDeadlineExceeded):
		return nil, os.ErrDeadlineExceeded
	case err != nil:
		return nil, e.explain(err)
	}
	return c, nil
}

// Grace is how much later a wait is given up. On a busy machine the process itself may be late: the
// answer has long been there when it finds that the time is over.
const Grace = 50 * time.Millisecond

// Patient is a connection whose reads look a second time before they time out, for Grace. It is not
// patient after its end.
type Patient struct {
	net.Conn
	Ctx context.Context
	End time.Time
}

// Read reads what is there.
func (p Patient) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || p.Ctx.Err() != nil || time.Now().After(p.End) {
		return n, err
	}
	if err := p.SetReadDeadline(time.Now().Add(Grace)); err != nil {
		return 0, err
	}
	if p.Ctx.Err() != nil { // its own deadline has just been lost
		return 0, err
	}
	return p.Conn.Read(b)
}

var errNoTarget = errors.New("no address to check")

// explain names the local address where it is the reason.
func (e *Endpoint) explain(err error) error {
	var call *os.SyscallError
	if errors.As(err, &call) && call.Syscall == "bind" {
		return fmt.Errorf("bind to %s: %w", e.Bind, call.Err)
	}
	return err
}

// Socket opens a non-blocking socket of the target's family with mark, interface and local address.
// The caller closes it.
func (e *Endpoint) Socket(kind, protocol int) (fd int, err error) {
	family := unix.AF_INET6
	if e.Is4() {
		family = unix.AF_INET
	}
	fd, err = unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return -1, fmt.Errorf("open socket: %w", err)
	}
	if err := e.prepare(fd); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// prepare sets mark, interface and local address.
func (e *Endpoint) prepare(fd int) error {
	if err := e.mark(fd); err != nil || !e.binds() {
		return err
	}
	local, err := Sockaddr(e.local())
	if err != nil {
		return err
	}
	if err := unix.Bind(fd, local); err != nil {
		return fmt.Errorf("bind to %s: %w", e.Bind, err)
	}
	return nil
}

// mark sets what comes before the local address.
func (e *Endpoint) mark(fd int) error {
	if e.Mark != 0 {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK, int(e.Mark)); err != nil {
			return fmt.Errorf("set mark %d: %w", e.Mark, err)
		}
	}
	if e.BindIf != "" {
		if err := unix.BindToDevice(fd, e.BindIf); err != nil {
			return fmt.Errorf("bind to interface %s: %w", e.BindIf, err)
		}
	}
	if e.Bind.Port() != 0 {
		// The port is still in TIME_WAIT from the last check.
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return fmt.Errorf("reuse address: %w", err)
		}
	}
	return nil
}

func (e *Endpoint) binds() bool { return e.Bind.Addr().IsValid() || e.Bind.Port() != 0 }

// local is the local address; a port alone is bound on all addresses.
func (e *Endpoint) local() netip.AddrPort {
	switch {
	case e.Bind.Addr().IsValid():
		return netip.AddrPortFrom(e.Bind.Addr().Unmap(), e.Bind.Port())
	case e.Is4():
		return netip.AddrPortFrom(netip.IPv4Unspecified(), e.Bind.Port())
	}
	return netip.AddrPortFrom(netip.IPv6Unspecified(), e.Bind.Port())
}

// Sockaddr is the kernel's form of an address. It is made for each check: package unix writes to it.
func Sockaddr(a netip.AddrPort) (unix.Sockaddr, error) {
	addr := a.Addr().Unmap()
	switch {
	case addr.Is4():
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: addr.As4()}, nil
	case !addr.IsValid():
		return nil, errNoTarget
	}
	s := &unix.SockaddrInet6{Port: int(a.Port()), Addr: addr.As16()}
	if zone := addr.Zone(); zone != "" {
		i, err := net.InterfaceByName(zone)
		if err != nil {
			return nil, fmt.Errorf("find interface %s: %w", zone, err)
		}
		s.ZoneId = uint32(i.Index)
	}
	return s, nil
}
