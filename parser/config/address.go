package config

import (
	"fmt"
	"net/netip"

	"github.com/holdfast-ha/holdfast/parser"
)

// maxLabel is the longest address label the kernel takes (IFNAMSIZ less the closing zero).
const maxLabel = 15

// forever is an address lifetime without end.
const forever = 0xffffffff

// addressLine reads one address-entry.
type addressLine struct {
	line
	in         lookup
	a          Address
	broadcast  parser.Word
	brdSet     bool
	scopeGiven parser.Word
	labelGiven parser.Word
}

// parseAddress reads an address-entry: ADDRESS[/LEN] and its words. ok is false when keepalived
// loses the whole entry. Whether the interface named by dev exists the caller sees.
func parseAddress(words []parser.Word, in lookup) (a Address, ok bool, probs []parser.Problem) {
	l := &addressLine{line: line{words: words}, in: in}
	if len(words) == 0 {
		return Address{}, false, nil
	}
	first := words[0]
	l.a.Pos = parser.Pos{Line: first.Line, Col: first.Col}
	prefix, good := l.prefixed(first)
	if !good {
		l.drop(first, "address-invalid", quote(first.Text)+" is no IP address", "host names are not resolved here: write the address")
		return l.a, false, l.probs
	}
	l.a.Prefix = prefix
	for l.i = 1; l.more(); l.i++ {
		l.option()
	}
	if !l.dead {
		l.finish()
	}
	return l.a, !l.dead, l.probs
}

// option reads one keyword with its value.
func (l *addressLine) option() {
	switch l.word().Text {
	case "dev":
		l.dev()
	case "scope":
		if w, ok := l.needValue(); ok {
			l.scope(w)
		}
	case "broadcast", "brd":
		if w, ok := l.needValue(); ok {
			l.setBroadcast(w)
		}
	case "label":
		if w, ok := l.needValue(); ok {
			l.label(w)
		}
	case "peer":
		if w, ok := l.needValue(); ok {
			l.peer(w)
		}
	case "preferred_lft":
		if w, ok := l.needValue(); ok {
			l.lifetime(w)
		}
	case "home":
		l.a.Home = true
	case "-nodad":
		l.a.DAD = true
	case "mngtmpaddr":
		l.a.MngTmpAddr = true
	case "noprefixroute":
		l.a.NoPrefixRte = true
	case "autojoin":
		l.a.AutoJoin = true
	case "no_track":
		l.a.NoTrack = true
	default:
		l.rest()
	}
}

// rest reads the words that only static or only virtual addresses know.
func (l *addressLine) rest() {
	w := l.word()
	switch {
	case l.in.static && w.Text == "track_group":
		if v, ok := l.needValue(); ok {
			l.a.TrackGroup = l.group(l.in, v, l.a.TrackGroup)
		}
	case !l.in.static && w.Text == "use_vmac":
		l.a.UseVMAC = true
	default:
		cure := "every address stands on a line of its own"
		if _, ok := parseIP(w.Text); !ok {
			cure = ""
		}
		l.warn(w, "address-word", quote(w.Text)+" is no word of an address line", "it is ignored", cure)
	}
}

// group looks a track_group up; only the first one on a line counts.
func (l *line) group(in lookup, w parser.Word, old string) string {
	switch {
	case old != "":
		l.warn(w, "track-group-twice", "track_group "+quote(w.Text)+" follows track_group "+quote(old), quote(old)+" is kept", "")
		return old
	case in.trackGroup == nil || !in.trackGroup(w.Text):
		l.warn(w, "track-group-unknown", "there is no track_group "+quote(w.Text)+" above this line", "no group is followed", "define the track_group before this block")
		return ""
	}
	return w.Text
}

// needValue steps to a keyword's value. Unlike other lines, an address whose last keyword lacks it
// is dropped without stopping the reading of the file.
func (l *addressLine) needValue() (parser.Word, bool) {
	if l.hasValue() {
		l.i++
		return l.word(), true
	}
	w := l.word()
	l.drop(w, "address-value", "nothing follows "+quote(w.Text), "write the value behind "+w.Text)
	return parser.Word{}, false
}

