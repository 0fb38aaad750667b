package wiring

import (
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// ruleActions are the kernel's numbers of what a rule does.
var ruleActions = map[string]uint8{
	"": rtnl.ToTable, "goto": rtnl.Goto, "nop": rtnl.Nop, "blackhole": rtnl.Blackhole,
	"unreachable": rtnl.Unreachable, "prohibit": rtnl.Prohibit,
}

// rules are the rules of a block. Those of static_rules that name a track_group concern its instances.
func rules(list []config.Rule, groups map[string][]vrrp.ID) []speaker.Rule {
	var all []speaker.Rule
	for i := range list {
		r := &list[i]
		all = append(all, speaker.Rule{Rule: rule(r), NoTrack: r.NoTrack, Watchers: groups[r.TrackGroup]})
	}
	return all
}

func rule(c *config.Rule) rtnl.Rule {
	r := rtnl.Rule{
		Six: c.Family == 6, Not: c.Not, From: c.From, To: c.To, IIF: c.IIF, OIF: c.OIF,
		Action: ruleActions[c.Action], Protocol: rtnl.Keepalived, Table: c.Table, Priority: c.Priority, Goto: c.Goto,
		SuppressPrefix: -1, SuppressGroup: -1,
	}
	for _, o := range c.Options {
		ruleOption(&r, o)
	}
	return r
}

// ruleOption sets what a word says that the model keeps as a word.
func ruleOption(r *rtnl.Rule, o config.Option) {
	switch o.Name {
	case "tos", "dsfield":
		r.TOS = uint8(numeral(o.Value))
	case "fwmark":
		r.Mark, r.Mask = mark(o.Value)
		r.MarkSet = true
	case "realms":
		r.Realms = realms(o.Value)
	case "suppress_prefixlength", "sup_pl":
		r.SuppressPrefix = int32(numeral(o.Value))
	case "suppress_ifgroup", "sup_group":
		r.SuppressGroup = int32(numeral(o.Value))
	case "tunnel-id":
		r.TunnelID = numeral(o.Value)
	case "uidrange":
		first, last := interval(o.Value)
		r.UIDs = &rtnl.Range{First: uint32(first), Last: uint32(last)}
	case "ipproto":
		r.IPProto = uint8(numeral(o.Value))
	case "protocol":
		r.Protocol = uint8(numeral(o.Value))
	case "sport":
		r.Source = ports(o.Value)
	case "dport":
		r.Dest = ports(o.Value)
	case "l3mdev":
		r.L3MDev = true
	}
}

// mark reads MARK[/MASK]; all bits count without a mask, none where nothing follows the slash.
func mark(s string) (value, mask uint32) {
	v, m, found := strings.Cut(s, "/")
	if !found {
		return uint32(numeral(v)), ^uint32(0)
	}
	return uint32(numeral(v)), uint32(numeral(m))
}

func interval(s string) (first, last uint64) {
	a, b, _ := strings.Cut(s, "-")
	first, _ = strconv.ParseUint(strings.TrimPrefix(a, "+"), 10, 64) // checked when they were read
	last, _ = strconv.ParseUint(strings.TrimPrefix(b, "+"), 10, 64)
	return first, last
}

func ports(s string) rtnl.PortRange {
	first, last := interval(s)
	return rtnl.PortRange{First: uint16(first), Last: uint16(last)}
}
