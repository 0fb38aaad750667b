package config

import (
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

func registerGlobalScripts(gr *grammar) {
	g := globals{gr}
	g.line("global_defs", "startup_script", func(d *decoder) { d.onceScript(&d.cfg.Global.StartupScript) })
	g.line("global_defs", "shutdown_script", func(d *decoder) { d.onceScript(&d.cfg.Global.ShutdownScript) })
	g.seconds("startup_script_timeout", 1, 1000, func(c *Global) *time.Duration { return &c.StartupScriptTimeout })
	g.seconds("shutdown_script_timeout", 1, 1000, func(c *Global) *time.Duration { return &c.ShutdownScriptTimeout })
	g.line("global_defs", "script_user", (*decoder).scriptUser)
	g.flag("enable_script_security", func(c *Global) *bool { return &c.ScriptSecurity })
	g.lenient("startup_script_timeout", "shutdown_script_timeout")
	g.bool("use_symlink_paths", func(c *Global) *bool { return &c.UseSymlinkPaths })
	g.bool("set_supplementary_groups", func(c *Global) *bool { return &c.SupplementaryGroups })
	g.fifo("notify_fifo", func(c *Global) *FIFO { return &c.NotifyFIFO })
	g.fifo("vrrp_notify_fifo", func(c *Global) *FIFO { return &c.VRRPNotifyFIFO })
	g.fifo("lvs_notify_fifo", func(c *Global) *FIFO { return &c.LVSNotifyFIFO })
}

// onceScript reads a script that may be given once.
func (d *decoder) onceScript(field **Script) {
	if _, ok := d.wanted(1); !ok {
		return
	}
	if *field != nil {
		d.ignored("twice", d.words[0], "%s is given twice", d.words[0].Text)
		return
	}
	s, ok := d.script(1)
	if !ok {
		return
	}
	if s == nil && len(d.problems) > 0 && !strings.HasSuffix(d.words[0].Text, "_fifo_script") {
		d.problems[len(d.problems)-1].Class = parser.General // only logged for other scripts
	}
	*field = s
}

// fifo registers a FIFO and its reader.
func (g globals) fifo(keyword string, of func(*Global) *FIFO) {
	g.line("global_defs", keyword, func(d *decoder) {
		path, ok := d.wanted(1)
		if !ok {
			return
		}
		f := of(&d.cfg.Global)
		if f.Path != "" {
			d.ignored("twice", d.words[0], "%s is given twice", keyword)
			return
		}
		user, group := "", ""
		var uid, gid uint32
		if len(d.words) > 2 {
			user = d.words[2].Text
			var ok bool
			if uid, gid, ok = d.host.User(user); !ok {
				hint(d.ignored("user", d.words[2], "%s: unknown user %q", keyword, user))
				return
			}
		}
		if len(d.words) > 3 {
			group = d.words[3].Text
			var ok bool
			if gid, ok = d.host.Group(group); !ok {
				hint(d.ignored("group", d.words[3], "%s: unknown group %q", keyword, group))
				return
			}
		}
		f.Path, f.User, f.Group, f.UID, f.GID = path, user, group, uid, gid
	})
	g.line("global_defs", keyword+"_script", func(d *decoder) { d.onceScript(&of(&d.cfg.Global).Script) })
}

// scriptUser reads the default account of scripts.
func (d *decoder) scriptUser() {
	user, ok := d.wanted(1)
	if !ok {
		return
	}
	if _, _, ok := d.host.User(user); !ok {
		d.ignored("user", d.words[1], "script_user: unknown user %q", user)
		return
	}
	group := ""
	if len(d.words) > 2 {
		group = d.words[2].Text
		// A colon before the group asks for the user's supplementary groups as well.
		if _, ok := d.host.Group(strings.TrimPrefix(group, ":")); !ok {
			d.ignored("group", d.words[2], "script_user: unknown group %q", group)
			return
		}
	}
	d.cfg.Global.ScriptUser, d.cfg.Global.ScriptGroup = user, group
}
