package rtnl

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Attributes and numbers that golang.org/x/sys/unix does not have (rtnetlink.h, lwtunnel.h).
const (
	rtaxCongestion   = 16
	mplsDst          = 1
	ilaLocator       = 1
	tunnelID         = 1
	tunnelDst        = 2
	tunnelSrc        = 3
	tunnelTTL        = 4
	tunnelTOS        = 5
	tunnelFlags      = 6
	ip6DefaultMetric = 1024
	mplsBottom       = 1 << 8
	mplsLabelShift   = 12
)

// Types of encapsulation (lwtunnel.h).
const (
	EncapMPLS = 1
	EncapIP   = 2
	EncapILA  = 3
	EncapIP6  = 4
)

// Placement is how a route is put beside others of the same destination, type of service and metric.
type Placement uint8

// Placements. IPv6 knows no order: there Prepend and Append make one route of several next hops.
const (
	Prepend Placement = iota // before them
	Append                   // behind them
	Add                      // only if there is none
	Replace                  // instead of the first
)

// Route is an entry of a routing table.
type Route struct {
	// Six tells IPv6 from IPv4; a default route has no address to see it from.
	Six bool
	// Type is RTN_*, Scope RT_SCOPE_* (0 for IPv6), Protocol RTPROT_* (18 for ours).
	Type, Scope, Protocol, TOS uint8
	// Dst is invalid for a default route; From is the source prefix of an IPv6 route.
	Dst, From netip.Prefix
	Table     uint32
	// Metric is the route's priority; the kernel makes 1024 of 0 for IPv6.
	Metric uint32
	// Src is the preferred source address.
	Src netip.Addr
	// Hop is the only next hop. Hops, if there are any, are several, and Hop is not used.
	Hop
	Hops []Hop
	// Metrics are in ascending order of their kind; bit n of Lock keeps the kernel from changing kind n.
	Metrics    []Metric
	Lock       uint32
	Congestion string
	// Expires is in seconds, 0 for never. It is not read back: the kernel counts it down.
	Expires uint32
	// Preference is that of RFC 4191 in the kernel's coding: 0 medium, 1 high, 3 low.
	Preference uint8
	// TTLPropagate of MPLS: 0 not said, 1 on, 2 off.
	TTLPropagate uint8
	Place        Placement
}

// Hop is where packets of a route go next.
type Hop struct {
	Via netip.Addr
	// Dev is the interface's name in a configuration, Index what the kernel wants; 0 lets it choose.
	Dev    string
	Index  int
	Weight int // 1 to 256, only among several; 0 is 1
	OnLink bool
	Realms uint32 // the source realm in the upper half
	Encap  *Encap
}

// Metric is a value of a route beside its priority; Kind is RTAX_*.
type Metric struct {
	Kind  uint16
	Value uint32
}

// Encap is an encapsulation without an interface (lightweight tunnel).
type Encap struct {
	Kind     uint16
	ID       uint64
	Dst, Src netip.Addr
	TOS, TTL uint8
	// Flags are TUNNEL_* as the kernel has them, in the octet order of the network.
	Flags   uint16
	Labels  []uint32 // of MPLS, the outermost first
	Locator uint64   // of ILA, as on the wire
}

// family is AF_INET or AF_INET6.
func family(six bool) byte {
	if six {
		return unix.AF_INET6
	}
	return unix.AF_INET
}

// appendRoute appends an RTM_NEWROUTE or RTM_DELROUTE message for r.
func appendRoute(b []byte, kind, flags uint16, sequence uint32, r *Route) []byte {
	if kind == unix.RTM_NEWROUTE {
		flags |= unix.NLM_F_CREATE
		switch r.Place {
		case Append:
			flags |= unix.NLM_F_APPEND
		case Add:
			flags |= unix.NLM_F_EXCL
		case Replace:
			flags |= unix.NLM_F_REPLACE
		}
	}
	b, start := openMessage(b, kind, flags, sequence)
	table := byte(unix.RT_TABLE_UNSPEC)
	if r.Table < 256 {
		table = byte(r.Table)
	}
	var routeFlags uint32
	if r.OnLink && len(r.Hops) == 0 {
		routeFlags = unix.RTNH_F_ONLINK
	}
	// struct rtmsg
	b = append(b, family(r.Six), bits(r.Dst), bits(r.From), r.TOS, table, r.Protocol, r.Scope, r.Type)
	b = binary.NativeEndian.AppendUint32(b, routeFlags)
	if r.Table >= 256 {
		b = appendU32(b, unix.RTA_TABLE, r.Table)
	}
	b = appendPrefix(b, unix.RTA_DST, r.Dst)
	b = appendPrefix(b, unix.RTA_SRC, r.From)
	if r.Metric != 0 {
		b = appendU32(b, unix.RTA_PRIORITY, r.Metric)
	}
	b = appendAddr(b, unix.RTA_PREFSRC, r.Src)
	b = r.appendMetrics(b)
	b = r.appendRare(b)
	if len(r.Hops) == 0 {
		if r.Index != 0 {
			b = appendU32(b, unix.RTA_OIF, uint32(r.Index))
		}
		b = r.Hop.appendAttributes(b)
	} else {
		b = r.appendHops(b)
	}
	return closeMessage(b, start)
}

