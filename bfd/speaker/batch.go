package speaker

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// batchSize is how many packets are read in one system call.
	batchSize = 32
	// packetSize holds the longest packet: its length is one octet on the wire.
	packetSize = 256
	// controlSize holds a TTL beside a packet.
	controlSize = 64
)

// arrival is a datagram as it came in.
type arrival struct {
	data []byte
	from netip.Addr
	// ttl is -1 if the kernel did not tell.
	ttl int
}

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	unix.Msghdr
	n uint32
}

// batch is the room for one recvmmsg. The ways that net and x/net have allocate for each packet.
type batch struct {
	arrivals [batchSize]arrival
	headers  [batchSize]mmsghdr
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
		h.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		h.Control = &b.control[i][0]
	}
	return b
}

// receive reads what is there without waiting, into b.arrivals.
func (b *batch) receive(fd int) (int, error) {
	for i := range b.headers {
		h := &b.headers[i].Msghdr
		h.Namelen = unix.SizeofSockaddrInet6
		h.SetControllen(controlSize)
	}
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.headers[0])),
		batchSize, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	for i := range int(n) {
		b.arrivals[i] = arrival{
			data: b.data[i][:min(b.headers[i].n, packetSize)], from: addressOf(&b.names[i]),
			ttl: hops(b.control[i][:min(int(b.headers[i].Controllen), controlSize)]),
		}
	}
	return int(n), nil
}

// addressOf reads a socket address of either family.
func addressOf(name *unix.RawSockaddrInet6) netip.Addr {
	if name.Family == unix.AF_INET {
		return netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(name)).Addr)
	}
	return netip.AddrFrom16(name.Addr)
}

// hops takes the TTL or hop limit (RFC 3542) from the control messages.
func hops(b []byte) int {
	for len(b) >= unix.SizeofCmsghdr {
		n := int((*unix.Cmsghdr)(unsafe.Pointer(&b[0])).Len)
		if n < unix.SizeofCmsghdr || n > len(b) {
			break
		}
		level, kind := binary.NativeEndian.Uint32(b[unix.SizeofCmsghdr-8:]), binary.NativeEndian.Uint32(b[unix.SizeofCmsghdr-4:])
		value := b[unix.SizeofCmsghdr:n]
		if len(value) >= 4 && (level == unix.IPPROTO_IP && kind == unix.IP_TTL || level == unix.IPPROTO_IPV6 && kind == unix.IPV6_HOPLIMIT) {
			return int(binary.NativeEndian.Uint32(value))
		}
		const align = unix.SizeofPtr - 1
		b = b[min((n+align)&^align, len(b)):]
	}
	return -1
}
