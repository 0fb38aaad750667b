package lab

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Pinger sends ICMP echo requests at a fixed distance and keeps when each was answered.
type Pinger struct {
	interval time.Duration
	target   netip.Addr
	fd       int
	id       uint16

	mu     sync.Mutex
	probes []probe
	first  uint16 // sequence number of probes[0]
	stop   chan struct{}
	done   sync.WaitGroup
}

// pingers numbers them, so that each knows its own answers.
var pingers atomic.Int64

// Ping starts to ping an address from the host. Sequence numbers are 16 bits: at 1 ms a
// pinger that is not marked for a minute forgets nothing, but marks every stretch anew anyway.
func (h *Host) Ping(target netip.Addr, interval time.Duration) (*Pinger, error) {
	p := &Pinger{interval: interval, target: target, id: uint16(pingers.Add(1)), stop: make(chan struct{})}
	err := h.Do(func() (err error) {
		family, protocol := unix.AF_INET, unix.IPPROTO_ICMP
		if target.Is6() {
			family, protocol = unix.AF_INET6, unix.IPPROTO_ICMPV6
		}
		if p.fd, err = unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol); err != nil {
			return err
		}
		if err := unix.SetsockoptInt(p.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
			return err
		}
		// The reader wakes up to see whether it is to end.
		return unix.SetsockoptTimeval(p.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000})
	})
	if err != nil {
		return nil, fmt.Errorf("%s: ping %v: %w", h.Name, target, err)
	}
	p.done.Add(2)
	go p.send()
	go p.receive()
	h.onClose(p.Stop)
	return p, nil
}

// Stop ends the pinger. What it measured stays readable.
func (p *Pinger) Stop() {
	p.mu.Lock()
	select {
	case <-p.stop:
		p.mu.Unlock()
		return
	default:
		close(p.stop)
	}
	p.mu.Unlock()
	p.done.Wait()
	unix.Close(p.fd)
}

// Mark forgets what was measured so far and begins a new stretch.
func (p *Pinger) Mark() {
	p.mu.Lock()
	defer p.mu.Unlock()
	// The last probes stay, for the stretch begins in the middle of the conversation.
	keep := max(0, len(p.probes)-int(settleTime/p.interval)-1)
	p.probes = append([]probe(nil), p.probes[keep:]...)
	p.first += uint16(keep)
}

// Read evaluates the stretch since the last mark.
func (p *Pinger) Read() Silence {
	p.mu.Lock()
	defer p.mu.Unlock()
	return silence(p.probes, p.interval, time.Now())
}

// Answered tells whether any probe of the last d was answered.
func (p *Pinger) Answered(d time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := time.Now().Add(-d)
	for i := len(p.probes) - 1; i >= 0; i-- {
		if p.probes[i].answered.After(since) {
			return true
		}
		if p.probes[i].sent.Before(since.Add(-settleTime)) {
			return false
		}
	}
	return false
}

func (p *Pinger) send() {
	defer p.done.Done()
	to := sockaddr(p.target)
	tick := time.NewTicker(p.interval)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
		}
		p.mu.Lock()
		seq := p.first + uint16(len(p.probes))
		p.probes = append(p.probes, probe{sent: time.Now()})
		p.mu.Unlock()
		// Unreachable is as good as unanswered.
		_ = unix.Sendto(p.fd, echoRequest(p.target.Is6(), p.id, seq), 0, to)
	}
}

func (p *Pinger) receive() {
	defer p.done.Done()
	buffer, control := make([]byte, 2048), make([]byte, 256)
	for {
		select {
		case <-p.stop:
			return
		default:
		}
		n, nc, _, _, err := unix.Recvmsg(p.fd, buffer, control, 0)
		if err != nil {
			continue
		}
		seq, ok := echoReply(buffer[:n], p.target.Is6(), p.id)
		if !ok {
			continue
		}
		at := stamp(control[:nc])
		p.mu.Lock()
		if i := int(seq - p.first); i < len(p.probes) && p.probes[i].answered.IsZero() {
			p.probes[i].answered = at
		}
		p.mu.Unlock()
	}
}

// stamp is the kernel's time of a received packet, on the clock's scale that comparisons with
// time.Now need.
func stamp(control []byte) time.Time {
	now := time.Now()
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return now
	}
	for _, m := range messages {
		if m.Header.Level != unix.SOL_SOCKET || m.Header.Type != unix.SO_TIMESTAMPNS || len(m.Data) < 16 {
			continue
		}
		s := int64(binary.NativeEndian.Uint64(m.Data))
		ns := int64(binary.NativeEndian.Uint64(m.Data[8:]))
		// Kept relative to now, which has the monotonic reading.
		return now.Add(time.Unix(s, ns).Sub(now.Round(0)))
	}
	return now
}

func sockaddr(a netip.Addr) unix.Sockaddr {
	if a.Is4() {
		return &unix.SockaddrInet4{Addr: a.As4()}
	}
	return &unix.SockaddrInet6{Addr: a.As16()}
}

// echoRequest is an ICMP echo request; the kernel fills the checksum in for IPv6 only.
func echoRequest(six bool, id, seq uint16) []byte {
	kind := byte(8)
	if six {
		kind = 128
	}
	b := []byte{kind, 0, 0, 0, byte(id >> 8), byte(id), byte(seq >> 8), byte(seq)}
	if !six {
		binary.BigEndian.PutUint16(b[2:], checksum(b))
	}
	return b
}

// echoReply returns the sequence number of a reply to our own requests.
func echoReply(b []byte, six bool, id uint16) (uint16, bool) {
	kind := byte(129)
	if !six {
		kind = 0
		if len(b) < 20 {
			return 0, false
		}
		b = b[min(len(b), int(b[0]&15)*4):]
	}
	if len(b) < 8 || b[0] != kind || binary.BigEndian.Uint16(b[4:]) != id {
		return 0, false
	}
	return binary.BigEndian.Uint16(b[6:]), true
}

// checksum is the Internet checksum (RFC 1071) of b.
func checksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
