package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// Numbers of linux/rtnetlink.h.
const (
	tableMain     = 254
	protoOwn      = 18 // RTPROT_KEEPALIVED: marks what is ours in the kernel's tables
	maxMPLSLabels = 16
)

// routeTypes are the types of routes.
var routeTypes = map[string]string{
	"unicast": "unicast", "local": "local", "broadcast": "broadcast", "brd": "broadcast", "anycast": "anycast",
	"multicast": "multicast", "blackhole": "blackhole", "unreachable": "unreachable", "prohibit": "prohibit",
	"throw": "throw", "nat": "nat", "xresolve": "xresolve",
}

// routeTypeNumbers gives the types by their kernel number (RTN_*).
var routeTypeNumbers = [...]string{"unspec", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat", "xresolve"}

// routeNumbers are the words that take a plain number, with the largest one.
var routeNumbers = map[string]uint64{
	"hoplimit": 255, "window": 1<<32 - 1, "initcwnd": 1<<32 - 1, "initrwnd": 1<<32 - 1,
	"quickack": 1, "fastopen_no_cookie": 1,
}

// routeLocked are the words whose value may be preceded by lock; the number is the largest value,
// 0 for words that take something else.
var routeLocked = map[string]uint64{
	"mtu": 1<<32 - 1, "advmss": 1<<32 - 1, "cwnd": 1<<32 - 1, "ssthresh": 1<<32 - 1, "reordering": 1<<32 - 1,
	"rtt": 0, "rttvar": 0, "rto_min": 0, "congctl": 0,
}

// routeLine reads one route-entry.
type routeLine struct {
	line
	in       lookup
	r        Route
	dstGiven bool
	protocol string
	hops     bool // nexthop ended the words of the route itself
}

// routeEntry reads the statement at hand as a route-entry; d.words holds the whole entry. ok is
// false when it is dropped.
func (d *decoder) routeEntry() (r Route, ok bool) {
	r, ok, problems := parseRoute(d.words, d.lookup())
	r.Pos.File = d.file
	d.take(problems)
	return r, ok
}

// parseRoute reads a route-entry with iproute2's words. ok is false when keepalived drops it.
func parseRoute(words []parser.Word, in lookup) (r Route, ok bool, probs []parser.Problem) {
	l := &routeLine{line: line{words: words}, in: in}
	l.r = Route{Pos: parser.Pos{Line: words[0].Line, Col: words[0].Col}, Table: tableMain, Scope: -1}
	for _, w := range words {
		l.r.Words = append(l.r.Words, w.Text)
	}
	for l.i = 0; l.more() && !l.hops; l.i++ {
		l.option()
	}
	if l.hops && !l.dead {
		l.i--
		l.nexthops()
	}
	if !l.dead {
		l.finish()
	}
	return l.r, !l.dead, l.probs
}

// option reads one keyword with its value.
func (l *routeLine) option() {
	switch w := l.word(); w.Text {
	case "inet", "inet6":
		l.familyWord(w)
	case "src":
		if v, a, ok := l.address("src"); ok && l.sameFamily(v, family(a)) {
			l.r.Src = a
		}
	case "via", "gw":
		l.via(w)
	case "or":
		l.or(w)
	case "from":
		l.from()
	case "dev", "oif":
		if v, ok := l.value(); ok && l.needInterface(l.in, v) {
			l.r.Dev = v.Text
		}
	case "table", "scope", "tos", "dsfield", "protocol", "metric", "priority", "preference", "realms":
		l.number(w)
	case "onlink":
		l.r.OnLink = true
	case "add", "prepend", "append":
		l.r.Options = append(slices.DeleteFunc(l.r.Options, isPlacement), Option{Name: w.Text})
	case "no_track":
		l.r.NoTrack = true
	case "nexthop":
		l.nexthopStart(w)
	default:
		l.rare(w)
	}
}

// isPlacement tells whether an option says how the route is put beside others.
func isPlacement(o Option) bool {
	return o.Name == "add" || o.Name == "prepend" || o.Name == "append"
}

// rare reads the words that few routes have.
func (l *routeLine) rare(w parser.Word) {
	if limit, ok := routeNumbers[w.Text]; ok {
		if v, ok := l.value(); ok {
			l.plainNumber(w, v, limit, false)
		}
		return
	}
	if limit, ok := routeLocked[w.Text]; ok {
		l.locked(w, limit)
		return
	}
	switch {
	case w.Text == "as":
		l.as(w)
	case w.Text == "encap":
		if o, ok := l.encap(); ok {
			l.r.Options = append(l.r.Options, o)
		}
	case w.Text == "expires" || w.Text == "pref":
		l.onlyV6(w)
	case w.Text == "features":
		if v, ok := l.value(); ok {
			l.choice(w, v, "ecn")
		}
	case w.Text == "ttl-propagate":
		if v, ok := l.value(); ok {
			l.choice(w, v, "enabled", "disabled")
		}
	case w.Text == "vrf":
		l.vrf()
	case l.in.static && w.Text == "track_group":
		if v, ok := l.value(); ok {
			l.r.TrackGroup = l.group(l.in, v, l.r.TrackGroup)
		}
	default:
		l.destination()
	}
}

// familyWord reads inet and inet6, whose handling in keepalived eats the next word as well.
func (l *routeLine) familyWord(w parser.Word) {
	if !l.sameFamily(w, familyOf(w.Text)) {
		return
	}
	l.i++
	if l.i < len(l.words) {
		v := l.words[l.i]
		l.warn(v, "route-family-swallows", fmt.Sprintf("%s makes keepalived skip the word behind it: %s", w.Text, quote(v.Text)), "the word is skipped here as well", "leave "+w.Text+" out: the family is seen from the addresses")
		l.probs[len(l.probs)-1].Class = parser.Logged
	}
}

// familyOf is the family of inet or inet6.
func familyOf(s string) int {
	if s == "inet6" {
		return 6
	}
	return 4
}

// sameFamily settles the family of the entry, or drops the entry when it is another one.
func (l *routeLine) sameFamily(w parser.Word, f int) bool {
	switch {
	case l.r.Family == 0:
		l.r.Family = f
	case l.r.Family != f:
		l.drop(w, "route-family", fmt.Sprintf("%s is not of the route's family, IPv%d", quote(w.Text), l.r.Family), "keep IPv4 and IPv6 apart; put default in front of the addresses")
		return false
	}
	return true
}

// address steps to an address.
func (l *line) address(what string) (parser.Word, netip.Addr, bool) {
	w, ok := l.value()
	if !ok {
		return w, netip.Addr{}, false
	}
	a, ok := parseIP(w.Text)
	if !ok {
		l.drop(w, "address-invalid", fmt.Sprintf("%s %s is no IP address", what, quote(w.Text)), "write an address without a prefix length")
		return w, netip.Addr{}, false
	}
	return w, a, true
}

// via reads [inet|inet6] ADDRESS.
func (l *routeLine) via(w parser.Word) {
	if w.Text == "gw" {
		l.warn(w, "route-gw", "gw is deprecated", "it is taken as via", "write via")
	}
	if l.hasValue() && (l.words[l.i+1].Text == "inet" || l.words[l.i+1].Text == "inet6") {
		l.i++
		if !l.sameFamily(l.word(), familyOf(l.word().Text)) {
			return
		}
	}
	if v, a, ok := l.address("via"); ok && l.sameFamily(v, family(a)) {
		l.r.Via = a
	}
}

// or reads the second gateway of old configurations.
func (l *routeLine) or(w parser.Word) {
	l.warn(w, "route-or", "or is deprecated", "it is taken as a second next hop", "write nexthop via ADDRESS for each gateway")
	if len(l.r.NextHops) > 0 {
		l.i++ // the address goes unread
		return
	}
	if _, a, ok := l.address("or"); ok {
		l.r.Via2 = a
		l.r.NextHops = []NextHop{{Via: l.r.Via}, {Via: a}}
		l.r.Via = netip.Addr{}
	}
}

// from reads an IPv6 source prefix.
func (l *routeLine) from() {
	w, ok := l.value()
	if !ok {
		return
	}
	p, ok := l.prefixed(w)
	switch {
	case !ok:
		l.drop(w, "address-invalid", "from "+quote(w.Text)+" is no prefix", "write ADDRESS/LENGTH")
	case family(p.Addr()) != 6:
		l.drop(w, "route-from-v4", "from "+quote(w.Text)+": only IPv6 routes have a source prefix", "use a rule, or src for the source address")
	case l.sameFamily(w, 6):
		l.r.Options = append(l.r.Options, Option{Name: "from", Value: p.String()})
	}
}

// number reads the words whose value is a number or a name of iproute2's tables.
func (l *routeLine) number(w parser.Word) {
	v, ok := l.value()
	if !ok {
		return
	}
	switch w.Text {
	case "table":
		l.r.Table, ok = nameID(l.in, "table", v.Text, 1<<32-1)
	case "scope":
		var n uint32
		if n, ok = nameID(l.in, "scope", v.Text, 255); ok {
			l.r.Scope = int(n)
		}
	case "tos", "dsfield":
		var n uint32
		n, ok = nameID(l.in, "dsfield", v.Text, 255)
		l.r.TOS = uint8(n)
	case "protocol":
		var n uint32
		if n, ok = nameID(l.in, "protocol", v.Text, 255); ok {
			l.protocol = fmt.Sprint(n)
		}
	case "realms":
		var numbers string
		if numbers, ok = realms(l.in, v.Text); ok && l.sameFamily(v, 4) {
			l.r.Options = append(l.r.Options, Option{Name: "realms", Value: numbers})
		}
	default:
		var n uint64
		n, ok = upTo(v.Text, 1<<32-1)
		l.r.Metric = uint32(n)
	}
	if !ok {
		l.drop(v, "route-value", fmt.Sprintf("%s %s is unknown", w.Text, quote(v.Text)), "write a number, or a name that iproute2 knows")
	}
}

// realms resolves [FROM/]TO into numbers.
func realms(in lookup, s string) (numbers string, ok bool) {
	from, to, found := strings.Cut(s, "/")
	v, ok := nameID(in, "realm", from, 255)
	if !ok || !found {
		return fmt.Sprint(v), ok
	}
	w, ok := nameID(in, "realm", to, 255)
	return fmt.Sprintf("%d/%d", v, w), ok
}

// plainNumber records a numeric option.
func (l *routeLine) plainNumber(w, v parser.Word, limit uint64, lock bool) bool {
	n, ok := upTo(v.Text, limit)
	if !ok {
		l.drop(v, "route-value", fmt.Sprintf("%s %s is none of 0 to %d", w.Text, quote(v.Text), limit), "")
		return false
	}
	l.r.Options = append(l.r.Options, Option{Name: w.Text, Value: fmt.Sprint(n), Lock: lock})
	return true
}

// locked reads [lock] VALUE.
func (l *routeLine) locked(w parser.Word, limit uint64) {
	v, ok := l.value()
	lock := ok && v.Text == "lock"
	if lock {
		v, ok = l.value()
	}
	if !ok {
		return
	}
	switch {
	case limit != 0:
		if l.plainNumber(w, v, limit, lock) && w.Text == "mtu" {
			n, _ := upTo(v.Text, limit)
			l.r.MTU, l.r.MTULock = uint32(n), lock
		}
	case w.Text == "congctl":
		l.r.Options = append(l.r.Options, Option{Name: w.Text, Value: v.Text, Lock: lock})
	default:
		l.time(w, v, lock)
	}
}

// rttUnits are the kernel's units of a bare number: 1/8, 1/4 and 1 ms.
var rttUnits = map[string]float64{"rtt": 8, "rttvar": 4, "rto_min": 1}

// time reads a round trip time: a number with ms or s, or a bare number in the kernel's unit. The
// kernel takes 0.2 s to 120 s.
func (l *routeLine) time(w, v parser.Word, lock bool) {
	ms, ok := rttMillis(v.Text, rttUnits[w.Text])
	if !ok || ms > 120000 {
		l.drop(v, "route-time", fmt.Sprintf("%s %s is no time up to 120s", w.Text, quote(v.Text)), "write for example 250ms or 1.5s")
		return
	}
	if ms < 200 {
		ms = 200
		l.warn(v, "route-time-low", fmt.Sprintf("%s %s is below 200 ms", w.Text, quote(v.Text)), "200 ms is used", "")
	}
	l.r.Options = append(l.r.Options, Option{Name: w.Text, Value: fmt.Sprintf("%gms", ms), Lock: lock})
}

// rttMillis reads a time; perMilli is the number of the kernel's units in a millisecond.
func rttMillis(s string, perMilli float64) (ms float64, ok bool) {
	number, scale := s, 1/perMilli
	if i := strings.IndexAny(s, "sS"); i >= 0 {
		switch strings.ToLower(s[i:]) {
		case "s", "sec", "secs":
		default:
			return 0, false
		}
		number, scale = s[:i], 1000
		if n := strings.TrimRight(number, "mM"); len(n) == len(number)-1 {
			number, scale = n, 1
		}
	}
	whole, frac, point := strings.Cut(number, ".")
	if point && scale != 1000 || len(frac) > 3 || whole+frac == "" || len(whole) > 9 {
		return 0, false
	}
	v, unit := 0.0, 1.0
	for _, c := range []byte(whole) {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + float64(c-'0')
	}
	for _, c := range []byte(frac) {
		if c < '0' || c > '9' {
			return 0, false
		}
		unit /= 10
		v += unit * float64(c-'0')
	}
	return v * scale, true
}

// as reads [to] ADDRESS of network address translation, which no kernel does any more.
func (l *routeLine) as(w parser.Word) {
	v, ok := l.value()
	if ok && v.Text == "to" {
		_, ok = l.value()
	}
	if ok {
		l.warn(w, "route-as", "as: routes do not translate addresses", "it is ignored", "")
	}
}

// onlyV6 reads expires SECONDS and pref low|medium|high|NUMBER.
func (l *routeLine) onlyV6(w parser.Word) {
	v, ok := l.value()
	if !ok {
		return
	}
	if l.r.Family == 4 {
		l.drop(w, "route-only-v6", w.Text+" is for IPv6 routes only", "leave it out")
		return
	}
	l.r.Family = 6
	if w.Text == "pref" && (v.Text == "low" || v.Text == "medium" || v.Text == "high") {
		l.r.Options = append(l.r.Options, Option{Name: w.Text, Value: v.Text})
		return
	}
	limit := uint64(1<<32 - 1)
	if w.Text == "pref" {
		limit = 255
	}
	l.plainNumber(w, v, limit, false)
}

// choice reads one of a few words; another one is reported and ignored.
func (l *routeLine) choice(w, v parser.Word, allowed ...string) {
	if !slices.Contains(allowed, v.Text) {
		l.warn(v, "route-value", fmt.Sprintf("%s %s is unknown", w.Text, quote(v.Text)), "it is ignored", "write "+strings.Join(allowed, " or "))
		return
	}
	l.r.Options = append(l.r.Options, Option{Name: w.Text, Value: v.Text})
}

// vrf reads the name of a VRF, which has to exist.
func (l *routeLine) vrf() {
	w, ok := l.value()
	if !ok {
		return
	}
	var i Interface
	if l.in.host != nil {
		i, ok = l.in.host.Interface(w.Text)
	} else {
		ok = false
	}
	if !ok || i.Kind != "vrf" {
		l.drop(w, "route-vrf", "vrf "+quote(w.Text)+" is no VRF of this host", "ip link add NAME type vrf table NUMBER")
		return
	}
	l.r.Options = append(l.r.Options, Option{Name: "vrf", Value: w.Text})
	if i.Table != 0 {
		l.r.Table = i.Table
	}
}

// destination reads [to] [TYPE] PREFIX.
func (l *routeLine) destination() {
	w := l.word()
	if w.Text == "to" {
		var ok bool
		if w, ok = l.value(); !ok {
			return
		}
	}
	if t, ok := routeType(w.Text); ok {
		l.r.Type = t
		if w, ok = l.value(); !ok {
			return
		}
	}
	f := 0
	switch w.Text {
	case "default", "any", "all":
		l.r.Dst = netip.Prefix{}
	case "default6":
		l.r.Dst, f = netip.Prefix{}, 6
	default:
		p, ok := l.prefixed(w)
		if !ok {
			l.drop(w, "route-word", quote(w.Text)+" is neither a word of a route nor a destination", "write ADDRESS/LENGTH, default, or one of iproute2's words")
			return
		}
		l.r.Dst, f = p, family(p.Addr())
	}
	l.dstGiven = true
	l.sameFamily(w, f)
}

// routeType reads a type's name or number.
func routeType(s string) (string, bool) {
	if t, ok := routeTypes[s]; ok {
		return t, true
	}
	v, ok := baseUint(s, 255)
	switch {
	case !ok:
		return "", false
	case v < uint64(len(routeTypeNumbers)):
		return routeTypeNumbers[v], true
	default:
		return fmt.Sprint(v), true
	}
}

// nexthopStart ends the words of the route itself.
func (l *routeLine) nexthopStart(w parser.Word) {
	if len(l.r.NextHops) > 0 {
		l.drop(w, "route-or-nexthop", "or and nexthop exclude each other", "write nexthop for each gateway")
		return
	}
	l.hops = true
}

// finish settles what depends on the whole line.
func (l *routeLine) finish() {
	first := l.words[0]
	switch {
	case !l.dstGiven:
		l.drop(first, "route-destination", "the route has no destination", "begin with ADDRESS/LENGTH or default")
		return
	case !l.r.NoTrack && l.protocol != "" && l.protocol != fmt.Sprint(protoOwn):
		l.warn(first, "route-protocol", "protocol "+l.protocol+" excludes that the route is watched", fmt.Sprintf("protocol %d is used", protoOwn), "write no_track, or leave protocol out")
		l.protocol = ""
	}
	if l.r.TrackGroup != "" && l.r.Dev == "" {
		l.warn(first, "route-track-group", "track_group needs dev", "the group is not followed", "name the interface")
		l.r.TrackGroup = ""
	}
	if l.protocol != "" {
		l.r.Options = append(l.r.Options, Option{Name: "protocol", Value: l.protocol})
	}
	if l.r.Family == 0 {
		l.r.Family = 4
	}
}
