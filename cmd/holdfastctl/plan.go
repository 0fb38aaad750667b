package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/ipvs"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

type planCommand struct {
	As       string `enum:"current,master,backup" default:"current" help:"State in which the instances are taken to be: as now, all MASTER, or all BACKUP."`
	JSON     bool   `name:"json" help:"Print the plan as JSON (docs/json.md)."`
	Socket   string `default:"/run/holdfast/control.sock" help:"Control socket of the running daemon."`
	ConfigID string `name:"config-id" short:"i" help:"Name for lines that begin with @ (default: the host name)."`
	File     string `arg:"" help:"Configuration file. Exit status: 0 nothing to change, 1 something to change, 2 no plan."`
}

// plan is what would change.
type plan struct{ api.Plan }

func (c *planCommand) Run(o output) error {
	result := loadConfig(c.File, c.ConfigID)
	if n := result.Errors(parser.Error); n > 0 && result.DaemonStatus() != 0 {
		return fmt.Errorf("%s cannot be run: 'holdfastctl check %s' says why", c.File, c.File)
	}
	p, err := c.make(result.Config)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(o.out).Encode(p.Plan); err != nil {
			return fmt.Errorf("print plan: %w", err)
		}
	} else {
		p.print(o)
	}
	if len(p.IPVS)+len(p.Links)+len(p.Addresses)+len(p.Routes)+len(p.Rules)+len(p.Firewall) > 0 {
		return status(exitProblems)
	}
	return nil
}

func (c *planCommand) make(cfg *config.Config) (*plan, error) {
	p := &plan{api.Plan{Schema: api.PlanSchema, IPVS: []string{}, Firewall: []string{}, LeftAlone: []string{}, Notes: []string{}}}
	conn, err := rtnl.Dial()
	if err != nil {
		return nil, fmt.Errorf("read addresses: %w", err)
	}
	defer conn.Close()
	have, err := conn.Read()
	if err != nil {
		return nil, fmt.Errorf("read addresses and routes: %w", err)
	}
	addresses := have.Addresses
	var running *control.Status
	if reply, err := control.Ask(c.Socket, control.Request{Command: control.CommandStatus}, 5*time.Second); err == nil {
		running = reply.Status
	} else {
		p.Notes = append(p.Notes, "no daemon runs: instances count as MASTER when all of their addresses are here, real servers as up")
	}
	for _, o := range overrides(running) {
		p.Notes = append(p.Notes, fmt.Sprintf("%s of %s: %s", o.rs.Name, o.vs.Name, overrideText(o.rs)))
	}
	settings := wiring.Speaker(cfg, &wiring.IDs{}, wiring.Options{VRRP: true, Interface: hostinfo.New().Interface})
	p.Links = planLinks(settings.Devices, have.Links)
	p.Masters = masters(c.As, settings.Instances, running, addresses)
	p.Addresses = planAddresses(settings, p.Masters, addresses)
	p.Routes, p.Rules = planRouting(&settings, p.Masters, &have)
	c.planFirewall(p, cfg, running, &settings, have.Links)
	return p, c.planIPVS(p, cfg, running)
}

// planIPVS compares with the kernel's table, or with an empty one where there is no IPVS.
func (c *planCommand) planIPVS(p *plan, cfg *config.Config, running *control.Status) error {
	wanted := wantedTable(cfg, p.Masters, running)
	have := lvs.Table{}
	if len(wanted) > 0 || len(cfg.VirtualServers) > 0 {
		kernel, err := ipvs.Open(ipvs.Options{NetNS: wiring.IPVSNamespace(&cfg.Global), NoModprobe: true})
		switch {
		case errors.Is(err, ipvs.ErrNotLoaded):
			p.Notes = append(p.Notes, "ip_vs is not loaded: the table counts as empty; modprobe ip_vs, and see that this kernel has the module")
		case err != nil:
			return fmt.Errorf("read the IPVS table: %w", err)
		default:
			defer kernel.Close()
			if have, err = kernel.Read(nil); err != nil {
				return fmt.Errorf("read the IPVS table: %w", err)
			}
		}
	}
	owned := map[lvs.ServiceKey]bool{}
	ownServices(owned, cfg)
	if other := c.otherConfig(running); other != nil {
		ownServices(owned, other)
	}
	for _, op := range lvs.Diff(have, wanted, func(k lvs.ServiceKey) bool { return owned[k] }) {
		p.IPVS = append(p.IPVS, op.String())
	}
	for key := range have {
		if _, ok := wanted[key]; !ok && !owned[key] {
			p.LeftAlone = append(p.LeftAlone, key.String())
		}
	}
	slices.Sort(p.LeftAlone)
	return nil
}

