package mib

import (
	"net/netip"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// encapTypes are an EncapType by the word behind encap: the kernel's number and one.
var encapTypes = map[string]int{"mpls": 2, "ip": 3, "ila": 4, "ip6": 5}

// encapColumns are the nine columns of an encapsulation from the first on: its type, MPLS labels, then
// id, destination, source, TOS, TTL and flags of a tunnel, and an ILA locator.
func encapColumns[R any](first uint32, of func(*R) []config.Option) []column[R] {
	words := func(r *R) []string {
		o, _ := option(of(r), "encap")
		return strings.Fields(o.Value)
	}
	// value is the word behind a name, in an encapsulation of one of the types.
	value := func(r *R, name string, types ...string) string {
		w := words(r)
		for _, t := range types {
			if len(w) < 2 || w[0] != t {
				continue
			}
			if name == "" {
				return w[1]
			}
			for i := 1; i+1 < len(w); i++ {
				if w[i] == name {
					return w[i+1]
				}
			}
		}
		return ""
	}
	number := func(r *R, name string) agentx.Value {
		if s := value(r, name, "ip", "ip6"); s != "" {
			return agentx.Unsigned(numeric(s))
		}
		return none
	}
	address := func(r *R, name string) agentx.Value {
		a, err := netip.ParseAddr(value(r, name, "ip", "ip6"))
		if err != nil {
			return none
		}
		return inet(a)
	}
	return []column[R]{
		{first, func(r *R) agentx.Value {
			if w := words(r); len(w) > 0 && encapTypes[w[0]] != 0 {
				return agentx.Int(encapTypes[w[0]])
			}
			return none
		}},
		{first + 1, func(r *R) agentx.Value { return text(value(r, "", "mpls")) }},
		{first + 2, func(r *R) agentx.Value {
			if s := value(r, "id", "ip", "ip6"); s != "" {
				return agentx.Count64(uint64(numeric(s)))
			}
			return none
		}},
		{first + 3, func(r *R) agentx.Value { return address(r, "dst") }},
		{first + 4, func(r *R) agentx.Value { return address(r, "src") }},
		{first + 5, func(r *R) agentx.Value { return number(r, "tos") }},
		{first + 6, func(r *R) agentx.Value { return number(r, "ttl") }},
		{first + 7, func(r *R) agentx.Value { return number(r, "flags") }},
		{first + 8, func(r *R) agentx.Value {
			if s := value(r, "", "ila"); s != "" {
				return agentx.Count64(locator(s))
			}
			return none
		}},
	}
}

// locator is an ILA locator, four groups of 16 bits, as a number.
func locator(s string) uint64 {
	a, err := netip.ParseAddr(s + "::")
	if err != nil {
		return 0
	}
	b := a.As16()
	var n uint64
	for _, o := range b[:8] {
		n = n<<8 | uint64(o)
	}
	return n
}