func (l *addressLine) dev() {
	w, ok := l.needValue()
	switch {
	case !ok:
	case l.a.DevSet:
		l.drop(w, "address-dev-twice", "dev "+quote(w.Text)+" follows dev "+quote(l.a.Dev), "name one interface")
	default:
		l.a.Dev, l.a.DevSet = w.Text, true
	}
}

func (l *addressLine) scope(w parser.Word) {
	v, ok := nameID(l.in, "scope", w.Text, 255)
	if !ok {
		l.warn(w, "address-scope", "scope "+quote(w.Text)+" is unknown", "scope global is used", "write global, site, link, host, nowhere or 0 to 255")
		return
	}
	l.a.Scope, l.scopeGiven = uint8(v), w
}

func (l *addressLine) setBroadcast(w parser.Word) {
	if family(l.a.Prefix.Addr()) == 6 {
		l.drop(w, "address-broadcast-v6", "an IPv6 address has no broadcast address", "leave the word out")
		return
	}
	l.broadcast, l.brdSet = w, true
	if w.Text == "+" || w.Text == "-" {
		l.a.BroadcastAll = w.Text
		return
	}
	a, ok := parseIP(w.Text)
	if !ok || !a.Is4() {
		l.drop(w, "address-broadcast", quote(w.Text)+" is no IPv4 broadcast address", "write an IPv4 address, + or -")
		return
	}
	l.a.Broadcast, l.a.BroadcastAll = a, ""
}

func (l *addressLine) label(w parser.Word) {
	if len(w.Text) > maxLabel {
		l.drop(w, "address-label-long", fmt.Sprintf("label %s has %d characters, the kernel takes %d", quote(w.Text), len(w.Text), maxLabel), "shorten the label: without it the address would be lost")
		return
	}
	l.a.Label, l.labelGiven = w.Text, w
}

func (l *addressLine) peer(w parser.Word) {
	if l.a.Peer.IsValid() {
		l.warn(w, "address-peer-twice", "peer "+quote(w.Text)+" follows peer "+l.a.Peer.Addr().String(), "the first is kept", "")
		return
	}
	p, ok := parseIP(w.Text)
	addr := l.a.Prefix.Addr()
	switch {
	case !ok:
		l.warn(w, "address-peer", "peer "+quote(w.Text)+" is no IP address", "it is ignored", "write an address without a prefix length")
	case family(p) != family(addr):
		l.warn(w, "address-peer-family", fmt.Sprintf("peer %s is not of the family of %s", p, addr), "it is ignored", "")
	default:
		if l.a.Prefix.Bits() != fullBits(addr) {
			l.warn(w, "address-peer-length", fmt.Sprintf("prefix length /%d is not allowed beside a peer", l.a.Prefix.Bits()), "it is ignored", "write "+addr.String())
		}
		l.a.Peer = netip.PrefixFrom(p, fullBits(p))
		l.a.Prefix = netip.PrefixFrom(addr, fullBits(p))
	}
}

func (l *addressLine) lifetime(w parser.Word) {
	if w.Text == "forever" {
		l.a.PreferredLft, l.a.PreferredSet = forever, true
		return
	}
	v, ok := upTo(w.Text, 1<<32-1)
	if !ok {
		l.warn(w, "address-lifetime", "preferred_lft "+quote(w.Text)+" is no number of seconds", "it is ignored", "write 0 to 4294967295, or forever")
		return
	}
	l.a.PreferredLft, l.a.PreferredSet = uint32(v), true
}

// finish settles what depends on several words.
func (l *addressLine) finish() {
	l.finishBroadcast()
	if family(l.a.Prefix.Addr()) == 6 {
		if l.a.Scope != 0 {
			l.warn(l.scopeGiven, "address-scope-v6", "an IPv6 address takes no scope", "it is ignored", "leave the word out")
			l.a.Scope = 0
		}
		if l.a.Label != "" {
			l.warn(l.labelGiven, "address-label-v6", "an IPv6 address takes no label", "it is ignored", "leave the word out")
			l.a.Label = ""
		}
	}
}

