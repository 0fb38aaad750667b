package config

import (
	"slices"

	"github.com/holdfast-ha/holdfast/parser"
)

// parserWord is a word without a place, for its length.
func parserWord(s string) parser.Word { return parser.Word{Text: s} }

// closeVirtualServer settles everything about a virtual server that needs neither its group nor
// the globals: duplicate real servers, inheritance to real servers and checkers, and the quorum.
func (d *decoder) closeVirtualServer() {
	v := &d.lvs.vs
	if len(d.lvs.servers) == 0 {
		d.lostVS(v, "no-real-server", "add a real_server", "virtual server %s has no real server", v.String())
		return
	}
	d.sorryFamily(v)
	if v.Family == 0 && v.Group == "" {
		v.Family = d.tunnelFamily(v)
	}
	d.uniqueServers(v)
	if v.Scheduler == "" {
		d.vsProblem(v.words.head, &v.VirtualServer, "scheduler-missing", "write lb_algo "+defaultScheduler, "virtual server %s names no scheduler", v.String()).
			Instead = defaultScheduler + " is used"
		v.Scheduler = defaultScheduler
	}
	d.inheritMethod(v)
	for i := range d.lvs.servers {
		d.inherit(v, &d.lvs.servers[i])
	}
	d.inheritCheckers(v)
	d.inheritSorry(v)
	d.checkQuorum(v)
	v.RealServers = d.lvs.arena.realServers(d.lvs.servers)
	if v.Group == "" {
		d.checkService(&v.VirtualServer, v.words, nil)
	}
	d.lvs.some = true
	if d.lvs.keep != nil && !v.refers() && !d.lvs.keep(&v.VirtualServer) {
		d.lvs.arena.reset()
		return
	}
	for i := range d.lvs.servers {
		d.lvs.alerts = append(d.lvs.alerts, d.lvs.servers[i].alert)
	}
	d.keepVirtualServer(v)
}

// refers tells whether a virtual server names something that is only judged at the end of the
// configuration: a group, what it follows, a script.
func (v *VirtualServer) refers() bool {
	if v.Group != "" || v.FollowVRRP != "" || v.QuorumUp != nil || v.QuorumDown != nil {
		return true
	}
	for i := range v.RealServers {
		r := &v.RealServers[i]
		if r.NotifyUp != nil || r.NotifyDown != nil {
			return true
		}
		for j := range r.Checkers {
			if r.Checkers[j].MiscScript != nil {
				return true
			}
		}
	}
	return false
}

// vsChunk is the number of virtual servers that are allocated together.
const vsChunk = 256

// keepVirtualServer appends the virtual server to the chunks that completeLVS puts together: one
// large slice would be copied again and again while it grows.
func (d *decoder) keepVirtualServer(v *vsDraft) {
	n := len(d.lvs.chunks) - 1
	if n < 0 || len(d.lvs.chunks[n]) == cap(d.lvs.chunks[n]) {
		d.lvs.chunks = append(d.lvs.chunks, make([]VirtualServer, 0, min(vsChunk, 8<<(n+1))))
		n++
	}
	d.lvs.chunks[n] = append(d.lvs.chunks[n], v.VirtualServer)
	d.lvs.waiting = append(d.lvs.waiting, waitingVS{alert: v.alert, words: v.words})
}

// vsProblem reports a finding about a virtual server at one of its words, or at its head when the
// file does not have the word.
func (d *decoder) vsProblem(at spot, v *VirtualServer, id, cure, format string, args ...any) *parser.Problem {
	pos := v.Pos
	if at.line != 0 {
		pos = d.posOf(parser.Word{Source: at.source, Line: at.line, Col: at.col})
	}
	p := d.problemAt(pos, parser.Word{}, id, format, args...)
	p.End, p.Cure = at.end, cure
	return p
}

// lostVS reports what costs a whole virtual server.
func (d *decoder) lostVS(v *vsDraft, id, cure, format string, args ...any) {
	p := d.vsProblem(v.words.head, &v.VirtualServer, id, cure, format, args...)
	p.Severity, p.Instead = parser.Error, "the virtual server is ignored"
}

// sorryFamily drops a sorry server of the other family, unless a tunnel carries it.
func (d *decoder) sorryFamily(v *vsDraft) {
	s := v.SorryServer
	if s == nil || v.sorrySet && s.Method.Forward == TUN {
		return
	}
	f := family(s.Addr)
	if v.Family == 0 {
		v.Family = f
	}
	if v.Family != f {
		p := d.problemAt(s.Pos, parserWord("sorry_server"), "family-mixed", "sorry server %s is IPv%d, the virtual server IPv%d", s.Addr, f, v.Family)
		p.Instead, p.Cure = "the sorry server is ignored", "only lb_kind TUN carries one family over the other"
		v.SorryServer, v.SorryInhibit = nil, false
	}
}

// tunnelFamily is the family of a fwmark whose servers are all tunnelled: theirs, if they have one
// in common, else IPv4.
func (d *decoder) tunnelFamily(v *vsDraft) int {
	f := 0
	if v.SorryServer != nil {
		f = family(v.SorryServer.Addr)
	}
	for i := range d.lvs.servers {
		g := family(d.lvs.servers[i].Addr)
		if f != 0 && f != g {
			return 4
		}
		f = g
	}
	return f
}