// ownServices notes the kernel services of a configuration.
func ownServices(owned map[lvs.ServiceKey]bool, cfg *config.Config) {
	for _, v := range wiring.Director(cfg, wiring.Options{VRRP: true}).VirtualServers {
		for _, s := range v.Services {
			owned[s.Service.ServiceKey] = true
		}
	}
}

// masters names the instances that are taken to be MASTER: told by the running daemon, or else
// judged by their addresses.
func masters(as string, instances []speaker.Instance, running *control.Status, have []rtnl.Address) []string {
	states := map[string]string{}
	if running != nil && running.VRRP != nil {
		for _, in := range running.VRRP.Instances {
			states[in.Name] = in.State
		}
	}
	names := []string{}
	for i := range instances {
		in := &instances[i]
		state, known := states[in.Name]
		if as == "master" || as == "current" && (known && state == "MASTER" || !known && holdsAll(in, have)) {
			names = append(names, in.Name)
		}
	}
	return names
}

func holdsAll(in *speaker.Instance, have []rtnl.Address) bool {
	for _, v := range in.VIPs {
		if !slices.ContainsFunc(have, func(a rtnl.Address) bool { return a.Prefix.Addr() == v.Prefix.Addr() }) {
			return false
		}
	}
	return len(in.VIPs) > 0
}

// planAddresses lists the addresses to put on and to take off, as ip(8) commands.
func planAddresses(s speaker.Settings, masters []string, have []rtnl.Address) []string {
	lines := []string{}
	wanted := map[string]bool{}
	want := func(list []speaker.Address) {
		for _, a := range list {
			wanted[a.Prefix.String()] = true
			if !slices.ContainsFunc(have, func(h rtnl.Address) bool { return h.Prefix == a.Prefix }) {
				lines = append(lines, fmt.Sprintf("ip addr add %s dev %s", a.Prefix, a.Interface))
			}
		}
	}
	want(s.Static)
	for i := range s.Instances {
		if slices.Contains(masters, s.Instances[i].Name) {
			want(s.Instances[i].VIPs)
			want(s.Instances[i].Excluded)
		}
	}
	for _, a := range have {
		if a.Protocol == rtnl.Keepalived && !wanted[a.Prefix.String()] {
			lines = append(lines, fmt.Sprintf("ip addr del %s dev %s", a.Prefix, linkName(a.Index)))
		}
	}
	return lines
}

func linkName(index int) string {
	if i, err := net.InterfaceByIndex(index); err == nil {
		return i.Name
	}
	return fmt.Sprintf("if%d", index)
}

// wantedTable is the table of a configuration with these masters. A real server that the running
// daemon knows to be down is not in it.
func wantedTable(cfg *config.Config, masters []string, running *control.Status) lvs.Table {
	d := wantedDirector(cfg, masters, running)
	table := d.Table().Clone()
	for _, o := range growing(running) {
		if target, err := d.Find(o.vs.Name, o.rs.Label); err == nil {
			setWeight(table, d.Placements(target.Server, target.Real), uint32(o.rs.Current))
		}
	}
	return table
}

