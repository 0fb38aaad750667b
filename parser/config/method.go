package config

import (
	"fmt"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// parseMethod reads the words behind lb_kind, lvs_method or sorry_server_lvs_method: NAT, DR, or
// TUN with the options of its tunnel. old is the method in force before. An unknown method leaves
// it and ok is false; a bad tunnel option leaves old's tunnel, but the forwarding method counts.
func parseMethod(words []parser.Word, old Method) (m Method, ok bool, probs []parser.Problem) {
	l := &methodLine{line: line{words: words}, tunnel: "ipip", checksum: ""}
	if len(words) < 2 {
		l.value()
		return old, false, l.probs
	}
	m = old
	switch words[1].Text {
	case "NAT":
		m.Forward = NAT
	case "DR":
		m.Forward = DR
	case "TUN":
		m.Forward = TUN
	default:
		l.warn(words[1], "forwarding-method", quote(words[1].Text)+" is no forwarding method", "it is ignored", methodCure(words[1].Text))
		return old, false, l.probs
	}
	for l.i = 2; l.more(); l.i++ {
		l.option()
	}
	if !l.dead && l.fits() {
		m.Tunnel, m.Port, m.Checksum = l.tunnel, l.port, l.checksum
	}
	return m, true, l.probs
}

// methodCure names what may be written, or the same word in upper case.
func methodCure(s string) string {
	switch s {
	case "nat", "Nat", "dr", "Dr", "tun", "Tun":
		return "the name is written in upper case"
	}
	return "NAT, DR or TUN"
}

// methodLine reads the options of a tunnel.
type methodLine struct {
	line
	tunnel   string
	port     uint16
	checksum string
}

// option reads one option.
func (l *methodLine) option() {
	w := l.word()
	switch w.Text {
	case "type":
		if v, ok := l.need(w, "write ipip, gue or gre"); ok {
			l.kind(v)
		}
	case "port":
		if v, ok := l.need(w, "a port from 1 to 65535"); ok {
			l.tunnelPort(v)
		}
	case "nocsum", "csum", "remcsum":
		l.checksum = strings.Clone(w.Text) // the file's own text need not live on
	default:
		l.giveUp(w, "tunnel-option", quote(w.Text)+" is no option of a tunnel", "write type, port, nocsum, csum or remcsum")
	}
}

// need steps to an option's value.
func (l *methodLine) need(w parser.Word, allowed string) (parser.Word, bool) {
	if !l.hasValue() {
		l.giveUp(w, "tunnel-value", "nothing follows "+quote(w.Text), "write "+allowed+" behind it")
		return parser.Word{}, false
	}
	l.i++
	return l.word(), true
}

func (l *methodLine) kind(w parser.Word) {
	switch w.Text {
	case "ipip", "gue", "gre":
		l.tunnel = strings.Clone(w.Text)
	default:
		l.giveUp(w, "tunnel-type", quote(w.Text)+" is no type of tunnel", "write ipip, gue or gre")
	}
}

func (l *methodLine) tunnelPort(w parser.Word) {
	v, ok := upTo(w.Text, 65535)
	if !ok || v == 0 {
		l.giveUp(w, "tunnel-port", "port "+quote(w.Text)+" of a gue tunnel is none of 1 to 65535", "")
		return
	}
	l.port = uint16(v)
}

// giveUp reports an option after which all options of the tunnel are ignored.
func (l *methodLine) giveUp(w parser.Word, id, message, cure string) {
	l.warn(w, id, message, "all options of the tunnel are ignored", cure)
	l.dead = true
}

// fits tells whether the options go together.
func (l *methodLine) fits() bool {
	last := l.words[len(l.words)-1]
	switch {
	case l.tunnel == "gue" && l.port == 0:
		l.giveUp(last, "tunnel-port-missing", "a gue tunnel needs a port", "write type gue port NUMBER")
	case l.tunnel != "gue" && l.port != 0:
		l.giveUp(last, "tunnel-port-excess", fmt.Sprintf("a tunnel of type %s takes no port", l.tunnel), "leave the port out, or write type gue")
	case l.tunnel == "ipip" && l.checksum != "" && l.checksum != "nocsum":
		l.giveUp(last, "tunnel-checksum", "an ipip tunnel takes no checksum option", "leave "+l.checksum+" out")
	case l.tunnel == "gre" && l.checksum == "remcsum":
		l.giveUp(last, "tunnel-checksum", "a gre tunnel takes no remote checksum", "write nocsum or csum")
	}
	return !l.dead
}

// settled is the method as it works: only a tunnel has a tunnel's options.
func (m Method) settled() Method {
	if m.Forward != TUN {
		return Method{Forward: m.Forward}
	}
	if m.Tunnel == "" {
		m.Tunnel = "ipip"
	}
	return m
}