// uniqueServers removes a real server whose address and port stand above already.
func (d *decoder) uniqueServers(v *vsDraft) {
	list := d.lvs.servers
	for i := 1; i < len(list); i++ {
		r := &list[i]
		twin := 0
		for list[twin].Addr != r.Addr || list[twin].Port != r.Port {
			twin++
		}
		if twin == i {
			continue
		}
		p := d.problemAt(r.Pos, parserWord("real_server"), "real-server-twice", "real server %s %d of virtual server %s is there already, on line %d", r.Addr, r.Port, v.String(), list[twin].Pos.Line)
		p.Instead, p.Cure = "the second one is ignored", "remove one of the two"
		d.forgetAlphas(i)
		list = slices.Delete(list, i, i+1)
		i--
	}
	d.lvs.servers = list
}

// forgetAlphas removes what is kept of the checkers of real server n.
func (d *decoder) forgetAlphas(n int) {
	from := 0
	for i := range n {
		from += len(d.lvs.servers[i].Checkers)
	}
	d.lvs.alphas = slices.Delete(d.lvs.alphas, from, from+len(d.lvs.servers[n].Checkers))
}

// inheritMethod gives the virtual server's forwarding method to the servers that stand above it.
func (d *decoder) inheritMethod(v *vsDraft) {
	open := v.SorryServer != nil && !v.sorrySet
	for i := range d.lvs.servers {
		open = open || !d.lvs.servers[i].methodSet
	}
	if open && !v.methodSet {
		d.vsProblem(v.words.head, &v.VirtualServer, "method-missing", "write lb_kind NAT, DR or TUN", "virtual server %s names no forwarding method", v.String()).
			Instead = "NAT is used"
	}
	for i := range d.lvs.servers {
		r := &d.lvs.servers[i]
		if !r.methodSet {
			r.Method = v.Method
		}
		r.Method = r.Method.settled()
	}
	if s := v.SorryServer; s != nil {
		if !v.sorrySet {
			s.Method = v.Method
		}
		s.Method = s.Method.settled()
	}
	v.Method = v.Method.settled()
}

// inherit fills what a real server leaves open.
func (d *decoder) inherit(v *vsDraft, r *rsDraft) {
	r.Alpha = r.alpha.or(v.Alpha)
	r.Inhibit = r.inhibit.or(v.Inhibit)
	if r.Weight == unset {
		r.Weight = v.Weight
	}
	if r.Retry == unset {
		r.Retry = v.Retry
	}
	if r.ConnectTimeout == unset {
		r.ConnectTimeout = v.ConnectTimeout
	}
	if r.DelayLoop == unset {
		r.DelayLoop = v.DelayLoop
	}
	if r.Warmup == unset {
		r.Warmup = v.Warmup
	}
	if r.DelayBeforeRetry == unset {
		r.DelayBeforeRetry = v.DelayBeforeRetry
	}
}

// inheritSorry makes the sorry server's inhibit_on_failure that of the real server it equals.
func (d *decoder) inheritSorry(v *vsDraft) {
	s := v.SorryServer
	if s == nil {
		return
	}
	s.ConnectTimeout, s.DelayLoop = v.ConnectTimeout, v.DelayLoop
	for i := range d.lvs.servers {
		r := &d.lvs.servers[i]
		if r.Addr != s.Addr || r.Port != s.Port || r.Inhibit == s.Inhibit {
			continue
		}
		p := d.problemAt(s.Pos, parserWord("sorry_server"), "sorry-server-inhibit", "sorry server %s is also a real server, with the other setting of inhibit_on_failure", s.Addr)
		p.Instead = "the real server's setting is used"
		s.Inhibit, v.SorryInhibit = r.Inhibit, r.Inhibit
	}
}

// checkQuorum cuts quorum and hysteresis to what the weights allow. keepalived's arithmetic is that
// of 32 bits: with quorum 0 the hysteresis becomes 4294967295.
func (d *decoder) checkQuorum(v *vsDraft) {
	var sum uint32
	for i := range d.lvs.servers {
		sum += uint32(d.lvs.servers[i].Weight)
	}
	if v.Quorum > sum {
		p := d.vsProblem(v.words.quorum, &v.VirtualServer, "quorum-weight", "raise the weights or lower the quorum", "quorum %d of virtual server %s is above the sum of its weights, %d", v.Quorum, v.String(), sum)
		p.Instead = "the sum is used"
		v.Quorum = sum
	}
	if v.Hysteresis >= v.Quorum {
		p := d.vsProblem(v.words.hysteresis, &v.VirtualServer, "hysteresis-quorum", "hysteresis must be below quorum", "hysteresis %d of virtual server %s is not below its quorum %d", v.Hysteresis, v.String(), v.Quorum)
		v.Hysteresis = v.Quorum - 1
		p.Instead = "quorum - 1 is used"
		if v.Quorum == 0 {
			p.Instead = "the quorum is never gained"
		}
	}
}
