package doctor

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
)

// nftObject is one object of `nft -j list ruleset` (libnftables-json(5)), as far as it is read.
type nftObject struct {
	Chain *struct {
		Family, Table, Name, Type, Hook, Policy string
	}
	Rule *struct {
		Family, Table, Chain string
		Expr                 []map[string]json.RawMessage
	}
}

// ParseNFT reads what `nft -j list ruleset` prints. Chains of the arp family come apart.
func ParseNFT(text []byte) (chains, arp []Chain, err error) {
	var all struct{ Nftables []nftObject }
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, nil, fmt.Errorf("read nft's ruleset: %w", err)
	}
	index := map[[3]string]int{}
	var list []Chain
	for _, o := range all.Nftables {
		if c := o.Chain; c != nil {
			index[[3]string{c.Family, c.Table, c.Name}] = len(list)
			list = append(list, Chain{Family: c.Family, Table: c.Table, Name: c.Name, Type: c.Type, Hook: c.Hook, Policy: c.Policy})
		}
	}
	for _, o := range all.Nftables {
		if o.Rule == nil {
			continue
		}
		if i, ok := index[[3]string{o.Rule.Family, o.Rule.Table, o.Rule.Chain}]; ok {
			list[i].Rules = append(list[i].Rules, nftRule(o.Rule.Expr))
		}
	}
	for _, c := range list {
		if c.Family == "arp" {
			arp = append(arp, c)
		} else {
			chains = append(chains, c)
		}
	}
	return chains, arp, nil
}

// nftRule reads a rule's statements, of which each is an object with one member.
func nftRule(statements []map[string]json.RawMessage) Rule {
	var r Rule
	var text []string
	for _, s := range statements {
		for name, value := range s {
			switch name {
			case "match":
				text = append(text, r.nftMatch(value))
				continue
			case "accept", "drop", "return":
				r.Verdict = name
			case "reject":
				r.Verdict = "drop"
			case "jump", "goto":
				var to struct{ Target string }
				_ = json.Unmarshal(value, &to)
				r.Verdict, r.Target = name, to.Target
				name += " " + to.Target
			case "redirect", "dnat", "snat", "masquerade":
				r.Verdict, r.Target = "nat", name
			case "counter", "log", "mangle", "notrack", "comment":
				continue
			case "vmap":
				if strings.Contains(string(value), `"ct"`) && strings.Contains(string(value), `"state"`) && !strings.Contains(string(value), `"new"`) {
					continue // the first packet of a connection is none of these
				}
				r.Unknown, r.Verdict = true, "accept"
			default: // limit, xt, queue, tproxy ...
				r.Unknown = true
				if r.Verdict == "" {
					r.Verdict = "accept"
				}
			}
			text = append(text, name)
		}
	}
	r.Text = strings.Join(text, " ")
	return r
}

// nftMatch takes in a condition and returns it in words.
func (r *Rule) nftMatch(raw json.RawMessage) string {
	var m struct {
		Op   string
		Left struct {
			Meta    *struct{ Key string }
			CT      *struct{ Key string }
			Payload *struct{ Protocol, Field string }
		}
		Right json.RawMessage
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		r.Unknown = true
		return "?"
	}
	values, ok := nftValues(m.Right)
	name := "?"
	switch {
	case m.Left.Meta != nil:
		name = m.Left.Meta.Key
	case m.Left.CT != nil:
		name = "ct " + m.Left.CT.Key
	case m.Left.Payload != nil:
		name = m.Left.Payload.Protocol + " " + m.Left.Payload.Field
	}
	text := name + " " + strings.Join(values, ",")
	if m.Op != "==" && m.Op != "in" || !ok || !r.nftCondition(name, values) {
		r.Unknown = true
		text = name + " " + m.Op + " " + strings.Join(values, ",")
	}
	return text
}

// nftCondition takes in a condition, false where it is not understood.
func (r *Rule) nftCondition(name string, values []string) bool {
	switch name {
	case "l4proto", "ip protocol", "ip6 nexthdr":
		for _, v := range values {
			n, ok := protocolNumber(v)
			if !ok {
				return false
			}
			r.Protos = append(r.Protos, n)
		}
	case "iifname", "iif":
		r.In = values[0]
		return len(values) == 1
	case "oifname", "oif":
		r.Out = values[0]
		return len(values) == 1
	case "ct state":
		r.States = values
	case "ip saddr", "ip6 saddr":
		return nftPrefixes(&r.Src, values)
	case "ip daddr", "ip6 daddr", "arp daddr ip":
		return nftPrefixes(&r.Dst, values)
	case "arp operation":
	case "tcp dport", "udp dport", "sctp dport", "th dport":
		if n, ok := protocolNumbers[strings.Fields(name)[0]]; ok {
			r.Protos = []int{n}
		}
		r.Ports = nil
		for _, v := range values {
			r.Ports = append(r.Ports, portRanges(strings.Replace(v, "-", ":", 1))...)
		}
		return len(r.Ports) == len(values)
	default:
		return false
	}
	return true
}

func nftPrefixes(to *[]netip.Prefix, values []string) bool {
	for _, v := range values {
		p, ok := prefixOf(v)
		if !ok {
			return false
		}
		*to = append(*to, p)
	}
	return true
}

// nftValues are the values of a condition's right side; false where there is more to it.
func nftValues(raw json.RawMessage) ([]string, bool) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, false
	}
	all, ok := nftValue(v)
	return all, ok && len(all) > 0
}

func nftValue(v any) ([]string, bool) {
	switch x := v.(type) {
	case string:
		return []string{x}, !strings.HasPrefix(x, "@")
	case float64:
		return []string{fmt.Sprint(int64(x))}, true
	case []any:
		var all []string
		for _, e := range x {
			one, ok := nftValue(e)
			if !ok {
				return nil, false
			}
			all = append(all, one...)
		}
		return all, true
	case map[string]any:
		if set, ok := x["set"]; ok {
			return nftValue(set)
		}
		if p, ok := x["prefix"].(map[string]any); ok {
			return []string{fmt.Sprintf("%v/%v", p["addr"], p["len"])}, true
		}
		if r, ok := x["range"].([]any); ok && len(r) == 2 {
			return []string{fmt.Sprintf("%v-%v", r[0], r[1])}, true
		}
	}
	return nil, false
}
