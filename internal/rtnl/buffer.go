package rtnl

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// Buffer is the size of a socket's receive buffer. Without Force the kernel cuts it to
// net.core.rmem_max. A size of 0 is the default: of a Monitor receiveBuffer, of a Conn what it has.
type Buffer struct {
	Size  int // octets
	Force bool
}

// SetBuffer sets the receive buffer of the socket for requests.
func (c *Conn) SetBuffer(b Buffer) error {
	if b.Size == 0 {
		return nil
	}
	return b.set(c.rc)
}

// SetBuffer sets the receive buffer of the socket for events.
func (m *Monitor) SetBuffer(b Buffer) error {
	if b.Size > 0 {
		return b.set(m.rc)
	}
	most := Buffer{receiveBuffer, true}
	if most.set(m.rc) == nil {
		return nil
	}
	most.Force = false // not allowed
	return most.set(m.rc)
}

func (b Buffer) set(rc syscall.RawConn) error {
	option := unix.SO_RCVBUF
	if b.Force {
		option = unix.SO_RCVBUFFORCE
	}
	var err error
	cerr := rc.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, option, b.Size) })
	if err = errors.Join(err, cerr); err != nil {
		return fmt.Errorf("set receive buffer: %w", err)
	}
	return nil
}
