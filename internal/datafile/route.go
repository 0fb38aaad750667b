package datafile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// mainTable is the routing table that goes without saying.
const mainTable = 254

// ownProtocol marks what keepalived and Holdfast put into the kernel's tables.
const ownProtocol = "18"

// words collects the words of a route or a rule.
type words []string

func (l *words) add(format string, args ...any) { *l = append(*l, fmt.Sprintf(format, args...)) }

func (l *words) addIf(ok bool, format string, args ...any) {
	if ok {
		l.add(format, args...)
	}
}

// option returns an option of a route or rule.
func option(list []config.Option, names ...string) (config.Option, bool) {
	i := slices.IndexFunc(list, func(o config.Option) bool { return slices.Contains(names, o.Name) })
	if i < 0 {
		return config.Option{}, false
	}
	return list[i], true
}

// route writes a route in the order of keepalived.
func route(r *config.Route) string {
	var l words
	place, given := option(r.Options, "add", "append", "prepend")
	switch {
	case given:
		l.add("%s", place.Name)
	default:
		l.add("%s", word(r.NoTrack, "add", "prepend"))
	}
	l.addIf(r.Type != "" && r.Type != "unicast", "%s", r.Type)
	switch {
	case r.Dst.IsValid():
		l.add("%s", r.Dst)
	case r.Family == 6:
		l.add("::/0")
	default:
		l.add("0.0.0.0/0")
	}
	if o, ok := option(r.Options, "encap"); ok {
		l.add("encap %s", o.Value)
	}
	if o, ok := option(r.Options, "from"); ok {
		l.add("from %s", o.Value)
	}
	l.addIf(r.Src.IsValid(), "src %s", r.Src)
	l.addIf(r.TOS != 0, "tos %d", r.TOS)
	l.addIf(r.Via.IsValid(), "via %s %s", word(r.Family == 6, "inet6", "inet"), r.Via)
	l.addIf(r.Dev != "", "dev %s", r.Dev)
	l.addIf(r.Table != mainTable && r.Table != 0, "table %d", r.Table)
	protocol, given := option(r.Options, "protocol")
	l.addIf(given, "proto %s", protocol.Value)
	l.addIf(!given && !r.NoTrack, "proto %s", ownProtocol)
	l.addIf(r.Scope > 0, "scope %d", r.Scope)
	l.addIf(r.Metric != 0, "metric %d", r.Metric)
	l.addIf(r.OnLink, "onlink")
	routeMetrics(&l, r)
	for i := range r.NextHops {
		nextHop(&l, &r.NextHops[i], r.Family)
	}
	l.addIf(r.NoTrack || len(r.NextHops) > 0 && r.Dev == "", "no_track")
	l.addIf(r.TrackGroup != "", "track_group %s", r.TrackGroup)
	return strings.Join(l, " ")
}

// routeMetrics writes the options that few routes have.
func routeMetrics(l *words, r *config.Route) {
	if o, ok := option(r.Options, "realms"); ok {
		l.add("%s", realms(o.Value))
	}
	if o, ok := option(r.Options, "expires"); ok {
		l.add("expires %ssec", o.Value)
	}
	for _, name := range []string{"congctl", "rtt", "rttvar", "rto_min", "features", "mtu", "window", "ssthresh", "cwnd",
		"advmss", "reordering", "hoplimit", "initcwnd", "initrwnd", "quickack", "pref", "fastopen_no_cookie", "ttl-propagate"} {
		if o, ok := option(r.Options, name); ok {
			l.add("%s%s %s", name, word(o.Lock, " lock", ""), o.Value)
		}
	}
}

func realms(value string) string {
	if strings.Contains(value, "/") {
		return "realms " + value
	}
	return "realm " + value
}

func nextHop(l *words, h *config.NextHop, family int) {
	l.add("nexthop")
	l.addIf(h.Via.IsValid(), "via inet%s %s", word(family == 6, "6", ""), h.Via)
	if o, ok := option(h.Options, "encap"); ok {
		l.add("encap %s", o.Value)
	}
	l.addIf(h.Dev != "", "dev %s", h.Dev)
	l.addIf(h.Weight > 0, "weight %d", h.Weight)
	l.addIf(h.OnLink, "onlink")
	if o, ok := option(h.Options, "realms"); ok {
		l.add("%s", realms(o.Value))
	}
}

// hexadecimal writes a number as keepalived dumps marks and TOS; a name stays what it is.
func hexadecimal(s string) string {
	n, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		return s
	}
	return fmt.Sprintf("0x%x", n)
}
