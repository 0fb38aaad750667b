package lint

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// scriptRules are about what is run, and how.
var scriptRules = []Rule{
	{ID: "script-shell", Severity: parser.Warning, model: scriptShell},
	{ID: "script-unreachable", Severity: parser.Warning, model: scriptUnreachable},
	{ID: "script-interpreter", Severity: parser.Warning, model: scriptInterpreter},
	{ID: "script-slow", Severity: parser.Hint, model: scriptSlow},
	{ID: "notify-same", Severity: parser.Hint, model: notifySame},
}

// command is a script with the keyword that names it.
type command struct {
	keyword string
	script  *config.Script
}

// commands lists the scripts of a configuration, equal ones once.
func (s *sight) commands() []command {
	var list []command
	seen := map[string]bool{}
	add := func(keyword string, sc *config.Script) {
		if sc == nil || len(sc.Args) == 0 {
			return
		}
		if key := fmt.Sprint(keyword, sc.Command, sc.UID, sc.GID); !seen[key] {
			seen[key] = true
			list = append(list, command{keyword, sc})
		}
	}
	g := &s.cfg.Global
	add("startup_script", g.StartupScript)
	add("shutdown_script", g.ShutdownScript)
	for i := range s.cfg.Scripts {
		add("script", s.cfg.Scripts[i].Script)
	}
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		add("notify_master", in.NotifyMaster)
		add("notify_backup", in.NotifyBackup)
		add("notify_fault", in.NotifyFault)
		add("notify_stop", in.NotifyStop)
		add("notify_deleted", in.NotifyDeleted)
		add("notify_master_rx_lower_pri", in.NotifyMasterRxLowerPri)
		add("notify", in.Notify)
	}
	for i := range s.cfg.SyncGroups {
		g := &s.cfg.SyncGroups[i]
		add("notify_master", g.NotifyMaster)
		add("notify_backup", g.NotifyBackup)
		add("notify_fault", g.NotifyFault)
		add("notify_stop", g.NotifyStop)
		add("notify", g.Notify)
	}
	for i := range s.cfg.VirtualServers {
		v := &s.cfg.VirtualServers[i]
		add("quorum_up", v.QuorumUp)
		add("quorum_down", v.QuorumDown)
		for j := range v.RealServers {
			r := &v.RealServers[j]
			add("notify_up", r.NotifyUp)
			add("notify_down", r.NotifyDown)
			for k := range r.Checkers {
				add("misc_path", r.Checkers[k].MiscScript)
			}
		}
	}
	return list
}

// shellWords are words that only a shell understands.
var shellWords = map[string]bool{
	"|": true, "||": true, "&&": true, "&": true, ";": true, ">": true, ">>": true, "<": true, "2>&1": true, "&>": true,
	">/dev/null": true, "2>/dev/null": true, "&>/dev/null": true, ">&/dev/null": true, "1>/dev/null": true,
}

// shellWord returns the first argument that is meant for a shell.
func shellWord(args []string) string {
	for i, a := range args {
		switch base := path.Base(args[0]); {
		case i == 0:
			continue
		case base == "sh" || base == "bash" || base == "dash" || base == "ash" || base == "ksh" || base == "zsh" || base == "test" || base == "[" || base == "expr":
			return "" // a shell itself, or a program with such operators
		case shellWords[a], strings.HasPrefix(a, "$("), strings.HasPrefix(a, "`"),
			strings.HasPrefix(a, ">") && len(a) > 1 && a[1] == '/', strings.HasPrefix(a, "2>"), strings.HasPrefix(a, ">>"):
			return a
		case strings.HasSuffix(a, ";") && len(a) > 1 && i+1 < len(args) && a != `\;`:
			return a
		}
	}
	return ""
}

func scriptShell(s *sight) {
	for _, c := range s.commands() {
		if w := shellWord(c.script.Args); w != "" {
			f := s.add(c.script.Pos, "", "%s: no shell runs this command: %s is an argument of %s like any other", c.keyword, w, c.script.Args[0])
			f.Cure = fmt.Sprintf(`write a script file, or %s "/bin/sh -c '...'"`, c.keyword)
		}
	}
}

