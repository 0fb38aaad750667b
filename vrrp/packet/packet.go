package packet

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Numbers of the protocol.
const (
	Protocol      = 112 // IP protocol and IPv6 next header of VRRP
	TTL           = 255 // TTL and hop limit (RFC 9568 sections 5.1.1.3 and 5.1.2.3)
	TOS           = 0xc0
	Advertisement = 1 // the only type
	Owner         = 255

	headerLen = 8
	authLen   = 8 // version 2 always carries the authentication data, zeros without a password
	// minPayload is what an Ethernet frame holds at least, without its own header: shorter IP
	// packets are padded up to it.
	minPayload = 46

	// MaxInterval is the longest interval of version 3: 12 bits of centiseconds.
	MaxInterval = 4095 * centisecond
	centisecond = 10 * time.Millisecond
)

// Offsets within the VRRP message, for filters in the kernel: an octet each.
const (
	OffVersionType = 0
	OffVRID        = 1
	OffPriority    = 2
)

// Multicast destinations (RFC 9568 sections 5.1.1.2 and 5.1.2.2).
var (
	Group4 = netip.AddrFrom4([4]byte{224, 0, 0, 18})
	Group6 = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x12})
)

// AuthType is VRRPv2 authentication (RFC 2338 section 5.3.6).
type AuthType uint8

// Authentication types, as on the wire.
const (
	AuthNone AuthType = iota
	AuthPass
	AuthAH
)

// Sum is what a checksum covers beside the message.
type Sum uint8

// Forms of the checksum.
const (
	// Plain: the message only: version 2, and version 3 over IPv4 by RFC 9568 section 5.2.8.
	Plain Sum = iota
	// Pseudo: a pseudo-header with the real destination: IPv6, and version 3 over IPv4 by RFC 5798
	// as keepalived reads it.
	Pseudo
	// PseudoGroup: as Pseudo, but with 224.0.0.18 in a unicast packet (keepalived before 2.0.0).
	PseudoGroup
)

// Header is an advertisement but for its addresses.
type Header struct {
	Version  uint8 // 2 or 3
	VRID     uint8
	Priority uint8
	// Interval is cut to whole seconds (version 2, 255 at most) or centiseconds (version 3,
	// MaxInterval at most).
	Interval time.Duration
	// AuthType and AuthData are of version 2 only.
	AuthType AuthType
	AuthData [8]byte
	// Sum is the form of the checksum of version 3 over IPv4; the others have only one.
	Sum Sum
}

// Message is a parsed advertisement. It refers to the bytes that it was parsed from.
type Message struct {
	Header
	IPv6 bool
	// Trailer is that of auth_hmac, nil without one.
	Trailer []byte
	addrs   []byte
	octets  []byte // of the message alone
}

// Count is the number of addresses.
func (m *Message) Count() int { return len(m.addrs) / addrLen(m.IPv6) }

// Addr is the i-th address, from 0.
func (m *Message) Addr(i int) netip.Addr {
	if m.IPv6 {
		return netip.AddrFrom16([16]byte(m.addrs[16*i:]))
	}
	return netip.AddrFrom4([4]byte(m.addrs[4*i:]))
}

// AppendAddrs appends the addresses to list.
func (m *Message) AppendAddrs(list []netip.Addr) []netip.Addr {
	for i := range m.Count() {
		list = append(list, m.Addr(i))
	}
	return list
}

// Len is the length in octets of an advertisement of count addresses.
func Len(version uint8, ipv6 bool, count int) int {
	n := headerLen + count*addrLen(ipv6)
	if version == 2 {
		n += authLen
	}
	return n
}

func addrLen(ipv6 bool) int {
	if ipv6 {
		return 16
	}
	return 4
}

// Append appends the advertisement of h and addrs, sent from src to dst, to b. The address family
// is that of dst. Addresses of the other family and those beyond the 255th are left out.
func Append(b []byte, h *Header, addrs []netip.Addr, src, dst netip.Addr) []byte {
	ipv6 := dst.Is6()
	start := len(b)
	b = append(b, h.Version<<4|Advertisement, h.VRID, h.Priority, 0)
	if h.Version == 2 {
		b = append(b, byte(h.AuthType), seconds(h.Interval), 0, 0)
	} else {
		b = binary.BigEndian.AppendUint16(b, centiseconds(h.Interval))
		b = append(b, 0, 0)
	}
	count := 0
	for i := range addrs {
		if addrs[i].Is6() != ipv6 || count == 255 {
			continue
		}
		count++
		if ipv6 {
			a := addrs[i].As16()
			b = append(b, a[:]...)
		} else {
			a := addrs[i].As4()
			b = append(b, a[:]...)
		}
	}
	b[start+3] = byte(count)
	if h.Version == 2 {
		b = append(b, h.AuthData[:]...)
	}
	msg := b[start:]
	binary.BigEndian.PutUint16(msg[6:], ^fold(sum(msg)+pseudo(h.form(ipv6), src, dst, len(msg))))
	return b
}

// form is the checksum's form: there is a choice in version 3 over IPv4 only. Over IPv6 the kernel
// itself fills it in with the pseudo-header.
func (h *Header) form(ipv6 bool) Sum {
	switch {
	case ipv6:
		return Pseudo
	case h.Version == 2:
		return Plain
	}
	return h.Sum
}

func seconds(d time.Duration) byte { return byte(min(max(d/time.Second, 0), 255)) }

func centiseconds(d time.Duration) uint16 {
	return uint16(min(max(d, 0), MaxInterval) / centisecond)
}
