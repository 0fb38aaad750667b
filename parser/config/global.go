package config

import (
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

// maxSeconds is the longest time keepalived's timers hold: 2^32 microseconds.
const (
	maxSeconds = 4294
	maxClock   = 4294967295 * time.Microsecond
)

// globalState is what the decoder of global_defs keeps between lines.
type globalState struct {
	lowerPrioDelaySet, lowerPrioRepSet bool
	vmacAddrPrefixSet                  bool
	minGARP                            bool
	rsStatsSet                         bool
	emails                             int // read before the block at hand
	emailAt                            parser.Word
}

// startGlobal sets keepalived's defaults.
func (d *decoder) startGlobal() {
	g := &d.cfg.Global
	g.ChildWaitTime = 5 * time.Second
	g.SMTPPort, g.SMTPTimeout = 25, 30*time.Second
	g.StartupScriptTimeout, g.ShutdownScriptTimeout = 10*time.Second, 10*time.Second
	g.DefaultInterface = "eth0"
	g.MulticastGroup4, g.MulticastGroup6 = defaultGroup4, defaultGroup6
	g.GARP = GARPSettings{Delay: 5 * time.Second, Repeat: 5, RefreshRepeat: 1}
	g.DownTimerAdverts = 3
	g.RxBufsMultiplier = 3
	g.MinAutoPriorityDelay = time.Second
	g.Umask = -1
	g.JSONVersion = 1
	g.NFTablesPriority, g.NFTablesIPVSPriority = -1, -1
	g.NFTablesIPVSFirstMark = 1000
	g.SNMP.VSStatsInterval = 5 * time.Second
	g.VMACPrefix = "vrrp"
	g.DBusService = "org.keepalived.Vrrp1"
	for _, p := range []*ProcessSettings{&g.VRRPProcess, &g.CheckerProcess, &g.BFDProcess} {
		p.RLimitRTTime = 10000 * time.Microsecond
	}
	g.Handover = true
	g.LVSReconcileInterval = 10 * time.Second
}

func registerGlobal(g *grammar) {
	registerGlobalMail(g)
	registerGlobalVRRP(g)
	registerGlobalProcess(g)
	registerGlobalScripts(g)
	registerGlobalFirewall(g)
	registerGlobalLVS(g)
	registerGlobalFiles(g)
	registerGlobalOwn(g)
}

// globals shortens the registration of the simple keywords of global_defs.
type globals struct{ *grammar }

// flag is a keyword whose mere presence counts; words behind it are ignored.
func (g globals) flag(name string, field func(*Global) *bool) {
	g.line("global_defs", name, func(d *decoder) { *field(&d.cfg.Global) = true })
}

// bool is a keyword with an optional boolean.
func (g globals) bool(name string, field func(*Global) *bool) {
	g.line("global_defs", name, func(d *decoder) {
		if v, ok := d.bool(1); ok {
			*field(&d.cfg.Global) = v
		}
	})
}

// tristate is bool for a setting that may stay unset.
func (g globals) tristate(name string, field func(*Global) *Tristate) {
	g.line("global_defs", name, func(d *decoder) {
		if v, ok := d.bool(1); ok {
			*field(&d.cfg.Global) = tristate(v)
		}
	})
}

// text is a keyword with one word; without it keepalived exits.
func (g globals) text(name string, field func(*Global) *string) {
	g.line("global_defs", name, func(d *decoder) {
		if s, ok := d.text(1); ok {
			*field(&d.cfg.Global) = s
		}
	})
}

// named is text, but a missing word is only reported.
func (g globals) named(name string, field func(*Global) *string) {
	g.line("global_defs", name, func(d *decoder) {
		if s, ok := d.wanted(1); ok {
			*field(&d.cfg.Global) = s
		}
	})
}

// int is a keyword with a number in min..max.
func (g globals) int(name string, min, max int64, field func(*Global) *int) {
	g.line("global_defs", name, func(d *decoder) {
		if n, ok := d.int(1, min, max); ok {
			*field(&d.cfg.Global) = int(n)
		}
	})
}

// lenient makes the handlers of some keywords report a missing word where others stop for it.
func (g globals) lenient(names ...string) {
	for _, name := range names {
		r := g.rule("global_defs", name)
		strict := r.line
		r.line = func(d *decoder) {
			if _, ok := d.wanted(1); ok {
				strict(d)
			}
		}
	}
}

// alias makes an old spelling tell the new one.
func (g globals) alias(old, name string) {
	r := g.rule("global_defs", old)
	read := r.line
	r.line = func(d *decoder) {
		d.deprecated(name)
		read(d)
	}
}

// single makes a keyword refuse more than one word.
func (g globals) single(names ...string) {
	for _, name := range names {
		r := g.rule("global_defs", name)
		loose := r.line
		r.line = func(d *decoder) {
			if len(d.words) > 2 {
				d.ignored("extra-words", d.words[2], "%s takes one word", d.words[0].Text).Instead = "the line is ignored"
				return
			}
			loose(d)
		}
	}
}

// seconds is a keyword with whole seconds in min..max.
func (g globals) seconds(name string, min, max uint64, field func(*Global) *time.Duration) {
	g.line("global_defs", name, func(d *decoder) {
		if n, ok := d.uint(1, min, max); ok {
			*field(&d.cfg.Global) = time.Duration(n) * time.Second
		}
	})
}

// decimal is a keyword with seconds and decimals in min..max.
func (g globals) decimal(name string, min, max time.Duration, field func(*Global) *time.Duration) {
	g.line("global_defs", name, func(d *decoder) {
		if t, ok := d.seconds(1, min, max); ok {
			*field(&d.cfg.Global) = t
		}
	})
}

// micro is a keyword with whole microseconds in min..max.
func (g globals) micro(name string, min, max uint64, field func(*Global) *time.Duration) {
	g.line("global_defs", name, func(d *decoder) {
		if n, ok := d.uint(1, min, max); ok {
			*field(&d.cfg.Global) = time.Duration(n) * time.Microsecond
		}
	})
}

func tristate(v bool) Tristate {
	if v {
		return On
	}
	return Off
}

// wanted returns word i of the statement; a missing one is reported and the line ignored.
func (d *decoder) wanted(i int) (string, bool) {
	if i < len(d.words) {
		return d.words[i].Text, true
	}
	d.lacking()
	return "", false
}

// lacking reports a line that lacks a word where keepalived only ignores the line.
func (d *decoder) lacking() *parser.Problem {
	p := d.problem("lacking", d.words[0], "%s needs a value", d.words[0].Text)
	p.Instead = "the line is ignored"
	if d.rule != nil && d.rule.spec.Args != "" {
		p.Cure = "write " + d.words[0].Text + " " + d.rule.spec.Args
	}
	return p
}

// ignored reports a word that keepalived refuses and the line that is ignored for it.
func (d *decoder) ignored(id string, w parser.Word, format string, args ...any) *parser.Problem {
	p := d.problem(id, w, format, args...)
	p.Instead = "it is ignored"
	return p
}

// deprecated notes an old spelling that still works.
func (d *decoder) deprecated(instead string) {
	hint(d.problem("deprecated", d.words[0], "%s is deprecated", d.words[0].Text)).Cure = "write " + instead
}

// completeGlobal resolves what depends on other settings of global_defs.
func (d *decoder) completeGlobal() {
	g := &d.cfg.Global
	if d.global.minGARP {
		applyMinGARP(&g.GARP)
	}
	if !d.global.lowerPrioDelaySet {
		g.GARP.LowerPrioDelay = g.GARP.Delay
	}
	if !d.global.lowerPrioRepSet {
		g.GARP.LowerPrioRep = g.GARP.Repeat
	}
	if !d.global.vmacAddrPrefixSet {
		g.VMACAddrPrefix = g.VMACPrefix
	}
	if !d.global.rsStatsSet {
		g.SNMP.RSStatsUpdateInterval = g.SNMP.VSStatsInterval
	}
	if g.Instance != "" || g.NetNamespace != "" {
		g.UsePidDir = true
	}
	g.StartupScript = d.checkScript(g.StartupScript, "startup_script")
	g.ShutdownScript = d.checkScript(g.ShutdownScript, "shutdown_script")
	// A reader is looked at by the process that starts it, where there is one.
	hasVRRP, hasLVS := len(d.vrrp.instances) > 0, d.lvs.some
	for _, f := range []struct {
		fifo   *FIFO
		name   string
		wanted bool
	}{
		{&g.NotifyFIFO, "notify_fifo_script", hasVRRP || hasLVS},
		{&g.VRRPNotifyFIFO, "vrrp_notify_fifo_script", hasVRRP},
		{&g.LVSNotifyFIFO, "lvs_notify_fifo_script", hasLVS},
	} {
		if f.wanted {
			f.fifo.Script = d.checkScript(f.fifo.Script, f.name)
		}
	}
	d.completeScriptAccount()
}

// completeScriptAccount: every process looks script_user up, and the account of the global scripts.
func (d *decoder) completeScriptAccount() {
	a := &d.cfg.Global.ScriptAccount
	if d.cfg.Global.ScriptUser != "" {
		var s Script
		if d.globalAccount(&s, "script_user") {
			*a = ScriptAccount{UID: s.UID, GID: s.GID, VRRP: true, LVS: true}
		}
	}
	a.VRRP = a.VRRP || a.LVS
	for _, f := range []*FIFO{&d.cfg.Global.NotifyFIFO, &d.cfg.Global.VRRPNotifyFIFO, &d.cfg.Global.LVSNotifyFIFO} {
		if f.Path != "" && f.User == "" {
			f.UID, f.GID = a.UID, a.GID
		}
	}
}
