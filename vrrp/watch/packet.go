package watch

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// MAC is a hardware address.
type MAC [6]byte

// Packet is what was captured.
type Packet struct {
	At time.Time
	// Link is the interface, empty if it is not known; VLAN its 802.1Q tag, 0 for none.
	Link string
	VLAN uint16
	// From is the sender's hardware address, all zero if it is not known.
	From MAC
	// Outgoing: this host has sent it.
	Outgoing bool
	// IP is the packet from its IPv4 or IPv6 header on.
	IP []byte
}

// Advert is what a packet says, as far as it can be read.
type Advert struct {
	At                  time.Time
	Link                string
	VLAN                uint16
	From                MAC
	Outgoing            bool
	Source, Destination netip.Addr
	TTL                 int
	Version, Type       int
	VRID, Priority      int
	Interval            time.Duration
	AuthType            packet.AuthType
	AH                  bool
	Sequence            uint32 // of AH
	// Count is what the message says; Addresses are those that are there.
	Count     int
	Addresses []netip.Addr
	Checksum  uint16
	// Sum is the form that the checksum has; Right: it has one that the version allows.
	Sum   packet.Sum
	Right bool
	// Signed: there is a trailer of auth_hmac.
	Signed bool

	message  []byte
	extra    int // octets behind the message, less than 0: missing
	authData [8]byte
	meta     packet.Meta
}

// six tells whether a is IPv6.
func (a *Advert) six() bool { return a.Source.Is6() }

// unreadable is why a packet is no advertisement at all.
type unreadable string

// read takes a packet apart. What is read before a mistake is in the Advert.
func read(p *Packet) (a Advert, bad unreadable) {
	a = Advert{At: p.At, Link: p.Link, VLAN: p.VLAN, From: p.From, Outgoing: p.Outgoing, TTL: -1}
	var message []byte
	if len(p.IP) > 0 && p.IP[0]>>4 == 6 {
		message, bad = a.readIPv6(p.IP)
	} else {
		message, bad = a.readIPv4(p.IP)
	}
	a.Source, a.Destination, a.TTL = a.meta.Source, a.meta.Destination, a.meta.TTL
	if bad != "" {
		return a, bad
	}
	a.AH, a.Sequence = a.meta.AH, a.meta.Sequence
	a.meta.Wall = time.Duration(p.At.UnixNano())
	return a, a.readMessage(message)
}

func (a *Advert) readIPv4(b []byte) (message []byte, bad unreadable) {
	if len(b) >= packet.LenIPv4 && binary.BigEndian.Uint16(b[6:])&0x3fff != 0 {
		return nil, "it is a fragment"
	}
	meta, message, err := packet.Split(b)
	a.meta = meta
	if err != nil {
		if ip, _, headerErr := packet.ParseIPv4(b); headerErr == nil {
			a.meta.Source, a.meta.Destination, a.meta.TTL = ip.Src, ip.Dst, int(ip.TTL)
		}
		return nil, unreadable(err.Error())
	}
	return message, ""
}

const lenIPv6 = 40

func (a *Advert) readIPv6(b []byte) (message []byte, bad unreadable) {
	if len(b) < lenIPv6 {
		return nil, "the IPv6 header is cut short"
	}
	a.meta = packet.Meta{
		Source: netip.AddrFrom16([16]byte(b[8:24])), Destination: netip.AddrFrom16([16]byte(b[24:40])), TTL: int(b[7]),
	}
	n := int(binary.BigEndian.Uint16(b[4:]))
	switch {
	case b[6] != packet.Protocol:
		return nil, "no VRRP follows its IPv6 header"
	case n > len(b)-lenIPv6:
		return nil, "the IPv6 packet is cut short"
	}
	return b[lenIPv6 : lenIPv6+n], ""
}

// readMessage reads what there is of a VRRP message.
func (a *Advert) readMessage(b []byte) unreadable {
	const header = 8
	if len(b) < header {
		return "the VRRP message is cut short"
	}
	a.message = b
	a.Version, a.Type, a.VRID, a.Priority, a.Count = int(b[0]>>4), int(b[0]&15), int(b[1]), int(b[2]), int(b[3])
	a.Checksum = binary.BigEndian.Uint16(b[6:])
	size := 4
	if a.six() {
		size = 16
	}
	want := packet.Len(uint8(a.Version), a.six(), a.Count)
	if a.extra = len(b) - want; a.extra == packet.LenTrailer {
		if _, err := packet.ParseTrailer(b[want:]); err == nil {
			a.Signed, a.extra = true, 0
		}
	}
	for at := header; at+size <= len(b) && len(a.Addresses) < a.Count; at += size {
		addr, _ := netip.AddrFromSlice(b[at : at+size])
		a.Addresses = append(a.Addresses, addr)
	}
	if a.Version == 2 {
		a.AuthType, a.Interval = packet.AuthType(b[4]), time.Duration(b[5])*time.Second
		if len(b) >= want {
			copy(a.authData[:], b[want-len(a.authData):want])
		}
	} else {
		a.Interval = time.Duration(binary.BigEndian.Uint16(b[4:])&0xfff) * 10 * time.Millisecond
	}
	a.Sum, a.Right = a.form()
	return ""
}

// covered is what the checksum is computed over.
func (a *Advert) covered() []byte {
	if a.Signed && !a.six() {
		return a.message[:len(a.message)-packet.LenTrailer]
	}
	return a.message
}

// allowed are the forms of the checksum that the version allows.
func (a *Advert) allowed() []packet.Sum {
	switch {
	case a.six():
		return []packet.Sum{packet.Pseudo}
	case a.Version == 2:
		return []packet.Sum{packet.Plain}
	case a.Destination.IsMulticast():
		return []packet.Sum{packet.Pseudo, packet.Plain}
	}
	return []packet.Sum{packet.Pseudo, packet.Plain, packet.PseudoGroup}
}

// fits tells whether the checksum is that of b in that form. All ones are the same as none.
func (a *Advert) fits(b []byte, f packet.Sum) bool {
	right := packet.Checksum(b, f, a.Source, a.Destination)
	return right == a.Checksum || right == 0 && a.Checksum == 0xffff
}

func (a *Advert) form() (packet.Sum, bool) {
	for _, f := range a.allowed() {
		if a.fits(a.covered(), f) {
			return f, true
		}
	}
	return 0, false
}
