package config

import (
	"time"
)

// maxLVSTimeout is IPVS's longest timeout: 31 days.
const maxLVSTimeout = 31 * 86400

func registerGlobalLVS(gr *grammar) {
	g := globals{gr}
	g.bool("checker_log_all_failures", func(c *Global) *bool { return &c.LogAllFailures })
	g.line("global_defs", "lvs_timeouts", (*decoder).lvsTimeouts)
	g.flag("lvs_flush", func(c *Global) *bool { return &c.LVSFlush })
	g.line("global_defs", "lvs_flush_on_stop", (*decoder).lvsFlushOnStop)
	g.line("global_defs", "lvs_flush_onstop", (*decoder).lvsFlushOnStop)
	g.alias("lvs_flush_onstop", "lvs_flush_on_stop")
	g.line("global_defs", "lvs_sync_daemon", (*decoder).lvsSyncDaemon)
	g.bool("rs_init_notifies", func(c *Global) *bool { return &c.RSInitNotifies })
}

func (d *decoder) lvsTimeouts() {
	if len(d.words) < 3 {
		d.lacking()
		return
	}
	t := &d.cfg.Global.LVSTimeouts
	for i := 1; i < len(d.words); i++ {
		var field *time.Duration
		switch d.words[i].Text {
		case "tcp":
			field = &t.TCP
		case "tcpfin":
			field = &t.TCPFin
		case "udp":
			field = &t.UDP
		default:
			d.ignored("option", d.words[i], "lvs_timeouts: unknown option %q", d.words[i].Text).Cure = "write tcp, tcpfin or udp, each with seconds"
			continue
		}
		if i+1 == len(d.words) {
			d.ignored("lacking", d.words[i], "lvs_timeouts %s needs a value", d.words[i].Text)
			return
		}
		i++
		if n, ok := d.uint(i, 0, maxLVSTimeout); ok {
			*field = time.Duration(n) * time.Second
		}
	}
}

func (d *decoder) lvsFlushOnStop() {
	g := &d.cfg.Global
	switch {
	case len(d.words) < 2:
		g.LVSFlushOnStop = "all"
	case d.words[1].Text == "VS":
		g.LVSFlushOnStop = "VS"
	default:
		d.ignored("option", d.words[1], "%s: unknown option %q", d.words[0].Text, d.words[1].Text).Cure = "write VS, or nothing"
	}
}

// lvsSyncDaemon reads <ifname> [[inst] <vrrp_instance>] and the named options.
func (d *decoder) lvsSyncDaemon() {
	dev, ok := d.wanted(1)
	if !ok {
		return
	}
	g := &d.cfg.Global
	if g.LVSSync != nil {
		d.ignored("twice", d.words[0], "lvs_sync_daemon is given twice")
		return
	}
	if len(dev) > maxIfName {
		d.ignored("interface-name", d.words[1], "lvs_sync_daemon %s: longer than %d characters", dev, maxIfName).Instead = "the line is ignored"
		return
	}
	s := &LVSSync{Interface: dev, ID: -1}
	g.LVSSync = s
	for i := 2; i < len(d.words); i++ {
		i = d.lvsSyncOption(s, i)
		if i < 0 {
			return
		}
	}
}

// lvsSyncOption reads the option at word i and returns the place of its last word, or -1.
func (d *decoder) lvsSyncOption(s *LVSSync, i int) int {
	w := d.words[i]
	number := func(max uint64, min uint64, field *int) {
		if n, ok := d.uintWord(d.words[i+1], min, max); ok {
			*field = int(n)
		}
	}
	switch w.Text {
	case "id", "maxlen", "port", "ttl", "group", "inst":
		if i+1 == len(d.words) {
			d.ignored("lacking", w, "lvs_sync_daemon %s needs a value", w.Text)
			return -1
		}
	}
	switch w.Text {
	case "inst":
		s.Instance = d.words[i+1].Text
	case "id":
		number(255, 0, &s.ID)
	case "maxlen":
		number(65507, 1, &s.MaxLen)
	case "port":
		number(65535, 1, &s.Port)
	case "ttl":
		number(255, 1, &s.TTL)
	case "group":
		a, ok := parseIP(d.words[i+1].Text)
		if !ok || !a.IsMulticast() {
			d.ignored("multicast", d.words[i+1], "lvs_sync_daemon group %s: not a multicast address", d.words[i+1].Text)
		} else {
			s.Group = a
		}
	default:
		return d.lvsSyncLegacy(s, i)
	}
	return i + 1
}

// lvsSyncLegacy reads the old form <if> <inst> [<id>].
func (d *decoder) lvsSyncLegacy(s *LVSSync, i int) int {
	w := d.words[i]
	switch {
	case i == 2:
		s.Instance = w.Text
	case i == 3:
		if n, ok := parseUint(w.Text); ok && n <= 255 {
			s.ID = int(n)
			d.problem("deprecated", w, "lvs_sync_daemon: a bare %s is the old way to give the id", w.Text).Cure = "write id " + w.Text
			break
		}
		fallthrough
	default:
		d.ignored("option", w, "lvs_sync_daemon: unknown option %q", w.Text)
	}
	return i
}
