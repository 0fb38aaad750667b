package doctor

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Examine tells what is wrong with a host, the gravest first.
func Examine(c *config.Config, f *Facts, role Role) []parser.Problem {
	x := &exam{config: c, facts: f, role: role, seen: map[string]bool{}}
	if len(f.Unknown) > 0 {
		x.find("not-examined", parser.Hint, parser.Pos{}, "not everything could be looked at: "+strings.Join(f.Unknown, "; "),
			"what is wrong there is not found", "run it as root")
	}
	x.conntrack()
	x.oldSysctls()
	if role.Director {
		x.director()
	}
	if role.RealServer {
		x.realServers()
	}
	slices.SortStableFunc(x.found, func(a, b parser.Problem) int { return cmp.Compare(b.Severity, a.Severity) })
	return x.found
}

type exam struct {
	config *config.Config
	facts  *Facts
	role   Role
	found  []parser.Problem
	seen   map[string]bool
}

// find notes a finding. What is said already is not said again: several virtual servers have one cause.
func (x *exam) find(id string, severity parser.Severity, pos parser.Pos, message, follows, cure string) {
	if key := id + " " + message; !x.seen[key] {
		x.seen[key] = true
		x.found = append(x.found, parser.Problem{Pos: pos, Severity: severity, Class: parser.Logged, ID: id, Message: message, Instead: follows, Cure: cure})
	}
}

func (x *exam) uses(forward config.Forward) bool {
	return slices.ContainsFunc(x.config.VirtualServers, func(v config.VirtualServer) bool {
		return slices.ContainsFunc(v.RealServers, func(r config.RealServer) bool { return r.Method.Forward == forward })
	})
}

// conntrack tells of a table that is nearly full.
func (x *exam) conntrack() {
	count, limit := x.facts.Number("net/netfilter/nf_conntrack_count"), x.facts.Number("net/netfilter/nf_conntrack_max")
	if limit > 0 && count*10 >= limit*9 {
		x.find("conntrack-full", parser.Error, parser.Pos{}, fmt.Sprintf("connection tracking has %d of at most %d entries", count, limit),
			"new connections are dropped", fmt.Sprintf("sysctl -w net.netfilter.nf_conntrack_max=%d", limit*4))
	}
}

func (x *exam) oldSysctls() {
	for _, line := range x.facts.OldSysctls {
		x.find("hidden-gone", parser.Warning, parser.Pos{}, line+": today's kernels know neither hidden nor noarp, which were patches to old ones",
			"this host answers ARP for the virtual address", "holdfastctl realserver apply")
	}
}

// removers tells of a service that takes addresses off an interface when it starts anew.
func (x *exam) removers(link string, pos parser.Pos) {
	for _, u := range x.facts.Units {
		if !slices.Contains(u.Links, link) {
			continue
		}
		cure := "write KeepConfiguration=yes into [Network] of the .network file of " + link + ", then: networkctl reload"
		if u.Name == "NetworkManager" {
			cure = "nmcli device set " + link + " managed no"
		}
		x.find("address-remover", parser.Warning, pos, u.Name+" configures "+link+", and takes off what it did not put on when it is restarted",
			"the virtual addresses vanish behind the back of whoever set them", cure)
	}
}

// words for a place in messages.
func at(a netip.Addr, port uint16) string {
	if port == 0 {
		return a.String()
	}
	return netip.AddrPortFrom(a, port).String()
}

func transport(name string) int {
	switch name {
	case "UDP":
		return 17
	case "SCTP":
		return 132
	}
	return 6
}
