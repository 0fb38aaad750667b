package config

import (
	"math"
	"time"
)

// maxSlowStart is the longest slow_start.
const maxSlowStart = 24 * time.Hour

// rsDraft is the real_server that is being read.
type rsDraft struct {
	RealServer
	methodSet             bool
	alert, alpha, inhibit Tristate
}

// rsLine registers a line of real_server.
func rsLine(g *grammar, keyword string, f func(d *decoder, r *rsDraft)) {
	g.line("virtual_server/real_server", keyword, func(d *decoder) { f(d, &d.lvs.rs) })
}

// registerRealServer registers real_server and its lines.
func registerRealServer(g *grammar) {
	g.block("virtual_server", "real_server", (*decoder).openRealServer, (*decoder).closeRealServer)
	rsLine(g, "weight", func(d *decoder, r *rsDraft) {
		if n, ok := d.uint(1, 0, maxWeight); ok {
			r.Weight = int64(n)
		}
	})
	rsLine(g, "lvs_method", func(d *decoder, r *rsDraft) {
		m, ok, problems := parseMethod(d.words, r.Method)
		d.take(problems)
		r.Method = m
		r.methodSet = r.methodSet || ok
	})
	rsLine(g, "uthreshold", func(d *decoder, r *rsDraft) { d.thresholdLine(&r.UThreshold) })
	rsLine(g, "lthreshold", func(d *decoder, r *rsDraft) { d.thresholdLine(&r.LThreshold) })
	rsLine(g, "inhibit_on_failure", func(d *decoder, r *rsDraft) { d.boolLine(&r.inhibit) })
	rsLine(g, "alpha", func(d *decoder, r *rsDraft) { d.boolLine(&r.alpha) })
	rsLine(g, "smtp_alert", func(d *decoder, r *rsDraft) { d.boolLine(&r.alert) })
	rsLine(g, "notify_up", func(d *decoder, r *rsDraft) { d.scriptOnce(&r.NotifyUp) })
	rsLine(g, "notify_down", func(d *decoder, r *rsDraft) { d.scriptOnce(&r.NotifyDown) })
	rsLine(g, "retry", func(d *decoder, r *rsDraft) { d.retryLine(&r.Retry) })
	rsLine(g, "delay_before_retry", func(d *decoder, r *rsDraft) { d.timeLine(&r.DelayBeforeRetry, 0, maxTimer) })
	rsLine(g, "warmup", func(d *decoder, r *rsDraft) { d.timeLine(&r.Warmup, 0, maxTimer) })
	rsLine(g, "delay_loop", func(d *decoder, r *rsDraft) { d.timeLine(&r.DelayLoop, time.Microsecond, maxTimer) })
	rsLine(g, "connect_timeout", func(d *decoder, r *rsDraft) { d.timeLine(&r.ConnectTimeout, time.Microsecond, maxConnect) })
	rsLine(g, "virtualhost", func(d *decoder, r *rsDraft) { d.textLine(&r.VirtualHost) })
	rsLine(g, "slow_start", func(d *decoder, r *rsDraft) { d.timeLine(&r.SlowStart, 0, maxSlowStart) })
	rsLine(g, "snmp_name", func(d *decoder, r *rsDraft) { d.snmpName(&r.SNMPName) })
}

// thresholdLine reads a number of connections.
func (d *decoder) thresholdLine(into *uint32) {
	if n, ok := d.uint(1, 0, math.MaxUint32); ok {
		*into = uint32(n)
	}
}

// openRealServer reads an address and an optional port. The forwarding method is the one that
// stands above in the virtual server; without one the virtual server's last word counts.
func (d *decoder) openRealServer() {
	v, r := &d.lvs.vs, &d.lvs.rs
	addr, port, ok := d.socket(1, "real server")
	if !ok {
		d.skipBlock()
		return
	}
	*r = rsDraft{methodSet: v.methodSet}
	r.RealServer = RealServer{
		Pos: d.pos(), Addr: addr, Port: port, Weight: unset, Method: v.Method,
		ConnectTimeout: unset, DelayLoop: unset, Retry: unset, DelayBeforeRetry: unset, Warmup: unset,
	}
	d.lvs.checks = d.lvs.checks[:0]
}

// closeRealServer keeps the real server if it is of the virtual server's family; a tunnel may
// carry the other one.
func (d *decoder) closeRealServer() {
	v, r := &d.lvs.vs, &d.lvs.rs
	f := family(r.Addr)
	if !(r.methodSet && r.Method.Forward == TUN) {
		if v.Family == 0 {
			v.Family = f
		}
		if v.Family != f {
			p := d.problemAt(r.Pos, parserWord("real_server"), "family-mixed", "real server %s is IPv%d, the virtual server IPv%d", r.Addr, f, v.Family)
			p.Instead, p.Cure = "the real server is ignored", "only lb_kind TUN carries one family over the other"
			d.lvs.alphas = d.lvs.alphas[:len(d.lvs.alphas)-len(d.lvs.checks)]
			return
		}
	}
	r.Checkers = d.lvs.arena.checkers(d.lvs.checks)
	d.lvs.servers = append(d.lvs.servers, *r)
}

// arena hands out slices that are cut from larger ones, so that ten thousands of virtual servers
// cost a few hundred allocations.
type arena struct {
	checks  []Checker
	servers []RealServer
	// Where the virtual server that is being read starts in the slices.
	firstCheck, firstServer int
}

// mark starts a virtual server.
func (a *arena) mark() { a.firstCheck, a.firstServer = len(a.checks), len(a.servers) }

// reset takes back what was handed out since mark.
func (a *arena) reset() {
	a.checks, a.servers = a.checks[:a.firstCheck], a.servers[:a.firstServer]
}

// arenaChunk is the number of elements of a chunk.
const arenaChunk = 512

// checkers returns a copy of a slice.
func (a *arena) checkers(list []Checker) []Checker {
	if len(list) == 0 {
		return nil
	}
	if cap(a.checks)-len(a.checks) < len(list) {
		a.checks, a.firstCheck = make([]Checker, 0, max(arenaChunk, len(list))), 0
	}
	from := len(a.checks)
	a.checks = append(a.checks, list...)
	return a.checks[from:len(a.checks):len(a.checks)]
}

// realServers returns a copy of the real servers.
func (a *arena) realServers(list []rsDraft) []RealServer {
	if cap(a.servers)-len(a.servers) < len(list) {
		a.servers, a.firstServer = make([]RealServer, 0, max(arenaChunk, len(list))), 0
	}
	from := len(a.servers)
	for i := range list {
		a.servers = append(a.servers, list[i].RealServer)
	}
	return a.servers[from:len(a.servers):len(a.servers)]
}