// wantedDirector has a configuration with these masters, and real servers as the running daemon knows them.
func wantedDirector(cfg *config.Config, masters []string, running *control.Status) *lvs.Director {
	servers := []lvs.VirtualServer{}
	down := downServers(running)
	for _, v := range wiring.Director(cfg, wiring.Options{VRRP: true}).VirtualServers {
		s := v.VirtualServer
		s.Alpha = false
		s.RealServers = nil
		for _, r := range v.VirtualServer.RealServers {
			r.Alpha = false
			if down[[2]string{s.Name, r.Name}] {
				if !r.Inhibit {
					continue
				}
				r.Destination.Weight = 0
			}
			s.RealServers = append(s.RealServers, r)
		}
		servers = append(servers, s)
	}
	d := lvs.NewDirector(servers)
	for _, o := range overrides(running) {
		if target, err := d.Find(o.vs.Name, o.rs.Label); err == nil && o.rs.Up { // of one that is down the weight is 0
			d.Step(lvs.Event{Kind: lvs.Overridden, Override: lvs.Override{Server: target.Server, Real: target.Real,
				Drained: o.rs.Drained, HasWeight: o.rs.HasOverride, Weight: o.rs.Override}})
		}
	}
	d.Step(lvs.Event{Kind: lvs.Started})
	d.Step(lvs.Event{Kind: lvs.MastersChanged, Instances: masters, Groups: masterGroups(cfg, masters)})
	return d
}

// setWeight gives a real server another weight wherever it has one.
func setWeight(table lvs.Table, places []lvs.Placement, weight uint32) {
	for _, p := range places {
		if r, ok := table[p.Service].Destinations[p.Destination]; ok && r.Weight > weight {
			r.Weight = weight
			table[p.Service].Destinations[p.Destination] = r
		}
	}
}

// growing are the real servers whose weight grows after a recovery.
func growing(running *control.Status) []overridden {
	return realServers(running, func(r *director.RealServerStatus) bool { return r.Up && r.Current < r.Weight })
}

func downServers(running *control.Status) map[[2]string]bool {
	down := map[[2]string]bool{}
	if running == nil || running.LVS == nil {
		return down
	}
	for _, v := range running.LVS.VirtualServers {
		for _, r := range v.RealServers {
			if !r.Up {
				down[[2]string{v.Name, r.Name}] = true
			}
		}
	}
	return down
}

// overridden is a real server of which something is ordered.
type overridden struct {
	vs *director.VirtualServerStatus
	rs *director.RealServerStatus
}

// overrides are what the running daemon was told of weights.
func overrides(running *control.Status) []overridden {
	return realServers(running, func(r *director.RealServerStatus) bool { return r.Drained || r.HasOverride })
}

func realServers(running *control.Status, want func(*director.RealServerStatus) bool) (all []overridden) {
	if running == nil || running.LVS == nil {
		return nil
	}
	for i := range running.LVS.VirtualServers {
		v := &running.LVS.VirtualServers[i]
		for j := range v.RealServers {
			if r := &v.RealServers[j]; want(r) {
				all = append(all, overridden{v, r})
			}
		}
	}
	return all
}

// masterGroups are the sync groups all of whose members are MASTER.
func masterGroups(cfg *config.Config, masters []string) []string {
	var groups []string
	for i := range cfg.SyncGroups {
		g := &cfg.SyncGroups[i]
		if len(g.Members) > 0 && !slices.ContainsFunc(g.Members, func(m string) bool { return !slices.Contains(masters, m) }) {
			groups = append(groups, g.Name)
		}
	}
	return groups
}

func (p *plan) print(o output) {
	section := func(title string, lines []string, none string) {
		fmt.Fprintln(o.out, title)
		for _, l := range lines {
			fmt.Fprintln(o.out, "  "+l)
		}
		if len(lines) == 0 {
			fmt.Fprintln(o.out, "  "+none)
		}
	}
	section("MASTER:", p.Masters, "no instance")
	section("IPVS:", p.IPVS, "nothing to change")
	if len(p.Links) > 0 {
		section("Interfaces:", p.Links, "")
	}
	section("Addresses:", p.Addresses, "nothing to change")
	section("Routes:", p.Routes, "nothing to change")
	section("Rules:", p.Rules, "nothing to change")
	section("Firewall:", p.Firewall, "nothing to change")
	if len(p.LeftAlone) > 0 {
		section("Left alone, not of this configuration:", p.LeftAlone, "")
	}
	for _, n := range p.Notes {
		fmt.Fprintln(o.out, "Note: "+n)
	}
}
