package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/sockfilter"
	"github.com/holdfast-ha/holdfast/vrrp/watch"
)

// ErrTimeout is returned by Live.Next when nothing has come for a while.
var ErrTimeout = errors.New("nothing was captured")

// timeout is how long Next waits.
const timeout = 100 * time.Millisecond

// Live captures from interfaces.
type Live struct {
	fd      int
	names   map[int]string // the interfaces that are wanted; empty: all
	buffer  []byte
	control []byte
}

// Open begins to capture on the interfaces of these names, or on all but the loopback, those to come
// too. It needs the right to open packet sockets.
func Open(names []string) (*Live, error) {
	l := &Live{names: map[int]string{}, buffer: make([]byte, 1<<16), control: make([]byte, 256)}
	for _, name := range names {
		link, err := net.InterfaceByName(name)
		if err != nil {
			return nil, fmt.Errorf("find interface %s: %w", name, err)
		}
		l.names[link.Index] = name
	}
	// Without a link header: packets begin with their IP header, whatever the interface is. Protocol 0
	// until the filter is in place.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open packet socket: %w", err)
	}
	l.fd = fd
	if err := l.configure(); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// Close ends the capture.
func (l *Live) Close() { _ = unix.Close(l.fd) }

func (l *Live) configure() error {
	steps := []struct {
		name string
		do   func() error
	}{
		{"keep to VRRP", func() error { return sockfilter.Attach(l.fd, filter()) }},
		{"set timestamps", func() error {
			// Linux before 5.1 has none; then a packet's time is that of its reading.
			_ = unix.SetsockoptInt(l.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, 1)
			return nil
		}},
		{"ask for VLAN tags", func() error { return unix.SetsockoptInt(l.fd, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1) }},
		{"set timeout", func() error {
			tv := unix.NsecToTimeval(int64(timeout))
			return unix.SetsockoptTimeval(l.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv)
		}},
		{"receive multicast", l.join},
		{"begin to capture", func() error { return sockfilter.Bind(l.fd, unix.ETH_P_ALL, l.only()) }},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

func networkOrder(n uint16) uint16 { return n<<8 | n>>8 }

// only is the index of the interface if one alone is wanted, else 0, any.
func (l *Live) only() int {
	if len(l.names) == 1 {
		for index := range l.names {
			return index
		}
	}
	return 0
}

// join has interfaces receive every multicast packet: this host need not take part in VRRP.
func (l *Live) join() error {
	links, err := net.Interfaces()
	if err != nil {
		return err
	}
	for _, link := range links {
		if _, wanted := l.names[link.Index]; len(l.names) > 0 && !wanted || link.Flags&net.FlagLoopback != 0 {
			continue
		}
		m := unix.PacketMreq{Ifindex: int32(link.Index), Type: unix.PACKET_MR_ALLMULTI}
		if err := unix.SetsockoptPacketMreq(l.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &m); err != nil && len(l.names) > 0 {
			return fmt.Errorf("%s: %w", link.Name, err)
		}
	}
	return nil
}

// Next waits for the next packet. It is good until the call after it. ErrTimeout says that time has
// passed.
func (l *Live) Next() (watch.Packet, error) {
	for {
		n, nc, _, from, err := unix.Recvmsg(l.fd, l.buffer, l.control, 0)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return watch.Packet{}, ErrTimeout
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ENETDOWN):
			continue
		case err != nil:
			return watch.Packet{}, fmt.Errorf("capture: %w", err)
		}
		link, ok := from.(*unix.SockaddrLinklayer)
		if !ok || link.Protocol != networkOrder(unix.ETH_P_IP) && link.Protocol != networkOrder(unix.ETH_P_IPV6) {
			continue
		}
		name, wanted := l.nameOf(link.Ifindex)
		if !wanted || link.Pkttype == unix.PACKET_LOOPBACK {
			continue
		}
		p := watch.Packet{Link: name, Outgoing: link.Pkttype == unix.PACKET_OUTGOING, IP: l.buffer[:n]}
		if link.Halen == 6 {
			copy(p.From[:], link.Addr[:6])
		}
		p.At, p.VLAN = details(l.control[:nc])
		return p, nil
	}
}

// nameOf is the name of an interface; false: what comes from there is not wanted.
func (l *Live) nameOf(index int) (string, bool) {
	if len(l.names) > 0 {
		name, ok := l.names[index]
		return name, ok
	}
	link, err := net.InterfaceByIndex(index)
	if err != nil {
		return fmt.Sprint(index), true // it has just gone
	}
	return link.Name, link.Flags&net.FlagLoopback == 0
}

// auxdata is struct tpacket_auxdata.
type auxdata struct {
	Status, Len, Snaplen    uint32
	MAC, Net, TCI, Protocol uint16
}

// details reads the kernel's time and the VLAN tag, which it has taken off.
func details(control []byte) (at time.Time, vlan uint16) {
	at = time.Now()
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return at, 0
	}
	for _, m := range messages {
		switch {
		case m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS_NEW && len(m.Data) >= 16:
			at = time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
		case m.Header.Level == unix.SOL_PACKET && m.Header.Type == unix.PACKET_AUXDATA && len(m.Data) >= int(unsafe.Sizeof(auxdata{})):
			var aux auxdata
			if _, err := binary.Decode(m.Data, binary.NativeEndian, &aux); err == nil && aux.Status&unix.TP_STATUS_VLAN_VALID != 0 {
				vlan = aux.TCI & 0xfff
			}
		}
	}
	return at, vlan
}
