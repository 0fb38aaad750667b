package rtnl

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"
)

// Attributes and flags that golang.org/x/sys/unix does not have (if_addr.h).
const (
	ifaProto  = 11 // IFA_PROTO, Linux 5.18
	ifaFlags  = 8  // IFA_FLAGS
	sizeofMsg = unix.SizeofIfAddrmsg
)

// Keepalived is the address protocol that keepalived uses (IFAPROT_KEEPALIVED in its sources, like
// RTPROT_KEEPALIVED): it says which addresses a VRRP daemon put there.
const Keepalived = 18

// Forever is an infinite lifetime.
const Forever = ^uint32(0)

// Address is an address on a link.
type Address struct {
	// Prefix is the local address with the length of its network (of Peer's, if there is a peer).
	Prefix netip.Prefix
	// Peer is the other end's address, invalid for none.
	Peer      netip.Addr
	Index     int
	Scope     uint8
	Label     string
	Broadcast netip.Addr
	// Flags are IFA_F_* (if_addr.h).
	Flags uint32
	// Protocol is who put it there; 0 unknown, 18 keepalived or we. Kernels before 5.18 have none.
	Protocol uint8
	// Preferred and Valid are lifetimes in seconds, Forever without end.
	Preferred, Valid uint32
}

// Key identifies an address on a host: what RTM_DELADDR needs.
type Key struct {
	Prefix netip.Prefix
	Index  int
}

// Key returns the identity of a.
func (a Address) Key() Key { return Key{a.Prefix, a.Index} }

// Secondary reports whether the kernel made a a secondary address of an IPv4 subnet.
func (a Address) Secondary() bool {
	return a.Prefix.Addr().Is4() && a.Flags&unix.IFA_F_SECONDARY != 0
}

// Usable reports whether packets may be sent from a: it is neither tentative nor a duplicate.
func (a Address) Usable() bool {
	return a.Flags&unix.IFA_F_DADFAILED == 0 &&
		(a.Flags&unix.IFA_F_TENTATIVE == 0 || a.Flags&unix.IFA_F_OPTIMISTIC != 0)
}

// String is in the manner of `ip addr`, with the index for the name.
func (a Address) String() string {
	var s strings.Builder
	family := "inet"
	if a.Prefix.Addr().Is6() {
		family = "inet6"
	}
	if a.Peer.IsValid() {
		fmt.Fprintf(&s, "%s %s peer %s/%d", family, a.Prefix.Addr(), a.Peer, a.Prefix.Bits())
	} else {
		fmt.Fprintf(&s, "%s %s", family, a.Prefix)
	}
	if a.Broadcast.IsValid() {
		fmt.Fprintf(&s, " brd %s", a.Broadcast)
	}
	fmt.Fprintf(&s, " scope %s", scopeName(a.Scope))
	for _, f := range flagNames {
		if a.Flags&f.bit != 0 {
			s.WriteString(" " + f.name)
		}
	}
	if a.Protocol != 0 {
		fmt.Fprintf(&s, " proto %d", a.Protocol)
	}
	if a.Label != "" {
		s.WriteString(" label " + a.Label)
	}
	if a.Preferred != Forever {
		fmt.Fprintf(&s, " preferred_lft %d", a.Preferred)
	}
	return fmt.Sprintf("%s dev %d", s.String(), a.Index)
}

var flagNames = []struct {
	bit  uint32
	name string
}{
	{unix.IFA_F_SECONDARY, "secondary"},
	{unix.IFA_F_NODAD, "nodad"},
	{unix.IFA_F_HOMEADDRESS, "home"},
	{unix.IFA_F_MANAGETEMPADDR, "mngtmpaddr"},
	{unix.IFA_F_NOPREFIXROUTE, "noprefixroute"},
	{unix.IFA_F_MCAUTOJOIN, "autojoin"},
	{unix.IFA_F_TENTATIVE, "tentative"},
	{unix.IFA_F_DADFAILED, "dadfailed"},
}

