package lab

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Advert is a VRRP advertisement as the switch saw it. It is read with as little knowledge as
// possible and on purpose without the project's own codec: the lab is to find that one's faults too.
type Advert struct {
	At       time.Time
	Port     string // the sending host
	Version  int
	VRID     int
	Priority int
	Auth     bool // inside an authentication header
}

func (a Advert) String() string {
	return fmt.Sprintf("%s v%d vrid %d priority %d", a.Port, a.Version, a.VRID, a.Priority)
}

const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	etherARP  = 0x0806

	protoAH   = 51
	protoVRRP = 112
)

// IsAdvert tells whether a frame is a VRRP advertisement: the filter for [Network.Capture].
func IsAdvert(f Frame) bool { _, ok := DecodeAdvert(f); return ok }

// DecodeAdvert reads an advertisement.
func DecodeAdvert(f Frame) (Advert, bool) {
	a := Advert{At: f.At, Port: f.Port}
	body, proto := ipPayload(f.Data)
	if proto == protoAH && len(body) > 24 && body[0] == protoVRRP {
		a.Auth = true
		body, proto = body[(int(body[1])+2)*4:], protoVRRP
	}
	if proto != protoVRRP || len(body) < 8 || body[0]&15 != 1 {
		return a, false
	}
	a.Version, a.VRID, a.Priority = int(body[0]>>4), int(body[1]), int(body[2])
	return a, true
}

// ipPayload returns what an IP packet without extension headers carries, and its protocol.
func ipPayload(frame []byte) ([]byte, int) {
	if len(frame) < 14 {
		return nil, -1
	}
	b := frame[14:]
	switch binary.BigEndian.Uint16(frame[12:]) {
	case etherIPv4:
		if len(b) < 20 || len(b) < int(b[0]&15)*4 {
			return nil, -1
		}
		return b[int(b[0]&15)*4:], int(b[9])
	case etherIPv6:
		if len(b) < 40 {
			return nil, -1
		}
		return b[40:], int(b[6])
	}
	return nil, -1
}

// Adverts decodes what a capture of advertisements has kept.
func (c *Capture) Adverts() []Advert {
	var list []Advert
	for _, f := range c.Frames() {
		if a, ok := DecodeAdvert(f); ok {
			list = append(list, a)
		}
	}
	return list
}

// Speakers counts, by host, the advertisements since a time, those of priority 0 left out: they say
// that a router goes, not that it is there.
func (c *Capture) Speakers(since time.Time) map[string]int {
	count := map[string]int{}
	for _, a := range c.Adverts() {
		if a.Priority > 0 && a.At.After(since) {
			count[a.Port]++
		}
	}
	return count
}
