package config

import (
	"net/netip"
	"time"
)

// registerGlobalOwn registers the keywords of global_defs that keepalived does not have.
func registerGlobalOwn(gr *grammar) {
	g := globals{gr}
	g.line("global_defs", "lvs_active", func(d *decoder) {
		s, ok := d.wanted(1)
		switch {
		case !ok:
		case s == "master" || s == "always":
			d.cfg.Global.LVSActiveAlways = s == "always"
		default:
			d.ignored("option", d.words[1], "lvs_active %s: must be master or always", s)
		}
	})
	g.line("global_defs", "handover", func(d *decoder) {
		if v, ok := d.bool(1); ok {
			d.cfg.Global.Handover = v
		}
	})
	g.line("global_defs", "share_probes", func(d *decoder) {
		if v, ok := d.bool(1); ok {
			d.cfg.Global.ShareProbes = v
		}
	})
	g.seconds("lvs_reconcile_interval", 0, 86400, func(c *Global) *time.Duration { return &c.LVSReconcileInterval })
	g.listen("status_listen", func(c *Global) *string { return &c.StatusListen })
	g.listen("metrics_listen", func(c *Global) *string { return &c.MetricsListen })
}

// listen registers an address and port to listen on.
func (g globals) listen(keyword string, field func(*Global) *string) {
	g.line("global_defs", keyword, func(d *decoder) {
		s, ok := d.wanted(1)
		if !ok {
			return
		}
		if _, err := netip.ParseAddrPort(s); err != nil {
			d.ignored("listen", d.words[1], "%s %s: must be address:port", keyword, s).Cure = "write for example " + keyword + " 127.0.0.1:9650"
			return
		}
		*field(&d.cfg.Global) = s
		d.noteEffect(d.rule)
	})
}
