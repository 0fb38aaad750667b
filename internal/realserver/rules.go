package realserver

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/doctor"
)

// arpRules drops ARP requests for the addresses, and has this host's own come from its own address. The
// table is made anew as a whole, in one transaction.
func (p *planner) arpRules(services []doctor.Service) {
	var rules strings.Builder
	missing := false
	var seen []netip.Addr
	for _, s := range services {
		if !s.Addr.Is4() || slices.Contains(seen, s.Addr) {
			continue
		}
		seen = append(seen, s.Addr)
		own := p.facts.Local(s.Server)[0].Addr
		missing = missing || !p.facts.ARPDropped(s.Addr)
		fmt.Fprintf(&rules, "; add rule arp %s in arp operation request arp daddr ip %s drop", tableName, s.Addr)
		fmt.Fprintf(&rules, "; add rule arp %s out arp saddr ip %s arp saddr ip set %s", tableName, s.Addr, own)
	}
	if !missing {
		return
	}
	const table = "arp " + tableName
	p.plan.Steps = append(p.plan.Steps, Step{
		Command: []string{"nft", "add table " + table + "; delete table " + table + "; add table " + table +
			"; add chain " + table + " in { type filter hook input priority 0; }; add chain " + table + " out { type filter hook output priority 0; }" + rules.String()},
		Undo: []string{"nft", "delete table " + table},
	})
}

// redirect hands what comes for an address to this host's own. One table a service: each can be there
// already.
func (p *planner) redirect(s doctor.Service) {
	if p.facts.Redirected(s) {
		return
	}
	family, word := "ip", "ip"
	if s.Addr.Is6() {
		family, word = "ip6", "ip6"
	}
	match := fmt.Sprintf("%s daddr %s", word, s.Addr)
	if s.Port != 0 && s.Server.Protocol != "" {
		match += fmt.Sprintf(" %s dport %d", strings.ToLower(s.Server.Protocol), s.Port)
	}
	name := fmt.Sprintf("%s_%s_%d", tableName, strings.NewReplacer(".", "_", ":", "_").Replace(s.Addr.String()), s.Port)
	if s.Server.Protocol != "" {
		name += "_" + strings.ToLower(s.Server.Protocol)
	}
	if p.done[name] {
		return
	}
	p.done[name] = true
	p.plan.Steps = append(p.plan.Steps, Step{
		Command: []string{"nft", fmt.Sprintf("add table %s %s; add chain %s %s pre { type nat hook prerouting priority -100; }; add rule %s %s pre %s redirect", family, name, family, name, family, name, match)},
		Undo:    []string{"nft", "delete table " + family + " " + name},
	})
	p.note("redirect needs connection tracking, and the server sees its own address as that of the connection")
}
