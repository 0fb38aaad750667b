package config

import (
	"strings"
	"time"
)

func registerTracked(g *grammar) {
	registerVRRPScript(g)
	registerTrackProcess(g)
	registerTrackFile(g, "track_file", false)
	registerTrackFile(g, "vrrp_track_file", true)
	registerBFD(g)
}

func registerVRRPScript(g *grammar) {
	const ctx = "vrrp_script"
	g.block("top", ctx, func(d *decoder) {
		w, ok := d.word(1)
		if !ok {
			return
		}
		d.vrrp.script = &VRRPScript{Pos: d.posOf(w), Name: w.Text, Interval: time.Second, Rise: 1, Fall: 1}
		d.vrrp.scriptUser = false
	}, (*decoder).closeScript)
	g.line(ctx, "script", func(d *decoder) {
		if len(d.words) < 2 {
			hint(d.lacking())
			return
		}
		if s, ok := d.command(1); ok && s != nil {
			d.vrrp.script.Script = s
		}
	})
	g.line(ctx, "user", (*decoder).scriptOwner)
	g.line(ctx, "interval", func(d *decoder) {
		if t, ok := d.seconds(1, time.Millisecond, maxClock); ok {
			d.vrrp.script.Interval = t
		} else if !d.stopped {
			d.problems[len(d.problems)-1].Instead = "1 is used"
			d.vrrp.script.Interval = time.Second
		}
	})
	g.line(ctx, "timeout", func(d *decoder) {
		if t, ok := d.seconds(1, time.Millisecond, maxClock); ok {
			d.vrrp.script.Timeout = t
		} else if !d.stopped {
			d.problems[len(d.problems)-1].Instead = "1 is used"
			d.vrrp.script.Timeout = time.Second
		}
	})
	g.line(ctx, "weight", func(d *decoder) {
		if n, rev, ok := d.weight(253); ok {
			d.vrrp.script.Weight, d.vrrp.script.Reverse = n, rev
		}
	})
	count := func(keyword string, field func(*VRRPScript) *int) {
		g.line(ctx, keyword, func(d *decoder) {
			n, ok := d.uint(1, 1, 2147483647)
			if d.stopped {
				return
			}
			if !ok {
				d.problems[len(d.problems)-1].Instead = "1 is used"
				n = 1
			}
			*field(d.vrrp.script) = int(n)
		})
	}
	count("rise", func(s *VRRPScript) *int { return &s.Rise })
	count("fall", func(s *VRRPScript) *int { return &s.Fall })
	g.line(ctx, "init_fail", func(d *decoder) { d.vrrp.script.InitFail = true })
}

// weight reads <number> [reverse] of a tracked object.
func (d *decoder) weight(limit int64) (n int, reverse, ok bool) {
	v, ok := d.int(1, -limit, limit)
	if !ok {
		return 0, false, false
	}
	if len(d.words) > 2 {
		if d.words[2].Text != "reverse" {
			d.ignored("option", d.words[2], "weight: unknown word %q", d.words[2].Text).Cure = "write reverse, or nothing"
			return int(v), false, true
		}
		return int(v), true, true
	}
	return int(v), false, true
}

// scriptOwner reads the account that a vrrp_script runs as.
func (d *decoder) scriptOwner() {
	w, ok := d.word(1)
	if !ok {
		return
	}
	s := d.vrrp.script
	a := account{user: w.Text}
	var known bool
	a.uid, a.gid, known = d.host.User(w.Text)
	if known && len(d.words) > 2 {
		a.group = d.words[2].Text
		a.gid, known = d.host.Group(a.group)
	}
	if !known {
		d.problem("user", w, "user %s of vrrp_script %s: there is no such account", quote(w.Text), s.Name).Instead = "the script is removed"
		d.vrrp.scriptLost = true
		return
	}
	d.vrrp.scriptAccount, d.vrrp.scriptUser = a, true
}

// account is a user and group with their numbers.
type account struct {
	user, group string
	uid, gid    uint32
}

