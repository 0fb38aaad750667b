package firewall

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Table is a table of ours in the words of nft(8), to be compared and shown; what works on the kernel
// itself does not go by it.
type Table struct {
	Six  bool
	Name string
	Sets []Set
	// Frame is the chain and its rules, each as nft takes it behind "add"; empty for a table that was read.
	Frame []string
}

// Set is a set or map of a table.
type Set struct {
	Name, Type string
	Elements   []string
}

func (t *Table) family() string {
	if t.Six {
		return "ip6"
	}
	return "ip"
}

func (t *Table) path() string { return t.family() + " " + t.Name }

// Names are those of the tables that a Firewall with these options may have.
func Names(o Options) []string { return []string{o.Table, o.Table + suffix} }

// ShutTables are the tables that shut addresses: none for a family without any.
func ShutTables(o Options, shut []Address) []Table {
	var tables []Table
	for _, six := range []bool{false, true} {
		t := Table{Six: six, Name: o.Table, Sets: []Set{{Name: "vips", Type: "type ipv4_addr ;"}}}
		if six {
			link := "ifname"
			if o.ByIndex {
				link = "iface_index"
			}
			t.Sets = []Set{{Name: "vips", Type: "type ipv6_addr ;"}, {Name: "vips_link_local", Type: "type ipv6_addr . " + link + " ;"}}
		}
		held := 0
		for _, a := range shut {
			switch {
			case a.Addr.Is6() != six:
				continue
			case a.Addr.Is6() && a.Addr.IsLinkLocalUnicast():
				t.Sets[1].Elements = append(t.Sets[1].Elements, fmt.Sprintf("%s . %q", a.Addr, a.Link))
			default:
				t.Sets[0].Elements = append(t.Sets[0].Elements, a.Addr.String())
			}
			held++
		}
		if held > 0 {
			t.Frame = shutFrame(o, &t)
			tables = append(tables, t)
		}
	}
	return tables
}

// shutFrame says in words what rules makes.
func shutFrame(o Options, t *Table) []string {
	var lines []string
	for _, d := range []struct{ name, hook, address, link string }{{"in", "input", "daddr", "iif"}, {"out", "output", "saddr", "oif"}} {
		lines = append(lines, chainOf(o, t, d.name, d.hook))
		if t.Six {
			link := d.link
			if !o.ByIndex {
				link += "name"
			}
			lines = append(lines,
				ruleOf(o, t, d.name, "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }", "accept"),
				ruleOf(o, t, d.name, "ip6 "+d.address+" . "+link+" @vips_link_local", "drop"))
		}
		lines = append(lines, ruleOf(o, t, d.name, t.family()+" "+d.address+" @vips", "drop"))
	}
	return lines
}

// SteerTables are the tables that lead reports of multicast groups from macvlans, the keys, to their bases.
func SteerTables(o Options, macvlans map[string]string) []Table {
	if len(macvlans) == 0 {
		return nil
	}
	var tables []Table
	for _, six := range []bool{false, true} {
		t := Table{Six: six, Name: o.Table + suffix, Sets: []Set{{Name: "bases", Type: "type iface_index : iface_index ;"}}}
		for _, name := range slices.Sorted(maps.Keys(macvlans)) {
			t.Sets[0].Elements = append(t.Sets[0].Elements, fmt.Sprintf("%q : %q", name, macvlans[name]))
		}
		match := "meta l4proto igmp"
		if six {
			match = "icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report }"
		}
		t.Frame = []string{
			chainOf(o, &t, "out", "output"),
			ruleOf(o, &t, "out", match+" dup to "+t.family()+" daddr device oif map @bases", "drop"),
		}
		tables = append(tables, t)
	}
	return tables
}

