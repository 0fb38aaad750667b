package config

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"
)

// schedulers are the IPVS schedulers that keepalived knows.
var schedulers = [...]string{"rr", "wrr", "lc", "wlc", "lblc", "sh", "mh", "dh", "fo", "ovf", "lblcr", "sed", "nq", "twos"}

// registerBalance registers the keywords that say how connections are spread.
func registerBalance(g *grammar) {
	vsLine(g, "lb_algo", (*decoder).scheduler)
	vsLine(g, "lvs_sched", (*decoder).scheduler)
	vsLine(g, "lb_kind", (*decoder).vsMethod)
	vsLine(g, "lvs_method", (*decoder).vsMethod)
	vsLine(g, "ops", func(d *decoder, v *vsDraft) { v.OPS, v.words.ops = true, spotOf(d.words[0]) })
	vsLine(g, "flag-1", func(_ *decoder, v *vsDraft) { v.Flag1 = true })
	vsLine(g, "flag-2", func(_ *decoder, v *vsDraft) { v.Flag2 = true })
	vsLine(g, "flag-3", func(_ *decoder, v *vsDraft) { v.Flag3 = true })
	for _, flag := range [...]string{"hashed", "sh-port", "sh-fallback", "mh-port", "mh-fallback"} {
		vsLine(g, flag, (*decoder).schedulerFlag)
	}
}

// scheduler reads the name of a scheduler.
func (d *decoder) scheduler(v *vsDraft) {
	w, ok := d.word(1)
	if !ok {
		return
	}
	for _, s := range &schedulers {
		if s == w.Text {
			v.Scheduler = s
			return
		}
	}
	d.dropLine("scheduler", w, schedulerCure(w.Text), "scheduler %s is unknown", quote(w.Text))
}

// schedulerCure names the schedulers, or the one that was probably meant.
func schedulerCure(s string) string {
	for _, known := range schedulers {
		if strings.EqualFold(known, s) {
			return "write " + known
		}
	}
	return "one of " + strings.Join(schedulers[:], ", ")
}

// vsMethod reads the forwarding method that real servers take over.
func (d *decoder) vsMethod(v *vsDraft) {
	m, ok, problems := parseMethod(d.words, v.Method)
	d.take(problems)
	v.Method = m
	v.methodSet = v.methodSet || ok
}

// schedulerFlag reads the flags of sh and mh, which have to follow lb_algo. hashed is the kernel's
// own mark: the model keeps it, nothing is made of it. A flag of the other scheduler is passed over in silence.
func (d *decoder) schedulerFlag(v *vsDraft) {
	name := d.words[0].Text
	switch {
	case v.Scheduler != "sh" && v.Scheduler != "mh":
		cure := "write it below lb_algo sh"
		if strings.HasPrefix(name, "mh-") {
			cure = "write it below lb_algo mh"
		}
		d.dropLine("scheduler-flag", d.words[0], cure, "%s goes with the scheduler sh or mh, and below the line that names it", name)
	case name == "hashed":
		v.Hashed = true
	case name == v.Scheduler+"-fallback":
		v.Flag1 = true // IP_VS_SVC_F_SCHED_SH_FALLBACK, _MH_FALLBACK
	case name == v.Scheduler+"-port":
		v.Flag2 = true // IP_VS_SVC_F_SCHED_SH_PORT, _MH_PORT
	}
}

// maxEngine is the longest name of a persistence engine (IP_VS_PENAME_MAXLEN).
const maxEngine = 16

// registerPersistence registers the keywords that tie clients to a real server.
func registerPersistence(g *grammar) {
	vsLine(g, "persistence_timeout", func(d *decoder, v *vsDraft) {
		if len(d.words) < 2 {
			v.Persistence = defaultPersistence
			return
		}
		if n, ok := d.uint(1, 1, uint64(maxPersistence/time.Second)); ok {
			v.Persistence = time.Duration(n) * time.Second
		}
	})
	vsLine(g, "persistence_engine", func(d *decoder, v *vsDraft) {
		w, ok := d.word(1)
		if !ok {
			return
		}
		v.PersistenceEngine = d.keep(w.Text[:min(len(w.Text), maxEngine)])
		if len(w.Text) > maxEngine {
			p := d.problem("persistence-engine", w, "persistence_engine %s has more than %d characters", quote(w.Text), maxEngine)
			p.Instead = quote(v.PersistenceEngine) + " is used"
		}
	})
	vsLine(g, "persistence_granularity", (*decoder).granularity)
}

