package ipvs

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// messages is a buffer of netlink messages, filled one after the other and reused.
type messages struct {
	family uint16
	b      []byte
	start  int // of the message being filled
}

const nestedFlag = 0x8000 // NLA_F_NESTED

func (m *messages) reset() { m.b = m.b[:0] }

// begin starts a message. end must follow.
func (m *messages) begin(command uint8, flags uint16, seq uint32) {
	m.start = len(m.b)
	m.b = append(m.b, 0, 0, 0, 0) // length, set by end
	m.b = binary.NativeEndian.AppendUint16(m.b, m.family)
	m.b = binary.NativeEndian.AppendUint16(m.b, flags|unix.NLM_F_REQUEST)
	m.b = binary.NativeEndian.AppendUint32(m.b, seq)
	m.b = append(m.b, 0, 0, 0, 0) // port: the kernel
	m.b = append(m.b, command, familyVersion, 0, 0)
}

// end closes the message.
func (m *messages) end() {
	binary.NativeEndian.PutUint32(m.b[m.start:], uint32(len(m.b)-m.start))
}

// acknowledge asks for an answer to the last message even if it succeeds.
func (m *messages) acknowledge() {
	flags := m.b[m.start+6:]
	binary.NativeEndian.PutUint16(flags, binary.NativeEndian.Uint16(flags)|unix.NLM_F_ACK)
}

// nest starts a nested attribute; endNest takes what it returns.
func (m *messages) nest(kind uint16) int {
	at := len(m.b)
	m.b = append(m.b, 0, 0)
	m.b = binary.NativeEndian.AppendUint16(m.b, kind|nestedFlag)
	return at
}

func (m *messages) endNest(at int) {
	binary.NativeEndian.PutUint16(m.b[at:], uint16(len(m.b)-at))
}

// header starts an attribute with n bytes of payload, pad ends it.
func (m *messages) header(kind uint16, n int) {
	m.b = binary.NativeEndian.AppendUint16(m.b, uint16(4+n))
	m.b = binary.NativeEndian.AppendUint16(m.b, kind)
}

func (m *messages) pad() {
	for len(m.b)%4 != 0 {
		m.b = append(m.b, 0)
	}
}

func (m *messages) uint8(kind uint16, v uint8) {
	m.header(kind, 1)
	m.b = append(m.b, v)
	m.pad()
}

func (m *messages) uint16(kind uint16, v uint16) {
	m.header(kind, 2)
	m.b = binary.NativeEndian.AppendUint16(m.b, v)
	m.pad()
}

// port appends a number in network order.
func (m *messages) port(kind uint16, v uint16) {
	m.header(kind, 2)
	m.b = binary.BigEndian.AppendUint16(m.b, v)
	m.pad()
}

func (m *messages) uint32(kind uint16, v uint32) {
	m.header(kind, 4)
	m.b = binary.NativeEndian.AppendUint32(m.b, v)
}

func (m *messages) string(kind uint16, v string) {
	m.header(kind, len(v)+1)
	m.b = append(m.b, v...)
	m.b = append(m.b, 0)
	m.pad()
}

func (m *messages) addr(kind uint16, a netip.Addr) {
	if a.Is4() {
		v := a.As4()
		m.header(kind, 4)
		m.b = append(m.b, v[:]...)
		return
	}
	v := a.As16()
	m.header(kind, 16)
	m.b = append(m.b, v[:]...)
}
