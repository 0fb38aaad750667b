package config

// defaultHelo is the name that an SMTP check greets with.
const defaultHelo = "smtpchecker.keepalived.org"

// registerSMTP registers SMTP_CHECK with its host blocks, which are older than several checks for
// one real server.
func registerSMTP(g *grammar) {
	context := rsContext + "/SMTP_CHECK"
	g.block(rsContext, "SMTP_CHECK", func(d *decoder) { d.openCheck(true) }, (*decoder).closeSMTP)
	g.line(context, "helo_name", func(d *decoder) {
		c := &d.lvs.check
		if c.Helo != "" && len(d.words) > 1 {
			d.problem("helo-twice", d.words[0], "helo_name is given twice").Instead = "the second one is used"
		}
		d.textLine(&c.Helo)
	})
	g.block(context, "host", (*decoder).openHost, (*decoder).closeHost)
	registerTiming(g, context+"/host")
	registerConnection(g, context+"/host")
}

// openHost starts a host block: connection settings for one more check.
func (d *decoder) openHost() {
	d.lvs.host = Checker{ConnectAddr: d.lvs.rs.Addr, ConnectPort: d.lvs.rs.Port, ConnectTimeout: unset}
	d.lvs.conn = &d.lvs.host
}

// closeHost keeps the block's settings.
func (d *decoder) closeHost() {
	d.lvs.conn = &d.lvs.check.Checker
	dropped := d.lvs.check.dropped
	if d.reachable(&d.lvs.host) {
		d.lvs.check.hosts = append(d.lvs.check.hosts, d.lvs.host)
	}
	d.lvs.check.dropped = dropped
}

// closeSMTP makes one check of the block's own settings and one of each host block. Without
// settings of its own the first host block gives the check's.
func (d *decoder) closeSMTP() {
	c := &d.lvs.check
	if c.Helo == "" {
		c.Helo = defaultHelo
	}
	hosts := c.hosts
	if len(hosts) > 0 && !c.connected {
		c.connectLike(&hosts[0])
		hosts = hosts[1:]
	} else if !d.reachable(&c.Checker) {
		return
	}
	d.keepCheck()
	for i := range hosts {
		c.connectLike(&hosts[i])
		d.keepCheck()
	}
}

// connectLike takes over the connection settings of a host block.
func (c *checkDraft) connectLike(h *Checker) {
	c.ConnectAddr, c.ConnectPort, c.ConnectTimeout = h.ConnectAddr, h.ConnectPort, h.ConnectTimeout
	c.BindAddr, c.BindPort, c.BindIf, c.FWMark = h.BindAddr, h.BindPort, h.BindIf, h.FWMark
}
