package config

import (
	"net/netip"
	"strings"
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
	g.line("global_defs", "status_token_file", func(d *decoder) {
		s, ok := d.wanted(1)
		switch {
		case !ok:
		case !strings.HasPrefix(s, "/"):
			d.ignored("token-path", d.words[1], "status_token_file %s: must be a path from the root on", s).Cure = "write for example status_token_file /etc/keepalived/status.token"
		default:
			d.cfg.Global.StatusTokenFile = s
		}
	})
}

// listen registers an address and port, or the path of a unix socket, to listen on.
func (g globals) listen(keyword string, field func(*Global) *string) {
	g.line("global_defs", keyword, func(d *decoder) {
		s, ok := d.wanted(1)
		if !ok {
			return
		}
		if !listenable(s) {
			d.ignored("listen", d.words[1], "%s %s: must be address:port or the path of a unix socket", keyword, s).Cure = "write for example " + keyword + " 127.0.0.1:9650"
			return
		}
		*field(&d.cfg.Global) = s
	})
}

// maxSocketPath is the longest path of a unix socket, sun_path in unix(7) without its final zero.
const maxSocketPath = 107

// listenable tells whether s is an address with a port, or an absolute path that a socket can have. Port
// 0 would be another one at each start.
func listenable(s string) bool {
	if strings.HasPrefix(s, "/") {
		return len(s) <= maxSocketPath && !strings.HasSuffix(s, "/")
	}
	a, err := netip.ParseAddrPort(s)
	return err == nil && a.Port() != 0
}
