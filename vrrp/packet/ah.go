package packet

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/binary"
	"net/netip"
)

// The Authentication Header (RFC 2402) with HMAC-MD5-96 (RFC 2403) in front of a version 2 message.
const (
	ProtocolAH = 51
	// LenAH is its length in octets: twelve and a check value of twelve.
	LenAH = 24

	offICV = 12
	// maxAH is room for the largest packet there can be: an IPv4 header with options, the AH, and
	// 255 addresses.
	maxAH = 60 + LenAH + headerLen + 255*4 + authLen
)

// AH is what an Authentication Header says.
type AH struct {
	SPI      uint32 // keepalived: the source address
	Sequence uint32
}

// AppendAH appends a whole IPv4 packet, ready for a socket with IP_HDRINCL: header, Authentication
// Header and the version 2 message of h and addrs. The key is h.AuthData, which is not sent.
func AppendAH(b []byte, ip *IPv4, sequence uint32, h *Header, addrs []netip.Addr) []byte {
	start := len(b)
	plain := *h
	plain.Version, plain.AuthType, plain.AuthData = 2, AuthAH, [8]byte{}
	count := 0
	for i := range addrs {
		if addrs[i].Is4() && count < 255 {
			count++
		}
	}
	outer := *ip
	outer.Protocol = ProtocolAH
	b = AppendIPv4(b, &outer, LenAH+Len(2, false, count))
	src := ip.Src.As4()
	b = append(b, Protocol, LenAH/4-2, 0, 0)
	b = append(b, src[:]...)
	b = binary.BigEndian.AppendUint32(b, sequence)
	icv := len(b)
	b = append(b, make([]byte, LenAH-offICV)...)
	b = Append(b, &plain, addrs, ip.Src, ip.Dst)
	if check, ok := checkValue(b[start:], &h.AuthData); ok {
		copy(b[icv:], check[:LenAH-offICV])
	}
	return b
}

// ParseAH splits the payload of an IPv4 packet of protocol 51 into the Authentication Header and the
// VRRP message. It does not verify it.
func ParseAH(payload []byte) (ah AH, message []byte, err error) {
	if len(payload) < LenAH || payload[0] != Protocol || payload[1] != LenAH/4-2 {
		return ah, nil, ErrAH
	}
	ah.SPI = binary.BigEndian.Uint32(payload[4:])
	ah.Sequence = binary.BigEndian.Uint32(payload[8:])
	return ah, payload[LenAH:], nil
}

// VerifyAH checks the Authentication Header of a whole IPv4 packet: the index has to be the sender's
// address, the check value that of the packet under key.
func VerifyAH(packet []byte, key *[8]byte) error {
	ip, payload, err := ParseIPv4(packet)
	if err != nil {
		return err
	}
	ah, message, err := ParseAH(payload)
	if err != nil || ip.Protocol != ProtocolAH {
		return ErrAH
	}
	src := ip.Src.As4()
	if ah.SPI != binary.BigEndian.Uint32(src[:]) {
		return ErrAH
	}
	header := int(packet[0]&0xf) * 4
	check, ok := checkValue(packet[:header+LenAH+len(message)], key)
	if !ok || subtle.ConstantTimeCompare(check[:LenAH-offICV], payload[offICV:LenAH]) != 1 {
		return ErrICV
	}
	return nil
}

// checkValue is HMAC-MD5 (RFC 2104) of the packet with what routers may change on the way set to
// zero: TOS, flags and fragment offset, header checksum, the check value itself, and the TTL of a
// unicast packet (a multicast one is never forwarded). A key of eight octets is padded with zeros to
// the block size. It is computed in one piece on the stack, so that it costs no allocation.
func checkValue(packet []byte, key *[8]byte) (check [md5.Size]byte, ok bool) {
	const block = md5.BlockSize
	var inner [block + maxAH]byte
	header := int(packet[0]&0xf) * 4
	if len(packet) > maxAH || header < LenIPv4 || len(packet) < header+LenAH {
		return check, false
	}
	var outer [block + md5.Size]byte
	for i := range block {
		var k byte
		if i < len(key) {
			k = key[i]
		}
		inner[i], outer[i] = k^0x36, k^0x5c
	}
	p := inner[block : block+len(packet)]
	copy(p, packet)
	p[1], p[6], p[7], p[10], p[11] = 0, 0, 0, 0, 0
	if p[16]>>4 != 0xe {
		p[8] = 0
	}
	clear(p[header+offICV : header+LenAH])
	digest := md5.Sum(inner[:block+len(packet)])
	copy(outer[block:], digest[:])
	return md5.Sum(outer[:]), true
}
