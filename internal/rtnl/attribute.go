package rtnl

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"
)

// errShort is returned for a message or attribute that ends before it should.
var errShort = errors.New("truncated netlink message")

const attributeHeader = 4

// attributes calls f for each attribute in b. The value is valid during the call only.
func attributes(b []byte, f func(kind uint16, value []byte)) error {
	for len(b) >= attributeHeader {
		n := int(binary.NativeEndian.Uint16(b))
		if n < attributeHeader || n > len(b) {
			return errShort
		}
		const typeMask = 0x3fff // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
		f(binary.NativeEndian.Uint16(b[2:])&typeMask, b[attributeHeader:n])
		if n = align(n); n > len(b) {
			return nil
		}
		b = b[n:]
	}
	return nil
}

// appendAttribute appends one attribute with its padding.
func appendAttribute(b []byte, kind uint16, value []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(attributeHeader+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// openAttribute begins an attribute that holds others; closeAttribute ends it.
func openAttribute(b []byte, kind uint16) (_ []byte, start int) {
	return appendAttribute(b, kind|unix.NLA_F_NESTED, nil), len(b)
}

func closeAttribute(b []byte, start int) []byte {
	binary.NativeEndian.PutUint16(b[start:], uint16(len(b)-start))
	return b
}

func appendU32(b []byte, kind uint16, v uint32) []byte {
	var word [4]byte
	binary.NativeEndian.PutUint32(word[:], v)
	return appendAttribute(b, kind, word[:])
}

func appendU16(b []byte, kind, v uint16) []byte {
	var word [2]byte
	binary.NativeEndian.PutUint16(word[:], v)
	return appendAttribute(b, kind, word[:])
}

// appendAddr appends an address if there is one.
func appendAddr(b []byte, kind uint16, a netip.Addr) []byte {
	if !a.IsValid() {
		return b
	}
	return appendAttribute(b, kind, a.AsSlice())
}

// appendPrefix appends the address of a prefix that is not that of everything.
func appendPrefix(b []byte, kind uint16, p netip.Prefix) []byte {
	if bits(p) == 0 {
		return b
	}
	return appendAttribute(b, kind, p.Addr().AsSlice())
}

// bits is the length of a prefix, 0 for the invalid one that stands for everything.
func bits(p netip.Prefix) byte { return byte(max(p.Bits(), 0)) }

// openMessage begins a message with struct nlmsghdr; closeMessage sets its length.
func openMessage(b []byte, kind, flags uint16, sequence uint32) (_ []byte, start int) {
	start = len(b)
	b = append(b, 0, 0, 0, 0)
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, flags)
	b = binary.NativeEndian.AppendUint32(b, sequence)
	return append(b, 0, 0, 0, 0), start
}

func closeMessage(b []byte, start int) []byte {
	binary.NativeEndian.PutUint32(b[start:], uint32(len(b)-start))
	return b
}

func align(n int) int { return (n + 3) &^ 3 }

func u32(v []byte) uint32 {
	if len(v) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(v)
}

func u16(v []byte) uint16 {
	if len(v) < 2 {
		return 0
	}
	return binary.NativeEndian.Uint16(v)
}

// text is a C string.
func text(v []byte) string {
	if i := bytes.IndexByte(v, 0); i >= 0 {
		v = v[:i]
	}
	return string(v)
}
