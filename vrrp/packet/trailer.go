package packet

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"hash"
	"net/netip"
	"time"
)

// The trailer of auth_hmac, as keepalived has it since 2.4.2 (draft-cassen-vrrp-auth-hmac): type, key
// number, two octets of zero, the stamp, and HMAC-SHA-256 cut to 16 octets. It stands behind the
// message, of version 2 or 3 and over IPv4 or IPv6, and belongs to the IP payload.
const (
	// LenTrailer is its length in octets.
	LenTrailer = 28

	trailerSHA256 = 1 // the only type
	offStamp      = 4
	offHMAC       = 12
	offChecksum   = 6 // in the message
	lenPseudo     = 20
)

// Stamp orders the signed advertisements of one sender: 32 bits of seconds since 1970, 16 bits of a
// binary fraction of a second, and 16 bits that count within one such fraction. It wraps, so it is
// compared by serial number arithmetic (RFC 1982).
type Stamp uint64

// StampAt is the stamp of a time since 1970 (UTC), its counter 0.
func StampAt(wall time.Duration) Stamp {
	fraction := uint64(wall%time.Second) << 16 / uint64(time.Second)
	return Stamp(uint64(uint32(wall/time.Second))<<32 | fraction<<16)
}

// After tells whether s is later than o.
func (s Stamp) After(o Stamp) bool { return int64(s-o) > 0 }

// Ahead is by how much s is later than o, in whole seconds; less than 0: earlier.
func (s Stamp) Ahead(o Stamp) time.Duration {
	return time.Duration(int32(uint32(s>>32)-uint32(o>>32))) * time.Second
}

// Trailer is what a trailer says, but for its proof.
type Trailer struct {
	KeyID uint8
	Stamp Stamp
}

// ParseTrailer reads a trailer of LenTrailer octets.
func ParseTrailer(b []byte) (Trailer, error) {
	if len(b) != LenTrailer || b[0] != trailerSHA256 || b[2] != 0 || b[3] != 0 {
		return Trailer{}, ErrTrailer
	}
	return Trailer{KeyID: b[1], Stamp: Stamp(binary.BigEndian.Uint64(b[offStamp:]))}, nil
}

// Key signs and verifies. Its hash state is prepared once, so that a message costs no allocation; it
// is not safe for concurrent use.
type Key struct {
	ID   uint8
	mac  hash.Hash
	head [lenPseudo]byte
	sum  [sha256.Size]byte
}

// NewKey prepares a key.
func NewKey(id uint8, secret []byte) *Key {
	k := &Key{ID: id, mac: hmac.New(sha256.New, secret)}
	// The first Reset after a Sum is when crypto/hmac stores the state that it goes back to.
	k.mac.Sum(k.sum[:0])
	k.mac.Reset()
	return k
}

var zeros [LenTrailer - offHMAC]byte

// proof is the HMAC of a message from src with the trailer that begins with prefix: a pseudo-header of
// family, version, VRID and source, the message with a checksum of zero, the trailer with a proof of
// zero. The destination is not in it, so that all copies of an advertisement carry the same trailer;
// nor is the checksum, which over IPv6 the kernel may fill in later.
func (k *Key) proof(src netip.Addr, message, prefix []byte) []byte {
	clear(k.head[:])
	k.head[0], k.head[1], k.head[2] = 4, message[OffVersionType]>>4, message[OffVRID]
	if src.Is4() || src.Is4In6() {
		a := src.As4()
		copy(k.head[4:], a[:])
	} else {
		k.head[0] = 6
		a := src.As16()
		copy(k.head[4:], a[:])
	}
	k.mac.Reset()
	k.mac.Write(k.head[:])
	k.mac.Write(message[:offChecksum])
	k.mac.Write(zeros[:2])
	k.mac.Write(message[offChecksum+2:])
	k.mac.Write(prefix)
	k.mac.Write(zeros[:])
	return k.mac.Sum(k.sum[:0])[:LenTrailer-offHMAC]
}

// AppendTrailer appends to b the trailer of a message that k signs for src. The message has to be a
// whole one; b may be the message itself.
func AppendTrailer(b []byte, k *Key, s Stamp, src netip.Addr, message []byte) []byte {
	start := len(b)
	b = append(b, trailerSHA256, k.ID, 0, 0)
	b = binary.BigEndian.AppendUint64(b, uint64(s))
	return append(b, k.proof(src, message, b[start:])...)
}

// Verify tells whether the trailer of m, which ParseSigned found, is the one that k makes for src.
func (k *Key) Verify(m *Message, src netip.Addr) bool {
	if len(m.Trailer) != LenTrailer {
		return false
	}
	return subtle.ConstantTimeCompare(k.proof(src, m.octets, m.Trailer[:offHMAC]), m.Trailer[offHMAC:]) == 1
}

// SumIPv6 puts the checksum of an IPv6 payload into it, trailer and all: over IPv6 that is what kernels
// compute and check. Over IPv4 the checksum covers the message alone, as Append leaves it.
func SumIPv6(payload []byte, src, dst netip.Addr) {
	payload[offChecksum], payload[offChecksum+1] = 0, 0
	binary.BigEndian.PutUint16(payload[offChecksum:], ^fold(sum(payload)+pseudo(Pseudo, src, dst, len(payload))))
}