// MarkTables are the tables that mark packets.
func MarkTables(o Options, marks []Mark) []Table {
	var tables []Table
	for _, six := range []bool{false, true} {
		t := Table{Six: six, Name: o.Table}
		kind := "ipv4_addr"
		if six {
			kind = "ipv6_addr"
		}
		t.Frame = []string{chainOf(o, &t, "in", "input")}
		for _, m := range layout(Disjoint(marks), six) {
			set := Set{Name: m.name, Type: "type " + kind + " . inet_service : mark ; flags interval ;"}
			if o.Counters {
				set.Type += " counter ;"
			}
			for _, e := range m.elements {
				set.Elements = append(set.Elements, markWords(e.Key, e.KeyEnd, e.Val))
			}
			t.Sets = append(t.Sets, set)
			protocol := map[uint8]string{unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp", unix.IPPROTO_SCTP: "sctp"}[m.protocol]
			t.Frame = append(t.Frame, ruleOf(o, &t, "in", fmt.Sprintf("meta mark set %s daddr . %s dport map @%s", t.family(), protocol, m.name), "return"))
		}
		if len(t.Sets) > 0 {
			tables = append(tables, t)
		}
	}
	return tables
}

func chainOf(o Options, t *Table, name, hook string) string {
	return fmt.Sprintf("chain %s %s { type filter hook %s priority %d ; policy accept ; }", t.path(), name, hook, o.Priority)
}

func ruleOf(o Options, t *Table, chain, match, verdict string) string {
	if o.Counters {
		match += " counter"
	}
	return fmt.Sprintf("rule %s %s %s %s", t.path(), chain, match, verdict)
}

// markWords is an element of a map as nft writes it.
func markWords(from, to, mark []byte) string {
	if len(to) == 0 {
		to = from
	}
	size := len(from) - 4
	span := func(a, b string) string {
		if a == b {
			return a
		}
		return a + "-" + b
	}
	addr := func(key []byte) string { a, _ := netip.AddrFromSlice(key[:size]); return a.String() }
	port := func(key []byte) string { return fmt.Sprint(int(key[size])<<8 | int(key[size+1])) }
	var value uint32
	for _, b := range mark {
		value = value<<8 | uint32(b)
	}
	return fmt.Sprintf("%s . %s : 0x%08x", span(addr(from), addr(to)), span(port(from), port(to)), value)
}

// Changes are the commands of nft(8), without its name, that make what is there into what is wanted. A table
// that has other sets than ours is made anew, as a daemon that starts does.
func Changes(have, want []Table) []string {
	var lines []string
	find := func(list []Table, t *Table) *Table {
		i := slices.IndexFunc(list, func(l Table) bool { return l.Six == t.Six && l.Name == t.Name })
		if i < 0 {
			return nil
		}
		return &list[i]
	}
	for i := range have {
		if w := find(want, &have[i]); w == nil || !alike(&have[i], w) {
			lines = append(lines, "delete table "+have[i].path())
		}
	}
	for i := range want {
		w := &want[i]
		h := find(have, w)
		if h == nil || !alike(h, w) {
			lines = append(lines, w.add()...)
			continue
		}
		for j := range w.Sets {
			lines = append(lines, changeSet(w.path(), &h.Sets[j], &w.Sets[j])...)
		}
	}
	return lines
}

// alike reports whether two tables have the same sets, whatever is in them.
func alike(a, b *Table) bool {
	return slices.EqualFunc(a.Sets, b.Sets, func(x, y Set) bool { return x.Name == y.Name })
}

// add are the commands that make a table.
func (t *Table) add() []string {
	lines := []string{"add table " + t.path()}
	for _, s := range t.Sets {
		kind := "set"
		if strings.Contains(s.Type, ":") {
			kind = "map"
		}
		lines = append(lines, fmt.Sprintf("add %s %s %s { %s }", kind, t.path(), s.Name, s.Type))
	}
	for _, f := range t.Frame {
		lines = append(lines, "add "+f)
	}
	for i := range t.Sets {
		lines = append(lines, changeSet(t.path(), &Set{}, &t.Sets[i])...)
	}
	return lines
}

func changeSet(path string, have, want *Set) []string {
	var lines []string
	for _, e := range have.Elements {
		if !slices.Contains(want.Elements, e) {
			lines = append(lines, fmt.Sprintf("delete element %s %s { %s }", path, want.Name, e))
		}
	}
	for _, e := range want.Elements {
		if !slices.Contains(have.Elements, e) {
			lines = append(lines, fmt.Sprintf("add element %s %s { %s }", path, want.Name, e))
		}
	}
	return lines
}
