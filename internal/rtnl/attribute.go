package rtnl

import (
	"bytes"
	"encoding/binary"
	"errors"
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

func align(n int) int { return (n + 3) &^ 3 }

func u32(v []byte) uint32 {
	if len(v) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(v)
}

// text is a C string.
func text(v []byte) string {
	if i := bytes.IndexByte(v, 0); i >= 0 {
		v = v[:i]
	}
	return string(v)
}
