package packet

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Parse reads the VRRP message b that came from src to dst; the address family is that of dst. The
// checksum may have any form that the version allows; Message.Sum tells which. Octets behind the
// message are taken for Ethernet padding if there can be any.
func Parse(b []byte, src, dst netip.Addr) (Message, error) { return parse(b, src, dst, false) }

// ParseSigned is Parse for a receiver that knows auth_hmac: the message may have a trailer. It is not
// verified. Others take such a message for one of wrong length.
func ParseSigned(b []byte, src, dst netip.Addr) (Message, error) { return parse(b, src, dst, true) }

func parse(b []byte, src, dst netip.Addr, signed bool) (Message, error) {
	m := Message{IPv6: dst.Is6()}
	if len(b) < headerLen {
		return m, ErrLength
	}
	m.Version, m.VRID, m.Priority = b[0]>>4, b[1], b[2]
	if m.Version != 2 && m.Version != 3 {
		return m, ErrVersion
	}
	if b[0]&0xf != Advertisement {
		return m, ErrType
	}
	n := Len(m.Version, m.IPv6, int(b[3]))
	covered := n // by the checksum
	switch {
	case signed && len(b) == n+LenTrailer:
		m.Trailer = b[n:]
		if m.IPv6 {
			covered = len(b)
		}
	case len(b) < n, len(b) > n && len(b) > minPayload-ipHeader(m.IPv6):
		return m, ErrLength
	}
	covers := b[:covered]
	b = b[:n]
	m.octets = b
	m.addrs = b[headerLen : headerLen+int(b[3])*addrLen(m.IPv6)]
	if m.Version == 2 {
		m.AuthType = AuthType(b[4])
		m.Interval = time.Duration(b[5]) * time.Second
		m.AuthData = [8]byte(b[n-authLen:])
	} else {
		// The four bits above are reserved: ignored on receipt.
		m.Interval = time.Duration(binary.BigEndian.Uint16(b[4:])&0xfff) * centisecond
	}
	if !m.checksum(covers, src, dst) {
		return m, ErrChecksum
	}
	if m.Interval == 0 {
		return m, ErrInterval
	}
	return m, nil
}

func ipHeader(ipv6 bool) int {
	if ipv6 {
		return 40
	}
	return 20
}

// checksum finds the form in which the checksum is right.
func (m *Message) checksum(b []byte, src, dst netip.Addr) bool {
	s := sum(b)
	right := func(form Sum) bool {
		m.Sum = form
		return fold(s+pseudo(form, src, dst, len(b))) == 0xffff
	}
	switch {
	case m.IPv6:
		return right(Pseudo)
	case m.Version == 2:
		return right(Plain)
	}
	// The usual one first.
	return right(Pseudo) || right(Plain) || !dst.IsMulticast() && right(PseudoGroup)
}
