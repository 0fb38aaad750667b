package speaker

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/mmsg"
)

const (
	// batchSize is how many packets are read in one system call.
	batchSize = 32
	// packetSize holds the largest advertisement: 255 IPv6 addresses, headers and a trailer.
	packetSize = 4352
	// controlSize holds the control messages of one packet.
	controlSize = 96
)

// arrival is a packet as it came in. For IPv4 Data begins with the IP header and carries its
// addresses; for IPv6 the kernel tells them beside the packet.
type arrival struct {
	Data     []byte
	Src, Dst netip.Addr
	// Hops is the TTL or hop limit, -1 if unknown.
	Hops int
	// At is when the kernel got it, in ns of the wall clock; 0 if unknown.
	At int64
}

// batch is the room for what is read in one system call.
type batch struct {
	*mmsg.Batch
	arrivals [batchSize]arrival
}

func newBatch() *batch { return &batch{Batch: mmsg.New(batchSize, packetSize, controlSize)} }

// receive reads what is there without waiting, into b.arrivals.
func (b *batch) receive(fd int, six bool) (int, error) {
	n, err := b.Receive(fd, six)
	for i := range n {
		a := &b.arrivals[i]
		*a = arrival{Data: b.Data(i), Hops: -1}
		if six {
			a.Src = b.From(i)
		}
		a.readControl(b.Control(i))
	}
	return n, err
}

// readControl takes destination, hop limit (RFC 3542) and time from the control messages.
func (a *arrival) readControl(b []byte) {
	for kind, value := range mmsg.Messages(b) {
		switch {
		case kind == mmsg.Kind{Level: unix.IPPROTO_IPV6, Type: unix.IPV6_HOPLIMIT} && len(value) >= 4:
			a.Hops = int(binary.NativeEndian.Uint32(value))
		case kind == mmsg.Kind{Level: unix.IPPROTO_IPV6, Type: unix.IPV6_PKTINFO} && len(value) >= 16:
			a.Dst = netip.AddrFrom16([16]byte(value[:16]))
		case kind == mmsg.Kind{Level: unix.SOL_SOCKET, Type: unix.SO_TIMESTAMPNS_NEW} && len(value) >= 16:
			// Two 64-bit numbers on every architecture.
			a.At = int64(binary.NativeEndian.Uint64(value))*1e9 + int64(binary.NativeEndian.Uint64(value[8:]))
		}
	}
}
