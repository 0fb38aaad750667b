package bfd

import (
	"encoding/binary"
	"time"
)

// Size is the length in octets of a control packet without authentication.
const Size = 24

// authSize is the least length of one with it.
const authSize = 26

// version is that of RFC 5880.
const version = 1

// Packet is a control packet (RFC 5880 section 4.1). Intervals are whole microseconds, up to 71
// minutes; MinRx 0 asks for no periodic packets.
type Packet struct {
	Diag  Diag
	State State
	Poll  bool
	Final bool
	// Independent: BFD goes on when the control plane of the sender is disrupted.
	Independent bool
	// Auth: there is an authentication section, which is not read.
	Auth       bool
	Demand     bool
	Multiplier uint8
	// Mine and Yours are discriminators, as the sender sees them.
	Mine, Yours           uint32
	MinTx, MinRx, MinEcho time.Duration
}

// flag bits of the second octet.
const (
	flagPoll = 1 << (5 - iota)
	flagFinal
	flagIndependent
	flagAuth
	flagDemand
	flagMultipoint
)

// Append appends the packet's octets to b. An authentication section has none: Auth is not sent.
func (p *Packet) Append(b []byte) []byte {
	flags := byte(p.State&3) << 6
	for _, f := range [...]struct {
		set bool
		bit byte
	}{{p.Poll, flagPoll}, {p.Final, flagFinal}, {p.Independent, flagIndependent}, {p.Demand, flagDemand}} {
		if f.set {
			flags |= f.bit
		}
	}
	b = append(b, version<<5|byte(p.Diag&31), flags, p.Multiplier, Size)
	b = binary.BigEndian.AppendUint32(b, p.Mine)
	b = binary.BigEndian.AppendUint32(b, p.Yours)
	b = binary.BigEndian.AppendUint32(b, microseconds(p.MinTx))
	b = binary.BigEndian.AppendUint32(b, microseconds(p.MinRx))
	return binary.BigEndian.AppendUint32(b, microseconds(p.MinEcho))
}

// microseconds is an interval on the wire.
func microseconds(d time.Duration) uint32 {
	return uint32(min(max(d/time.Microsecond, 0), 1<<32-1))
}

// Parse reads a control packet from the payload of a datagram. It makes the checks of RFC 5880 section
// 6.8.6 that need no session, in their order, and returns the first that fails; OK is the verdict on a
// packet that may be looked at further. It allocates nothing.
func Parse(b []byte, p *Packet) Fault {
	if len(b) < Size {
		return TooShort
	}
	flags := b[1]
	*p = Packet{
		Diag: Diag(b[0] & 31), State: State(flags >> 6),
		Poll: flags&flagPoll != 0, Final: flags&flagFinal != 0, Independent: flags&flagIndependent != 0,
		Auth: flags&flagAuth != 0, Demand: flags&flagDemand != 0,
		Multiplier: b[2], Mine: binary.BigEndian.Uint32(b[4:]), Yours: binary.BigEndian.Uint32(b[8:]),
		MinTx: interval(b[12:]), MinRx: interval(b[16:]), MinEcho: interval(b[20:]),
	}
	length := int(b[3])
	switch {
	case b[0]>>5 != version:
		return WrongVersion
	case length < Size || p.Auth && length < authSize:
		return TooShort
	case length > len(b):
		return TooLong
	case p.Multiplier == 0:
		return NoMultiplier
	case flags&flagMultipoint != 0:
		return Multipoint
	case p.Mine == 0:
		return NoDiscriminator
	case p.Yours == 0 && p.State > Down:
		return NotForAny
	}
	return OK
}

func interval(b []byte) time.Duration {
	return time.Duration(binary.BigEndian.Uint32(b)) * time.Microsecond
}
