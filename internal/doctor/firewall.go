package doctor

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// Chain is a chain of a firewall.
type Chain struct {
	Family string // "ip", "ip6", "inet", "arp"
	Table  string
	Name   string
	Hook   string // "input", "forward", "output", "prerouting"; "" for one that others jump to
	Type   string // "filter", "nat", "route"
	Policy string // "accept" or "drop"; of a base chain
	Rules  []Rule
}

// Rule is a rule as far as it can be judged. Empty conditions match everything.
type Rule struct {
	Text    string
	Protos  []int
	In, Out string // an interface; a trailing * stands for any rest
	Src     []netip.Prefix
	Dst     []netip.Prefix
	Ports   []PortRange // destination ports
	States  []string    // of connection tracking
	// Unknown: there are conditions that are not understood.
	Unknown bool
	Verdict string // "accept", "drop", "jump", "goto", "return", "nat", or "" to go on
	Target  string // of a jump
}

// PortRange is a range of ports.
type PortRange struct{ First, Last uint16 }

// Packet is what a firewall is asked about.
type Packet struct {
	Hook     string
	Proto    int
	In, Out  string
	Src, Dst netip.Addr // invalid: any; one of them is valid
	Port     uint16     // destination, 0 for none
	State    string     // of connection tracking; "" for new
}

// Drops returns the rule that drops a packet, or "" if it passes or cannot be judged.
func Drops(chains []Chain, p Packet) string {
	for i := range chains {
		c := &chains[i]
		if c.Hook != p.Hook || c.Type == "nat" || !c.sees(p) {
			continue
		}
		w := walk{chains: chains, packet: p}
		verdict := w.chain(c)
		if verdict == "" && c.Policy == "drop" {
			verdict, w.rule = "drop", "policy drop"
		}
		if verdict == "drop" && !w.doubt {
			return c.Family + " " + c.Table + " " + c.Name + ": " + w.rule
		}
	}
	return ""
}

// sees tells whether packets of this family come to the chain.
func (c *Chain) sees(p Packet) bool {
	six := p.Dst.Is6() || p.Src.Is6()
	return c.Family == "inet" || c.Family == "ip" && !six || c.Family == "ip6" && six
}

// walk is a packet's way through chains.
type walk struct {
	chains []Chain
	packet Packet
	been   map[*Chain]string // what came of a chain; loop while it is not known
	doubt  bool              // a rule that may have accepted it was passed
	rule   string
}

// loop is what a chain has that leads to itself. The kernel takes none, a file may have one.
const loop = "loop"

// chain returns "accept", "drop", or "" at the chain's end. A chain that many jump to is looked at once: it
// says the same each time.
func (w *walk) chain(c *Chain) string {
	if verdict, there := w.been[c]; there {
		if verdict == loop {
			w.doubt = true
			return ""
		}
		return verdict
	}
	if w.been == nil {
		w.been = map[*Chain]string{}
	}
	w.been[c] = loop
	verdict := w.rules(c)
	w.been[c] = verdict
	return verdict
}

func (w *walk) rules(c *Chain) string {
	for i := range c.Rules {
		r := &c.Rules[i]
		matches, sure := r.matches(w.packet)
		if !matches {
			continue
		}
		if !sure {
			w.doubt = w.doubt || r.Verdict != "drop" && r.Verdict != ""
			continue
		}
		switch r.Verdict {
		case "accept", "drop":
			w.rule = r.Text
			return r.Verdict
		case "return":
			return ""
		case "jump", "goto":
			if v := w.jump(c, r.Target); v != "" {
				return v
			}
			if r.Verdict == "goto" {
				return ""
			}
		}
	}
	return ""
}

func (w *walk) jump(from *Chain, target string) string {
	for i := range w.chains {
		t := &w.chains[i]
		if t.Name == target && t.Table == from.Table && t.Family == from.Family {
			return w.chain(t)
		}
	}
	w.doubt = true // a target of an extension
	return ""
}

// matches tells whether a rule applies; sure is false where that hangs on what is not understood.
func (r *Rule) matches(p Packet) (matches, sure bool) {
	in := func(all []netip.Prefix, a netip.Addr) bool {
		return len(all) == 0 || slices.ContainsFunc(all, func(x netip.Prefix) bool { return x.Contains(a) })
	}
	switch {
	case len(r.Protos) > 0 && !slices.Contains(r.Protos, p.Proto),
		!named(r.In, p.In), !named(r.Out, p.Out),
		p.Src.IsValid() && !in(r.Src, p.Src), p.Dst.IsValid() && !in(r.Dst, p.Dst),
		len(r.States) > 0 && !slices.Contains(r.States, cmp.Or(p.State, "new")),
		len(r.Ports) > 0 && !slices.ContainsFunc(r.Ports, func(x PortRange) bool { return x.First <= p.Port && p.Port <= x.Last }):
		return false, true
	}
	return true, !r.Unknown && (p.Src.IsValid() || len(r.Src) == 0) && (p.Dst.IsValid() || len(r.Dst) == 0) && (p.In != "" || r.In == "") && (p.Out != "" || r.Out == "")
}

// named compares an interface with that of a rule; one that is not known may be it.
func named(pattern, name string) bool {
	if pattern == "" || name == "" {
		return true
	}
	if start, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, start)
	}
	return pattern == name
}

// protocolNumbers are the protocols that rules name, in the words of iptables and nft.
var protocolNumbers = map[string]int{
	"icmp": 1, "ipencap": 4, "ipip": 4, "ipv4": 4, "tcp": 6, "udp": 17, "ipv6": 41, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "ipv6-icmp": 58,
	"vrrp": 112, "sctp": 132,
}
