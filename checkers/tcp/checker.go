package tcp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/checkers"
)

// DefaultTimeout is keepalived's connect_timeout.
const DefaultTimeout = 5 * time.Second

// Options says what to connect to and from where.
type Options struct {
	Target  netip.AddrPort
	Bind    netip.AddrPort // local address and port; an invalid or unspecified address: any
	BindIf  string         // interface, empty: as routed
	Mark    uint32         // firewall mark of the packets, 0: none
	Timeout time.Duration  // 0: DefaultTimeout
}

// Checker is a TCP_CHECK. It may be used by several goroutines.
type Checker struct{ options Options }

var _ checkers.Checker = (*Checker)(nil)

// New returns the check of a target.
func New(o Options) *Checker {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	return &Checker{options: o}
}

// Check connects and closes at once. The close does not wait for the other end.
func (c *Checker) Check(ctx context.Context) checkers.Result {
	begin := time.Now()
	err := c.connect(ctx, begin)
	r := checkers.Result{OK: err == nil, Took: time.Since(begin)}
	if err != nil {
		r.Detail = detail(err)
	}
	return r
}

// detail is the text of an error for a log line.
func detail(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, unix.ETIMEDOUT) {
		return "connection timed out"
	}
	return err.Error()
}

// connect opens a connection within the timeout, counted from begin, and closes it.
func (c *Checker) connect(ctx context.Context, begin time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	remote, err := sockaddr(c.options.Target)
	if err != nil {
		return err
	}
	fd, err := c.socket()
	if err != nil {
		return err
	}
	// The first attempt comes before the poller knows the socket: a refusal by the local host or
	// a missing route needs no poller at all.
	err = unix.Connect(fd, remote)
	if !pending(err) {
		unix.Close(fd)
		return err
	}
	return c.wait(ctx, begin, fd, remote)
}

// wait waits until a connection under way is there, has failed, or has taken too long.
func (c *Checker) wait(ctx context.Context, begin time.Time, fd int, remote unix.Sockaddr) error {
	f := os.NewFile(uintptr(fd), "tcp check")
	defer f.Close()
	if err := f.SetWriteDeadline(begin.Add(c.options.Timeout)); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() { _ = f.SetWriteDeadline(time.Unix(1, 0)) })
		defer stop()
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return fmt.Errorf("get raw connection: %w", err)
	}
	var outcome error
	err = raw.Write(func(uintptr) bool {
		// A second connect tells how far the first one is.
		outcome = unix.Connect(fd, remote)
		return !pending(outcome)
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	case errors.Is(outcome, unix.EISCONN):
		return nil
	}
	return outcome
}

// pending tells whether a connect is still under way.
func pending(err error) bool {
	return err == unix.EINPROGRESS || err == unix.EALREADY || err == unix.EINTR
}

// socket makes a socket with the options of the check.
func (c *Checker) socket() (int, error) {
	family := unix.AF_INET6
	if c.options.Target.Addr().Unmap().Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return -1, fmt.Errorf("open socket: %w", err)
	}
	if err := c.prepare(fd); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// prepare sets mark, interface and local address.
func (c *Checker) prepare(fd int) error {
	o := &c.options
	if o.Mark != 0 {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK, int(o.Mark)); err != nil {
			return fmt.Errorf("set mark %d: %w", o.Mark, err)
		}
	}
	if o.BindIf != "" {
		if err := unix.BindToDevice(fd, o.BindIf); err != nil {
			return fmt.Errorf("bind to interface %s: %w", o.BindIf, err)
		}
	}
	bind := o.Bind
	if !bind.Addr().IsValid() {
		if bind.Port() == 0 {
			return nil
		}
		any := netip.IPv6Unspecified()
		if o.Target.Addr().Unmap().Is4() {
			any = netip.IPv4Unspecified()
		}
		bind = netip.AddrPortFrom(any, bind.Port())
	}
	if bind.Port() != 0 {
		// The port is still in TIME_WAIT from the last check.
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return fmt.Errorf("reuse address: %w", err)
		}
	}
	local, err := sockaddr(bind)
	if err != nil {
		return err
	}
	if err := unix.Bind(fd, local); err != nil {
		return fmt.Errorf("bind to %s: %w", bind, err)
	}
	return nil
}

// sockaddr is the kernel's form of an address. It is made for each check: package unix writes to it.
func sockaddr(a netip.AddrPort) (unix.Sockaddr, error) {
	addr := a.Addr().Unmap()
	switch {
	case addr.Is4():
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: addr.As4()}, nil
	case !addr.IsValid():
		return nil, errors.New("no address to check")
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
