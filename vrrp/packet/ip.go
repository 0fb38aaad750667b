package packet

import (
	"encoding/binary"
	"net/netip"
)

// LenIPv4 is the length in octets of a header that AppendIPv4 makes.
const LenIPv4 = 20

// IPv4 is an IPv4 header as far as VRRP is concerned.
type IPv4 struct {
	Src, Dst netip.Addr
	TTL      uint8
	Protocol uint8
	ID       uint16
}

// AppendIPv4 appends a header for a payload of length octets, with its checksum.
func AppendIPv4(b []byte, ip *IPv4, length int) []byte {
	start := len(b)
	b = append(b, 0x45, TOS)
	b = binary.BigEndian.AppendUint16(b, uint16(LenIPv4+length))
	b = binary.BigEndian.AppendUint16(b, ip.ID)
	b = append(b, 0, 0, ip.TTL, ip.Protocol, 0, 0)
	src, dst := ip.Src.As4(), ip.Dst.As4()
	b = append(b, src[:]...)
	b = append(b, dst[:]...)
	binary.BigEndian.PutUint16(b[start+10:], ^fold(sum(b[start:])))
	return b
}

// ParseIPv4 splits an IPv4 packet, as a raw socket gives it, into header and payload. What is behind
// the total length of the header is left out. The kernel has checked the header's checksum.
func ParseIPv4(b []byte) (ip IPv4, payload []byte, err error) {
	if len(b) < LenIPv4 || b[0]>>4 != 4 {
		return ip, nil, ErrIP
	}
	header, total := int(b[0]&0xf)*4, int(binary.BigEndian.Uint16(b[2:]))
	if header < LenIPv4 || total < header || total > len(b) {
		return ip, nil, ErrIP
	}
	ip = IPv4{
		Src: netip.AddrFrom4([4]byte(b[12:])), Dst: netip.AddrFrom4([4]byte(b[16:])),
		TTL: b[8], Protocol: b[9], ID: binary.BigEndian.Uint16(b[4:]),
	}
	return ip, b[header:total], nil
}
