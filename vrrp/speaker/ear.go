package speaker

import (
	"fmt"
	"maps"
	"net/netip"
	"os"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/sockfilter"
)

// packetEar listens by packet sockets of the namespace of the thread that calls listen. Sockets bound to
// one protocol do not see what this host sends.
type packetEar struct{}

func (packetEar) listen(spots map[spot]bool, heard func(spot)) (func(), error) {
	four, six := false, false
	for s := range spots {
		four, six = four || s.addr.Is4(), six || s.addr.Is6()
	}
	var files []*os.File
	end := func() {
		for _, f := range files {
			// The kernel may take milliseconds until no processor looks at the socket any more.
			go f.Close()
		}
	}
	for _, p := range []struct {
		wanted   bool
		protocol uint16
		program  []bpf.Instruction
		read     func([]byte) (netip.Addr, bool)
	}{
		{four, etherARP, gratuitousARP(), announcedByARP},
		{six, etherIPv6, unsolicitedNA(), announcedByNA},
	} {
		if !p.wanted {
			continue
		}
		f, err := openEar(p.protocol, p.program)
		if err != nil {
			end()
			return nil, err
		}
		files = append(files, f)
		go hear(f, p.read, maps.Clone(spots), heard)
	}
	return end, nil
}

// openEar opens a packet socket for frames of one type that a filter lets pass. The filter is there
// before the first frame.
func openEar(protocol uint16, program []bpf.Instruction) (*os.File, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open packet socket: %w", err)
	}
	// The announcements of a thousand addresses come at once.
	const receiveBuffer = 2 << 20
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer)
	if err = sockfilter.Attach(fd, program); err == nil {
		err = sockfilter.Bind(fd, protocol, 0)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("listen for announcements: %w", err)
	}
	return os.NewFile(uintptr(fd), "announcements"), nil
}

// hear tells of the spots that are announced, each once, until f is closed.
func hear(f *os.File, read func([]byte) (netip.Addr, bool), spots map[spot]bool, heard func(spot)) {
	conn, err := f.SyscallConn()
	if err != nil {
		return
	}
	frame := make([]byte, maxFrame)
	for len(spots) > 0 {
		var n int
		var from unix.Sockaddr
		var failure error
		err := conn.Read(func(fd uintptr) bool {
			n, from, failure = unix.Recvfrom(int(fd), frame, 0)
			return failure != unix.EAGAIN
		})
		if err != nil {
			return
		}
		link, ok := from.(*unix.SockaddrLinklayer)
		if failure != nil || !ok {
			continue // the link went down; it may come back
		}
		addr, ok := read(frame[:n])
		if s := (spot{link.Ifindex, addr}); ok && spots[s] {
			delete(spots, s)
			heard(s)
		}
	}
}

// Where things are in an Ethernet frame.
const (
	arpSender    = 14 + 14
	arpTarget    = 14 + 24
	arpEnd       = 14 + 28
	ip6Next      = 14 + 6
	icmp6Type    = 14 + 40
	icmp6Target  = icmp6Type + 8
	icmp6End     = icmp6Target + 16
	icmp6        = 58
	adverts      = 136 // neighbour advertisement (RFC 4861 section 4.4)
	ethMulticast = 1   // of the first octet
)

// gratuitousARP lets ARP pass whose sender and target are the same: requests, replies and the
// announcements of RFC 5227 alike.
func gratuitousARP() []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: arpSender, Size: 4},
		bpf.TAX{},
		bpf.LoadAbsolute{Off: arpTarget, Size: 4},
		bpf.JumpIfX{Cond: bpf.JumpEqual, SkipFalse: 1},
		bpf.RetConstant{Val: maxFrame},
		bpf.RetConstant{Val: 0},
	}
}

// unsolicitedNA lets neighbour advertisements pass that go to all.
func unsolicitedNA() []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: 0, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: ethMulticast, SkipFalse: 5},
		bpf.LoadAbsolute{Off: ip6Next, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: icmp6, SkipFalse: 3},
		bpf.LoadAbsolute{Off: icmp6Type, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: adverts, SkipFalse: 1},
		bpf.RetConstant{Val: maxFrame},
		bpf.RetConstant{Val: 0},
	}
}

// announcedByARP is the address that a frame announces which gratuitousARP let pass.
func announcedByARP(frame []byte) (netip.Addr, bool) {
	if len(frame) < arpEnd {
		return netip.Addr{}, false
	}
	return netip.AddrFrom4([4]byte(frame[arpSender : arpSender+4])), true
}

// announcedByNA is the address that a frame announces which unsolicitedNA let pass.
func announcedByNA(frame []byte) (netip.Addr, bool) {
	if len(frame) < icmp6End {
		return netip.Addr{}, false
	}
	return netip.AddrFrom16([16]byte(frame[icmp6Target:icmp6End])), true
}
