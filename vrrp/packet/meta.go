package packet

import (
	"net/netip"
	"time"
)

// Meta is what a socket tells of a received message beside its bytes.
type Meta struct {
	Source, Destination netip.Addr
	TTL                 int // -1 if it is not known
	// Wall is when it came in, since 1970 (UTC): what stamps of auth_hmac are compared with.
	Wall time.Duration
	// AH: the message came behind an Authentication Header of this sequence number. Packet is the
	// whole IPv4 packet then.
	AH       bool
	Sequence uint32
	Packet   []byte
}

// Split takes an IPv4 packet, as a raw socket gives it, apart: what there is to know about it, and
// the VRRP message.
func Split(b []byte) (m Meta, message []byte, err error) {
	ip, message, err := ParseIPv4(b)
	if err != nil {
		return m, nil, err
	}
	m = Meta{Source: ip.Src, Destination: ip.Dst, TTL: int(ip.TTL)}
	switch ip.Protocol {
	case Protocol:
	case ProtocolAH:
		var ah AH
		if ah, message, err = ParseAH(message); err != nil {
			return m, nil, err
		}
		m.AH, m.Sequence, m.Packet = true, ah.Sequence, b
	default:
		return m, nil, ErrIP
	}
	return m, message, nil
}
