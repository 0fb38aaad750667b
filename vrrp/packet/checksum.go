package packet

import (
	"encoding/binary"
	"net/netip"
)

// sum is the one's complement sum of b (RFC 1071), not folded.
func sum(b []byte) uint64 {
	var s uint64
	for len(b) >= 4 {
		s += uint64(binary.BigEndian.Uint32(b))
		b = b[4:]
	}
	if len(b) >= 2 {
		s += uint64(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	return s
}

func fold(s uint64) uint16 {
	for s>>16 != 0 {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}

// pseudo is the sum of the pseudo-header: addresses, length and protocol (RFC 8200 section 8.1; for
// IPv4 the one of UDP and TCP).
func pseudo(form Sum, src, dst netip.Addr, length int) uint64 {
	if form == Plain || !src.IsValid() || !dst.IsValid() {
		return 0
	}
	if form == PseudoGroup {
		dst = Group4
	}
	return sumAddr(src) + sumAddr(dst) + uint64(length) + Protocol
}

func sumAddr(a netip.Addr) uint64 {
	if a.Is4() {
		b := a.As4()
		return uint64(binary.BigEndian.Uint32(b[:]))
	}
	b := a.As16()
	return sum(b[:])
}

// Checksum is what the checksum of message from src to dst has to be in that form, whatever it is.
func Checksum(message []byte, form Sum, src, dst netip.Addr) uint16 {
	var own uint64
	if len(message) >= offChecksum+2 {
		own = uint64(binary.BigEndian.Uint16(message[offChecksum:]))
	}
	return ^fold(sum(message) - own + pseudo(form, src, dst, len(message)))
}
