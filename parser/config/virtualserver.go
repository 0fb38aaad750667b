package config

import (
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

const (
	// maxTimer is the longest time a keyword without a bound of its own takes.
	maxTimer = 9_000_000_000 * time.Second
	// maxConnect is the longest connect_timeout: 2^32-1 microseconds.
	maxConnect = math.MaxUint32 * time.Microsecond
	// maxWeight is the largest weight of a real server.
	maxWeight = math.MaxInt32
	// maxPersistence is the largest persistence_timeout, the kernel's 31 days.
	maxPersistence = 31 * 24 * time.Hour
	// defaultPersistence is used where persistence is switched on without a time.
	defaultPersistence = 360 * time.Second
	defaultScheduler   = "wlc"
	// unset marks a time or number that the file leaves open until inheritance fills it.
	unset = -1
)

// lvsState is what the decoder of virtual_server, virtual_server_group and SSL keeps between lines.
type lvsState struct {
	unprotected map[string]bool // programs of which script security has been spoken
	scripts     scriptState
	preferences rulePreferences

	group  vsgDraft
	groups map[string]bool // names of those that are defined
	vs     vsDraft
	rs     rsDraft
	check  checkDraft
	host   Checker  // the host block of an SMTP_CHECK
	conn   *Checker // whose connection settings are being read
	url    urlDraft

	// The real servers of the virtual server, and the checkers of all of them, that are being read.
	servers []rsDraft
	alphas  []Tristate // of checkers, in their order
	checks  []Checker  // of the real server that is being read
	arena   arena

	// keep tells which virtual servers are wanted though nothing more can be said of them; nil: all.
	keep func(*VirtualServer) bool
	some bool // a virtual server was kept or forgotten
	// What waits for the end of the configuration, in the order of Config.VirtualServers.
	chunks  [][]VirtualServer
	waiting []waitingVS
	alerts  []Tristate // smtp_alert of the real servers
}

// waitingVS is what the end of the configuration has to know of a virtual server besides its model.
type waitingVS struct {
	alert Tristate
	words vsWords
}

// vsWords are the words of a virtual_server that later findings point at.
type vsWords struct {
	head, protocol, ops, suspend, quorum, hysteresis, follow spot
}

// spot is the place of a word in its file.
type spot struct{ source, line, col, end int32 }

// spotOf is the place of a word.
func spotOf(w parser.Word) spot { return spot{w.Source, w.Line, w.Col, wordEnd(w)} }

// vsDraft is the virtual_server that is being read.
type vsDraft struct {
	VirtualServer
	words     vsWords
	methodSet bool
	sorrySet  bool // the sorry server has a method
	alert     Tristate
}

// startLVS sets the defaults before the first line.
func (d *decoder) startLVS() {}

// registerLVS gives the keywords of virtual_server_group, virtual_server and SSL their handlers.
func registerLVS(g *grammar) {
	registerSSL(g)
	g.list("top", "virtual_server_group", (*decoder).openGroup, (*decoder).groupEntry, (*decoder).closeGroup)
	g.block("top", "virtual_server", (*decoder).openVirtualServer, (*decoder).closeVirtualServer)
	registerVirtualServer(g)
	registerBalance(g)
	registerPersistence(g)
	registerQuorum(g)
	registerSorry(g)
	registerRealServer(g)
	registerCheckers(g)
}

// openVirtualServer reads the words behind virtual_server: an address with an optional port, a
// firewall mark, or a group.
func (d *decoder) openVirtualServer() {
	v := &d.lvs.vs
	*v = vsDraft{words: vsWords{head: spotOf(d.words[0])}}
	v.VirtualServer = VirtualServer{
		Pos: d.pos(), Quorum: 1, Weight: 1, DelayLoop: 60 * time.Second, ConnectTimeout: 5 * time.Second,
		Retry: unset, DelayBeforeRetry: unset, Warmup: unset,
	}
	d.lvs.servers, d.lvs.alphas = d.lvs.servers[:0], d.lvs.alphas[:0]
	d.lvs.arena.mark()
	first, ok := d.word(1)
	if !ok {
		return
	}
	switch first.Text {
	case "group":
		if v.Group, ok = d.text(2); !ok {
			return
		}
	case "fwmark":
		w, present := d.word(2)
		if !present {
			return
		}
		n, fits := upTo(w.Text, math.MaxUint32)
		if !fits {
			d.lost("fwmark-range", w, "the virtual server is ignored", "write a decimal number", "fwmark %s is none of 0 to 4294967295", quote(w.Text))
			d.skipBlock()
			return
		}
		v.FWMark = uint32(n)
	default:
		v.Addr, v.Port, ok = d.socket(1, "virtual server")
		if !ok {
			d.skipBlock()
			return
		}
		v.Family = family(v.Addr)
	}
}

// lost reports something that costs more than the line.
func (d *decoder) lost(id string, w parser.Word, instead, cure, format string, args ...any) {
	p := d.problem(id, w, format, args...)
	p.Severity, p.Instead, p.Cure = parser.Error, instead, cure
}

// dropLine reports a line that is ignored.
func (d *decoder) dropLine(id string, w parser.Word, cure, format string, args ...any) {
	p := d.problem(id, w, format, args...)
	p.Instead, p.Cure = "the line is ignored", cure
}

// socket returns words i and i+1 as the fields of a server: an address, and a port that may be
// missing or 0.
func (d *decoder) socket(i int, what string) (s netip.Addr, port uint16, ok bool) {
	w, ok := d.word(i)
	if !ok {
		return s, 0, false
	}
	if i+1 < len(d.words) {
		p := d.words[i+1]
		n, fits := upTo(p.Text, math.MaxUint16)
		if !fits && strings.Trim(p.Text, "0") != "" {
			d.lost("port-range", p, "the "+what+" is ignored", portCure(p.Text), "port %s of the %s is none of 1 to 65535", quote(p.Text), what)
			return s, 0, false
		}
		port = uint16(n)
	}
	a, ok := sockAddr(w.Text)
	if !ok {
		d.lost("address", w, "the "+what+" is ignored", addressCure(w.Text), "%s of the %s is no IP address", quote(w.Text), what)
		return s, 0, false
	}
	if i := strings.IndexAny(w.Text, "-/"); i >= 0 {
		p := d.problem("address-rest", w, "%s of the %s: a server has one address", quote(w.Text), what)
		p.Severity, p.Class = parser.Hint, parser.Logged
		p.Instead, p.Cure = quote(w.Text[i:])+" is dropped", "write "+a.String()+", or a virtual_server_group for several addresses"
	}
	return a, port, true
}

// portCure says what to write instead of a port that is none.
func portCure(s string) string {
	if s != "" && (s[0] < '0' || s[0] > '9') {
		return "ports are numbers here, service names are not looked up"
	}
	return ""
}

// addressCure says what to write instead of an address that is none.
func addressCure(s string) string {
	if strings.HasPrefix(s, "[") {
		return "write the IPv6 address without brackets, the port behind a blank"
	}
	if host, port, found := strings.Cut(s, ":"); found && !strings.Contains(port, ":") {
		return "write " + host + " " + port
	}
	return "host names are not resolved here: write the address"
}

// vsLine registers a line of virtual_server.
func vsLine(g *grammar, keyword string, f func(d *decoder, v *vsDraft)) {
	g.line("virtual_server", keyword, func(d *decoder) { f(d, &d.lvs.vs) })
}

// timeLine reads a time of seconds with decimals into a field. keepalived counts microseconds and
// reports what is finer.
func (d *decoder) timeLine(into *time.Duration, min, max time.Duration) {
	t, ok := d.seconds(1, min, max)
	if !ok {
		return
	}
	*into = t
	if _, decimals, _ := strings.Cut(d.words[1].Text, "."); len(decimals) > 6 {
		p := d.problem("decimals", d.words[1], "%s %s: a time has six decimals at most", d.words[0].Text, d.words[1].Text)
		p.Instead = plain(t, time.Second) + " is used"
	}
}

// boolLine reads an optional boolean into a field.
func (d *decoder) boolLine(into *Tristate) {
	if v, ok := d.bool(1); ok {
		*into = tristate(v)
	}
}

// textLine reads a word that keepalived reports, without stopping, when it is missing.
func (d *decoder) textLine(into *string) {
	if len(d.words) < 2 {
		d.dropLine("value-missing", d.words[0], "", "%s needs a value", d.words[0].Text)
		return
	}
	*into = d.keep(d.words[1].Text)
}

// registerVirtualServer registers the settings that checkers and mails inherit.
func registerVirtualServer(g *grammar) {
	vsLine(g, "ip_family", (*decoder).ipFamily)
	vsLine(g, "retry", func(d *decoder, v *vsDraft) { d.retryLine(&v.Retry) })
	vsLine(g, "delay_before_retry", func(d *decoder, v *vsDraft) { d.timeLine(&v.DelayBeforeRetry, 0, maxTimer) })
	vsLine(g, "warmup", func(d *decoder, v *vsDraft) { d.timeLine(&v.Warmup, 0, maxTimer) })
	vsLine(g, "connect_timeout", func(d *decoder, v *vsDraft) { d.timeLine(&v.ConnectTimeout, time.Microsecond, maxConnect) })
	vsLine(g, "delay_loop", func(d *decoder, v *vsDraft) { d.timeLine(&v.DelayLoop, time.Microsecond, maxTimer) })
	vsLine(g, "inhibit_on_failure", func(_ *decoder, v *vsDraft) { v.Inhibit = true })
	vsLine(g, "protocol", (*decoder).protocol)
	vsLine(g, "ha_suspend", func(d *decoder, v *vsDraft) { v.HASuspend, v.words.suspend = true, spotOf(d.words[0]) })
	vsLine(g, "smtp_alert", func(d *decoder, v *vsDraft) { d.boolLine(&v.alert) })
	vsLine(g, "virtualhost", func(d *decoder, v *vsDraft) { d.textLine(&v.VirtualHost) })
	vsLine(g, "snmp_name", func(d *decoder, v *vsDraft) { d.snmpName(&v.SNMPName) })
	vsLine(g, "alpha", func(_ *decoder, v *vsDraft) { v.Alpha = true })
	vsLine(g, "omega", func(_ *decoder, v *vsDraft) { v.Omega = true })
	vsLine(g, "weight", func(d *decoder, v *vsDraft) {
		if n, ok := d.uint(1, 1, maxWeight); ok {
			v.Weight = int64(n)
		}
	})
	vsLine(g, "follow_vrrp", func(d *decoder, v *vsDraft) {
		if w, ok := d.word(1); ok {
			v.FollowVRRP, v.words.follow = d.keep(w.Text), spotOf(w)
		}
	})
}

// retryLine reads the number of retries that real servers and their checkers inherit: 1 or more.
func (d *decoder) retryLine(into *int64) {
	if n, ok := d.uint(1, 1, math.MaxUint32); ok {
		*into = int64(n)
	}
}

// snmpName reads a name of exactly one word.
func (d *decoder) snmpName(into *string) {
	if len(d.words) != 2 {
		d.dropLine("snmp-name", d.words[0], "write snmp_name NAME", "snmp_name takes one name")
		return
	}
	*into = d.keep(d.words[1].Text)
}

// ipFamily reads the family, which an address, a real server or a granularity may have settled.
func (d *decoder) ipFamily(v *vsDraft) {
	w, ok := d.word(1)
	if !ok {
		return
	}
	switch {
	case w.Text != "inet" && w.Text != "inet6":
		d.dropLine("ip-family", w, "write inet or inet6", "ip_family %s is unknown", quote(w.Text))
	case v.Family != 0 && v.Family != familyOf(w.Text):
		d.dropLine("ip-family-conflict", w, "", "ip_family %s: the virtual server is IPv%d already", w.Text, v.Family)
	default:
		v.Family = familyOf(w.Text)
	}
}

// protocol reads TCP, UDP or SCTP in any case.
func (d *decoder) protocol(v *vsDraft) {
	w, ok := d.word(1)
	if !ok {
		return
	}
	for _, p := range [...]string{"TCP", "UDP", "SCTP"} {
		if strings.EqualFold(w.Text, p) {
			v.Protocol, v.words.protocol = p, spotOf(w)
			return
		}
	}
	d.dropLine("protocol", w, "write TCP, UDP or SCTP", "protocol %s is unknown", quote(w.Text))
}
