package rtnl

import (
	"fmt"
	"strings"
)

// String is in the manner of `ip rule`, with numbers for names of tables and protocols.
func (r *Rule) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "pref %d", r.Priority)
	if r.Not {
		s.WriteString(" not")
	}
	s.WriteString(" from " + prefixText(r.From, "all"))
	if bits(r.To) > 0 {
		s.WriteString(" to " + prefixText(r.To, "all"))
	}
	if r.TOS != 0 {
		fmt.Fprintf(&s, " tos 0x%x", r.TOS)
	}
	switch {
	case r.MarkSet && r.Mask != ^uint32(0):
		fmt.Fprintf(&s, " fwmark 0x%x/0x%x", r.Mark, r.Mask)
	case r.MarkSet:
		fmt.Fprintf(&s, " fwmark 0x%x", r.Mark)
	}
	r.selectorText(&s)
	r.actionText(&s)
	return s.String()
}

// Command is the ip(8) command that does this verb to r.
func (r *Rule) Command(verb string) string {
	return ipCommand(r.Six) + "rule " + verb + " " + r.String()
}

func (r *Rule) selectorText(s *strings.Builder) {
	if r.IIF != "" {
		s.WriteString(" iif " + r.IIF)
	}
	if r.OIF != "" {
		s.WriteString(" oif " + r.OIF)
	}
	if r.UIDs != nil {
		fmt.Fprintf(s, " uidrange %d-%d", r.UIDs.First, r.UIDs.Last)
	}
	if r.IPProto != 0 {
		fmt.Fprintf(s, " ipproto %d", r.IPProto)
	}
	if r.Source != (PortRange{}) {
		fmt.Fprintf(s, " sport %d-%d", r.Source.First, r.Source.Last)
	}
	if r.Dest != (PortRange{}) {
		fmt.Fprintf(s, " dport %d-%d", r.Dest.First, r.Dest.Last)
	}
	if r.TunnelID != 0 {
		fmt.Fprintf(s, " tun_id %d", r.TunnelID)
	}
}

func (r *Rule) actionText(s *strings.Builder) {
	switch {
	case r.L3MDev:
		s.WriteString(" l3mdev")
	case r.Action == ToTable:
		fmt.Fprintf(s, " table %d", r.Table)
	}
	if r.SuppressPrefix >= 0 {
		fmt.Fprintf(s, " suppress_prefixlength %d", r.SuppressPrefix)
	}
	if r.SuppressGroup >= 0 {
		fmt.Fprintf(s, " suppress_ifgroup %d", r.SuppressGroup)
	}
	fmt.Fprintf(s, " protocol %d", r.Protocol)
	if r.Realms != 0 {
		s.WriteString(" realms " + realmsText(r.Realms))
	}
	switch r.Action {
	case Goto:
		fmt.Fprintf(s, " goto %d", r.Goto)
	case Nop:
		s.WriteString(" nop")
	case Blackhole:
		s.WriteString(" blackhole")
	case Unreachable:
		s.WriteString(" unreachable")
	case Prohibit:
		s.WriteString(" prohibit")
	}
}
