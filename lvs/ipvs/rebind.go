package ipvs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/lvs"
)

// A sync message of version 1 (net/netfilter/ipvs/ip_vs_sync.c).
const (
	syncHeader   = 8
	syncVersion  = 1
	syncEntry4   = 36
	syncEntry6   = 72
	syncInet6    = 1 // type of an entry
	connInactive = 0x100
	connTemplate = 0x1000
	// syncMessage is how long a message may be: with its headers less than the least maxlen.
	syncMessage = 1000
)

// After so many messages the kernel's thread is given time to take them, before its socket is full.
const (
	rebindBurst = 32
	rebindPause = 2 * time.Millisecond
)

// Rebind has the kernel look for the destinations of connections that came from another director
// while there were none here. Without its destination a connection by tunnel is not forwarded, and a
// client's persistence is forgotten. The kernel binds a connection when it hears of it from the
// network, so this is what it hears: the backup daemon d, which has to run, gets messages that do not
// leave the host. Connections by NAT are forwarded anyway, and left alone since their sequence
// numbers are not known here. It returns how many connections the kernel was told of; it may take
// seconds for a million.
func (k *Kernel) Rebind(d lvs.SyncDaemon, table lvs.Table) (int, error) {
	told := 0
	err := inNamespace(k.netns, func() error {
		var err error
		told, err = rebind(d, forwardings(table))
		return err
	})
	if err != nil {
		return told, fmt.Errorf("bind connections to their destinations: %w", err)
	}
	return told, nil
}

// forwardings says how each real server is reached.
func forwardings(table lvs.Table) map[netip.Addr]lvs.Forward {
	forwards := map[netip.Addr]lvs.Forward{}
	for _, e := range table {
		for key, d := range e.Destinations {
			forwards[key.Addr] = d.Forward
		}
	}
	return forwards
}

func rebind(d lvs.SyncDaemon, forwards map[netip.Addr]lvs.Forward) (int, error) {
	file, err := os.Open("/proc/thread-self/net/ip_vs_conn_sync")
	if err != nil {
		return 0, err
	}
	defer file.Close()
	out, err := openLoop(d)
	if err != nil {
		return 0, err
	}
	defer unix.Close(out.fd)
	m := syncMessages{id: uint8(d.SyncID), send: out.send}
	told := 0
	err = eachConnection(file, func(c connection) {
		forward, known := forwards[c.destination]
		if c.synchronised && known && (c.template || forward != lvs.Masquerade) {
			m.add(c, forward)
			told++
		}
	})
	m.flush()
	return told, errors.Join(err, m.err)
}

// syncMessages collects connections into messages.
type syncMessages struct {
	id    uint8
	b     []byte
	count int
	send  func([]byte) error
	err   error // the first
}

func (m *syncMessages) add(c connection, forward lvs.Forward) {
	if len(m.b)+syncEntry6 > syncMessage || m.count == 255 {
		m.flush()
	}
	if m.count == 0 {
		m.b = append(m.b[:0], make([]byte, syncHeader)...)
	}
	m.count++
	flags := uint32(forward)
	timeout := uint32(0) // that of the state
	switch {
	case c.template:
		flags |= connTemplate
		timeout = max(c.expires, 1)
	case c.protocol == lvs.TCP && c.state != tcpStates["ESTABLISHED"]:
		flags |= connInactive
	}
	kind, size := byte(0), uint16(syncEntry4)
	if c.client.Is6() {
		kind, size = syncInet6, syncEntry6
	}
	be := binary.BigEndian
	m.b = append(m.b, kind, byte(c.protocol))
	m.b = be.AppendUint16(m.b, size) // version 0 of the entry in the upper bits
	m.b = be.AppendUint32(m.b, flags)
	for _, v := range []uint16{c.state, c.cport, c.vport, c.dport} {
		m.b = be.AppendUint16(m.b, v)
	}
	m.b = be.AppendUint32(m.b, 0) // the fwmark is only for connections that are new to the kernel
	m.b = be.AppendUint32(m.b, timeout)
	for _, a := range []netip.Addr{c.client, c.virtual, c.destination} {
		m.b = append(m.b, a.AsSlice()...)
	}
}

func (m *syncMessages) flush() {
	if m.count == 0 {
		return
	}
	m.b[1] = m.id
	binary.BigEndian.PutUint16(m.b[2:], uint16(len(m.b)))
	m.b[4], m.b[5] = byte(m.count), syncVersion
	if err := m.send(m.b); err != nil && m.err == nil {
		m.err = err
	}
	m.count, m.b = 0, m.b[:0]
}

// loop is a socket whose messages reach the sync daemon of this host and no other.
type loop struct {
	fd   int
	to   unix.Sockaddr
	sent int
}

func openLoop(d lvs.SyncDaemon) (*loop, error) {
	link, err := net.InterfaceByName(d.Interface)
	if err != nil {
		return nil, err
	}
	if d.Group.Is6() {
		l := &loop{to: &unix.SockaddrInet6{Addr: d.Group.As16(), Port: int(d.Port), ZoneId: uint32(link.Index)}}
		if l.fd, err = unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return nil, err
		}
		return l, l.set(unix.IPPROTO_IPV6, map[int]int{unix.IPV6_MULTICAST_IF: link.Index, unix.IPV6_MULTICAST_LOOP: 1, unix.IPV6_MULTICAST_HOPS: 0})
	}
	l := &loop{to: &unix.SockaddrInet4{Addr: d.Group.As4(), Port: int(d.Port)}}
	if l.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return nil, err
	}
	if err := unix.SetsockoptIPMreqn(l.fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, &unix.IPMreqn{Ifindex: int32(link.Index)}); err != nil {
		unix.Close(l.fd)
		return nil, err
	}
	return l, l.set(unix.IPPROTO_IP, map[int]int{unix.IP_MULTICAST_LOOP: 1, unix.IP_MULTICAST_TTL: 0})
}

func (l *loop) set(level int, options map[int]int) error {
	for option, value := range options {
		if err := unix.SetsockoptInt(l.fd, level, option, value); err != nil {
			unix.Close(l.fd)
			return err
		}
	}
	return nil
}

func (l *loop) send(b []byte) error {
	if l.sent++; l.sent%rebindBurst == 0 {
		time.Sleep(rebindPause)
	}
	return unix.Sendto(l.fd, b, 0, l.to)
}
