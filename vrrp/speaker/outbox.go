package speaker

import (
	"net"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/mmsg"
)

// message is an advertisement to one destination.
type message struct {
	data []byte
	// control says, for IPv6, which source, interface and hop limit the kernel takes.
	control []byte
	to      unix.RawSockaddrInet6 // or a RawSockaddrInet4 at its place
	toLen   uint32
}

// address sets the destination.
func (m *message) address(dst netip.Addr) {
	if dst.Is4() {
		m.toLen = unix.SizeofSockaddrInet4
		*(*unix.RawSockaddrInet4)(unsafe.Pointer(&m.to)) = unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: dst.As4()}
		return
	}
	m.toLen = unix.SizeofSockaddrInet6
	m.to = unix.RawSockaddrInet6{Family: unix.AF_INET6, Addr: dst.As16(), Scope_id: scope(dst.Zone())}
}

// scope is the index of the interface that a zone names or is, 0 if there is none.
func scope(zone string) uint32 {
	if zone == "" {
		return 0
	}
	if index, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(index)
	}
	link, err := net.InterfaceByName(zone)
	if err != nil {
		return 0
	}
	return uint32(link.Index)
}

// outbox is the room for what is sent in one system call.
type outbox struct {
	headers [sendBatch]mmsg.Header
	vectors [sendBatch]unix.Iovec
}

// send sends up to sendBatch messages without waiting and returns how many went out.
func (o *outbox) send(fd int, messages []message) (int, error) {
	n := min(len(messages), sendBatch)
	for i := range messages[:n] {
		m := &messages[i]
		o.vectors[i].Base = unsafe.SliceData(m.data)
		o.vectors[i].SetLen(len(m.data))
		h := &o.headers[i].Msghdr
		h.Iov = &o.vectors[i]
		h.SetIovlen(1)
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&m.to)), m.toLen
		h.Control = unsafe.SliceData(m.control)
		h.SetControllen(len(m.control))
	}
	return mmsg.SendNow(fd, o.headers[:n])
}
