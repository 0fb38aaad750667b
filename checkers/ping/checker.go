package ping

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
)

// Checker is a PING_CHECK. It may be used by several goroutines.
type Checker struct {
	options dial.Endpoint
	kinds   []int // of sockets, in the order in which they are tried
}

var _ checkers.Checker = (*Checker)(nil)

// New returns the check of a host. The target's port has no meaning; the local one is the identifier.
func New(o dial.Endpoint) *Checker {
	return &Checker{options: o, kinds: []int{unix.SOCK_DGRAM, unix.SOCK_RAW}}
}

// Check sends one request.
func (c *Checker) Check(ctx context.Context) checkers.Result {
	begin := time.Now()
	return dial.Result(ctx, begin, c.ping(ctx, begin))
}

// dataSize is how many random octets a request carries: enough that no other has the same.
const dataSize = 32

// maxPacket is what is read of a packet: header, ICMP header and data, with some to spare for options.
const maxPacket = 60 + 8 + dataSize + 1

// maxStrangers is how many packets that are no answer are passed over: nobody keeps a check busy.
const maxStrangers = 4096

func (c *Checker) ping(ctx context.Context, begin time.Time) error {
	o := &c.options
	conn, raw, err := c.open()
	if err != nil {
		return err
	}
	defer conn.Close()
	e := newEcho(o, raw)
	request, err := e.request()
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	stop, err := dial.Expire(ctx, conn, begin.Add(o.Limit()))
	if err != nil {
		return err
	}
	defer stop()
	if _, err := conn.Write(request); err != nil {
		return err
	}
	var packet [maxPacket]byte
	for range maxStrangers {
		n, err := conn.Read(packet[:])
		switch {
		case err == nil && e.answers(packet[:n]):
			return nil
		case err != nil && dial.TimedOut(err):
			return fmt.Errorf("no answer within %v", o.Limit())
		case err != nil:
			return err
		}
	}
	return fmt.Errorf("no answer among %d packets", maxStrangers)
}

// newEcho is a request that no other check makes.
func newEcho(o *dial.Endpoint, raw bool) echo {
	e := echo{six: !o.Is4(), raw: raw, data: make([]byte, dataSize)}
	_, _ = rand.Read(e.data) // it never fails
	e.id, e.seq = int(e.data[0])<<8|int(e.data[1]), int(e.data[2])<<8|int(e.data[3])
	if port := o.Bind.Port(); port != 0 {
		e.id = int(port)
	}
	return e
}

// open opens a socket that sends to the target and hears it alone.
func (c *Checker) open() (conn net.Conn, raw bool, err error) {
	protocol := unix.IPPROTO_ICMPV6
	if c.options.Is4() {
		protocol = unix.IPPROTO_ICMP
	}
	var fd int
	for _, kind := range c.kinds {
		raw = kind == unix.SOCK_RAW
		fd, err = c.options.Socket(kind, protocol)
		if err == nil || !refused(err) {
			break
		}
	}
	if err != nil {
		return nil, raw, err
	}
	f := os.NewFile(uintptr(fd), "ping check")
	defer f.Close() // the connection has a descriptor of its own
	to, err := dial.Sockaddr(netip.AddrPortFrom(c.options.Target.Addr(), 0))
	if err != nil {
		return nil, raw, err
	}
	if err := unix.Connect(fd, to); err != nil {
		return nil, raw, err
	}
	conn, err = net.FileConn(f)
	return conn, raw, err
}

// refused tells whether a kind of socket is not to be had, rather than its address.
func refused(err error) bool {
	return errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EPROTONOSUPPORT)
}
