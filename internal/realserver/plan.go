package realserver

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/doctor"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Way is how a real server keeps quiet about virtual addresses.
type Way string

// The ways. By TUN the addresses are always on the tunnel's device.
const (
	Loopback Way = "lo"        // addresses on lo, arp_ignore and arp_announce
	Dummy    Way = "dummy"     // the same, on a device of its own
	ARP      Way = "arptables" // addresses on lo, rules that drop requests and change replies
	Redirect Way = "redirect"  // no address: what comes for it is redirected to the host's own
)

// Names of what is made, for all to see whose it is.
const (
	dummyName = "holdfast-rs"
	tableName = "holdfast_rs"
)

// Step is one change. Either a sysctl or a command.
type Step struct {
	Command []string `json:"command,omitempty"`
	Undo    []string `json:"undo,omitempty"`
	// Sysctl is a path below /proc/sys, Value what it is set to, Before what it was.
	Sysctl string `json:"sysctl,omitempty"`
	Value  string `json:"value,omitempty"`
	Before string `json:"before,omitempty"`
}

// String is the step as a command line.
func (s Step) String() string {
	if s.Sysctl != "" {
		return "sysctl -w " + sysctlName(s.Sysctl) + "=" + s.Value
	}
	return commandLine(s.Command)
}

// UndoString is what undoes it, as a command line; empty for nothing.
func (s Step) UndoString() string {
	if s.Sysctl != "" {
		return "sysctl -w " + sysctlName(s.Sysctl) + "=" + s.Before
	}
	return commandLine(s.Undo)
}

// sysctlName is a path as sysctl(8) writes it: a dot in the name of an interface becomes a slash.
func sysctlName(path string) string {
	return strings.NewReplacer("/", ".", ".", "/").Replace(path)
}

func commandLine(words []string) string {
	quoted := slices.Clone(words)
	for i, w := range quoted {
		if strings.ContainsAny(w, " {};") {
			quoted[i] = "'" + w + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// Plan is what is to be done, in order, and what there is to say.
type Plan struct {
	Steps []Step
	Notes []string
	// Servers are the virtual servers that this host is a real server of.
	Servers []string
}

// planner gathers a plan.
type planner struct {
	facts *doctor.Facts
	way   Way
	plan  Plan
	done  map[string]bool
}

// Make plans for this host.
func Make(c *config.Config, f *doctor.Facts, way Way) Plan {
	p := &planner{facts: f, way: way, done: map[string]bool{}}
	services := doctor.Services(c)
	var quiet []doctor.Service
	for _, s := range services {
		for _, r := range f.Local(s.Server) {
			if name := s.Server.String(); !slices.Contains(p.plan.Servers, name) {
				p.plan.Servers = append(p.plan.Servers, name)
			}
			switch {
			case r.Method.Forward == config.NAT:
				p.note("%s by NAT: nothing is to be set up; the default route has to lead to the director", s.Server)
			case !s.Addr.IsValid():
				p.note("%s: a fwmark does not tell which address clients use: add it by hand", s.Server)
			case r.Method.Forward == config.TUN:
				p.tunnel(s.Addr, r)
				quiet = append(quiet, s)
			default:
				p.direct(s)
				quiet = append(quiet, s)
			}
		}
	}
	if len(p.plan.Servers) == 0 {
		p.note("no virtual server names an address of this host")
	}
	if way == ARP {
		p.arpRules(quiet)
	}
	return p.plan
}

func (p *planner) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(p.plan.Notes, n) {
		p.plan.Notes = append(p.plan.Notes, n)
	}
}

// command adds a command once.
func (p *planner) command(do, undo string) {
	if !p.done[do] {
		p.done[do] = true
		p.plan.Steps = append(p.plan.Steps, Step{Command: strings.Fields(do), Undo: strings.Fields(undo)})
	}
}

// direct has this host take what comes for an address by DR.
func (p *planner) direct(s doctor.Service) {
	switch p.way {
	case Redirect:
		p.redirect(s)
	case Dummy:
		p.quietARP(s.Addr)
		p.dummy()
		p.address(s.Addr, dummyName)
	default:
		p.quietARP(s.Addr)
		p.address(s.Addr, "lo")
	}
}

// address puts an address on a device, unless it is on one that clients do not ask.
func (p *planner) address(a netip.Addr, device string) {
	if l := p.facts.Holder(a); l != nil && l.Quiet() {
		return
	} else if l != nil {
		p.note("%s is on %s as well, where ARP requests for it are answered: right for the MASTER alone", a, l.Name)
	}
	if a.Is4() {
		p.command(fmt.Sprintf("ip address add %s/32 dev %s", a, device), fmt.Sprintf("ip address del %s/32 dev %s", a, device))
		return
	}
	// Not preferred: this host's own connections are not to come from it.
	p.command(fmt.Sprintf("ip -6 address add %s/128 dev %s nodad preferred_lft 0", a, device), fmt.Sprintf("ip -6 address del %s/128 dev %s", a, device))
}

// quietARP sets what keeps this host from answering for an address and from asking from it. IPv6 needs
// nothing: neighbour discovery answers for the addresses of the interface asked.
func (p *planner) quietARP(a netip.Addr) {
	if !a.Is4() || p.way == ARP {
		return
	}
	p.atLeast("net/ipv4/conf/all/arp_ignore", 1)
	p.atLeast("net/ipv4/conf/all/arp_announce", 2)
}

// atLeast raises a sysctl.
func (p *planner) atLeast(path string, least int) {
	if p.facts.Number(path) < least {
		p.set(path, fmt.Sprint(least))
	}
}

func (p *planner) set(path, value string) {
	if !p.done[path] {
		p.done[path] = true
		p.plan.Steps = append(p.plan.Steps, Step{Sysctl: path, Value: value, Before: p.facts.Sysctls[path]})
	}
}

func (p *planner) dummy() {
	if !p.has(dummyName) {
		p.command("ip link add "+dummyName+" type dummy", "ip link del "+dummyName)
		p.command("ip link set "+dummyName+" up", "ip link set "+dummyName+" down")
	}
}

func (p *planner) has(name string) bool {
	return slices.ContainsFunc(p.facts.Links, func(l doctor.Link) bool { return l.Name == name })
}

// tunnel has this host unpack what comes by tunnel, and take it.
func (p *planner) tunnel(a netip.Addr, r *config.RealServer) {
	t := doctor.TunnelOf(r)
	up := slices.ContainsFunc(p.facts.Links, func(l doctor.Link) bool { return l.Name == t.Device && l.Up })
	if !p.has(t.Device) {
		p.command("modprobe "+t.Module, "modprobe -r "+t.Module)
	}
	if !up {
		p.command("ip link set "+t.Device+" up", "ip link set "+t.Device+" down")
	}
	if r.Method.Tunnel == "gue" && !slices.Contains(p.facts.FOU, r.Method.Port) {
		p.command("modprobe fou", "")
		p.command(fmt.Sprintf("ip fou add port %d gue", r.Method.Port), fmt.Sprintf("ip fou del port %d", r.Method.Port))
	}
	if r.Addr.Is4() {
		// The greater of all and the device's own counts: 2 is loose, whatever all says.
		if path := "net/ipv4/conf/" + t.Device + "/rp_filter"; max(p.facts.Number(path), p.facts.Number("net/ipv4/conf/all/rp_filter")) == 1 {
			p.set(path, "2")
		}
	}
	p.quietARP(a)
	p.address(a, t.Device)
}