func (r *Route) appendMetrics(b []byte) []byte {
	if len(r.Metrics) == 0 && r.Lock == 0 && r.Congestion == "" {
		return b
	}
	b, start := openAttribute(b, unix.RTA_METRICS)
	if r.Lock != 0 {
		b = appendU32(b, unix.RTAX_LOCK, r.Lock)
	}
	for _, m := range r.Metrics {
		b = appendU32(b, m.Kind, m.Value)
	}
	if r.Congestion != "" {
		b = appendAttribute(b, rtaxCongestion, append([]byte(r.Congestion), 0))
	}
	return closeAttribute(b, start)
}

// appendRare appends what few routes have.
func (r *Route) appendRare(b []byte) []byte {
	if r.Expires != 0 {
		b = appendU32(b, unix.RTA_EXPIRES, r.Expires)
	}
	if r.Preference != 0 {
		b = appendAttribute(b, unix.RTA_PREF, []byte{r.Preference})
	}
	if r.TTLPropagate != 0 {
		b = appendAttribute(b, unix.RTA_TTL_PROPAGATE, []byte{2 - r.TTLPropagate})
	}
	return b
}

func (r *Route) appendHops(b []byte) []byte {
	b, start := openAttribute(b, unix.RTA_MULTIPATH)
	for i := range r.Hops {
		h := &r.Hops[i]
		at := len(b)
		var flags byte
		if h.OnLink {
			flags = unix.RTNH_F_ONLINK
		}
		// struct rtnexthop; its length is set at the end.
		b = append(b, 0, 0, flags, byte(max(h.Weight, 1)-1))
		b = binary.NativeEndian.AppendUint32(b, uint32(h.Index))
		b = h.appendAttributes(b)
		binary.NativeEndian.PutUint16(b[at:], uint16(len(b)-at))
	}
	return closeAttribute(b, start)
}

// appendAttributes appends what a next hop has, alone or among several.
func (h *Hop) appendAttributes(b []byte) []byte {
	b = appendAddr(b, unix.RTA_GATEWAY, h.Via)
	if h.Realms != 0 {
		b = appendU32(b, unix.RTA_FLOW, h.Realms)
	}
	if h.Encap != nil {
		b = h.Encap.append(b)
	}
	return b
}

func (e *Encap) append(b []byte) []byte {
	b = appendU16(b, unix.RTA_ENCAP_TYPE, e.Kind)
	b, start := openAttribute(b, unix.RTA_ENCAP)
	switch e.Kind {
	case EncapMPLS:
		var stack []byte
		for i, label := range e.Labels {
			entry := label << mplsLabelShift
			if i == len(e.Labels)-1 {
				entry |= mplsBottom
			}
			stack = binary.BigEndian.AppendUint32(stack, entry)
		}
		b = appendAttribute(b, mplsDst, stack)
	case EncapILA:
		b = appendAttribute(b, ilaLocator, binary.BigEndian.AppendUint64(nil, e.Locator))
	default:
		b = e.appendTunnel(b)
	}
	return closeAttribute(b, start)
}

// appendTunnel appends the attributes that IP and IP6 share.
func (e *Encap) appendTunnel(b []byte) []byte {
	if e.ID != 0 {
		b = appendAttribute(b, tunnelID, binary.BigEndian.AppendUint64(nil, e.ID))
	}
	b = appendAddr(b, tunnelDst, e.Dst)
	b = appendAddr(b, tunnelSrc, e.Src)
	if e.TTL != 0 {
		b = appendAttribute(b, tunnelTTL, []byte{e.TTL})
	}
	if e.TOS != 0 {
		b = appendAttribute(b, tunnelTOS, []byte{e.TOS})
	}
	if e.Flags != 0 {
		b = appendU16(b, tunnelFlags, e.Flags)
	}
	return b
}
