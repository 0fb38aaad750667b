package config

// Longest names the kernel takes.
const (
	maxChainName = 27
	maxSetName   = 30
)

func registerGlobalFirewall(gr *grammar) {
	g := globals{gr}
	g.line("global_defs", "vrrp_iptables", (*decoder).iptables)
	g.line("global_defs", "vrrp_ipsets", (*decoder).ipsets)
	g.line("global_defs", "nftables", func(d *decoder) {
		if d.table(&d.cfg.Global.NFTables, "keepalived") {
			d.cfg.Global.NFTablesPriority = -1
		}
	})
	g.int("nftables_priority", -1<<31, 1<<31-1, func(c *Global) *int { return &c.NFTablesPriority })
	g.flag("nftables_ifindex", func(c *Global) *bool { return &c.NFTablesIfindex })
	g.flag("nftables_counters", func(c *Global) *bool { return &c.NFTablesCounters })
	g.line("global_defs", "nftables_ipvs", func(d *decoder) { d.table(&d.cfg.Global.NFTablesIPVS, "keepalived_ipvs") })
	g.int("nftables_ipvs_priority", -1<<31, 1<<31-1, func(c *Global) *int { return &c.NFTablesIPVSPriority })
	g.line("global_defs", "nftables_ipvs_start_fwmark", func(d *decoder) {
		if n, ok := d.uint(1, 1, 4294967295); ok {
			d.cfg.Global.NFTablesIPVSFirstMark = uint32(n)
		}
	})
}

// table reads the name of an nftables table, bare the default; a second use is refused.
func (d *decoder) table(field *string, bare string) bool {
	if *field != "" {
		d.ignored("twice", d.words[0], "%s is given twice", d.words[0].Text)
		return false
	}
	*field = bare
	if len(d.words) > 1 {
		*field = d.words[1].Text
	}
	return true
}

// iptables reads the chains of vrrp_iptables; one name means no chain for output.
func (d *decoder) iptables() {
	g := &d.cfg.Global
	p := d.problem("iptables", d.words[0], "vrrp_iptables: iptables is not used")
	p.Instead, p.Cure = "nftables does the same", "write nftables instead"
	if g.IPTables != nil {
		d.ignored("twice", d.words[0], "vrrp_iptables is given twice")
		return
	}
	names, ok := d.shortNames(2, maxChainName)
	switch {
	case !ok:
	case len(names) == 0:
		g.IPTables = []string{"INPUT", "OUTPUT"}
	default:
		g.IPTables = names
	}
}

// ipsets reads the names of vrrp_ipsets; bare means that no sets are used.
func (d *decoder) ipsets() {
	if names, ok := d.shortNames(6, maxSetName); ok {
		d.cfg.Global.IPSets = append([]string{}, names...)
	}
}

// shortNames returns up to n words behind the keyword, none longer than max.
func (d *decoder) shortNames(n, max int) (names []string, ok bool) {
	for i, w := range d.words[1:] {
		if i == n {
			break
		}
		if len(w.Text) > max {
			d.ignored("name-length", w, "%s %s: longer than %d characters", d.words[0].Text, w.Text, max)
			return nil, false
		}
		names = append(names, w.Text)
	}
	return names, true
}
