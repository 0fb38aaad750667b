package speaker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/mmsg"
)

// frame is an Ethernet frame to send on an interface.
type frame struct {
	index int
	data  []byte
}

// air sends frames; tests have one of their own.
type air interface {
	// transmit sends frames in order and returns the first error. One failure does not keep the
	// others back.
	transmit([]frame) error
	close()
}

// frameBatch is how many frames go out in one system call.
const frameBatch = 64

// packetSocket is an AF_PACKET socket that only sends: protocol 0 receives nothing.
type packetSocket struct {
	fd      int
	headers [frameBatch]mmsg.Header
	vectors [frameBatch]unix.Iovec
	names   [frameBatch]unix.RawSockaddrLinklayer
}

func openAir() (air, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open packet socket: %w", err)
	}
	// A burst for a thousand addresses is queued at once; the default is good for about 250.
	const sendBuffer = 4 << 20
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, sendBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PRIORITY, controlPriority)
	s := &packetSocket{fd: fd}
	for i := range s.headers {
		h := &s.headers[i].Msghdr
		h.Iov = &s.vectors[i]
		h.SetIovlen(1)
		h.Name = (*byte)(unsafe.Pointer(&s.names[i]))
		h.Namelen = unix.SizeofSockaddrLinklayer
	}
	return s, nil
}

func (s *packetSocket) transmit(frames []frame) error {
	var first error
	for len(frames) > 0 {
		n := min(len(frames), frameBatch)
		for i, f := range frames[:n] {
			s.vectors[i].Base = &f.data[0]
			s.vectors[i].SetLen(len(f.data))
			name := &s.names[i]
			name.Family, name.Ifindex, name.Halen = unix.AF_PACKET, int32(f.index), 6
			// The type is in network order within sll_protocol.
			name.Protocol = binary.NativeEndian.Uint16(f.data[12:14])
			copy(name.Addr[:6], f.data[:6])
		}
		sent, err := mmsg.Send(s.fd, s.headers[:n])
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			if first == nil {
				first = fmt.Errorf("send announcement: %w", err)
			}
			sent = 1 // leave out the one that failed
		}
		frames = frames[sent:]
	}
	return first
}

func (s *packetSocket) close() { _ = unix.Close(s.fd) }
