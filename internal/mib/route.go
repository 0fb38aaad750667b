package mib

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// mainTable is the number of the routing table main.
const mainTable = 254

// ownProtocol is the protocol of routes that are watched.
const ownProtocol = 18

// routeRow is a static or virtual route.
type routeRow struct {
	place agentx.OID
	of    *config.Route
	set   bool
}

// option is the value of a word of a route or rule.
func option(options []config.Option, names ...string) (config.Option, bool) {
	i := slices.IndexFunc(options, func(o config.Option) bool { return slices.Contains(names, o.Name) })
	if i < 0 {
		return config.Option{}, false
	}
	return options[i], true
}

// numeric is the number at the beginning of a value.
func numeric(s string) uint32 {
	end := strings.IndexFunc(s, func(c rune) bool { return (c < '0' || c > '9') && c != '.' })
	if end >= 0 && !strings.HasPrefix(s, "0x") {
		s = s[:end]
	}
	if n, err := strconv.ParseUint(s, 0, 32); err == nil {
		return uint32(n)
	}
	f, _ := strconv.ParseFloat(s, 64) // what is no number at all is 0
	return uint32(f)
}

// routes are vrrpRouteTable and vrrpRouteNextHopTable.
func (m *model) routes() view {
	var list []routeRow
	add := func(instance int, routes []config.Route, set bool) {
		for i := range routes {
			list = append(list, routeRow{agentx.OID{uint32(instance), uint32(i + 1)}, &routes[i], set})
		}
	}
	add(0, m.Config.StaticRoutes, m.VRRP != nil)
	for i := range m.Config.Instances {
		in := &m.Config.Instances[i]
		add(i+1, in.Routes, m.state(in.Name).Held)
	}
	var hops []numbered[*config.NextHop]
	for _, r := range list {
		for i := range r.of.NextHops {
			hops = append(hops, numbered[*config.NextHop]{r.place.Append(uint32(i + 1)), &r.of.NextHops[i]})
		}
	}
	columns := slices.Concat(m.routeColumns(), routeOptions(), encapColumns(46, func(r *routeRow) []config.Option { return r.of.Options }),
		[]column[routeRow]{{55, routeFlag("fastopen_no_cookie")}})
	return view{
		tableOf(VRRP.Append(7, 1), list, func(_ int, r *routeRow) agentx.OID { return r.place }, columns),
		m.nextHops(hops),
	}
}

// routeColumns are those that most routes have.
func (m *model) routeColumns() []column[routeRow] {
	return []column[routeRow]{
		{2, func(r *routeRow) agentx.Value {
			if r.of.Family == 6 {
				return agentx.Int(2)
			}
			return agentx.Int(1)
		}},
		{3, func(r *routeRow) agentx.Value { return inet(destination(r.of).Addr()) }},
		{4, func(r *routeRow) agentx.Value { return bits(destination(r.of)) }},
		{5, func(r *routeRow) agentx.Value { return inet(r.of.Via) }},
		{6, func(r *routeRow) agentx.Value {
			if len(r.of.NextHops) != 1 {
				return none
			}
			return inet(r.of.NextHops[0].Via)
		}},
		{7, func(r *routeRow) agentx.Value { return inet(r.of.Src) }},
		{8, func(r *routeRow) agentx.Value { return agentx.Unsigned(r.of.Metric) }},
		{9, func(r *routeRow) agentx.Value { return scope(max(r.of.Scope, 0)) }},
		{10, func(r *routeRow) agentx.Value { return agentx.Int(routeType(r.of)) }},
		{11, func(r *routeRow) agentx.Value { return m.linkIndex(r.of.Dev) }},
		{12, func(r *routeRow) agentx.Value { return text(r.of.Dev) }},
		{13, func(r *routeRow) agentx.Value {
			if r.of.Table == 0 {
				return agentx.Unsigned(mainTable)
			}
			return agentx.Unsigned(r.of.Table)
		}},
		{14, func(r *routeRow) agentx.Value { return truth(r.set) }},
		{15, func(r *routeRow) agentx.Value { return inet(source(r.of).Addr()) }},
		{16, func(r *routeRow) agentx.Value { return bits(source(r.of)) }},
		{17, func(r *routeRow) agentx.Value {
			if r.of.TOS == 0 {
				return none
			}
			return agentx.Unsigned(uint32(r.of.TOS))
		}},
		{18, func(r *routeRow) agentx.Value {
			switch o, given := option(r.of.Options, "protocol"); {
			case given:
				return agentx.Int(int(numeric(o.Value)) + 1)
			case r.of.NoTrack:
				return none
			}
			return agentx.Int(ownProtocol + 1)
		}},
	}
}

func (m *model) linkIndex(name string) agentx.Value {
	if name == "" {
		return none
	}
	return agentx.Int(m.Links[name].Index)
}

