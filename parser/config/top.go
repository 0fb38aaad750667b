package config

import "time"

// registerTop registers the lines of the top level that belong to the process as a whole.
func registerTop(g *grammar) {
	flag := func(name string, field func(*Global) *bool) {
		g.line("top", name, func(d *decoder) { *field(&d.cfg.Global) = true })
	}
	flag("linkbeat_use_polling", func(c *Global) *bool { return &c.LinkbeatPoll })
	flag("namespace_with_ipsets", func(c *Global) *bool { return &c.NamespaceIPSet })
	flag("use_pid_dir", func(c *Global) *bool { return &c.UsePidDir })
	g.line("top", "net_namespace", func(d *decoder) { d.nameOnce(&d.cfg.Global.NetNamespace) })
	g.line("top", "net_namespace_ipvs", func(d *decoder) {
		c := &d.cfg.Global
		if c.NetNSIPVSSet {
			d.ignored("twice", d.words[0], "net_namespace_ipvs is given twice")
			return
		}
		c.NetNSIPVSSet = true
		if len(d.words) > 1 {
			c.NetNSIPVS = d.words[1].Text
		}
	})
	g.line("top", "instance", func(d *decoder) { d.nameOnce(&d.cfg.Global.Instance) })
	g.line("top", "child_wait_time", func(d *decoder) {
		if n, ok := d.uint(1, 0, 4294967295); ok {
			d.cfg.Global.ChildWaitTime = time.Duration(n) * time.Second
		}
	})
}

// nameOnce reads a name that may be given once.
func (d *decoder) nameOnce(field *string) {
	s, ok := d.wanted(1)
	if !ok {
		return
	}
	if *field != "" {
		d.ignored("twice", d.words[0], "%s is given twice", d.words[0].Text)
		return
	}
	*field = s
}
