package config

import (
	"math"
	"time"
)

// checkDraft is the health check that is being read.
type checkDraft struct {
	Checker
	alpha Tristate
	// dropped tells that the check is lost, though its block is still being read.
	dropped bool
	// connected tells that a connection setting stands in the check itself, not in a host block.
	connected bool
	weightSet bool
	hosts     []Checker // the host blocks of an SMTP_CHECK
}

// checkDefaults are the settings of a check that nothing else sets.
type checkDefaults struct {
	retry int
	delay time.Duration // 0: the check's delay_loop
}

// defaultsOf gives the defaults of a kind of check.
func defaultsOf(kind string) checkDefaults {
	switch kind {
	case "MISC_CHECK":
		return checkDefaults{retry: 0, delay: time.Second}
	case "DNS_CHECK":
		return checkDefaults{retry: 3}
	case "HTTP_GET", "SSL_GET":
		return checkDefaults{retry: 1, delay: 3 * time.Second}
	default:
		return checkDefaults{retry: 1, delay: time.Second}
	}
}

// DefaultRetryDelay is the delay_before_retry of a kind of check where nothing is said; 0: its
// delay_loop.
func DefaultRetryDelay(kind string) time.Duration { return defaultsOf(kind).delay }

const rsContext = "virtual_server/real_server"

// registerCheckers registers every check of a real server.
func registerCheckers(g *grammar) {
	for _, kind := range [...]string{"TCP_CHECK", "HTTP_GET", "SSL_GET", "SMTP_CHECK", "DNS_CHECK", "UDP_CHECK", "PING_CHECK"} {
		registerTiming(g, rsContext+"/"+kind)
		registerConnection(g, rsContext+"/"+kind)
	}
	registerTiming(g, rsContext+"/MISC_CHECK")
	plain := func(d *decoder) { d.openCheck(true) }
	g.block(rsContext, "TCP_CHECK", plain, (*decoder).closeCheck)
	g.block(rsContext, "PING_CHECK", plain, (*decoder).closeCheck)
	registerHTTP(g, "HTTP_GET")
	registerHTTP(g, "SSL_GET")
	registerSMTP(g)
	registerDNS(g)
	registerUDP(g)
	registerMisc(g)
	registerFile(g)
	registerBFDCheck(g)
}

// openCheck starts a check; network tells that it connects to the real server.
func (d *decoder) openCheck(network bool) {
	c := &d.lvs.check
	*c = checkDraft{}
	c.Checker = Checker{
		Pos: d.pos(), Type: d.rule.spec.Name,
		ConnectTimeout: unset, DelayLoop: unset, DelayBeforeRetry: unset, Retry: unset, Warmup: unset,
	}
	if network {
		c.ConnectAddr, c.ConnectPort = d.lvs.rs.Addr, d.lvs.rs.Port
	}
	d.lvs.conn = &c.Checker
}

// closeCheck keeps a check that connects.
func (d *decoder) closeCheck() {
	if d.reachable(&d.lvs.check.Checker) {
		d.keepCheck()
	}
}

// keepCheck appends the check to its real server.
func (d *decoder) keepCheck() {
	c := &d.lvs.check
	if c.dropped {
		return
	}
	d.lvs.checks = append(d.lvs.checks, c.Checker)
	d.lvs.alphas = append(d.lvs.alphas, c.alpha)
}

// dropCheck reports what costs the whole check.
func (d *decoder) dropCheck(id, cure, format string, args ...any) {
	c := &d.lvs.check
	p := d.problemAt(c.Pos, parserWord(c.Type), id, format, args...)
	p.Instead, p.Cure = "the check is not run", cure
	c.dropped = true
}

// reachable tells whether a check can connect: a link-local address needs an interface.
func (d *decoder) reachable(c *Checker) bool {
	if c.ConnectAddr.Is6() && c.ConnectAddr.IsLinkLocalUnicast() && c.BindIf == "" {
		d.dropCheck("check-link-local", "write bind_if INTERFACE", "%s: the link-local address %s needs an interface", d.lvs.check.Type, c.ConnectAddr)
		return false
	}
	return true
}

// registerTiming registers the lines that say when and how often a check runs.
func registerTiming(g *grammar, context string) {
	line := func(keyword string, f func(d *decoder, c *checkDraft)) {
		g.line(context, keyword, func(d *decoder) { f(d, &d.lvs.check) })
	}
	line("retry", func(d *decoder, c *checkDraft) { d.checkRetry(c) })
	line("delay_before_retry", func(d *decoder, c *checkDraft) { d.timeLine(&c.DelayBeforeRetry, 0, maxTimer) })
	line("warmup", func(d *decoder, c *checkDraft) { d.timeLine(&c.Warmup, 0, maxTimer) })
	line("delay_loop", func(d *decoder, c *checkDraft) { d.timeLine(&c.DelayLoop, time.Microsecond, maxTimer) })
	line("alpha", func(d *decoder, c *checkDraft) { d.boolLine(&c.alpha) })
	line("log_all_failures", func(d *decoder, c *checkDraft) {
		if v, ok := d.bool(1); ok {
			c.LogAllFailures, c.LogAllSet = v, v
		}
	})
}

// checkRetry reads the number of retries of one check: 0 or more.
func (d *decoder) checkRetry(c *checkDraft) {
	if n, ok := d.uint(1, 0, math.MaxUint32); ok {
		c.Retry = int(n)
	}
}

