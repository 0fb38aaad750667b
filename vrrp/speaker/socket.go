package speaker

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/net/bpf"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

// Protocol numbers.
const (
	protocolVRRP = 112
	protocolAH   = 51
)

// controlPriority is TC_PRIO_CONTROL: the queueing disciplines' band for what must not wait.
const controlPriority = 7

// internetworkControl is the TOS of VRRP: precedence 6.
const internetworkControl = 0xc0

// wire is a socket as the loop uses it.
type wire interface {
	// receive reads without waiting.
	receive(*batch) (int, error)
	// send sends without waiting and returns how many went out. The error is that of the next one.
	send([]message) (int, error)
	fd() int
	close()
}

// socketKey says which instances share a socket. A socket holds 20 multicast groups at most
// (igmp_max_memberships), so there is one for each interface.
type socketKey struct {
	link     string // empty: unicast without an interface
	six      bool
	protocol int
	// ear: it only hears, and only routers that send from the interface's own MAC address.
	ear bool
}

// socketWish is how a socket has to be set up.
type socketWish struct {
	socketKey
	index  int          // of the interface
	groups []netip.Addr // multicast groups to join
	// rxBuffer octets and rxMTUs times the interface's mtu are the receive buffer; 0: defaultBuffer.
	rxBuffer, rxMTUs, mtu int
	vrids                 bitmap256
	// everything: no kernel filter; unknown VRIDs are to be seen.
	everything bool
	// hardware is the MAC address that an ear listens for.
	hardware [6]byte
}

// socket is a raw socket for VRRP or AH of one family. For IPv4 we write the IP header: AH signs
// its identification field, and any source may be used without owning it. For IPv6 the kernel
// does, and takes source and interface from a control message.
type socket struct {
	descriptor
	v4   *ipv4.PacketConn
	v6   *ipv6.PacketConn
	wish socketWish
	out  outbox
}

func openSocket(w socketWish) (wire, error) {
	family := unix.AF_INET
	if w.six {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, w.protocol)
	if err != nil {
		return nil, fmt.Errorf("open raw socket: %w", err)
	}
	s := &socket{descriptor: descriptor(fd), wish: w}
	if w.six {
		s.v6 = ipv6.NewPacketConn(s.descriptor)
	} else {
		s.v4 = ipv4.NewPacketConn(s.descriptor)
	}
	if err := s.configure(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// configure filters and binds before it joins, so that nothing foreign is ever queued.
func (s *socket) configure() error {
	steps := []struct {
		name string
		do   func() error
	}{
		{"set filter", s.setFilter},
		{"bind to interface " + s.wish.link, s.bind},
		{"set priority", func() error { return s.option(unix.SOL_SOCKET, unix.SO_PRIORITY, controlPriority) }},
		{"set receive buffer", s.setBuffer},
		{"set timestamps", func() error {
			// Linux before 5.1 has none; then a packet's time is that of its reading.
			_ = s.option(unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, 1)
			return nil
		}},
		{"set header options", s.setHeader},
		{"join multicast group", s.join},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

func (s *socket) option(level, name, value int) error {
	return unix.SetsockoptInt(s.fd(), level, name, value)
}

func (s *socket) setFilter() error {
	var instructions []bpf.Instruction
	if !s.wish.everything {
		instructions = filter(s.wish.vrids, s.wish.six, s.wish.protocol == protocolAH)
	}
	if s.wish.ear {
		instructions = from(s.wish.hardware, instructions)
	}
	if instructions == nil {
		return nil
	}
	program, err := bpf.Assemble(instructions)
	if err != nil {
		return err
	}
	if s.v6 != nil {
		return s.v6.SetBPF(program)
	}
	return s.v4.SetBPF(program)
}

func (s *socket) bind() error {
	if s.wish.link == "" {
		return nil
	}
	return unix.BindToDevice(s.fd(), s.wish.link)
}

// defaultBuffer takes what a flood of 100,000 packets a second brings while the loop lets packets come
// together for maxModeration: the kernel accounts 768 octets or more for each. Linux' own default is
// good for about 270 packets.
const defaultBuffer = 1 << 20

func (s *socket) setBuffer() error {
	size := s.wish.rxBuffer + s.wish.rxMTUs*s.wish.mtu
	if size == 0 {
		size = defaultBuffer
	}
	if s.option(unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size) == nil {
		return nil
	}
	return s.option(unix.SOL_SOCKET, unix.SO_RCVBUF, size)
}

// resize follows the MTU.
func (s *socket) resize(mtu int) error {
	s.wish.mtu = mtu
	return s.setBuffer()
}

func (s *socket) setHeader() error {
	if s.v4 != nil {
		return errors.Join(
			s.option(unix.IPPROTO_IP, unix.IP_HDRINCL, 1),
			s.v4.SetMulticastLoopback(false),
			// Not the groups that other sockets of the host have joined.
			s.option(unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0),
		)
	}
	const multicastAll = 29 // IPV6_MULTICAST_ALL, Linux 4.20
	_ = s.option(unix.IPPROTO_IPV6, multicastAll, 0)
	// A configured source need not be there yet.
	_ = s.option(unix.IPPROTO_IPV6, unix.IPV6_FREEBIND, 1)
	return errors.Join(
		s.v6.SetHopLimit(255),
		s.v6.SetMulticastHopLimit(255),
		s.v6.SetMulticastLoopback(false),
		s.v6.SetTrafficClass(internetworkControl),
		s.v6.SetControlMessage(ipv6.FlagHopLimit|ipv6.FlagDst, true),
		// The codec checks and makes checksums, so that wrong ones are counted.
		s.option(unix.IPPROTO_IPV6, unix.IPV6_CHECKSUM, -1),
	)
}

func (s *socket) join() error {
	if len(s.wish.groups) == 0 {
		return nil
	}
	link := &net.Interface{Index: s.wish.index, Name: s.wish.link}
	for _, group := range s.wish.groups {
		addr := &net.IPAddr{IP: group.AsSlice()}
		var err error
		if s.v6 != nil {
			err = s.v6.JoinGroup(link, addr)
		} else {
			err = s.v4.JoinGroup(link, addr)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", group, err)
		}
	}
	if s.v6 != nil {
		return s.v6.SetMulticastInterface(link)
	}
	return nil // IPv4 goes out of the device it is bound to
}

func (s *socket) fd() int { return int(s.descriptor) }

func (s *socket) close() { _ = s.descriptor.Close() }

func (s *socket) receive(b *batch) (int, error) { return b.receive(s.fd(), s.wish.six) }

func (s *socket) send(messages []message) (int, error) { return s.out.send(s.fd(), messages) }
