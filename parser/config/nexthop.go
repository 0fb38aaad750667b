package config

import (
	"fmt"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// nexthops reads nexthop ... nexthop .... What is wrong with one ends the reading: keepalived keeps
// the route with the hops before it.
func (l *routeLine) nexthops() {
	for l.i < len(l.words) && l.words[l.i].Text == "nexthop" {
		l.i++
		hop := NextHop{}
		ended := false
		for ; l.i < len(l.words) && !ended; l.i++ {
			before := len(l.probs)
			ended = l.hopOption(&hop)
			if l.dead {
				l.reviveRoute(before)
				return
			}
		}
		if ended {
			l.i--
		}
		l.r.NextHops = append(l.r.NextHops, hop)
	}
	if l.i < len(l.words) {
		w := l.words[l.i]
		l.warn(w, "route-word", quote(w.Text)+" is no word of a next hop", "the rest of the line is ignored", "write via, dev, weight, onlink, encap, realms or nexthop")
	}
}

// reviveRoute turns the loss of a next hop into the loss of that hop alone; a missing value stays
// what it is.
func (l *routeLine) reviveRoute(from int) {
	for i := from; i < len(l.probs); i++ {
		p := &l.probs[i]
		if p.Class == parser.MissingParameter {
			return
		}
		p.Instead = strings.Replace(p.Instead, "the line is", "the next hop is", 1)
	}
	l.dead = false
}

// hopOption reads a word of a next hop; it tells whether the word belongs to the next one.
func (l *routeLine) hopOption(hop *NextHop) (ended bool) {
	switch w := l.word(); w.Text {
	case "via":
		l.hopVia(hop)
	case "dev":
		if v, ok := l.value(); ok && l.needInterface(l.in, v) {
			hop.Dev = v.Text
		}
	case "weight":
		v, ok := l.value()
		if !ok {
			return false
		}
		n, fine := upTo(v.Text, 256)
		if !fine || n == 0 {
			l.drop(v, "nexthop-weight", "weight "+quote(v.Text)+" of a next hop is none of 1 to 256", "")
			return false
		}
		hop.Weight = int(n)
	case "onlink":
		hop.OnLink = true
	case "encap":
		if o, ok := l.encap(); ok {
			hop.Options = append(hop.Options, o)
		}
	case "realms":
		v, ok := l.value()
		numbers, fine := realms(l.in, v.Text)
		switch {
		case !ok:
		case !fine:
			l.drop(v, "route-value", "realms "+quote(v.Text)+" is unknown", "[FROM/]TO, numbers from 0 to 255 or names that iproute2 knows")
		case l.sameFamily(v, 4):
			hop.Options = append(hop.Options, Option{Name: "realms", Value: numbers})
		}
	case "as":
		l.drop(w, "route-as", "as: next hops do not translate addresses", "leave it out")
	default:
		return true
	}
	return false
}

// hopVia reads [inet|inet6] ADDRESS.
func (l *routeLine) hopVia(hop *NextHop) {
	if l.hasValue() && (l.words[l.i+1].Text == "inet" || l.words[l.i+1].Text == "inet6") {
		l.i++
		if !l.sameFamily(l.word(), familyOf(l.word().Text)) {
			return
		}
	}
	if v, a, ok := l.address("nexthop via"); ok && l.sameFamily(v, family(a)) {
		hop.Via = a
	}
}

// encap reads TYPE and its words behind encap; the option's value is what was understood, words
// parted by blanks. A bad encapsulation is reported and left out, and the route lives on.
func (l *routeLine) encap() (Option, bool) {
	if !l.hasValue() {
		l.warn(l.word(), "encap-type", "encap names no type", "there is no encapsulation", "write ip, ip6, mpls or ila")
		return Option{}, false
	}
	l.i++
	switch w := l.word(); w.Text {
	case "ip", "ip6":
		return l.encapIP(w)
	case "mpls", "ila":
		return l.encapLabel(w)
	default:
		l.warn(w, "encap-type", quote(w.Text)+" is no type of encapsulation", "there is none", "write ip, ip6, mpls or ila")
		l.i++ // keepalived passes over the word behind it as well
		return Option{}, false
	}
}

// encapIP reads the pairs of words of an IP encapsulation; l.i ends on the last word that belongs
// to it.
func (l *routeLine) encapIP(kind parser.Word) (Option, bool) {
	parts, enough := []string{kind.Text}, false
	for l.i+2 < len(l.words) {
		w, v := l.words[l.i+1], l.words[l.i+2]
		value, known, fine := l.encapPair(kind.Text, w.Text, v.Text)
		if !known {
			break
		}
		if !fine {
			l.warn(v, "encap-value", fmt.Sprintf("%s %s does not fit an encapsulation of type %s", w.Text, quote(v.Text), kind.Text), "there is no encapsulation", "")
			return Option{}, false
		}
		enough = enough || w.Text == "id" || w.Text == "dst"
		parts = append(parts, w.Text, value)
		l.i += 2
	}
	if !enough {
		l.warn(kind, "encap-target", "an encapsulation of type "+kind.Text+" needs dst or id", "there is no encapsulation", "write dst ADDRESS or id NUMBER")
		return Option{}, false
	}
	return Option{Name: "encap", Value: strings.Join(parts, " ")}, true
}

// encapPair checks one word of an IP encapsulation with its value, and resolves that into a number
// or an address.
func (l *routeLine) encapPair(kind, word, text string) (value string, known, fine bool) {
	six := kind == "ip6"
	var n uint64
	switch {
	case word == "id":
		n, fine = parseUint(text)
	case word == "dst" || word == "src":
		a, ok := parseIP(text)
		return a.String(), true, ok && (family(a) == 6) == six
	case word == "tos" && !six, word == "tc" && six:
		var field uint32
		field, fine = nameID(l.in, "dsfield", text, 255)
		n = uint64(field)
	case word == "ttl" && !six, word == "hoplimit" && six:
		n, fine = upTo(text, 255)
	case word == "flags":
		n, fine = upTo(text, 65535)
	default:
		return "", false, false
	}
	return fmt.Sprint(n), true, fine
}

// encapLabel reads the labels of mpls or the locator of ila.
func (l *routeLine) encapLabel(kind parser.Word) (Option, bool) {
	if !l.hasValue() {
		l.warn(kind, "encap-value", "encap "+kind.Text+" lacks its address", "there is no encapsulation", "")
		return Option{}, false
	}
	l.i++
	w := l.word()
	fine := kind.Text == "mpls" && mplsOK(w.Text) || kind.Text == "ila" && locatorOK(w.Text)
	if !fine {
		l.warn(w, "encap-value", fmt.Sprintf("%s is no address of type %s", quote(w.Text), kind.Text), "there is no encapsulation", "")
		return Option{}, false
	}
	return Option{Name: "encap", Value: kind.Text + " " + w.Text}, true
}

// mplsOK tells whether s is a stack of MPLS labels, parted by slashes.
func mplsOK(s string) bool {
	labels := strings.Split(s, "/")
	for _, v := range labels {
		if _, ok := baseUint(v, 1<<20-1); !ok {
			return false
		}
	}
	return len(labels) <= maxMPLSLabels
}

// locatorOK tells whether s is an ILA locator: four groups of hexadecimal digits.
func locatorOK(s string) bool {
	groups := strings.Split(s, ":")
	for _, v := range groups {
		if v == "" || len(v) > 4 {
			return false
		}
		for i := 0; i < len(v); i++ {
			if !isHex(v[i]) {
				return false
			}
		}
	}
	return len(groups) == 4
}