// destination is where a route leads; that of the default route is the network 0.
func destination(r *config.Route) netip.Prefix {
	switch {
	case r.Dst.IsValid():
		return r.Dst
	case r.Family == 6:
		return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
}

// source is the prefix behind from.
func source(r *config.Route) netip.Prefix {
	o, _ := option(r.Options, "from")
	p, _ := netip.ParsePrefix(o.Value) // without the word none
	return p
}

// routeType is a RouteType.
func routeType(r *config.Route) int {
	if len(r.NextHops) > 0 {
		return 2
	}
	n := map[string]int{"blackhole": 3, "anycast": 4, "multicast": 5, "broadcast": 6, "unreachable": 7, "prohibit": 8,
		"throw": 9, "nat": 10, "xresolve": 11}[r.Type]
	return max(n, 1)
}

// routeNumber is a column with the number of an option, and routeLock one that tells whether it is locked.
func routeNumber(name string) func(*routeRow) agentx.Value {
	return func(r *routeRow) agentx.Value {
		if o, ok := option(r.of.Options, name); ok {
			return agentx.Unsigned(numeric(o.Value))
		}
		return none
	}
}

func routeLock(name string) func(*routeRow) agentx.Value {
	return func(r *routeRow) agentx.Value {
		if o, ok := option(r.of.Options, name); ok {
			return truth(o.Lock)
		}
		return none
	}
}

// routeFlag is a column with a number that means yes or no.
func routeFlag(name string) func(*routeRow) agentx.Value {
	return func(r *routeRow) agentx.Value {
		if o, ok := option(r.of.Options, name); ok {
			return truth(numeric(o.Value) != 0)
		}
		return none
	}
}

// routeOptions are the columns 19 to 45, which few routes fill.
func routeOptions() []column[routeRow] {
	columns := []column[routeRow]{
		{19, func(r *routeRow) agentx.Value {
			_, ok := option(r.of.Options, "features")
			return truth(ok)
		}},
		{20, func(r *routeRow) agentx.Value {
			_, ok := option(r.of.Options, "quickack")
			return truth(ok)
		}},
		{21, func(r *routeRow) agentx.Value {
			if o, ok := option(r.of.Options, "expires"); ok {
				return agentx.Int(int(numeric(o.Value)))
			}
			return none
		}},
		{22, routeNumber("mtu")}, {23, routeLock("mtu")},
		{24, routeNumber("hoplimit")},
	}
	for i, name := range []string{"advmss", "rtt", "rttvar", "reordering"} {
		n := uint32(25 + 2*i)
		columns = append(columns, column[routeRow]{n, routeNumber(name)}, column[routeRow]{n + 1, routeLock(name)})
	}
	columns = append(columns, column[routeRow]{33, routeNumber("window")})
	for i, name := range []string{"cwnd", "ssthresh", "rto_min"} {
		n := uint32(34 + 2*i)
		columns = append(columns, column[routeRow]{n, routeNumber(name)}, column[routeRow]{n + 1, routeLock(name)})
	}
	return append(columns, []column[routeRow]{
		{40, routeNumber("initcwnd")}, {41, routeNumber("initrwnd")},
		{42, func(r *routeRow) agentx.Value { o, _ := option(r.of.Options, "congctl"); return text(o.Value) }},
		{43, func(r *routeRow) agentx.Value {
			if o, ok := option(r.of.Options, "pref"); ok {
				return agentx.Int(map[string]int{"low": 1, "medium": 2, "high": 3}[o.Value])
			}
			return none
		}},
		{44, func(r *routeRow) agentx.Value { return realm(r.of.Options, false) }},
		{45, func(r *routeRow) agentx.Value { return realm(r.of.Options, true) }},
	}...)
}

// realm is one side of [FROM/]TO; 0 is none.
func realm(options []config.Option, from bool) agentx.Value {
	o, _ := option(options, "realms")
	before, after, both := strings.Cut(o.Value, "/")
	if !both {
		before, after = "", before
	}
	n := numeric(after)
	if from {
		n = numeric(before)
	}
	if n == 0 {
		return none
	}
	return agentx.Unsigned(n)
}

// nextHops is vrrpRouteNextHopTable.
func (m *model) nextHops(hops []numbered[*config.NextHop]) table {
	type hop = numbered[*config.NextHop]
	columns := []column[hop]{
		{2, func(h *hop) agentx.Value { return inetType(h.of.Via) }},
		{3, func(h *hop) agentx.Value { return inet(h.of.Via) }},
		{4, func(h *hop) agentx.Value { return m.linkIndex(h.of.Dev) }},
		{5, func(h *hop) agentx.Value { return text(h.of.Dev) }},
		{6, func(h *hop) agentx.Value {
			if h.of.Weight == 0 {
				return none
			}
			return agentx.Unsigned(uint32(h.of.Weight))
		}},
		{7, func(h *hop) agentx.Value { return truth(h.of.OnLink) }},
		{8, func(h *hop) agentx.Value { return realm(h.of.Options, false) }},
		{9, func(h *hop) agentx.Value { return realm(h.of.Options, true) }},
	}
	return tableOf(VRRP.Append(11, 1), hops, placed, append(columns, encapColumns(10, func(h *hop) []config.Option { return h.of.Options })...))
}
