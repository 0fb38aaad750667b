package rtnl

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// decodeRoute reads the body of RTM_NEWROUTE or RTM_DELROUTE: struct rtmsg and attributes.
func decodeRoute(b []byte) (Route, error) {
	if len(b) < unix.SizeofRtMsg {
		return Route{}, errShort
	}
	r := Route{
		Six: b[0] == unix.AF_INET6, TOS: b[3], Table: uint32(b[4]), Protocol: b[5], Scope: b[6], Type: b[7],
	}
	r.OnLink = binary.NativeEndian.Uint32(b[8:])&unix.RTNH_F_ONLINK != 0
	dstBits, fromBits := int(b[1]), int(b[2])
	var failure error
	err := attributes(b[unix.SizeofRtMsg:], func(kind uint16, v []byte) {
		switch kind {
		case unix.RTA_TABLE:
			r.Table = u32(v)
		case unix.RTA_DST:
			r.Dst = prefixOf(v, dstBits)
		case unix.RTA_SRC:
			r.From = prefixOf(v, fromBits)
		case unix.RTA_PRIORITY:
			r.Metric = u32(v)
		case unix.RTA_PREFSRC:
			r.Src, _ = netip.AddrFromSlice(v)
		case unix.RTA_OIF:
			r.Index = int(u32(v))
		case unix.RTA_METRICS:
			failure = r.decodeMetrics(v)
		case unix.RTA_MULTIPATH:
			failure = r.decodeHops(v)
		default:
			r.decodeRare(kind, v)
		}
	})
	if err == nil {
		err = failure
	}
	return r, err
}

func prefixOf(v []byte, bits int) netip.Prefix {
	a, ok := netip.AddrFromSlice(v)
	if !ok || bits > a.BitLen() {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(a, bits)
}

// decodeRare reads what few routes have, and what a next hop has.
func (r *Route) decodeRare(kind uint16, v []byte) {
	switch {
	case kind == unix.RTA_PREF && len(v) > 0:
		r.Preference = v[0]
	case kind == unix.RTA_TTL_PROPAGATE && len(v) > 0:
		r.TTLPropagate = 2 - min(v[0], 1)
	default:
		r.Hop.decode(kind, v)
	}
}

func (r *Route) decodeMetrics(b []byte) error {
	return attributes(b, func(kind uint16, v []byte) {
		switch kind {
		case unix.RTAX_LOCK:
			r.Lock = u32(v)
		case rtaxCongestion:
			r.Congestion = text(v)
		default:
			r.Metrics = append(r.Metrics, Metric{kind, u32(v)})
		}
	})
}

func (r *Route) decodeHops(b []byte) error {
	for len(b) >= unix.SizeofRtNexthop {
		n := int(binary.NativeEndian.Uint16(b))
		if n < unix.SizeofRtNexthop || n > len(b) {
			return errShort
		}
		h := Hop{Index: int(u32(b[4:])), Weight: int(b[3]) + 1, OnLink: b[2]&unix.RTNH_F_ONLINK != 0}
		if err := attributes(b[unix.SizeofRtNexthop:n], h.decode); err != nil {
			return fmt.Errorf("decode next hop: %w", err)
		}
		r.Hops = append(r.Hops, h)
		b = b[min(align(n), len(b)):]
	}
	return nil
}

// decode reads one attribute of a next hop.
func (h *Hop) decode(kind uint16, v []byte) {
	switch kind {
	case unix.RTA_GATEWAY:
		h.Via, _ = netip.AddrFromSlice(v)
	case unix.RTA_FLOW:
		h.Realms = u32(v)
	case unix.RTA_ENCAP_TYPE:
		h.encap().Kind = u16(v)
	case unix.RTA_ENCAP:
		// Its meaning depends on the type, which comes before or behind it.
		e := h.encap()
		_ = attributes(v, func(kind uint16, v []byte) { e.decode(kind, v) })
	}
}

func (h *Hop) encap() *Encap {
	if h.Encap == nil {
		h.Encap = &Encap{}
	}
	return h.Encap
}

// decode reads one attribute of an encapsulation: what it is shows in the length as well.
func (e *Encap) decode(kind uint16, v []byte) {
	switch kind {
	case tunnelID: // mplsDst, ilaLocator
		if len(v) == 8 {
			e.ID = binary.BigEndian.Uint64(v)
			e.Locator = e.ID
		}
		for s := v; len(s) >= 4; s = s[4:] {
			e.Labels = append(e.Labels, binary.BigEndian.Uint32(s)>>mplsLabelShift)
		}
	case tunnelDst:
		e.Dst, _ = netip.AddrFromSlice(v)
	case tunnelSrc:
		e.Src, _ = netip.AddrFromSlice(v)
	case tunnelTTL, tunnelTOS:
		if len(v) > 0 && kind == tunnelTTL {
			e.TTL = v[0]
		} else if len(v) > 0 {
			e.TOS = v[0]
		}
	case tunnelFlags:
		e.Flags = u16(v)
	}
}
