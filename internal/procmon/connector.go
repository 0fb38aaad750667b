package procmon

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/sockfilter"
)

// Numbers of linux/connector.h and linux/cn_proc.h.
const (
	connectorProcess = 1 // CN_IDX_PROC, CN_VAL_PROC, and the multicast group
	listen           = 1 // PROC_CN_MCAST_LISTEN
)

// ackLimit is how long the kernel may take to acknowledge that it will tell us. It does so within
// the system call, or never: a process in a pid namespace of its own is ignored.
const ackLimit = time.Second

// errLost says that events were lost: the processes have to be looked at anew.
var errLost = errors.New("process events were lost")

// connector is a socket to the kernel's process connector.
type connector struct {
	file *os.File
	raw  interface {
		Read(func(uintptr) bool) error
	}
	buf [4096]byte
}

// connect opens the connector. It exists in the host's network namespace only, so from another one
// the socket is opened there.
func connect(bufferSize int, force bool) (*connector, error) {
	c, err := dial(bufferSize, force)
	if err == nil || errors.Is(err, unix.EPERM) {
		return c, err
	}
	type result struct {
		c   *connector
		err error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is thrown away
		fd, err := unix.Open("/proc/1/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = unix.Setns(fd, unix.CLONE_NEWNET)
			_ = unix.Close(fd)
		}
		if err != nil {
			done <- result{nil, fmt.Errorf("enter the host's network namespace: %w", err)}
			return
		}
		c, err := dial(bufferSize, force)
		done <- result{c, err}
	}()
	r := <-done
	return r.c, r.err
}

func dial(bufferSize int, force bool) (*connector, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_CONNECTOR)
	if err != nil {
		return nil, fmt.Errorf("open process connector: %w", err)
	}
	if err := prepare(fd, bufferSize, force); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("open process connector: %w", err)
	}
	c := &connector{file: os.NewFile(uintptr(fd), "connector")}
	if c.raw, err = c.file.SyscallConn(); err == nil {
		err = c.awaitAck()
	}
	if err != nil {
		c.close()
		return nil, fmt.Errorf("open process connector: %w", err)
	}
	return c, nil
}

// prepare filters, joins the group and asks to be told.
func prepare(fd, bufferSize int, force bool) error {
	option := unix.SO_RCVBUF
	if force {
		option = unix.SO_RCVBUFFORCE
	}
	if bufferSize > 0 {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, option, bufferSize); err != nil {
			return fmt.Errorf("set receive buffer: %w", err)
		}
	}
	if err := sockfilter.Attach(fd, filter()); err != nil {
		return fmt.Errorf("attach filter: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: connectorProcess}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	request := make([]byte, netlinkHeader+connectorHeader+4)
	native := binary.NativeEndian
	native.PutUint32(request, uint32(len(request)))
	native.PutUint16(request[4:], unix.NLMSG_DONE)
	native.PutUint32(request[netlinkHeader:], connectorProcess)
	native.PutUint32(request[netlinkHeader+4:], connectorProcess)
	native.PutUint16(request[netlinkHeader+16:], 4) // the length of what follows
	native.PutUint32(request[netlinkHeader+connectorHeader:], listen)
	if err := unix.Sendto(fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	return nil
}

// awaitAck waits for the kernel's answer.
func (c *connector) awaitAck() error {
	if err := c.file.SetReadDeadline(time.Now().Add(ackLimit)); err != nil {
		return err
	}
	for {
		e, ok, err := c.next()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return errors.New("the kernel does not answer, as in a container")
		case err != nil && !errors.Is(err, errLost):
			return err
		case ok && e.kind == acknowledged && e.status != 0:
			return fmt.Errorf("subscribe: %w", unix.Errno(e.status))
		case ok && e.kind == acknowledged:
			return c.file.SetReadDeadline(time.Time{})
		}
	}
}

// next waits for the next message. ok is false for one that is of no interest.
func (c *connector) next() (e event, ok bool, err error) {
	n := 0
	var cause error
	err = c.raw.Read(func(fd uintptr) bool {
		n, _, cause = unix.Recvfrom(int(fd), c.buf[:], 0)
		return cause != unix.EAGAIN
	})
	switch {
	case err != nil:
		return e, false, err
	case cause == unix.EINTR:
		return e, false, nil
	case cause == unix.ENOBUFS:
		return e, false, errLost
	case cause != nil:
		return e, false, fmt.Errorf("read process events: %w", cause)
	}
	e, ok = decode(c.buf[:n])
	return e, ok, nil
}

// close ends a next that waits.
func (c *connector) close() { _ = c.file.Close() }
