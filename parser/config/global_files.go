package config

import (
	"slices"
	"strings"
	"time"
)

func registerGlobalFiles(gr *grammar) {
	g := globals{gr}
	g.line("global_defs", "umask", (*decoder).umask)
	g.line("global_defs", "random_seed", func(d *decoder) {
		if n, ok := d.uint(1, 0, 4294967295); ok {
			d.cfg.Global.RandomSeed, d.cfg.Global.RandomSeedSet = n, true
		}
	})
	g.line("global_defs", "reload_check_config", func(d *decoder) {
		d.cfg.Global.ReloadCheck, d.cfg.Global.ReloadCheckLog = On, "/dev/null"
		if len(d.words) > 1 {
			d.cfg.Global.ReloadCheckLog = d.words[1].Text
		}
	})
	g.named("reload_time_file", func(c *Global) *string { return &c.ReloadTimeFile })
	g.single("reload_time_file")
	g.flag("reload_repeat", func(c *Global) *bool { return &c.ReloadRepeat })
	g.line("global_defs", "reload_file", func(d *decoder) {
		d.cfg.Global.ReloadFile = "/run/keepalived.reload"
		if len(d.words) > 1 {
			d.cfg.Global.ReloadFile = d.words[1].Text
		}
	})
	g.line("global_defs", "include_check", (*decoder).includeCheck)
	g.text("config_save_dir", func(c *Global) *string { return &c.ConfigSaveDir })
	g.named("tmp_config_directory", func(c *Global) *string { return &c.TmpConfigDir })
	g.bool("data_use_instance", func(c *Global) *bool { return &c.DataUseInstance })
	g.int("json_version", 1, 2, func(c *Global) *int { return &c.JSONVersion })
	g.named("iproute_usr_dir", func(c *Global) *string { return &c.IPRouteUsrDir })
	g.named("iproute_etc_dir", func(c *Global) *string { return &c.IPRouteEtcDir })
	g.named("state_dump_file", func(c *Global) *string { return &c.StateDumpFile })
	g.named("stats_dump_file", func(c *Global) *string { return &c.StatsDumpFile })
	g.named("json_dump_file", func(c *Global) *string { return &c.JSONDumpFile })
	registerGlobalSNMP(g)
}

func registerGlobalSNMP(g globals) {
	g.line("global_defs", "snmp_socket", func(d *decoder) {
		if a, ok := d.wanted(1); ok {
			d.cfg.Global.SNMP.Socket = a
		}
	})
	g.single("snmp_socket")
	snmp := func(keyword string, set func(*SNMP)) {
		g.line("global_defs", keyword, func(d *decoder) { set(&d.cfg.Global.SNMP) })
	}
	snmp("enable_traps", func(s *SNMP) { s.Traps = true })
	snmp("enable_snmp_vrrp", func(s *SNMP) { s.VRRP = true })
	snmp("enable_snmp_keepalived", func(s *SNMP) { s.VRRP = true })
	g.alias("enable_snmp_keepalived", "enable_snmp_vrrp")
	snmp("enable_snmp_rfc", func(s *SNMP) { s.RFCv2, s.RFCv3 = true, true })
	snmp("enable_snmp_rfcv2", func(s *SNMP) { s.RFCv2 = true })
	snmp("enable_snmp_rfcv3", func(s *SNMP) { s.RFCv3 = true })
	snmp("enable_snmp_checker", func(s *SNMP) { s.Checker = true })
	g.decimal("snmp_vs_stats_update_interval", time.Millisecond, 30*time.Second, func(c *Global) *time.Duration { return &c.SNMP.VSStatsInterval })
	g.line("global_defs", "snmp_rs_stats_update_interval", func(d *decoder) {
		if t, ok := d.seconds(1, time.Millisecond, 30*time.Second); ok {
			d.cfg.Global.SNMP.RSStatsUpdateInterval, d.global.rsStatsSet = t, true
		}
	})
	g.flag("enable_dbus", func(c *Global) *bool { return &c.DBus })
	g.named("dbus_service_name", func(c *Global) *string { return &c.DBusService })
	g.named("dbus_no_interface_name", func(c *Global) *string { return &c.DBusNoInterface })
}

// umaskBits are the names of mode bits in umask.
var umaskBits = map[string]int{
	"IRUSR": 0o400, "IWUSR": 0o200, "IXUSR": 0o100,
	"IRGRP": 0o040, "IWGRP": 0o020, "IXGRP": 0o010,
	"IROTH": 0o004, "IWOTH": 0o002, "IXOTH": 0o001,
}

// umask reads an octal number or names of bits joined by |.
func (d *decoder) umask() {
	if _, ok := d.word(1); !ok {
		return
	}
	var b strings.Builder
	for _, w := range d.words[1:] {
		b.WriteString(w.Text)
	}
	s := b.String()
	mask := 0
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		if len(d.words) > 2 {
			d.ignored("extra-words", d.words[2], "umask takes one number").Instead = "the line is ignored"
			return
		}
		for i := 0; i < len(s); i++ {
			if s[i] < '0' || s[i] > '7' || mask > 0o777 {
				mask = -1
				break
			}
			mask = mask<<3 | int(s[i]-'0')
		}
	} else {
		for _, name := range strings.Split(s, "|") {
			bit, ok := umaskBits[name]
			if !ok {
				mask = -1
				break
			}
			mask |= bit
		}
	}
	if mask < 0 || mask > 0o777 {
		d.ignored("umask", d.words[1], "umask %s: not an octal number up to 0777 or names of bits", s).Cure = "write for example 0177 or IXUSR|IRGRP"
		return
	}
	d.cfg.Global.Umask = mask
}

// includeChecks are the words of include_check.
var includeChecks = []string{"read", "match", "wildcard_match", "brace_match"}

// includeCheck reads which checks every include makes. Bare: all. keepalived takes one plain
// word only; more need a sign each.
func (d *decoder) includeCheck() {
	g := &d.cfg.Global
	if len(d.words) == 1 {
		g.IncludeCheck = slices.Clone(includeChecks)
		return
	}
	plain := false
	for _, w := range d.words[1:] {
		name := strings.TrimLeft(w.Text, "+-")
		if !slices.Contains(includeChecks, name) || len(w.Text)-len(name) > 1 {
			d.ignored("option", w, "include_check: unknown option %q", w.Text).Cure = "write " + strings.Join(includeChecks, ", ")
			continue
		}
		switch w.Text[0] {
		case '-':
			g.IncludeCheck = slices.DeleteFunc(g.IncludeCheck, func(s string) bool { return s == name })
			continue
		case '+':
		default:
			if plain {
				d.ignored("twice", w, "include_check takes one word without a sign").Cure = "write +" + name
				continue
			}
			plain = true
			g.IncludeCheck = nil
		}
		if !slices.Contains(g.IncludeCheck, name) {
			g.IncludeCheck = append(g.IncludeCheck, name)
		}
	}
}