func scopeName(scope uint8) string {
	switch scope {
	case unix.RT_SCOPE_UNIVERSE:
		return "global"
	case unix.RT_SCOPE_SITE:
		return "site"
	case unix.RT_SCOPE_LINK:
		return "link"
	case unix.RT_SCOPE_HOST:
		return "host"
	}
	return fmt.Sprint(scope)
}

// appendAddress appends an RTM_NEWADDR or RTM_DELADDR message for a.
func appendAddress(b []byte, kind, flags uint16, sequence uint32, a *Address) []byte {
	addr := a.Prefix.Addr()
	b, start := openMessage(b, kind, flags, sequence)
	// struct ifaddrmsg
	b = append(b, family(addr.Is6()), byte(a.Prefix.Bits()), byte(a.Flags), a.Scope)
	b = binary.NativeEndian.AppendUint32(b, uint32(a.Index))

	raw := addr.AsSlice()
	b = appendAttribute(b, unix.IFA_LOCAL, raw)
	if a.Peer.IsValid() {
		raw = a.Peer.AsSlice()
	}
	b = appendAttribute(b, unix.IFA_ADDRESS, raw)
	if kind == unix.RTM_NEWADDR {
		b = appendDetails(b, a)
	}
	return closeMessage(b, start)
}

// appendDetails appends what only a new address needs.
func appendDetails(b []byte, a *Address) []byte {
	if a.Label != "" {
		b = appendAttribute(b, unix.IFA_LABEL, append([]byte(a.Label), 0))
	}
	if a.Broadcast.IsValid() {
		b = appendAttribute(b, unix.IFA_BROADCAST, a.Broadcast.AsSlice())
	}
	var word [4]byte
	if a.Flags != 0 {
		binary.NativeEndian.PutUint32(word[:], a.Flags)
		b = appendAttribute(b, ifaFlags, word[:])
	}
	if a.Preferred != Forever || a.Valid != Forever {
		var cache [unix.SizeofIfaCacheinfo]byte // preferred, valid, two stamps
		binary.NativeEndian.PutUint32(cache[0:], a.Preferred)
		binary.NativeEndian.PutUint32(cache[4:], a.Valid)
		b = appendAttribute(b, unix.IFA_CACHEINFO, cache[:])
	}
	if a.Protocol != 0 {
		b = appendAttribute(b, ifaProto, []byte{a.Protocol})
	}
	return b
}

// decodeAddress reads the body of RTM_NEWADDR or RTM_DELADDR: struct ifaddrmsg and attributes.
func decodeAddress(b []byte) (Address, error) {
	if len(b) < sizeofMsg {
		return Address{}, errShort
	}
	a := Address{
		Flags: uint32(b[2]), Scope: b[3],
		Index:     int(binary.NativeEndian.Uint32(b[4:])),
		Preferred: Forever, Valid: Forever,
	}
	bits := int(b[1])
	var local, address netip.Addr
	err := attributes(b[sizeofMsg:], func(kind uint16, v []byte) {
		switch kind {
		case unix.IFA_LOCAL:
			local, _ = netip.AddrFromSlice(v)
		case unix.IFA_ADDRESS:
			address, _ = netip.AddrFromSlice(v)
		case unix.IFA_BROADCAST:
			a.Broadcast, _ = netip.AddrFromSlice(v)
		case unix.IFA_LABEL:
			a.Label = text(v)
		case unix.IFA_CACHEINFO:
			if len(v) >= 8 {
				a.Preferred, a.Valid = u32(v), u32(v[4:])
			}
		case ifaFlags:
			a.Flags = u32(v)
		case ifaProto:
			if len(v) > 0 {
				a.Protocol = v[0]
			}
		}
	})
	if err != nil {
		return Address{}, err
	}
	// IPv6 has IFA_LOCAL only where there is a peer.
	if !local.IsValid() {
		local = address
	}
	if !local.IsValid() || bits > local.BitLen() {
		return Address{}, fmt.Errorf("decode address: no valid prefix")
	}
	if address.IsValid() && address != local {
		a.Peer = address
	}
	a.Prefix = netip.PrefixFrom(local, bits)
	return a, nil
}
