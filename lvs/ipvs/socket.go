package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// socket is a generic netlink socket for requests that are filled by hand. The kernel handles a
// request inside the send, so every answer is there when the send returns: nothing here waits.
type socket struct {
	fd  int
	seq uint32
	in  []byte
}

// bufferSize is asked for in both directions: room for the answers of a batch that fails as a whole.
const bufferSize = 1 << 20

func openSocket() (*socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_GENERIC)
	if err != nil {
		return nil, fmt.Errorf("open netlink socket: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("bind netlink socket: %w", err)
	}
	// Both only make failures cheaper: answers without a copy of the request, and more room for
	// them. A kernel that refuses works as well.
	_ = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1)
	for _, option := range []int{unix.SO_RCVBUFFORCE, unix.SO_SNDBUFFORCE} {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, option, bufferSize)
	}
	return &socket{fd: fd, in: make([]byte, 64<<10)}, nil
}

// enlarge makes the receive buffer larger than bufferSize. What net.core.rmem_max allows counts, unless
// force passes it.
func (s *socket) enlarge(size int, force bool) {
	if size <= bufferSize {
		return
	}
	option := unix.SO_RCVBUF
	if force {
		option = unix.SO_RCVBUFFORCE
	}
	// Where it is refused, or cut to less than there was, all works as before.
	_ = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, option, size)
	if n, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUF); err == nil && n < 2*bufferSize {
		_ = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bufferSize)
	}
}

func (s *socket) close() error { return unix.Close(s.fd) }

// next returns n sequence numbers, the first of them.
func (s *socket) next(n int) uint32 {
	first := s.seq + 1
	s.seq += uint32(n)
	return first
}

// send hands all messages in b to the kernel.
func (s *socket) send(b []byte) error {
	for {
		err := unix.Sendto(s.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// receive calls f for each message that is there until f says that it was the last. It returns
// ErrLost when there are no more before that.
func (s *socket) receive(f func(kind uint16, seq uint32, payload []byte) (last bool)) error {
	lost := false
	for {
		n, _, err := unix.Recvfrom(s.fd, s.in, unix.MSG_TRUNC)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOBUFS): // what did arrive is still there
			lost = true
			continue
		case errors.Is(err, unix.EAGAIN):
			return ErrLost
		case err != nil:
			return fmt.Errorf("receive from netlink: %w", err)
		case n > len(s.in):
			s.in = make([]byte, n) // this one is lost, the next will fit
			lost = true
			continue
		}
		if parse(s.in[:n], f) {
			if lost {
				return ErrLost
			}
			return nil
		}
	}
}

// parse walks the messages of one datagram.
func parse(b []byte, f func(kind uint16, seq uint32, payload []byte) (last bool)) bool {
	for len(b) >= unix.NLMSG_HDRLEN {
		size := int(binary.NativeEndian.Uint32(b))
		if size < unix.NLMSG_HDRLEN || size > len(b) {
			return false
		}
		kind, seq := binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint32(b[8:])
		if f(kind, seq, b[unix.NLMSG_HDRLEN:size]) {
			return true
		}
		b = b[min(len(b), (size+3)&^3):]
	}
	return false
}

// errnoOf is the errno of an NLMSG_ERROR message, 0 for success.
func errnoOf(payload []byte) unix.Errno {
	if len(payload) < 4 {
		return unix.EBADMSG
	}
	return unix.Errno(-int32(binary.NativeEndian.Uint32(payload)))
}