// scriptUnreachable: keepalived checks the path as root; the account of the script may not get there.
// An exec that fails counts as success.
func scriptUnreachable(s *sight) {
	if s.host == nil {
		return
	}
	for _, c := range s.commands() {
		program := c.script.Args[0]
		if c.script.UID == 0 || !strings.HasPrefix(program, "/") {
			continue
		}
		for dir := path.Dir(program); ; dir = path.Dir(dir) {
			if d, ok := s.host.Stat(dir); ok && !searchable(d, c.script) {
				f := s.add(c.script.Pos, "", "%s: uid %d may not enter %s (mode %04o, owner %d), on the way to %s", c.keyword, c.script.UID, dir, d.Mode.Perm(), d.UID, program)
				f.Instead = "it cannot be run, which keepalived takes for success"
				f.Cure = "chmod o+x " + dir + ", or move the script"
				break
			}
			if dir == "/" || dir == "." {
				break
			}
		}
	}
}

// searchable tells whether the account of a script may enter a directory.
func searchable(d File, sc *config.Script) bool {
	switch {
	case d.UID == sc.UID:
		return d.Mode&0o100 != 0
	case d.GID == sc.GID:
		return d.Mode&0o010 != 0
	}
	return d.Mode&0o001 != 0 || sc.Supplementary && d.Mode&0o010 != 0 // which groups those are is not known here
}

func scriptInterpreter(s *sight) {
	if s.host == nil {
		return
	}
	for _, c := range s.commands() {
		program := c.script.Args[0]
		if !strings.HasPrefix(program, "/") {
			continue
		}
		text, ok := s.host.FirstLine(program)
		rest, script := strings.CutPrefix(text, "#!")
		if !ok || !script {
			continue
		}
		interpreter, _, _ := strings.Cut(strings.TrimLeft(rest, " \t"), " ")
		if _, there := s.host.Stat(interpreter); there || interpreter == "" {
			continue
		}
		f := s.add(c.script.Pos, "", "%s: the first line of %s names %q, which does not exist", c.keyword, program, interpreter)
		f.Instead = "it cannot be run, which keepalived takes for success"
		f.Cure = "install it or correct the line"
		if strings.HasSuffix(interpreter, "\r") {
			f.Cure = `the lines end in \r\n as on Windows: sed -i 's/\r$//' ` + program
		}
	}
}

// scriptSlow: how long a failure can last before the script moves the addresses.
func scriptSlow(s *sight) {
	const long = 60 * time.Second
	for i := range s.cfg.Scripts {
		sc := &s.cfg.Scripts[i]
		if t := sc.Interval * time.Duration(max(sc.Fall, 1)); t >= long {
			f := s.add(sc.Pos, "interval", "vrrp_script %s: run every %v, bad after %d failure(s): a failure can last %v before anything moves", sc.Name, sc.Interval, max(sc.Fall, 1), t)
			f.Cure = "write a shorter interval, or a smaller fall"
		}
	}
}

func notifySame(s *sight) {
	look := func(owner string, master, backup *config.Script) {
		if master != nil && backup != nil && master.Command == backup.Command {
			f := s.add(backup.Pos, "", "%s: notify_master and notify_backup run the same command", owner)
			f.Instead = "it is not told which of the two it is"
			f.Cure = "write notify instead, which appends type, name and state; or give each an argument inside its quotes"
		}
	}
	for i := range s.cfg.Instances {
		look(s.cfg.Instances[i].Name, s.cfg.Instances[i].NotifyMaster, s.cfg.Instances[i].NotifyBackup)
	}
	for i := range s.cfg.SyncGroups {
		look(s.cfg.SyncGroups[i].Name, s.cfg.SyncGroups[i].NotifyMaster, s.cfg.SyncGroups[i].NotifyBackup)
	}
}
