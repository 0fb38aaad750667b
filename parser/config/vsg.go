package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// parseGroupEntry reads a line of a virtual_server_group: fwmark MARK [inet|inet6], or an address,
// a range or a block of addresses with an optional port. ok is false when the line is dropped.
func parseGroupEntry(words []parser.Word) (e GroupEntry, ok bool, probs []parser.Problem) {
	l := &line{words: words}
	first := words[0]
	e.Pos = parser.Pos{Line: first.Line, Col: first.Col}
	if first.Text == "fwmark" {
		e = l.groupMark(e)
		return e, !l.dead, l.probs
	}
	if len(words) > 1 {
		e.Port = l.groupPort(words[1])
		if l.dead {
			return e, false, l.probs
		}
	}
	addr, good := sockAddr(first.Text)
	if !good {
		l.drop(first, "group-address", quote(first.Text)+" is no IP address, range or block", "write for example 192.0.2.1, 192.0.2.1-20, 192.0.2.1-192.0.2.20 or 192.0.2.0/28")
		return e, false, l.probs
	}
	e.First, e.Last = addr, addr
	switch {
	case strings.Contains(first.Text, "/"):
		l.groupBlock(first, &e)
	case strings.Contains(first.Text, "-"):
		l.groupRange(first, &e)
	}
	return e, !l.dead, l.probs
}

// groupMark reads fwmark MARK [inet|inet6].
func (l *line) groupMark(e GroupEntry) GroupEntry {
	w, ok := l.value()
	if !ok {
		return e
	}
	v, ok := upTo(w.Text, 1<<32-1)
	if !ok {
		l.drop(w, "group-fwmark", "fwmark "+quote(w.Text)+" is none of 0 to 4294967295", "write a decimal number")
		return e
	}
	e.FWMark = uint32(v)
	if len(l.words) < 3 {
		return e
	}
	switch l.words[2].Text {
	case "inet":
		e.Family = 4
	case "inet6":
		e.Family = 6
	default:
		l.drop(l.words[2], "group-fwmark-family", quote(l.words[2].Text)+" is no address family", "write inet or inet6")
	}
	return e
}

// groupPort reads the port; a word of zeros means none.
func (l *line) groupPort(w parser.Word) uint16 {
	if strings.Trim(w.Text, "0") == "" {
		return 0
	}
	v, ok := upTo(w.Text, 65535)
	if !ok || v == 0 {
		l.drop(w, "port-range", "port "+quote(w.Text)+" is none of 1 to 65535", "ports are numbers here, service names are not looked up")
	}
	return uint16(v)
}

// groupBlock reads ADDRESS/LEN: every address of the block. Host bits must be zero.
func (l *line) groupBlock(w parser.Word, e *GroupEntry) {
	_, length, _ := strings.Cut(w.Text, "/")
	full := e.First.BitLen()
	v, ok := upTo(length, uint64(full))
	if !ok || v == 0 {
		l.drop(w, "group-mask", fmt.Sprintf("prefix length %s is none of 1 to %d", quote(length), full), lengthCure(e.First.String(), length))
		return
	}
	p := netip.PrefixFrom(e.First, int(v))
	if p.Masked().Addr() != e.First {
		l.drop(w, "group-mask-bits", fmt.Sprintf("%s has host bits set", w.Text), "write "+p.Masked().String())
		return
	}
	e.Last = lastAddr(p)
}

// lastAddr is the highest address of a prefix.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().As16()
	skip := 128 - p.Addr().BitLen()
	for i := skip + p.Bits(); i < 128; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	last := netip.AddrFrom16(b)
	if p.Addr().Is4() {
		return last.Unmap()
	}
	return last
}

// groupRange reads ADDRESS-ADDRESS or ADDRESS-N, N being the last part of the last address:
// decimal for IPv4, hexadecimal for IPv6.
func (l *line) groupRange(w parser.Word, e *GroupEntry) {
	_, end, _ := strings.Cut(w.Text, "-")
	separator := "."
	if !e.First.Is4() {
		separator = ":"
	}
	if !strings.Contains(end, separator) {
		l.groupShortRange(w, end, e)
		return
	}
	last, ok := sockAddr(end)
	switch {
	case !ok || last.BitLen() != e.First.BitLen():
		l.drop(w, "group-range-end", quote(end)+" cannot end a range that starts at "+e.First.String(), "an address of the same family")
	case last.Less(e.First):
		l.drop(w, "group-range-order", fmt.Sprintf("the range %s ends before it starts", w.Text), "exchange the two addresses")
	default:
		e.Last = last
	}
}

// groupShortRange reads the N of ADDRESS-N.
func (l *line) groupShortRange(w parser.Word, end string, e *GroupEntry) {
	base, limit := 10, uint64(255)
	if !e.First.Is4() {
		base, limit = 16, 0xffff
	}
	v, err := strconv.ParseUint(end, base, 64)
	if err != nil || v > limit {
		l.drop(w, "group-range-end", fmt.Sprintf("range end %s is none of 0 to %s", quote(end), strconv.FormatUint(limit, base)), "the end replaces the last part of the address")
		return
	}
	b := e.First.As16()
	start := uint64(b[15])
	b[15] = byte(v)
	if !e.First.Is4() {
		start |= uint64(b[14]) << 8
		b[14] = byte(v >> 8)
	}
	if start >= v {
		l.drop(w, "group-range-order", fmt.Sprintf("the range %s does not end behind its start", w.Text), "the end must be larger than the last part of the address")
		return
	}
	e.Last = netip.AddrFrom16(b)
	if e.First.Is4() {
		e.Last = e.Last.Unmap()
	}
}
