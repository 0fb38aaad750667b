package agentx

import "net/netip"

// Type is the syntax of a value (RFC 2741 section 5.4).
type Type uint16

// Types.
const (
	Integer        Type = 2
	OctetString    Type = 4
	Null           Type = 5
	ObjectID       Type = 6
	IPAddress      Type = 64
	Counter32      Type = 65
	Gauge32        Type = 66
	TimeTicks      Type = 67
	Opaque         Type = 68
	Counter64      Type = 70
	NoSuchObject   Type = 128
	NoSuchInstance Type = 129
	EndOfMIBView   Type = 130
)

// Value is a value of a variable. The zero value is none.
type Value struct {
	Type   Type
	Number uint64 // of numbers; an Integer in two's complement of 32 bits
	Octets []byte // of OctetString, IPAddress and Opaque
	OID    OID    // of ObjectID
}

// Int is an INTEGER.
func Int(n int) Value { return Value{Type: Integer, Number: uint64(uint32(int32(n)))} }

// Text is an OCTET STRING of text.
func Text(s string) Value { return Value{Type: OctetString, Octets: []byte(s)} }

// Bytes is an OCTET STRING.
func Bytes(b []byte) Value { return Value{Type: OctetString, Octets: b} }

// Unsigned is a Gauge32 or Unsigned32, which look the same on the wire.
func Unsigned(n uint32) Value { return Value{Type: Gauge32, Number: uint64(n)} }

// Count is a Counter32; it wraps.
func Count(n uint64) Value { return Value{Type: Counter32, Number: uint64(uint32(n))} }

// Count64 is a Counter64.
func Count64(n uint64) Value { return Value{Type: Counter64, Number: n} }

// Ticks is a time in hundredths of a second.
func Ticks(n uint64) Value { return Value{Type: TimeTicks, Number: uint64(uint32(n))} }

// Identifier is an OBJECT IDENTIFIER.
func Identifier(o OID) Value { return Value{Type: ObjectID, OID: o} }

// Address is an IpAddress; of an address that is not of IPv4, 0.0.0.0.
func Address(a netip.Addr) Value {
	b := [4]byte{}
	if a = a.Unmap(); a.Is4() {
		b = a.As4()
	}
	return Value{Type: IPAddress, Octets: b[:]}
}

// Int32 is the number of an INTEGER.
func (v Value) Int32() int32 { return int32(uint32(v.Number)) }

// VarBind is a variable with its value.
type VarBind struct {
	Name  OID
	Value Value
}
