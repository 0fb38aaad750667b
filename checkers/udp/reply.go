package udp

import "fmt"

// Wanted is what a reply has to be.
type Wanted struct {
	// Octets is what it begins with; nil: any reply is good, of any length. A reply that is shorter is
	// compared as far as it goes.
	Octets []byte
	Mask   []byte // which bits of the octets count; nil: all
	// MinLen and MaxLen are its least and greatest length, with Octets.
	MinLen, MaxLen int
}

// judge says what is wrong with a reply; empty: nothing.
func (w *Wanted) judge(data []byte) string {
	if len(w.Octets) == 0 {
		return ""
	}
	if len(data) < w.MinLen || len(data) > w.MaxLen {
		return fmt.Sprintf("reply of %d bytes, not %d to %d", len(data), w.MinLen, w.MaxLen)
	}
	for i, want := range w.Octets {
		if i >= len(data) {
			break
		}
		mask := byte(0xff)
		if i < len(w.Mask) {
			mask = w.Mask[i]
		}
		if data[i]&mask != want&mask {
			return fmt.Sprintf("reply differs at byte %d: %#02x, not %s", i, data[i], masked(want, mask))
		}
	}
	return ""
}

// masked is an octet in hexadecimal digits, X for those that do not count, as in the configuration.
func masked(octet, mask byte) string {
	text := []byte(fmt.Sprintf("0x%02x", octet))
	if mask&0xf0 == 0 {
		text[2] = 'X'
	}
	if mask&0x0f == 0 {
		text[3] = 'X'
	}
	return string(text)
}
