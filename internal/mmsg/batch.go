package mmsg

import (
	"encoding/binary"
	"iter"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Batch is the room for one recvmmsg(2). It is not safe for concurrent use.
type Batch struct {
	headers []Header
	vectors []unix.Iovec
	names   []unix.RawSockaddrInet6
	data    [][]byte
	control [][]byte
}

// New returns room for count packets of so many octets; what is longer is cut. The control messages
// of a packet have that many octets, a multiple of 8.
func New(count, packet, control int) *Batch {
	b := &Batch{headers: make([]Header, count), vectors: make([]unix.Iovec, count),
		names: make([]unix.RawSockaddrInet6, count), data: make([][]byte, count), control: make([][]byte, count)}
	for i := range b.headers {
		b.data[i], b.control[i] = make([]byte, packet), make([]byte, control)
		b.vectors[i].Base = &b.data[i][0]
		b.vectors[i].SetLen(packet)
		h := &b.headers[i].Msghdr
		h.Iov = &b.vectors[i]
		h.SetIovlen(1)
		h.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		h.Control = &b.control[i][0]
	}
	return b
}

// Receive reads what is there without waiting, for which the Go scheduler need not be told, and returns how
// many packets that are: at least one, or an error. They are good until the next call.
func (b *Batch) Receive(fd int) (int, error) {
	for i := range b.headers {
		h := &b.headers[i].Msghdr
		h.Namelen = unix.SizeofSockaddrInet6
		h.SetControllen(len(b.control[i]))
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.headers[0])),
		uintptr(len(b.headers)), unix.MSG_DONTWAIT, 0, 0)
	return result(n, errno)
}

// Data is packet i.
func (b *Batch) Data(i int) []byte { return b.data[i][:min(int(b.headers[i].N), len(b.data[i]))] }

// From is whom packet i came from, without its port and zone.
func (b *Batch) From(i int) netip.Addr {
	if name := &b.names[i]; name.Family != unix.AF_INET {
		return netip.AddrFrom16(name.Addr)
	}
	return netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(&b.names[i])).Addr)
}

// Control are the control messages of packet i, for Messages.
func (b *Batch) Control(i int) []byte {
	return b.control[i][:min(int(b.headers[i].Controllen), len(b.control[i]))]
}

// Kind tells control messages apart, as cmsg(3) does.
type Kind struct{ Level, Type uint32 }

// Messages walks over control messages.
func Messages(b []byte) iter.Seq2[Kind, []byte] {
	return func(yield func(Kind, []byte) bool) {
		const head, align = unix.SizeofCmsghdr, unix.SizeofPtr - 1
		for len(b) >= head {
			n := int((*unix.Cmsghdr)(unsafe.Pointer(&b[0])).Len)
			if n < head || n > len(b) {
				return
			}
			order := binary.NativeEndian
			if !yield(Kind{order.Uint32(b[head-8:]), order.Uint32(b[head-4:])}, b[head:n]) {
				return
			}
			b = b[min((n+align)&^align, len(b)):]
		}
	}
}
