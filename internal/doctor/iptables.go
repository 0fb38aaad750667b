package doctor

import (
	"net/netip"
	"strconv"
	"strings"
)

// ParseIPTables reads what iptables-save, ip6tables-save or arptables-save print. family is "ip",
// "ip6" or "arp".
func ParseIPTables(text, family string) []Chain {
	var chains []Chain
	table := ""
	find := func(name string) *Chain {
		for i := range chains {
			if chains[i].Table == table && chains[i].Name == name {
				return &chains[i]
			}
		}
		return nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "*"):
			table = line[1:]
		case strings.HasPrefix(line, ":"):
			words := strings.Fields(line[1:])
			if len(words) < 2 {
				continue
			}
			c := Chain{Family: family, Table: table, Name: words[0], Type: "filter"}
			if table == "nat" {
				c.Type = "nat"
			}
			if words[1] != "-" {
				c.Hook, c.Policy = strings.ToLower(words[0]), strings.ToLower(words[1])
			}
			chains = append(chains, c)
		case strings.HasPrefix(line, "-A "):
			words := quotedFields(line)
			if len(words) < 2 {
				continue
			}
			if c := find(words[1]); c != nil {
				c.Rules = append(c.Rules, iptablesRule(line, words[2:]))
			}
		}
	}
	return chains
}

// iptablesRule reads the options of a rule.
func iptablesRule(text string, words []string) Rule {
	r := Rule{Text: text}
	not := false
	for i := 0; i < len(words); i++ {
		word := words[i]
		if word == "!" {
			not, r.Unknown = true, true
			continue
		}
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		if n := r.option(word, value, not); n >= 0 {
			i += n
		} else {
			r.Unknown = true
			for i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") && words[i+1] != "!" {
				i++
			}
		}
		not = false
	}
	return r
}

// option takes in one option and returns how many words follow it, -1 where it is not understood. A
// negated one restricts nothing that could be judged.
func (r *Rule) option(name, value string, not bool) int {
	switch name {
	case "-m":
		return 1 // what counts are its options
	case "-j":
		r.Verdict, r.Target = iptablesVerdict(value)
	case "-g":
		r.Verdict, r.Target = "goto", value
	case "-p":
		if n, ok := protocolNumber(value); ok && !not {
			r.Protos = []int{n}
		}
	case "-i":
		if !not {
			r.In = strings.Replace(value, "+", "*", 1)
		}
	case "-o":
		if !not {
			r.Out = strings.Replace(value, "+", "*", 1)
		}
	case "-s", "-d", "--src-ip", "--dst-ip":
		p, ok := prefixOf(value)
		switch {
		case not:
		case !ok:
			return -1
		case name == "-s" || name == "--src-ip":
			r.Src = append(r.Src, p)
		default:
			r.Dst = append(r.Dst, p)
		}
	case "--dport", "--dports":
		if !not {
			r.Ports = portRanges(value)
		}
	case "--ctstate", "--state":
		if !not {
			r.States = strings.Split(strings.ToLower(value), ",")
		}
	case "--comment", "--reject-with", "--log-prefix", "--log-level", "--set-mark", "--set-xmark", "--to-ports", "--to-destination", "--to-source", "--opcode":
	default:
		return -1
	}
	return 1
}

// quotedFields parts a line at its blanks; a text in quotes is one word.
func quotedFields(line string) []string {
	var words []string
	var word strings.Builder
	quoted, some := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && quoted && i+1 < len(line):
			i++
			word.WriteByte(line[i])
		case c == '"':
			quoted, some = !quoted, true
		case c == ' ' && !quoted:
			if some {
				words = append(words, word.String())
			}
			word.Reset()
			some = false
		default:
			word.WriteByte(c)
			some = true
		}
	}
	if some {
		words = append(words, word.String())
	}
	return words
}

// iptablesVerdict turns a target into a verdict.
func iptablesVerdict(target string) (verdict, chain string) {
	switch target {
	case "ACCEPT":
		return "accept", ""
	case "DROP", "REJECT":
		return "drop", ""
	case "RETURN":
		return "return", ""
	case "REDIRECT", "DNAT", "SNAT", "MASQUERADE":
		return "nat", target
	case "LOG", "NFLOG", "MARK", "CONNMARK", "CT", "TCPMSS", "mangle", "NOTRACK", "SET", "TOS", "DSCP":
		return "", target
	}
	return "jump", target
}

func protocolNumber(s string) (int, bool) {
	if n, ok := protocolNumbers[s]; ok {
		return n, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// prefixOf reads an address or a prefix; a mask may be dotted.
func prefixOf(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	address, mask, _ := strings.Cut(s, "/")
	a, err := netip.ParseAddr(address)
	m, bad := netip.ParseAddr(mask)
	if err != nil || bad != nil || !a.Is4() || !m.Is4() {
		return netip.Prefix{}, false
	}
	bits := 0
	for _, b := range m.As4() {
		for ; b&0x80 != 0; b <<= 1 {
			bits++
		}
	}
	return netip.PrefixFrom(a, bits).Masked(), true
}

// portRanges reads 80, 80:90 or 80,443.
func portRanges(s string) (all []PortRange) {
	for part := range strings.SplitSeq(s, ",") {
		first, last, more := strings.Cut(part, ":")
		if !more {
			last = first
		}
		a, err := strconv.ParseUint(first, 10, 16)
		b, bad := strconv.ParseUint(last, 10, 16)
		if err == nil && bad == nil {
			all = append(all, PortRange{uint16(a), uint16(b)})
		}
	}
	return all
}
