package main

import (
	"fmt"
	"slices"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// planFirewall compares our nftables tables with those that are wanted: in the network namespace of the
// addresses those of no_accept and use_vmac, in that of IPVS those of nftables_ipvs.
func (c *planCommand) planFirewall(p *plan, cfg *config.Config, running *control.Status, s *speaker.Settings, links []rtnl.Link) {
	names := map[int]string{}
	for _, l := range links {
		names[l.Index] = l.Name
	}
	want := append(firewall.ShutTables(s.Firewall, shutAddresses(s, p.Masters)), firewall.SteerTables(s.Firewall, steered(s, links))...)
	p.compareTables("", firewall.Names(s.Firewall), names, want)

	marked := wantedMarks(cfg, p.Masters, running)
	var tables []string
	for _, m := range []*config.Config{cfg, c.otherConfig(running)} {
		if m != nil && m.Global.NFTablesIPVS != "" {
			tables = append(tables, m.Global.NFTablesIPVS)
		}
	}
	if len(tables) > 0 {
		p.compareTables(wiring.IPVSNamespace(&cfg.Global), tables, names, marked)
	}
}

// compareTables adds what makes tables of these names into what is wanted.
func (p *plan) compareTables(netns string, names []string, links map[int]string, want []firewall.Table) {
	have, err := firewall.Read(netns, links, names...)
	if err != nil {
		p.Notes = append(p.Notes, fmt.Sprintf("nftables cannot be read, and counts as empty: %v", err))
	}
	for _, line := range firewall.Changes(have, want) {
		p.Firewall = append(p.Firewall, "nft '"+line+"'")
	}
}

// shutAddresses are those of no_accept and strict mode that the instances hold which are MASTER.
func shutAddresses(s *speaker.Settings, masters []string) []firewall.Address {
	var shut []firewall.Address
	for i := range s.Instances {
		in := &s.Instances[i]
		if !slices.Contains(masters, in.Name) {
			continue
		}
		for _, v := range slices.Concat(in.VIPs, in.Excluded) {
			a := firewall.Address{Addr: v.Prefix.Addr(), Link: v.Interface}
			if v.Shut && !slices.Contains(shut, a) {
				shut = append(shut, a)
			}
		}
	}
	return shut
}

// steered are the macvlans that are there or are about to be, and their bases.
func steered(s *speaker.Settings, links []rtnl.Link) map[string]string {
	macvlans := map[string]string{}
	for i := range s.Devices {
		d := &s.Devices[i]
		if !d.IPVLAN && slices.ContainsFunc(links, func(l rtnl.Link) bool { return l.Name == d.Base }) {
			macvlans[d.Name] = d.Base
		}
	}
	return macvlans
}

// wantedMarks are the tables of nftables_ipvs with these masters.
func wantedMarks(cfg *config.Config, masters []string, running *control.Status) []firewall.Table {
	m := wiring.Director(cfg, wiring.Options{VRRP: true}).Marks
	if m == nil {
		return nil
	}
	active, _ := wantedDirector(cfg, masters, running).Marked(m.List)
	list := make([]firewall.Mark, len(active))
	for i, a := range active {
		list[i] = firewall.Mark{First: a.First, Last: a.Last, Port: a.Port, Protocol: uint8(a.Protocol), Mark: a.FWMark}
	}
	return firewall.MarkTables(firewall.Options{Table: m.Table, Priority: m.Priority, Counters: m.Counters}, list)
}

// otherConfig is the configuration of the running daemon, where it is of another file.
func (c *planCommand) otherConfig(running *control.Status) *config.Config {
	if running == nil || running.ConfigFile == c.File {
		return nil
	}
	return loadConfig(running.ConfigFile, c.ConfigID).Config
}
