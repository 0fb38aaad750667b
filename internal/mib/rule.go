package mib

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// ruleRow is a static or virtual rule.
type ruleRow struct {
	place agentx.OID
	of    *config.Rule
	set   bool
}

// lookupTable is the action of a rule that looks a table up (FR_ACT_TO_TBL).
const lookupTable = 1

// ruleActions are the kernel's numbers of what else a rule can do.
var ruleActions = map[string]int{"": lookupTable, "goto": 2, "nop": 3, "blackhole": 6, "unreachable": 7, "prohibit": 8}

// rules is vrrpRuleTable.
func (m *model) rules() table {
	var list []ruleRow
	add := func(instance int, rules []config.Rule, set bool) {
		for i := range rules {
			list = append(list, ruleRow{agentx.OID{uint32(instance), uint32(i + 1)}, &rules[i], set})
		}
	}
	add(0, m.Config.StaticRules, m.VRRP != nil)
	for i := range m.Config.Instances {
		in := &m.Config.Instances[i]
		add(i+1, in.Rules, m.state(in.Name).Held)
	}
	columns := append(ruleAddresses(), ruleSelectors()...)
	return tableOf(VRRP.Append(8, 1), list, func(_ int, r *ruleRow) agentx.OID { return r.place }, append(columns, m.ruleRest()...))
}

// some is the destination, else the source.
func some(r *config.Rule) netip.Prefix {
	if r.To.IsValid() {
		return r.To
	}
	return r.From
}

func direction(r *config.Rule) string {
	switch {
	case r.To.IsValid() && r.From.IsValid():
		return "both"
	case r.To.IsValid():
		return "to"
	case r.From.IsValid():
		return "from"
	}
	return ""
}

// table is the table that a rule looks up.
func (r *ruleRow) table() agentx.Value {
	if ruleActions[r.of.Action] != lookupTable {
		return none
	}
	return agentx.Unsigned(r.of.Table)
}

func ruleAddresses() []column[ruleRow] {
	return []column[ruleRow]{
		{2, func(r *ruleRow) agentx.Value { return agentx.Text(direction(r.of)) }},
		{3, func(r *ruleRow) agentx.Value { return inetType(some(r.of).Addr()) }},
		{4, func(r *ruleRow) agentx.Value { return inet(some(r.of).Addr()) }},
		{5, func(r *ruleRow) agentx.Value { return bits(some(r.of)) }},
		{6, (*ruleRow).table},
		{7, func(r *ruleRow) agentx.Value { return truth(r.set) }},
		{8, func(r *ruleRow) agentx.Value { return truth(r.of.Not) }},
		{9, func(r *ruleRow) agentx.Value { return inetType(r.of.To.Addr()) }},
		{10, func(r *ruleRow) agentx.Value { return inet(r.of.To.Addr()) }},
		{11, func(r *ruleRow) agentx.Value { return bits(r.of.To) }},
		{12, func(r *ruleRow) agentx.Value { return inetType(r.of.From.Addr()) }},
		{13, func(r *ruleRow) agentx.Value { return inet(r.of.From.Addr()) }},
		{14, func(r *ruleRow) agentx.Value { return bits(r.of.From) }},
	}
}

func ruleSelectors() []column[ruleRow] {
	mark := func(r *ruleRow, mask bool) agentx.Value {
		o, ok := option(r.of.Options, "fwmark")
		before, after, found := strings.Cut(o.Value, "/")
		switch {
		case !ok, mask && !found:
			return none
		case mask:
			return agentx.Unsigned(hex(after))
		}
		return agentx.Unsigned(hex(before))
	}
	return []column[ruleRow]{
		{15, func(r *ruleRow) agentx.Value {
			o, _ := option(r.of.Options, "tos", "dsfield")
			return agentx.Unsigned(numeric(o.Value))
		}},
		{16, func(r *ruleRow) agentx.Value { return mark(r, false) }},
		{17, func(r *ruleRow) agentx.Value { return mark(r, true) }},
		{18, func(r *ruleRow) agentx.Value { return realm(r.of.Options, false) }},
		{19, func(r *ruleRow) agentx.Value { return realm(r.of.Options, true) }},
		{20, func(r *ruleRow) agentx.Value { return text(r.of.IIF) }},
		{21, func(r *ruleRow) agentx.Value { return text(r.of.OIF) }},
		{22, func(r *ruleRow) agentx.Value {
			if r.of.Action != "goto" {
				return none
			}
			return agentx.Unsigned(r.of.Goto)
		}},
		{23, func(r *ruleRow) agentx.Value { return agentx.Int(ruleActions[r.of.Action]) }},
		{24, (*ruleRow).table},
		{25, func(r *ruleRow) agentx.Value {
			if r.of.Priority == 0 {
				return none
			}
			return agentx.Unsigned(r.of.Priority)
		}},
	}
}

// hex is a number in any base.
func hex(s string) uint32 {
	n, _ := strconv.ParseUint(s, 0, 32) // the reader of the file has seen to it
	return uint32(n)
}

// ruleRest are the selectors that few rules have.
func (m *model) ruleRest() []column[ruleRow] {
	value := func(r *ruleRow, f func(string) agentx.Value, names ...string) agentx.Value {
		if o, ok := option(r.of.Options, names...); ok {
			return f(o.Value)
		}
		return none
	}
	tunnel := func(s string) uint64 {
		n, _ := strconv.ParseUint(s, 0, 64) // as hex
		return n
	}
	users := func(last bool) func(string) agentx.Value {
		return func(s string) agentx.Value {
			from, to, _ := strings.Cut(s, "-")
			if last {
				return agentx.Unsigned(numeric(to))
			}
			return agentx.Unsigned(numeric(from))
		}
	}
	return []column[ruleRow]{
		{26, func(r *ruleRow) agentx.Value {
			return value(r, func(s string) agentx.Value { return agentx.Unsigned(numeric(s)) }, "suppress_prefixlength", "sup_pl")
		}},
		{27, func(r *ruleRow) agentx.Value {
			return value(r, func(s string) agentx.Value { return agentx.Text(or(m.Groups[numeric(s)], s)) }, "suppress_ifgroup", "sup_group")
		}},
		{28, func(r *ruleRow) agentx.Value {
			return value(r, func(s string) agentx.Value { return agentx.Unsigned(uint32(tunnel(s) >> 32)) }, "tunnel-id")
		}},
		{29, func(r *ruleRow) agentx.Value {
			return value(r, func(s string) agentx.Value { return agentx.Unsigned(uint32(tunnel(s))) }, "tunnel-id")
		}},
		{30, func(r *ruleRow) agentx.Value { return value(r, users(false), "uidrange") }},
		{31, func(r *ruleRow) agentx.Value { return value(r, users(true), "uidrange") }},
		{32, func(r *ruleRow) agentx.Value {
			return value(r, func(string) agentx.Value { return truth(true) }, "l3mdev")
		}},
	}
}
