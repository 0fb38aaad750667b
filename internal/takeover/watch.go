package takeover

import (
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/bootfile"
	"github.com/holdfast-ha/holdfast/internal/sockfilter"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// waitLimit is how long one look for a packet may take.
const waitLimit = 20 * time.Millisecond

// Key is a virtual router on an interface.
type Key struct {
	Link string
	VRID uint8
	IPv6 bool
}

// Sighting is the latest advertisement of this host for a virtual router.
type Sighting struct {
	At       time.Duration // CLOCK_BOOTTIME
	Sequence uint32        // of its Authentication Header, 0 if it has none
}

// Watch sees the VRRP advertisements that leave this host.
type Watch struct {
	Seen   map[Key]Sighting
	fd     int
	buffer []byte
}

// Open begins to watch. It needs the right to open packet sockets.
func Open() (*Watch, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open packet socket: %w", err)
	}
	w := &Watch{Seen: map[Key]Sighting{}, fd: fd, buffer: make([]byte, 1<<11)}
	if err := w.configure(); err != nil {
		w.Close()
		return nil, fmt.Errorf("watch advertisements: %w", err)
	}
	return w, nil
}

func (w *Watch) configure() error {
	if err := sockfilter.Attach(w.fd, outgoing()); err != nil {
		return err
	}
	tv := unix.NsecToTimeval(int64(waitLimit))
	if err := unix.SetsockoptTimeval(w.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv); err != nil {
		return err
	}
	return sockfilter.Bind(w.fd, unix.ETH_P_ALL, 0)
}

// outgoing lets VRRP pass that leaves the host. It sees packets from their IP header on.
func outgoing() []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtType},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.PACKET_OUTGOING, SkipTrue: 9},
		bpf.LoadAbsolute{Off: 0, Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 4, SkipTrue: 3},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 6, SkipTrue: 5},
		bpf.LoadAbsolute{Off: 6, Size: 1}, // IPv6: next header
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: packet.Protocol, SkipTrue: 2, SkipFalse: 3},
		bpf.LoadAbsolute{Off: 9, Size: 1}, // IPv4: protocol
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: packet.Protocol, SkipTrue: 2},
		bpf.RetConstant{Val: 1 << 11},
		bpf.RetConstant{Val: 0},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: packet.ProtocolAH, SkipTrue: 1},
		bpf.RetConstant{Val: 0},
		bpf.RetConstant{Val: 1 << 11},
	}
}

// Close ends the watch.
func (w *Watch) Close() { _ = unix.Close(w.fd) }

// Next waits for a moment for the next advertisement and notes it. false: none has come.
func (w *Watch) Next() (Key, bool, error) { return w.read(0) }

// Drain notes what has come in meanwhile, and waits for nothing.
func (w *Watch) Drain() error {
	for {
		if _, ok, err := w.read(unix.MSG_DONTWAIT); !ok || err != nil {
			return err
		}
	}
}

func (w *Watch) read(flags int) (Key, bool, error) {
	for {
		n, from, err := unix.Recvfrom(w.fd, w.buffer, flags)
		now := bootfile.Now()
		switch {
		case errors.Is(err, unix.EAGAIN):
			return Key{}, false, nil
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ENETDOWN):
			continue
		case err != nil:
			return Key{}, false, fmt.Errorf("watch advertisements: %w", err)
		}
		sender, ok := from.(*unix.SockaddrLinklayer)
		if !ok {
			continue
		}
		key, sequence, ends, ok := parse(w.buffer[:n])
		if !ok {
			continue
		}
		link, err := net.InterfaceByIndex(sender.Ifindex)
		if err != nil {
			continue // it has just gone
		}
		key.Link = link.Name
		if ends {
			delete(w.Seen, key)
			continue
		}
		w.Seen[key] = Sighting{At: now, Sequence: sequence}
		return key, true, nil
	}
}

// ipv6Header is the length of the header of IPv6, behind which keepalived's messages stand.
const ipv6Header = 40

// parse tells of which virtual router an advertisement is, and whether it is its last one.
func parse(b []byte) (key Key, sequence uint32, ends, ok bool) {
	var message []byte
	if len(b) > 0 && b[0]>>4 == 6 {
		if len(b) <= ipv6Header {
			return key, 0, false, false
		}
		key.IPv6, message = true, b[ipv6Header:]
	} else {
		meta, m, err := packet.Split(b)
		if err != nil {
			return key, 0, false, false
		}
		message, sequence = m, meta.Sequence
	}
	// Version and type, VRID, priority (RFC 9568 section 5.1).
	if len(message) < 8 || message[0]&0xf != 1 {
		return key, 0, false, false
	}
	key.VRID = message[1]
	return key, sequence, message[2] == 0, true
}
