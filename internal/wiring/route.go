package wiring

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// routeTypes are the kernel's numbers of types (RTN_*).
var routeTypes = map[string]uint8{
	"": unix.RTN_UNICAST, "unspec": unix.RTN_UNSPEC, "unicast": unix.RTN_UNICAST, "local": unix.RTN_LOCAL,
	"broadcast": unix.RTN_BROADCAST, "anycast": unix.RTN_ANYCAST, "multicast": unix.RTN_MULTICAST, "blackhole": unix.RTN_BLACKHOLE,
	"unreachable": unix.RTN_UNREACHABLE, "prohibit": unix.RTN_PROHIBIT, "throw": unix.RTN_THROW, "nat": unix.RTN_NAT, "xresolve": unix.RTN_XRESOLVE,
}

// routeMetrics are the kernel's numbers of the words that set a number of a route (RTAX_*).
var routeMetrics = map[string]uint16{
	"mtu": unix.RTAX_MTU, "window": unix.RTAX_WINDOW, "rtt": unix.RTAX_RTT, "rttvar": unix.RTAX_RTTVAR, "ssthresh": unix.RTAX_SSTHRESH,
	"cwnd": unix.RTAX_CWND, "advmss": unix.RTAX_ADVMSS, "reordering": unix.RTAX_REORDERING, "hoplimit": unix.RTAX_HOPLIMIT,
	"initcwnd": unix.RTAX_INITCWND, "features": unix.RTAX_FEATURES, "rto_min": unix.RTAX_RTO_MIN, "initrwnd": unix.RTAX_INITRWND,
	"quickack": unix.RTAX_QUICKACK, "congctl": 16, "fastopen_no_cookie": unix.RTAX_FASTOPEN_NO_COOKIE,
}

// routes are the routes of a block. Those of static_routes that name a track_group concern its instances.
func routes(list []config.Route, groups map[string][]vrrp.ID) []speaker.Route {
	var all []speaker.Route
	for i := range list {
		r := &list[i]
		all = append(all, speaker.Route{Route: route(r), NoTrack: r.NoTrack, Watchers: groups[r.TrackGroup]})
	}
	return all
}

func route(c *config.Route) rtnl.Route {
	r := rtnl.Route{
		Six: c.Family == 6, Type: routeType(c.Type), Protocol: rtnl.Keepalived, TOS: c.TOS, Dst: c.Dst,
		Table: c.Table, Metric: c.Metric, Src: c.Src,
		Hop: rtnl.Hop{Via: c.Via, Dev: c.Dev, OnLink: c.OnLink},
	}
	for i := range c.NextHops {
		r.Hops = append(r.Hops, nextHop(&c.NextHops[i]))
	}
	r.Scope = scope(c, &r)
	for _, o := range c.Options {
		routeOption(&r, o)
	}
	slices.SortFunc(r.Metrics, func(a, b rtnl.Metric) int { return cmp.Compare(a.Kind, b.Kind) })
	return r
}

func routeType(s string) uint8 {
	if t, ok := routeTypes[s]; ok {
		return t
	}
	return uint8(numeral(s))
}

// scope is the one given, or what the kernel demands of the type: otherwise global, as keepalived has
// it, where ip(8) would say link for a route without a gateway. IPv6 has none.
func scope(c *config.Route, r *rtnl.Route) uint8 {
	switch {
	case r.Six:
		return unix.RT_SCOPE_UNIVERSE
	case c.Scope >= 0:
		return uint8(c.Scope)
	case r.Type == unix.RTN_LOCAL || r.Type == unix.RTN_NAT:
		return unix.RT_SCOPE_HOST
	case r.Type == unix.RTN_BROADCAST || r.Type == unix.RTN_ANYCAST:
		return unix.RT_SCOPE_LINK
	}
	return unix.RT_SCOPE_UNIVERSE
}

func nextHop(c *config.NextHop) rtnl.Hop {
	h := rtnl.Hop{Via: c.Via, Dev: c.Dev, Weight: c.Weight, OnLink: c.OnLink}
	for _, o := range c.Options {
		switch o.Name {
		case "encap":
			h.Encap = encap(o.Value)
		case "realms":
			h.Realms = realms(o.Value)
		}
	}
	return h
}

