package rtnl

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"
)

// routeTypeNames are the words for RTN_*.
var routeTypeNames = [...]string{
	"unspec", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat", "xresolve",
}

// metricNames are the words for RTAX_*.
var metricNames = [...]string{
	unix.RTAX_MTU: "mtu", unix.RTAX_WINDOW: "window", unix.RTAX_RTT: "rtt", unix.RTAX_RTTVAR: "rttvar", unix.RTAX_SSTHRESH: "ssthresh",
	unix.RTAX_CWND: "cwnd", unix.RTAX_ADVMSS: "advmss", unix.RTAX_REORDERING: "reordering", unix.RTAX_HOPLIMIT: "hoplimit",
	unix.RTAX_INITCWND: "initcwnd", unix.RTAX_FEATURES: "features", unix.RTAX_RTO_MIN: "rto_min", unix.RTAX_INITRWND: "initrwnd",
	unix.RTAX_QUICKACK: "quickack", rtaxCongestion: "congctl", unix.RTAX_FASTOPEN_NO_COOKIE: "fastopen_no_cookie",
}

// String is in the manner of `ip route`, with numbers for names of tables and protocols.
func (r *Route) String() string {
	var s strings.Builder
	if r.Type != unix.RTN_UNICAST && int(r.Type) < len(routeTypeNames) {
		s.WriteString(routeTypeNames[r.Type] + " ")
	}
	s.WriteString(prefixText(r.Dst, "default"))
	if bits(r.From) > 0 {
		s.WriteString(" from " + r.From.String())
	}
	if r.TOS != 0 {
		fmt.Fprintf(&s, " tos 0x%x", r.TOS)
	}
	if len(r.Hops) == 0 {
		r.Hop.text(&s)
	}
	if r.Table != unix.RT_TABLE_MAIN {
		fmt.Fprintf(&s, " table %d", r.Table)
	}
	fmt.Fprintf(&s, " proto %d", r.Protocol)
	if !r.Six && r.Scope != unix.RT_SCOPE_UNIVERSE {
		s.WriteString(" scope " + scopeName(r.Scope))
	}
	if r.Src.IsValid() {
		s.WriteString(" src " + r.Src.String())
	}
	if r.Metric != 0 {
		fmt.Fprintf(&s, " metric %d", r.Metric)
	}
	r.metricText(&s)
	r.rareText(&s)
	for i := range r.Hops {
		s.WriteString(" nexthop")
		r.Hops[i].text(&s)
	}
	return s.String()
}

// Command is the ip(8) command that does this verb to r.
func (r *Route) Command(verb string) string {
	return ipCommand(r.Six) + "route " + verb + " " + r.String()
}

func ipCommand(six bool) string {
	if six {
		return "ip -6 "
	}
	return "ip "
}

// prefixText is p without the length of a single address.
func prefixText(p netip.Prefix, all string) string {
	switch {
	case p.Bits() <= 0:
		return all
	case p.IsSingleIP():
		return p.Addr().String()
	}
	return p.String()
}

func (h *Hop) text(s *strings.Builder) {
	if h.Encap != nil {
		s.WriteString(" encap " + h.Encap.String())
	}
	if h.Via.IsValid() {
		s.WriteString(" via " + h.Via.String())
	}
	switch {
	case h.Dev != "":
		s.WriteString(" dev " + h.Dev)
	case h.Index != 0:
		fmt.Fprintf(s, " dev if%d", h.Index)
	}
	if h.Weight > 1 {
		fmt.Fprintf(s, " weight %d", h.Weight)
	}
	if h.OnLink {
		s.WriteString(" onlink")
	}
	if h.Realms != 0 {
		s.WriteString(" realms " + realmsText(h.Realms))
	}
}

func realmsText(v uint32) string {
	if v>>16 != 0 {
		return fmt.Sprintf("%d/%d", v>>16, v&0xffff)
	}
	return fmt.Sprint(v)
}

func (r *Route) metricText(s *strings.Builder) {
	value := func(kind uint16, v any) {
		name := fmt.Sprintf("metric%d", kind)
		if int(kind) < len(metricNames) && metricNames[kind] != "" {
			name = metricNames[kind]
		}
		s.WriteString(" " + name)
		if r.Lock&(1<<kind) != 0 {
			s.WriteString(" lock")
		}
		fmt.Fprintf(s, " %v", v)
	}
	for _, m := range r.Metrics {
		switch m.Kind {
		case unix.RTAX_FEATURES:
			value(m.Kind, "ecn")
		case unix.RTAX_RTT:
			value(m.Kind, fmt.Sprintf("%gms", float64(m.Value)/8))
		case unix.RTAX_RTTVAR:
			value(m.Kind, fmt.Sprintf("%gms", float64(m.Value)/4))
		case unix.RTAX_RTO_MIN:
			value(m.Kind, fmt.Sprintf("%dms", m.Value))
		default:
			value(m.Kind, m.Value)
		}
	}
	if r.Congestion != "" {
		value(rtaxCongestion, r.Congestion)
	}
}

func (r *Route) rareText(s *strings.Builder) {
	if r.Expires != 0 {
		fmt.Fprintf(s, " expires %d", r.Expires)
	}
	switch r.Preference {
	case 0:
	case 1:
		s.WriteString(" pref high")
	case 3:
		s.WriteString(" pref low")
	default:
		fmt.Fprintf(s, " pref %d", r.Preference)
	}
	switch r.TTLPropagate {
	case 1:
		s.WriteString(" ttl-propagate enabled")
	case 2:
		s.WriteString(" ttl-propagate disabled")
	}
}

// String is in the manner of `ip route`.
func (e *Encap) String() string {
	var s strings.Builder
	switch e.Kind {
	case EncapMPLS:
		s.WriteString("mpls ")
		for i, l := range e.Labels {
			if i > 0 {
				s.WriteByte('/')
			}
			fmt.Fprint(&s, l)
		}
		return s.String()
	case EncapILA:
		return fmt.Sprintf("ila %x:%x:%x:%x", e.Locator>>48, e.Locator>>32&0xffff, e.Locator>>16&0xffff, e.Locator&0xffff)
	}
	kind, tos, ttl := "ip", "tos", "ttl"
	if e.Kind == EncapIP6 {
		kind, tos, ttl = "ip6", "tc", "hoplimit"
	}
	fmt.Fprintf(&s, "%s id %d", kind, e.ID)
	if e.Src.IsValid() {
		s.WriteString(" src " + e.Src.String())
	}
	if e.Dst.IsValid() {
		s.WriteString(" dst " + e.Dst.String())
	}
	for _, f := range []struct {
		name  string
		value uint16
	}{{ttl, uint16(e.TTL)}, {tos, uint16(e.TOS)}, {"flags", e.Flags}} {
		if f.value != 0 {
			fmt.Fprintf(&s, " %s %d", f.name, f.value)
		}
	}
	return s.String()
}