// closeScript adds a vrrp_script that is whole.
func (d *decoder) closeScript() {
	s, lost := d.vrrp.script, d.vrrp.scriptLost
	d.vrrp.scriptLost = false
	if s.Script == nil {
		p := d.problemAt(s.Pos, d.wordAt(s.Name, s.Pos), "script-missing", "vrrp_script %s has no script", s.Name)
		p.Instead, p.Cure = "it is removed", "write script and the command in double quotes"
		return
	}
	if lost {
		return
	}
	if d.vrrp.scriptUser {
		a := d.vrrp.scriptAccount
		s.Script.User, s.Script.Group, s.Script.UID, s.Script.GID = a.user, a.group, a.uid, a.gid
	}
	if _, taken := d.object("track_script", s.Name); taken {
		hint(d.problemAt(s.Pos, d.wordAt(s.Name, s.Pos), "duplicate-name", "vrrp_script %s is defined twice", s.Name)).Instead = "the first one is used"
		return
	}
	d.define("track_script", s.Name, s.Weight, s.Reverse)
	d.cfg.Scripts = append(d.cfg.Scripts, *s)
}

func registerTrackProcess(g *grammar) {
	const ctx = "vrrp_track_process"
	g.block("top", ctx, func(d *decoder) {
		w, ok := d.word(1)
		if !ok {
			return
		}
		d.vrrp.process = &TrackProcess{Pos: d.posOf(w), Name: w.Text, Quorum: 1, QuorumMax: -1}
	}, func(d *decoder) {
		p := d.vrrp.process
		if p.Process == "" {
			d.problemAt(p.Pos, d.wordAt(p.Name, p.Pos), "process-missing", "vrrp_track_process %s has no process", p.Name).Instead = "it is removed"
			return
		}
		if _, taken := d.object("track_process", p.Name); taken {
			hint(d.problemAt(p.Pos, d.wordAt(p.Name, p.Pos), "duplicate-name", "vrrp_track_process %s is defined twice", p.Name)).Instead = "the first one is used"
			return
		}
		d.define("track_process", p.Name, p.Weight, p.Reverse)
		d.cfg.TrackProcesses = append(d.cfg.TrackProcesses, *p)
	})
	g.line(ctx, "process", (*decoder).processName)
	g.line(ctx, "param_match", func(d *decoder) {
		p := d.vrrp.process
		p.ParamMatchSet, p.FullCommand = true, true
		if len(d.words) < 2 {
			p.ParamMatch = "exact"
			return
		}
		switch w := d.words[1]; w.Text {
		case "initial", "partial":
			p.ParamMatch = w.Text
		default:
			d.ignored("option", w, "param_match %s: must be initial or partial", w.Text)
		}
	})
	g.line(ctx, "weight", func(d *decoder) {
		if _, ok := d.wanted(1); !ok {
			return
		}
		if d.vrrp.process.Weight != 0 { // also a second time the weight that it has
			d.ignored("twice", d.words[0], "vrrp_track_process %s has a weight already", d.vrrp.process.Name)
			return
		}
		if n, rev, ok := d.weight(254); ok {
			d.vrrp.process.Weight, d.vrrp.process.Reverse = n, rev
		}
	})
	g.line(ctx, "quorum", func(d *decoder) {
		if n, ok := d.uint(1, 1, 65535); ok {
			d.vrrp.process.Quorum = int(n)
		}
	})
	g.line(ctx, "quorum_max", func(d *decoder) {
		if n, ok := d.uint(1, 0, 65535); ok {
			d.vrrp.process.QuorumMax = int(n)
		}
	})
	delay := func(keyword string, set func(*TrackProcess, time.Duration)) {
		g.line(ctx, keyword, func(d *decoder) {
			if t, ok := d.seconds(1, time.Microsecond, 3600*time.Second); ok {
				set(d.vrrp.process, t)
			}
		})
	}
	delay("delay", func(p *TrackProcess, t time.Duration) { p.TerminateDelay, p.ForkDelay = t, t })
	delay("terminate_delay", func(p *TrackProcess, t time.Duration) { p.TerminateDelay = t })
	delay("fork_delay", func(p *TrackProcess, t time.Duration) { p.ForkDelay = t })
	g.line(ctx, "full_command", func(d *decoder) { d.vrrp.process.FullCommand = true })
}

// processName reads the program and its parameters.
func (d *decoder) processName() {
	w, ok := d.word(1)
	if !ok {
		return
	}
	p := d.vrrp.process
	if p.Process != "" {
		d.ignored("twice", d.words[0], "vrrp_track_process %s has two processes", p.Name).Instead = "the first one is used"
		return
	}
	p.Process, p.Params = strings.Clone(w.Text), nil
	for _, w := range d.words[2:] {
		p.Params = append(p.Params, w.Text)
	}
}
