package bfd

import "fmt"

// Fault is why a packet is discarded.
type Fault uint8

// Faults, in the order in which they are looked for.
const (
	// OK: nothing is wrong.
	OK Fault = iota
	TooShort
	WrongVersion
	TooLong
	NoMultiplier
	Multipoint
	NoDiscriminator
	// NotForAny: without a discriminator of ours only a session that is Down can be meant.
	NotForAny
	// Unknown: no session is meant.
	Unknown
	// WrongSource: the discriminator is that of a session to another neighbour.
	WrongSource
	// TooFar: it comes from further away than the session allows (RFC 5881 section 5).
	TooFar
	// Authenticated: no session here uses authentication.
	Authenticated

	// Faults is how many there are, OK included.
	Faults
)

var faultNames = [Faults]string{
	"ok", "too short", "wrong version", "longer than its datagram", "detect multiplier 0", "multipoint", "no discriminator",
	"no discriminator of ours in a session that is not down", "no session for it",
	"from another address than the session's neighbour", "TTL too low", "authenticated, which no session here is",
}

// String says it for a log line.
func (f Fault) String() string {
	if f < Faults {
		return faultNames[f]
	}
	return fmt.Sprintf("fault %d", f)
}
