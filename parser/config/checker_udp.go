package config

import "math"

// maxUDPReply is the longest answer that is taken where nothing is said.
const maxUDPReply = 255

// registerUDP registers UDP_CHECK.
func registerUDP(g *grammar) {
	context := rsContext + "/UDP_CHECK"
	g.block(rsContext, "UDP_CHECK", func(d *decoder) {
		d.openCheck(true)
		d.lvs.check.UDP = &UDPCheck{MaxLen: maxUDPReply}
	}, (*decoder).closeUDP)
	g.line(context, "payload", func(d *decoder) {
		if len(d.words) == 1 {
			d.dropLine("value-missing", d.words[0], "", "payload needs hexadecimal digits")
			return
		}
		if octets, _, ok := d.hexLine(false); ok {
			d.lvs.check.UDP.Payload = octets
		}
	})
	g.line(context, "require_reply", func(d *decoder) {
		u := d.lvs.check.UDP
		u.RequireReply = true
		if len(d.words) == 1 {
			return
		}
		if octets, mask, ok := d.hexLine(true); ok {
			u.Reply, u.ReplyMask = octets, mask
		}
	})
	length := func(keyword string, field func(*UDPCheck) *int) {
		g.line(context, keyword, func(d *decoder) {
			if n, ok := d.uint(1, 0, math.MaxUint16); ok {
				*field(d.lvs.check.UDP) = int(n)
			}
		})
	}
	length("min_reply_length", func(u *UDPCheck) *int { return &u.MinLen })
	length("max_reply_length", func(u *UDPCheck) *int { return &u.MaxLen })
}

// closeUDP keeps the check.
func (d *decoder) closeUDP() {
	c := &d.lvs.check
	if !d.reachable(&c.Checker) {
		return
	}
	if c.UDP.MinLen > c.UDP.MaxLen {
		d.problemAt(c.Pos, parserWord(c.Type), "reply-length", "min_reply_length %d is above max_reply_length %d", c.UDP.MinLen, c.UDP.MaxLen).
			Instead = "the check always fails"
	}
	d.keepCheck()
}

// hexLine reads the words behind the keyword as octets of one or two hexadecimal digits, blanks
// between them allowed. With wildcards X stands for any digit; mask has ones where the digit
// counts, and is nil when all do.
func (d *decoder) hexLine(wildcards bool) (octets, mask []byte, ok bool) {
	some := false
	for _, w := range d.words[1:] {
		for i := 0; i < len(w.Text); i++ {
			if isBlank(w.Text[i]) {
				continue
			}
			v, m, fine := hexDigit(w.Text[i], wildcards)
			if i+1 < len(w.Text) && !isBlank(w.Text[i+1]) && fine {
				i++
				low, lowMask, lowFine := hexDigit(w.Text[i], wildcards)
				v, m, fine = v<<4|low, m<<4|lowMask, lowFine
			} else {
				m |= 0xf0 // a single digit is the lower half, the upper one is 0
			}
			if !fine {
				d.dropLine("hex", w, "", "%s %s: %s is no hexadecimal digit", d.words[0].Text, quote(w.Text), quote(w.Text[i:i+1]))
				return nil, nil, false
			}
			octets, mask, some = append(octets, v), append(mask, m), some || m != 0xff
		}
	}
	if !some {
		mask = nil
	}
	return octets, mask, len(octets) > 0
}

// hexDigit reads a digit, or with wildcards an X; mask tells which of its bits count.
func hexDigit(c byte, wildcards bool) (v, mask byte, ok bool) {
	switch {
	case isHex(c):
		return hexValue(c), 0xf, true
	case wildcards && (c == 'x' || c == 'X'):
		return 0, 0, true
	}
	return 0, 0, false
}
