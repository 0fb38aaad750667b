package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// lookup is what the entries of a line may refer to besides themselves.
type lookup struct {
	host       Host
	dynamic    bool // dynamic_interfaces: an interface may appear later
	static     bool // the line stands in a static_* block
	trackGroup func(name string) bool
}

// line reads the words of one line from left to right and collects what is wrong with them. It is
// the base of the little languages: addresses, routes, rules, track lists, group entries.
type line struct {
	words []parser.Word
	i     int // the word being read
	probs []parser.Problem
	dead  bool // the entry is lost: the rest of the line is not read
}

// more tells whether a word is left.
func (l *line) more() bool { return !l.dead && l.i < len(l.words) }

// word is the word being read.
func (l *line) word() parser.Word { return l.words[l.i] }

// hasValue tells whether another word follows the one being read.
func (l *line) hasValue() bool { return l.i+1 < len(l.words) }

// value steps to the word that follows a keyword. Where none is left keepalived stops reading
// altogether; the entry is lost and ok is false.
func (l *line) value() (parser.Word, bool) {
	keyword := l.words[min(l.i, len(l.words)-1)]
	l.i++
	if l.i < len(l.words) {
		return l.words[l.i], true
	}
	p := wordProblem(keyword, "missing-parameter", "nothing follows "+quote(keyword.Text))
	p.Severity, p.Class, p.StopsRun = parser.Error, parser.MissingParameter, true
	p.Instead, p.Cure = "nothing after this line is read", "write the value behind "+keyword.Text
	l.add(p)
	l.dead = true
	return parser.Word{}, false
}

// add records a problem.
func (l *line) add(p parser.Problem) { l.probs = append(l.probs, p) }

// warn records a problem after which the entry lives on.
func (l *line) warn(w parser.Word, id, message, instead, cure string) {
	p := wordProblem(w, id, message)
	p.Instead, p.Cure = instead, cure
	l.add(p)
}

// drop records a problem that costs the whole entry.
func (l *line) drop(w parser.Word, id, message, cure string) {
	p := wordProblem(w, id, message)
	p.Severity, p.Instead, p.Cure = parser.Error, "the line is ignored", cure
	l.add(p)
	l.dead = true
}

// needInterface looks an interface up. Only dynamic_interfaces lets a name pass that nobody has;
// without it keepalived's daemon refuses to start.
func (l *line) needInterface(in lookup, w parser.Word) bool {
	if in.dynamic {
		return true
	}
	if in.host != nil {
		if _, ok := in.host.Interface(w.Text); ok {
			return true
		}
	}
	p := wordProblem(w, "interface-unknown", "there is no interface "+quote(w.Text))
	p.Severity, p.StopsRun = parser.Error, true
	p.Instead = "the line is ignored and the daemon refuses to start"
	p.Cure = "correct the name, or set dynamic_interfaces in global_defs"
	l.add(p)
	l.dead = true
	return false
}

// wordProblem makes the usual problem: a warning that keepalived's --config-test counts as a plain
// error. The file's name is filled in by whoever knows it.
func wordProblem(w parser.Word, id, message string) parser.Problem {
	return parser.Problem{
		Pos:      parser.Pos{Line: w.Line, Col: w.Col},
		End:      wordEnd(w),
		Severity: parser.Warning,
		Class:    parser.General,
		ID:       id,
		Message:  message,
	}
}

// wordEnd is the column behind a word, its quotes included.
func wordEnd(w parser.Word) int32 {
	end := w.Col + int32(len(w.Text))
	if w.Quoted {
		end += 2
	}
	return end
}

// quote puts a word of the file into quotes for a message, cut when it is very long.
func quote(s string) string {
	if len(s) > 80 {
		s = s[:77] + "..."
	}
	return strconv.Quote(s)
}

// baseUint reads an unsigned number that may be written as 0x or with a leading 0, as strtoul does
// with base 0.
func baseUint(s string, limit uint64) (uint64, bool) {
	s = strings.TrimPrefix(strings.TrimLeft(s, " \t\n\v\f\r"), "+")
	if s == "" || s[0] < '0' || s[0] > '9' || strings.Contains(s, "_") {
		return 0, false
	}
	base := 0
	if len(s) > 1 && s[0] == '0' && s[1] != 'x' && s[1] != 'X' {
		base = 8
	}
	v, err := strconv.ParseUint(s, base, 64)
	return v, err == nil && v <= limit
}