// routeOption sets what a word says that the model keeps as a word.
func routeOption(r *rtnl.Route, o config.Option) {
	if kind, ok := routeMetrics[o.Name]; ok {
		routeMetric(r, kind, o)
		return
	}
	switch o.Name {
	case "from":
		r.From = netip.MustParsePrefix(o.Value)
	case "realms":
		r.Realms = realms(o.Value)
	case "protocol":
		r.Protocol = uint8(numeral(o.Value))
	case "encap":
		r.Encap = encap(o.Value)
	case "expires":
		r.Expires = uint32(numeral(o.Value))
	case "pref":
		r.Preference = preference(o.Value)
	case "ttl-propagate":
		r.TTLPropagate = 1
		if o.Value == "disabled" {
			r.TTLPropagate = 2
		}
	case "add":
		r.Place = rtnl.Add
	case "append":
		r.Place = rtnl.Append
	}
}

// routeMetric sets a number of a route; the last one of a kind counts.
func routeMetric(r *rtnl.Route, kind uint16, o config.Option) {
	if o.Lock {
		r.Lock |= 1 << kind
	}
	var v uint32
	switch o.Name {
	case "congctl":
		r.Congestion = o.Value
		return
	case "features":
		v = unix.RTAX_FEATURE_ECN
	case "rtt", "rttvar", "rto_min":
		v = roundTrip(o.Name, o.Value)
	default:
		v = uint32(numeral(o.Value))
	}
	r.Metrics = slices.DeleteFunc(r.Metrics, func(m rtnl.Metric) bool { return m.Kind == kind })
	r.Metrics = append(r.Metrics, rtnl.Metric{Kind: kind, Value: v})
}

// roundTrip is a time in ms as the kernel counts it: rtt in eighths, rttvar in fourths of one.
func roundTrip(name, text string) uint32 {
	ms, _ := strconv.ParseFloat(strings.TrimSuffix(text, "ms"), 64) // checked when it was read
	switch name {
	case "rtt":
		ms *= 8
	case "rttvar":
		ms *= 4
	}
	return uint32(ms)
}

// preference is that of RFC 4191 in the kernel's coding.
func preference(s string) uint8 {
	switch s {
	case "low":
		return 3
	case "medium":
		return 0
	case "high":
		return 1
	}
	return uint8(numeral(s))
}

// realms are [FROM/]TO as one number.
func realms(s string) uint32 {
	from, to, both := strings.Cut(s, "/")
	if !both {
		from, to = "0", from
	}
	return uint32(numeral(from)<<16 | numeral(to))
}

// encap reads an encapsulation out of its words.
func encap(s string) *rtnl.Encap {
	words := strings.Fields(s)
	e := &rtnl.Encap{}
	switch words[0] {
	case "mpls":
		e.Kind = rtnl.EncapMPLS
		for _, label := range strings.Split(words[1], "/") {
			e.Labels = append(e.Labels, uint32(numeral(label)))
		}
		return e
	case "ila":
		e.Kind = rtnl.EncapILA
		for _, group := range strings.Split(words[1], ":") {
			v, _ := strconv.ParseUint(group, 16, 16) // checked when it was read
			e.Locator = e.Locator<<16 | v
		}
		return e
	case "ip":
		e.Kind = rtnl.EncapIP
	default:
		e.Kind = rtnl.EncapIP6
	}
	for i := 1; i+1 < len(words); i += 2 {
		tunnelWord(e, words[i], words[i+1])
	}
	return e
}

func tunnelWord(e *rtnl.Encap, name, value string) {
	switch name {
	case "id":
		e.ID = numeral(value)
	case "dst":
		e.Dst = netip.MustParseAddr(value)
	case "src":
		e.Src = netip.MustParseAddr(value)
	case "tos", "tc":
		e.TOS = uint8(numeral(value))
	case "ttl", "hoplimit":
		e.TTL = uint8(numeral(value))
	case "flags":
		e.Flags = uint16(numeral(value))
	}
}

// numeral is a number in C's notation that was checked when it was read.
func numeral(s string) uint64 {
	v, _ := strconv.ParseUint(s, 0, 64)
	return v
}
