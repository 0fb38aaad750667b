package rtnl

import (
	"net/netip"
	"slices"
)

// Matches reports whether have, as the kernel tells it, is r or, of IPv6, one of r's next hops:
// whether r would be missing without it. What r leaves open (an interface that only the kernel
// chose) is not compared.
func (r *Route) Matches(have *Route) bool {
	return r.sameSlot(have) && r.Type == have.Type && r.Src == have.Src && r.Protocol == have.Protocol &&
		(r.Six || r.Scope == have.Scope) && r.hopsWithin(have)
}

// Equal reports whether have, as the kernel tells it, is just what r would be in the kernel.
func (r *Route) Equal(have *Route) bool {
	if !r.Matches(have) || len(r.hops()) != len(have.hops()) {
		return false
	}
	// The kernel does not tell TTLPropagate unless MPLS is there, nor an expiry as it was set.
	if r.Lock != have.Lock || r.Congestion != have.Congestion || r.Preference != have.Preference {
		return false
	}
	for _, m := range r.Metrics {
		if !slices.Contains(have.Metrics, m) {
			return false
		}
	}
	return len(r.Metrics) == len(have.Metrics)
}

// sameSlot reports whether both have one place in one table.
func (r *Route) sameSlot(o *Route) bool {
	return r.Six == o.Six && r.Table == o.Table && r.TOS == o.TOS && r.metric() == o.metric() &&
		network(r.Dst) == network(o.Dst) && network(r.From) == network(o.From)
}

// Displaces reports whether r and o cannot both be in the kernel, or r would not be put because of
// o: one has to replace the other.
func (r *Route) Displaces(o *Route) bool {
	return (r.Six || r.Place == Add) && r.sameSlot(o)
}

func (r *Route) metric() uint32 {
	if r.Six && r.Metric == 0 {
		return ip6DefaultMetric
	}
	return r.Metric
}

// network is p as the kernel has it: without the bits of the host, everything as the zero value.
func network(p netip.Prefix) netip.Prefix {
	if p.Bits() <= 0 {
		return netip.Prefix{}
	}
	return p.Masked()
}

func (r *Route) hops() []Hop {
	if len(r.Hops) > 0 {
		return r.Hops
	}
	return []Hop{r.Hop}
}

// hopsWithin reports whether every next hop of have is one of r's, each used once.
func (r *Route) hopsWithin(have *Route) bool {
	mine := slices.Clone(r.hops())
	for _, h := range have.hops() {
		i := slices.IndexFunc(mine, func(m Hop) bool { return m.matches(&h) })
		if i < 0 {
			return false
		}
		mine = slices.Delete(mine, i, i+1)
	}
	return true
}

func (h *Hop) matches(have *Hop) bool {
	if h.Via != have.Via || h.Index != 0 && h.Index != have.Index || h.Realms != have.Realms || (h.Encap == nil) != (have.Encap == nil) {
		return false
	}
	return h.Encap == nil || h.Encap.matches(have.Encap)
}

// matches compares what the kernel keeps as it was given.
func (e *Encap) matches(have *Encap) bool {
	return e.Kind == have.Kind && e.Dst == have.Dst &&
		(e.Kind != EncapMPLS || slices.Equal(e.Labels, have.Labels)) &&
		(e.Kind != EncapILA || e.Locator == have.Locator) &&
		(e.Kind == EncapMPLS || e.Kind == EncapILA || e.ID == have.ID)
}