// upTo reads a decimal number of at most limit.
func upTo(s string, limit uint64) (uint64, bool) {
	v, ok := parseUint(s)
	return v, ok && v <= limit
}

// sockAddr reads an address and drops what follows a - or a /, as keepalived does wherever it
// reads the address of a socket.
func sockAddr(s string) (netip.Addr, bool) {
	if i := strings.IndexAny(s, "-/"); i >= 0 {
		s = s[:i]
	}
	return parseIP(s)
}

// family is 4 or 6, or 0 for the zero Addr.
func family(a netip.Addr) int {
	switch {
	case !a.IsValid():
		return 0
	case a.Is4():
		return 4
	default:
		return 6
	}
}

// fullBits is the length of an address of the family.
func fullBits(a netip.Addr) int { return a.BitLen() }

// prefixed reads ADDRESS[/LEN], host bits kept. A wrong length is reported and the full length
// used; an empty one is 0. ok is false when the address itself is none.
func (l *line) prefixed(w parser.Word) (netip.Prefix, bool) {
	text, length, found := strings.Cut(w.Text, "/")
	addr, ok := parseIP(text)
	full := 32
	if strings.Contains(text, ":") {
		full = 128
	}
	bits := full
	if found {
		v, fine := upTo(length, uint64(full))
		switch {
		case length == "":
			bits = 0 // as keepalived reads it
			l.warn(w, "prefix-length-missing", "no prefix length follows the / of "+quote(w.Text), "/0 is used", fmt.Sprintf("write %s/%d", text, full))
			l.probs[len(l.probs)-1].Class = parser.Logged
		case fine:
			bits = int(v)
		default:
			l.warn(w, "prefix-length", fmt.Sprintf("prefix length %s of %s is none of 0 to %d", quote(length), text, full),
				fmt.Sprintf("/%d is used", full), lengthCure(text, length))
		}
	}
	if !ok {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(addr, bits), true
}

// lengthCure proposes the length that a dotted mask means.
func lengthCure(addr, length string) string {
	m, err := netip.ParseAddr(length)
	if err != nil || !m.Is4() {
		return ""
	}
	b := m.As4()
	v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	n := 0
	for v&0x80000000 != 0 {
		v <<= 1
		n++
	}
	if v != 0 {
		return ""
	}
	return fmt.Sprintf("write %s/%d", addr, n)
}

// nameID resolves a name or number of one of iproute2's tables. Names of the host's files come
// first, then the kernel's own.
func nameID(in lookup, table, name string, limit uint64) (uint32, bool) {
	if v, ok := baseUint(name, 1<<32-1); ok {
		return uint32(v), v <= limit
	}
	if in.host != nil {
		if v, ok := in.host.NameID(table, name); ok {
			return v, uint64(v) <= limit
		}
	}
	v, ok := kernelNames[table][name]
	return v, ok
}

// kernelNames are the names that hold without any file of iproute2's (linux/rtnetlink.h).
var kernelNames = map[string]map[string]uint32{
	"scope":    {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255},
	"table":    {"default": 253, "main": 254, "local": 255},
	"protocol": {"none": 0, "redirect": 1, "kernel": 2, "boot": 3, "static": 4, "gated": 8, "ra": 9, "mrt": 10, "zebra": 11, "bird": 12, "dnrouted": 13, "xorp": 14, "ntk": 15, "dhcp": 16, "keepalived": 18, "babel": 42},
}

// lookup is what the line at hand may refer to.
func (d *decoder) lookup() lookup {
	return lookup{
		host:       d.host,
		dynamic:    d.cfg.Global.DynamicInterfaces,
		static:     d.rule != nil && strings.HasPrefix(d.rule.spec.Name, "static_"),
		trackGroup: d.hasTrackGroup,
	}
}

// hasTrackGroup tells whether a track_group stands above.
func (d *decoder) hasTrackGroup(name string) bool {
	for i := range d.cfg.TrackGroups {
		if d.cfg.TrackGroups[i].Name == name {
			return true
		}
	}
	return false
}

// take records what a line's reader found, giving it the file at hand.
func (d *decoder) take(problems []parser.Problem) {
	for _, p := range problems {
		p.Pos.File = d.file
		d.add(p)
		if p.Class == parser.MissingParameter {
			d.stopped = true
			return
		}
	}
}