// finishBroadcast computes what + and - stand for.
func (l *addressLine) finishBroadcast() {
	bits := l.a.Prefix.Bits()
	switch {
	case !l.brdSet:
	case l.a.Peer.IsValid():
		l.warn(l.broadcast, "address-broadcast-peer", "broadcast and peer exclude each other", "broadcast is ignored", "")
		l.a.Broadcast, l.a.BroadcastAll = netip.Addr{}, ""
	case l.a.BroadcastAll == "":
	case bits > 30:
		l.warn(l.broadcast, "address-broadcast-length", fmt.Sprintf("a /%d has no broadcast address", bits), "none is set", "")
		l.a.BroadcastAll = ""
	default:
		b := l.a.Prefix.Addr().As4()
		for i := range b {
			host := ^hostMask(bits, i)
			if l.a.BroadcastAll == "+" {
				b[i] |= ^host
			} else {
				b[i] &= host
			}
		}
		l.a.Broadcast = netip.AddrFrom4(b)
	}
}

// hostMask is the byte i of the host part of an IPv4 prefix length.
func hostMask(bits, i int) byte {
	switch n := bits - 8*i; {
	case n >= 8:
		return 0
	case n <= 0:
		return 0xff
	default:
		return 0xff >> n
	}
}

// addressEntry reads the statement at hand as an address-entry: d.words[0] is the address. ok is
// false when the entry is dropped; why has been reported then. The interface named by dev is not
// looked up here: the caller resolves Dev and checks that it exists.
func (d *decoder) addressEntry() (a Address, ok bool) {
	a, ok, problems := parseAddress(d.words, d.lookup())
	a.Pos.File = d.file
	d.take(problems)
	return a, ok
}

// unicastPeerEntry reads the statement at hand as a line of unicast_peer; see parseUnicastPeer.
func (d *decoder) unicastPeerEntry() (p UnicastPeer, limited, ok bool) {
	p, limited, ok, problems := parseUnicastPeer(d.words)
	d.take(problems)
	return p, limited, ok
}

// parseUnicastPeer reads a line of unicast_peer: ADDRESS [min_ttl N] [max_ttl N]. limited tells
// that a limit was given, which turns check_unicast_src on. Whether the family fits and whether
// the peer is there already the caller sees.
func parseUnicastPeer(words []parser.Word) (p UnicastPeer, limited, ok bool, probs []parser.Problem) {
	l := &line{words: words}
	p.MinTTL, p.MaxTTL = -1, -1
	if len(words) == 0 {
		return p, false, false, nil
	}
	first := words[0]
	addr, good := sockAddr(first.Text)
	if !good {
		l.drop(first, "unicast-peer-address", quote(first.Text)+" is no IP address", "host names are not resolved here: write the address")
		return p, false, false, l.probs
	}
	p.Addr = addr
	for i := 1; i < len(words); i += 2 {
		if i+1 >= len(words) {
			l.warn(words[i], "unicast-peer-value", "nothing follows "+quote(words[i].Text), "it is ignored", "write a number from 0 to 255 behind it")
			break
		}
		v, fine := upTo(words[i+1].Text, 255)
		if !fine {
			l.warn(words[i+1], "unicast-peer-ttl", words[i].Text+" "+quote(words[i+1].Text)+" is none of 0 to 255", "it is ignored", "")
			continue
		}
		switch words[i].Text {
		case "min_ttl":
			p.MinTTL = int(v)
		case "max_ttl":
			p.MaxTTL = int(v)
		default:
			l.warn(words[i], "unicast-peer-word", quote(words[i].Text)+" is no word of a unicast_peer line", "the rest of the line is ignored", "write min_ttl or max_ttl")
			return p, limited, true, l.probs
		}
		limited = true
	}
	if p.MaxTTL >= 0 && p.MinTTL > p.MaxTTL {
		l.warn(first, "unicast-peer-ttl-order", fmt.Sprintf("min_ttl %d is above max_ttl %d", p.MinTTL, p.MaxTTL), "every packet of this peer is dropped", "exchange the two")
	}
	return p, limited, true, l.probs
}

// BroadcastAddr is the broadcast address of an entry: the written one, or the network's with all host
// bits set ("+") or cleared ("-").
func (a *Address) BroadcastAddr() netip.Addr {
	if a.BroadcastAll == "" || !a.Prefix.Addr().Is4() {
		return a.Broadcast
	}
	network := a.Prefix.Masked().Addr().As4()
	if a.BroadcastAll == "+" {
		for bit := a.Prefix.Bits(); bit < 32; bit++ {
			network[bit/8] |= 0x80 >> (bit % 8)
		}
	}
	return netip.AddrFrom4(network)
}
