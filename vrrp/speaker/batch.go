package speaker

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/mmsg"
)

const (
	// batchSize is how many packets are read in one system call.
	batchSize = 32
	// packetSize holds the largest advertisement: 255 IPv6 addresses, headers and a trailer.
	packetSize = 4352
	// controlSize holds the control messages of one packet, and keeps each aligned.
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

// batch is the room for one recvmmsg. x/net's ReadBatch allocates two objects for each message
// that has a source address, and IPv6 needs it; hence this. mmsg.Batch does alike, but over it
// a packet takes 50 instructions more (BenchmarkBatch).
type batch struct {
	arrivals [batchSize]arrival
	headers  [batchSize]mmsg.Header
	vectors  [batchSize]unix.Iovec
	names    [batchSize]unix.RawSockaddrInet6
	control  [batchSize][controlSize]byte
	data     [batchSize][packetSize]byte
}

func newBatch() *batch {
	b := new(batch)
	for i := range b.headers {
		b.vectors[i].Base = &b.data[i][0]
		b.vectors[i].SetLen(packetSize)
		h := &b.headers[i].Msghdr
		h.Iov = &b.vectors[i]
		h.SetIovlen(1)
		h.Control = &b.control[i][0]
	}
	return b
}

// receive reads what is there without waiting, into b.arrivals.
func (b *batch) receive(fd int, six bool) (int, error) {
	for i := range b.headers {
		h := &b.headers[i].Msghdr
		h.Name, h.Namelen = nil, 0
		if six {
			h.Name, h.Namelen = (*byte)(unsafe.Pointer(&b.names[i])), unix.SizeofSockaddrInet6
		}
		h.SetControllen(len(b.control[i]))
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.headers[0])),
		batchSize, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	for i := range int(n) {
		a := &b.arrivals[i]
		*a = arrival{Data: b.data[i][:min(b.headers[i].N, packetSize)], Hops: -1}
		if six {
			a.Src = netip.AddrFrom16(b.names[i].Addr)
		}
		a.readControl(b.control[i][:min(int(b.headers[i].Controllen), len(b.control[i]))])
	}
	return int(n), nil
}

// readControl takes destination, hop limit (RFC 3542) and time from the control messages.
func (a *arrival) readControl(b []byte) {
	for len(b) >= unix.SizeofCmsghdr {
		n := int((*unix.Cmsghdr)(unsafe.Pointer(&b[0])).Len)
		if n < unix.SizeofCmsghdr || n > len(b) {
			return
		}
		level, kind := binary.NativeEndian.Uint32(b[unix.SizeofCmsghdr-8:]), binary.NativeEndian.Uint32(b[unix.SizeofCmsghdr-4:])
		value := b[unix.SizeofCmsghdr:n]
		switch {
		case level == unix.IPPROTO_IPV6 && kind == unix.IPV6_HOPLIMIT && len(value) >= 4:
			a.Hops = int(binary.NativeEndian.Uint32(value))
		case level == unix.IPPROTO_IPV6 && kind == unix.IPV6_PKTINFO && len(value) >= 16:
			a.Dst = netip.AddrFrom16([16]byte(value[:16]))
		case level == unix.SOL_SOCKET && kind == unix.SO_TIMESTAMPNS_NEW && len(value) >= 16:
			// Two 64-bit numbers on every architecture.
			a.At = int64(binary.NativeEndian.Uint64(value))*1e9 + int64(binary.NativeEndian.Uint64(value[8:]))
		}
		const word = unix.SizeofCmsghdr - 8
		b = b[min((n+word-1)&^(word-1), len(b)):]
	}
}
