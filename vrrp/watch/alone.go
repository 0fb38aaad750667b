package watch

import (
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// judge collects what there is to say of one packet.
type judge struct {
	advert   *Advert
	findings []Finding
}

func (j *judge) wrong(id ID, format string, args ...any) {
	j.findings = append(j.findings, Finding{ID: id, Text: fmt.Sprintf(format, args...)})
}

func (j *judge) news(id ID, format string, args ...any) {
	j.findings = append(j.findings, Finding{ID: id, Text: fmt.Sprintf(format, args...), Change: true, New: true})
}

// alone looks at the packet itself.
func (j *judge) alone() {
	a := j.advert
	if a.Destination.IsMulticast() && a.TTL != packet.TTL {
		j.wrong(TTL, "TTL %d, it has to be %d", a.TTL, packet.TTL)
	}
	if a.Version != 2 && a.Version != 3 {
		j.wrong(Version, "version %d, there are 2 and 3", a.Version)
		return
	}
	if a.Type != packet.Advertisement {
		j.wrong(Type, "type %d, there is only 1, an advertisement", a.Type)
	}
	switch {
	case a.extra < 0:
		j.wrong(Length, "%d octets are missing for %d addresses", -a.extra, a.Count)
	case a.extra > 0:
		j.wrong(Length, "%d octets more than %d addresses take", a.extra, a.Count)
	case a.Count == 0:
		j.wrong(Length, "no address")
	}
	if !a.Right {
		j.wrong(Checksum, "%s", a.wrongSum())
	}
	if a.Version == 2 && a.AuthType > packet.AuthAH {
		j.wrong(AuthType, "authentication type %d does not exist", a.AuthType)
	}
	if a.Interval == 0 {
		j.wrong(Interval, "an interval of 0")
	}
	if vrid, six, virtual := a.From.virtual(); virtual && (vrid != a.VRID || six != a.six()) {
		j.wrong(SourceMAC, "comes from %s, the virtual MAC address is %s", a.From, virtualMAC(a.VRID, a.six()))
	}
}

var formNames = map[packet.Sum]string{
	packet.Plain:       "without a pseudo-header",
	packet.Pseudo:      "with a pseudo-header",
	packet.PseudoGroup: "with a pseudo-header to 224.0.0.18",
}

// wrongSum says what is wrong with the checksum, and which other way of computing it would fit.
func (a *Advert) wrongSum() string {
	var right []string
	for _, f := range a.allowed() {
		right = append(right, fmt.Sprintf("%#04x %s", packet.Checksum(a.covered(), f, a.Source, a.Destination), formNames[f]))
	}
	text := fmt.Sprintf("checksum %#04x is wrong, right is %s", a.Checksum, strings.Join(right, " or "))
	for _, f := range []packet.Sum{packet.Plain, packet.Pseudo, packet.PseudoGroup} {
		if f == packet.PseudoGroup && a.six() {
			continue
		}
		if a.fits(a.covered(), f) {
			return text + "; it was computed " + formNames[f]
		}
	}
	other := a.message
	if a.Signed && a.six() {
		other = a.message[:len(a.message)-packet.LenTrailer]
	}
	if a.Signed && a.fits(other, a.allowed()[0]) {
		part := "without the trailer"
		if !a.six() {
			part = "over the trailer as well"
		}
		return text + "; it was computed " + part
	}
	return text + "; no form fits, the packet was damaged"
}

// shown is a duration as people write it.
func shown(d time.Duration) string { return d.Round(time.Millisecond).String() }

// String is the usual form.
func (m MAC) String() string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}

// virtual tells whether m is a virtual router's address (RFC 9568 section 7.3), and whose.
func (m MAC) virtual() (vrid int, six, ok bool) {
	if m[0] != 0 || m[1] != 0 || m[2] != 0x5e || m[3] != 0 || m[4] != 1 && m[4] != 2 {
		return 0, false, false
	}
	return int(m[5]), m[4] == 2, true
}

func virtualMAC(vrid int, six bool) MAC {
	m := MAC{0, 0, 0x5e, 0, 1, byte(vrid)}
	if six {
		m[4] = 2
	}
	return m
}
