package speaker

import (
	"net/netip"
	"time"

	"golang.org/x/net/ipv6"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// What is logged of an instance at most once in logInterval, beside what has a counter.
const (
	logSkew = int(vrrp.Counters) + iota
	logSend
	logKinds
)

// member is an instance as the loop has it.
type member struct {
	Instance
	station *station
	slot    *slot
	// source is where adverts come from; invalid: there is none.
	source netip.Addr

	// messages are ready to send, one for each destination, with the priority that they carry.
	messages []message
	octets   [][]byte
	trailer  []byte // of auth_hmac
	built    bool
	priority uint8
	packetID uint16
	// queued: messages are in the station's queue and must not be changed.
	queued bool
	master bool
	// protocolError is what was wrong with the last packet of wrong TTL, version or checksum.
	protocolError vrrp.Counter
	// heardOld: a peer's adverts have the checksum of keepalived before 2.0.
	heardOld bool
	// sums counts the forms of checksum that were heard, by packet.Sum.
	sums [packet.PseudoGroup + 1]uint64
	// shown and shownExcluded are the virtual addresses in words: a snapshot is to cost the loop little.
	shown, shownExcluded []string
	// why is what its trackers say, in words.
	why string
	// reasserted counts addresses that were put back.
	reasserted uint64

	// When each kind of bad packet was last logged; those behind the counters are for clocks and for sending.
	logged [logKinds]time.Duration
}

// destinations are where an advertisement goes.
func (m *member) destinations() []netip.Addr {
	if !m.Unicast {
		return []netip.Addr{m.Group}
	}
	all := make([]netip.Addr, 0, len(m.Peers))
	for _, p := range m.Peers {
		all = append(all, p.Addr)
	}
	return all
}

func (m *member) ttl() uint8 {
	if m.Unicast && m.UnicastTTL >= 0 {
		return uint8(m.UnicastTTL)
	}
	return packet.TTL
}

// address prepares the messages but for their contents.
func (m *member) address() {
	to := m.destinations()
	m.built = false
	m.messages = make([]message, len(to))
	m.octets = make([][]byte, len(to))
	for i, dst := range to {
		m.octets[i] = make([]byte, 0, 64+packet.Len(uint8(m.Version), m.Family == 6, len(m.Addresses)))
		m.messages[i].address(dst)
		if m.Family == 6 {
			cm := ipv6.ControlMessage{HopLimit: int(m.ttl())}
			if m.source.IsValid() {
				cm.Src = m.source.AsSlice()
			}
			if m.station != nil {
				cm.IfIndex = m.station.index
			}
			m.messages[i].control = cm.Marshal()
		}
	}
}

// build fills the messages in. It allocates nothing when they have been filled before.
func (m *member) build(priority uint8, sequence uint32) {
	if m.built && m.priority == priority && !m.changes() {
		return
	}
	m.built, m.priority = true, priority
	h := packet.Header{
		Version: uint8(m.Version), VRID: m.VRID, Priority: priority, Interval: m.AdvertInt,
		AuthType: packet.AuthType(m.Auth), AuthData: m.AuthData, Sum: packet.Pseudo,
	}
	switch {
	case m.V3ChecksumAsV2:
		h.Sum = packet.Plain
	case m.Unicast && (m.OldSum || m.heardOld && !m.NeverOldSum):
		h.Sum = packet.PseudoGroup
	}
	for i := range m.messages {
		m.octets[i] = m.encode(m.octets[i][:0], &h, sequence, m.destination(i))
		m.messages[i].data = m.octets[i]
	}
}

// changes tells whether each advertisement is another one than the last, though it says the same.
func (m *member) changes() bool { return m.Auth == vrrp.AH || m.Signs() }

// sign puts the trailer of auth_hmac behind the messages: one trailer for all of them.
func (m *member) sign(r *vrrp.Router, wall time.Duration) {
	for i, b := range m.octets {
		n := len(b)
		if i == 0 {
			b = r.Sign(b, m.ID, wall, m.source, m.message(b))
			m.trailer = append(m.trailer[:0], b[n:]...)
		} else {
			b = append(b, m.trailer...)
		}
		if m.Family == 6 {
			packet.SumIPv6(b, m.source, m.destination(i))
		}
		m.octets[i], m.messages[i].data = b, b
	}
}

// message is the VRRP message in what is sent.
func (m *member) message(b []byte) []byte {
	if m.Family == 6 {
		return b
	}
	return b[packet.LenIPv4:]
}

func (m *member) destination(i int) netip.Addr {
	if m.Unicast {
		return m.Peers[i].Addr
	}
	return m.Group
}

func (m *member) encode(b []byte, h *packet.Header, sequence uint32, dst netip.Addr) []byte {
	if m.Family == 6 {
		return packet.Append(b, h, m.Addresses, m.source, dst)
	}
	ip := packet.IPv4{Src: m.source, Dst: dst, TTL: m.ttl(), Protocol: packet.Protocol}
	if m.Auth == vrrp.AH {
		// The check value covers the identification, so it must not be left to the kernel: not 0.
		if m.packetID++; m.packetID == 0 {
			m.packetID = 1
		}
		ip.ID = m.packetID
		return packet.AppendAH(b, &ip, sequence, h, m.Addresses)
	}
	length := packet.Len(h.Version, false, len(m.Addresses))
	if m.Signs() {
		length += packet.LenTrailer
	}
	b = packet.AppendIPv4(b, &ip, length)
	return packet.Append(b, h, m.Addresses, m.source, dst)
}