// registerConnection registers the lines that say what a check connects to and from where. They
// apply to d.lvs.conn: the check, or a host block of it.
func registerConnection(g *grammar, context string) {
	line := func(keyword string, f func(d *decoder, c *Checker)) {
		g.line(context, keyword, func(d *decoder) {
			if d.lvs.conn == &d.lvs.check.Checker {
				d.lvs.check.connected = true
			}
			f(d, d.lvs.conn)
		})
	}
	line("connect_ip", (*decoder).connectIP)
	line("connect_port", func(d *decoder, c *Checker) { d.portLine(&c.ConnectPort) })
	line("bindto", (*decoder).bindTo)
	line("bind_port", func(d *decoder, c *Checker) { d.portLine(&c.BindPort) })
	line("bind_if", (*decoder).bindIf)
	line("connect_timeout", func(d *decoder, c *Checker) { d.timeLine(&c.ConnectTimeout, time.Microsecond, maxConnect) })
	line("fwmark", func(d *decoder, c *Checker) {
		if n, ok := d.uint(1, 0, math.MaxUint32); ok {
			c.FWMark = uint32(n)
		}
	})
}

// portLine reads a port.
func (d *decoder) portLine(into *uint16) {
	if n, ok := d.uint(1, 1, math.MaxUint16); ok {
		*into = uint16(n)
	}
}

// connectIP reads the address to connect to, of the family of bindto.
func (d *decoder) connectIP(c *Checker) {
	w, ok := d.word(1)
	if !ok {
		return
	}
	a, ok := sockAddr(w.Text)
	switch {
	case !ok:
		d.dropLine("address", w, addressCure(w.Text), "connect_ip %s is no IP address", quote(w.Text))
	case c.BindAddr.IsValid() && family(c.BindAddr) != family(a):
		d.dropLine("family-mixed", w, "", "connect_ip %s is not of the family of bindto %s", a, c.BindAddr)
	default:
		c.ConnectAddr = a
	}
}

// bindTo reads the address to connect from, of the family that is connected to.
func (d *decoder) bindTo(c *Checker) {
	w, ok := d.word(1)
	if !ok {
		return
	}
	a, ok := sockAddr(w.Text)
	switch {
	case !ok:
		d.dropLine("address", w, addressCure(w.Text), "bindto %s is no IP address", quote(w.Text))
	case c.ConnectAddr.IsValid() && family(c.ConnectAddr) != family(a):
		d.dropLine("family-mixed", w, "", "bindto %s is not of the family of %s", a, c.ConnectAddr)
	default:
		c.BindAddr = a
	}
}

// bindIf reads the interface to connect from.
func (d *decoder) bindIf(c *Checker) {
	w, ok := d.word(1)
	if !ok {
		return
	}
	if len(w.Text) > maxLabel {
		d.dropLine("interface-name", w, "", "bind_if %s has more than %d characters", quote(w.Text), maxLabel)
		return
	}
	c.BindIf = d.keep(w.Text)
}

// inheritCheckers fills what the checks of the virtual server leave open: from the real server,
// then from the defaults of their kind.
func (d *decoder) inheritCheckers(v *vsDraft) {
	n := 0
	for i := range d.lvs.servers {
		r := &d.lvs.servers[i]
		for j := range r.Checkers {
			c := &r.Checkers[j]
			c.Alpha = d.lvs.alphas[n].or(r.Alpha)
			n++
			switch c.Type {
			case "BFD_CHECK", "FILE_CHECK": // they follow something else and have no times of their own
				c.Retry, c.ConnectTimeout, c.DelayLoop, c.Warmup, c.DelayBeforeRetry = 0, 0, 0, 0, 0
			default:
				inheritTiming(c, &r.RealServer)
			}
			switch {
			case c.MiscScript != nil && c.MiscTimeout == 0:
				c.MiscTimeout = v.DelayLoop
			case c.HTTP != nil && c.HTTP.VirtualHost == "":
				c.HTTP.VirtualHost = r.VirtualHost
				if r.VirtualHost == "" {
					c.HTTP.VirtualHost = v.VirtualHost
				}
			}
		}
	}
}

// inheritTiming fills the times of one check.
func inheritTiming(c *Checker, r *RealServer) {
	def := defaultsOf(c.Type)
	if c.Retry == unset {
		c.Retry = def.retry
		if r.Retry != unset {
			c.Retry = int(r.Retry)
		}
	}
	switch {
	case !c.ConnectAddr.IsValid():
		c.ConnectTimeout = 0
	case c.ConnectTimeout == unset:
		c.ConnectTimeout = r.ConnectTimeout
	}
	if c.DelayLoop == unset {
		c.DelayLoop = r.DelayLoop
	}
	if c.Warmup == unset {
		c.Warmup = c.DelayLoop
		if r.Warmup != unset {
			c.Warmup = r.Warmup
		}
	}
	if c.DelayBeforeRetry == unset {
		switch {
		case r.DelayBeforeRetry != unset:
			c.DelayBeforeRetry = r.DelayBeforeRetry
		case def.delay != 0:
			c.DelayBeforeRetry = def.delay
		default:
			c.DelayBeforeRetry = c.DelayLoop
		}
	}
}