// granularity reads the mask of client addresses; it switches persistence on.
func (d *decoder) granularity(v *vsDraft) {
	w, ok := d.word(1)
	if !ok {
		return
	}
	f := v.Family
	if f == 0 {
		f = 6
		if strings.Contains(w.Text, ".") {
			f = 4
		}
	}
	if f == 6 {
		n, fits := d.uint(1, 1, 128)
		if !fits {
			return
		}
		v.Granularity6 = int(n)
	} else {
		mask, fits := looseIPv4(w.Text)
		if !fits {
			d.dropLine("persistence-granularity", w, "write for example 255.255.255.0", "persistence_granularity %s is no IPv4 mask", quote(w.Text))
			return
		}
		v.Granularity = mask
	}
	if v.Family == 0 {
		v.Family = f
	}
	if v.Persistence == 0 {
		v.Persistence = defaultPersistence
	}
}

// looseIPv4 reads an IPv4 address in any of the forms of inet_aton: one to four numbers, the last
// of which fills the octets that are left.
func looseIPv4(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var value uint64
	for i, p := range parts {
		limit := uint64(255)
		if i == len(parts)-1 {
			limit = math.MaxUint32 >> (8 * i)
		}
		n, ok := baseUint(p, limit)
		if !ok {
			return netip.Addr{}, false
		}
		if i == len(parts)-1 {
			value |= n
		} else {
			value |= n << (24 - 8*i)
		}
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
}

// registerQuorum registers the keywords that say when the virtual server counts as up.
func registerQuorum(g *grammar) {
	vsLine(g, "quorum", func(d *decoder, v *vsDraft) {
		w, ok := d.word(1)
		if !ok {
			return
		}
		v.words.quorum = spotOf(w)
		n, fits := upTo(w.Text, math.MaxUint32)
		if !fits || n == 0 {
			n = 1
			d.problem("quorum-range", w, "quorum %s is none of 1 to 4294967295", quote(w.Text)).Instead = "1 is used"
		}
		v.Quorum = uint32(n)
	})
	vsLine(g, "hysteresis", func(d *decoder, v *vsDraft) {
		if n, ok := d.uint(1, 0, math.MaxUint32); ok {
			v.Hysteresis, v.words.hysteresis = uint32(n), spotOf(d.words[1])
		}
	})
	vsLine(g, "quorum_up", func(d *decoder, v *vsDraft) { d.scriptOnce(&v.QuorumUp) })
	vsLine(g, "quorum_down", func(d *decoder, v *vsDraft) { d.scriptOnce(&v.QuorumDown) })
}

// scriptOnce reads a script that may be given once.
func (d *decoder) scriptOnce(into **Script) {
	if *into != nil {
		d.dropLine("script-twice", d.words[0], "", "%s is given twice", d.words[0].Text)
		return
	}
	if s, ok := d.script(1); ok {
		*into = s
	}
}

// registerSorry registers the server of last resort.
func registerSorry(g *grammar) {
	vsLine(g, "sorry_server", func(d *decoder, v *vsDraft) {
		addr, port, ok := d.socket(1, "sorry server")
		if !ok {
			return
		}
		v.SorryServer = &RealServer{Pos: d.pos(), Addr: addr, Port: port, Weight: 1, Method: v.Method,
			Retry: unset, DelayBeforeRetry: unset, Warmup: unset}
		v.sorrySet, v.SorryInhibit = v.methodSet, false
	})
	vsLine(g, "sorry_server_inhibit", func(d *decoder, v *vsDraft) {
		if v.SorryServer == nil {
			d.dropLine("sorry-server-missing", d.words[0], "write it below sorry_server", "sorry_server_inhibit stands above or without sorry_server")
			return
		}
		v.SorryInhibit, v.SorryServer.Inhibit = true, true
	})
	vsLine(g, "sorry_server_lvs_method", func(d *decoder, v *vsDraft) {
		if v.SorryServer == nil {
			d.dropLine("sorry-server-missing", d.words[0], "write it below sorry_server", "sorry_server_lvs_method stands above or without sorry_server")
			return
		}
		m, ok, problems := parseMethod(d.words, v.SorryServer.Method)
		d.take(problems)
		v.SorryServer.Method = m
		v.sorrySet = v.sorrySet || ok
	})
}

// String names the virtual server as messages do.
func (v *VirtualServer) String() string {
	switch {
	case v.Group != "":
		return "group " + v.Group
	case v.FWMark != 0:
		return fmt.Sprintf("fwmark %d", v.FWMark)
	default:
		return fmt.Sprintf("%s %d", v.Addr, v.Port)
	}
}
