package speaker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/bfd"
)

// Source ports of control packets (RFC 5881 section 4): each session has its own and keeps it.
const (
	firstPort = 49152
	lastPort  = 65535
	// portTries is how many ports are tried before the session waits for its next packet.
	portTries = 32
)

// internetworkControl is the traffic class of packets that must get through when others do not.
const internetworkControl = 0xc0

// sender is the socket that a session sends from.
type sender struct {
	config bfd.Config
	// fd is -1 while there is none: the source address is not there yet.
	fd      int
	to      unix.RawSockaddrInet6 // of either family
	toSize  uintptr
	buffer  [bfd.Size]byte
	failure error
}

func newSender(c bfd.Config) *sender {
	s := &sender{config: c, fd: -1}
	port := receiverKey{multihop: c.Multihop}.port()
	network := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, uint16(port)))
	if remote := c.Remote.Unmap(); remote.Is4() {
		to := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.to))
		to.Family, to.Port, to.Addr = unix.AF_INET, network, remote.As4()
		s.toSize = unix.SizeofSockaddrInet4
	} else {
		s.to.Family, s.to.Port, s.to.Addr = unix.AF_INET6, network, remote.As16()
		s.toSize = unix.SizeofSockaddrInet6
	}
	return s
}

// send sends a packet. It tells whether sending begins or ends to fail.
func (s *sender) send(p *bfd.Packet) (turned bool) {
	err := s.open()
	if err == nil {
		b := p.Append(s.buffer[:0])
		_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
			unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&s.to)), s.toSize)
		if errno != 0 {
			err = errno
		}
	}
	turned = (err == nil) != (s.failure == nil)
	s.failure = err
	return turned
}

// open opens the socket if there is none.
func (s *sender) open() error {
	if s.fd >= 0 {
		return nil
	}
	six := s.config.Remote.Unmap().Is6()
	fd, err := unix.Socket(domain(six), unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_UDP)
	if err != nil {
		return fmt.Errorf("open UDP socket: %w", err)
	}
	if err = mark(fd, six, s.config.TTL); err == nil {
		err = bind(fd, s.config.Local, six)
	}
	if err != nil {
		_ = unix.Close(fd)
		return fmt.Errorf("open socket to %s: %w", s.config.Remote, err)
	}
	s.fd = fd
	return nil
}

// mark sets what the packets of a socket carry in their IP header.
func mark(fd int, six bool, ttl uint8) error {
	level, hops, class := unix.IPPROTO_IP, unix.IP_TTL, unix.IP_TOS
	if six {
		level, hops, class = unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, unix.IPV6_TCLASS
	}
	return errors.Join(unix.SetsockoptInt(fd, level, hops, int(ttl)), unix.SetsockoptInt(fd, level, class, internetworkControl))
}

// reconfigure takes settings over that leave the session what it is; so does its port.
func (s *sender) reconfigure(c bfd.Config) error {
	old := s.config
	s.config = c
	if s.fd < 0 || old.TTL == c.TTL {
		return nil
	}
	return mark(s.fd, c.Remote.Unmap().Is6(), c.TTL)
}

// bind gives a socket its address and a port that nobody has.
func bind(fd int, local netip.Addr, six bool) error {
	var err error
	for range portTries {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		var address unix.Sockaddr
		switch {
		case !six && local.IsValid():
			address = &unix.SockaddrInet4{Port: port, Addr: local.Unmap().As4()}
		case !six:
			address = &unix.SockaddrInet4{Port: port}
		case local.IsValid():
			address = &unix.SockaddrInet6{Port: port, Addr: local.As16()}
		default:
			address = &unix.SockaddrInet6{Port: port}
		}
		if err = unix.Bind(fd, address); !errors.Is(err, unix.EADDRINUSE) {
			return err
		}
	}
	return err
}

func (s *sender) close() {
	if s.fd >= 0 {
		_ = unix.Close(s.fd)
		s.fd = -1
	}
}
