package datafile

import (
	"slices"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/parser/config"
)

func weight(n int, reverse bool) []any { return []any{n, word(reverse, " reverse", "")} }

// tracks writes what an instance tracks.
func (v *vrrp) tracks(in *config.Instance) {
	v.tracked("Tracked interfaces :", " weight", in.TrackInterfaces)
	v.tracked("Tracked scripts :", " weight", in.TrackScripts)
	v.tracked("Tracked files :", ", weight", in.TrackFiles)
	v.tracked("Tracked processes :", ", weight", in.TrackProcesses)
	v.tracked("Tracked BFDs :", ": weight", in.TrackBFDs)
}

func (v *vrrp) tracked(heading, between string, list []config.Track) {
	v.LineIf(len(list) > 0, 1, "%s", heading)
	for _, t := range list {
		v.Line(2, "%s%s %d%s", append([]any{t.Name, between}, weight(t.Weight, t.Reverse)...)...)
	}
}

// trackers writes the instances that a tracked object counts for: those that name it and the members
// of the sync groups that do.
func (v *vrrp) trackers(name string, of func(*config.Instance, *config.SyncGroup) []config.Track) {
	v.Line(1, "Tracking instances :")
	find := func(list []config.Track) *config.Track {
		if i := slices.IndexFunc(list, func(t config.Track) bool { return t.Name == name }); i >= 0 {
			return &list[i]
		}
		return nil
	}
	for i := range v.c.Instances {
		in := &v.c.Instances[i]
		t := find(of(in, nil))
		for j := range v.c.SyncGroups {
			if g := &v.c.SyncGroups[j]; t == nil && slices.Contains(g.Members, in.Name) {
				t = find(of(nil, g))
			}
		}
		if t != nil {
			v.Line(2, "%s, weight %d%s", append([]any{in.Name}, weight(t.Weight, t.Reverse)...)...)
		}
	}
}

// syncGroups writes the groups with their state.
func (v *vrrp) syncGroups() {
	if len(v.c.SyncGroups) == 0 {
		return
	}
	v.Section("VRRP Sync groups")
	for i := range v.c.SyncGroups {
		g := &v.c.SyncGroups[i]
		v.Line(0, "VRRP Sync Group = %s, %s", g.Name, or(v.groups[g.Name], "INIT"))
		v.Line(1, "Num member fault %d, num member init %d", v.count(g, "FAULT"), v.count(g, "INIT"))
		v.members(g.Members)
		v.LineIf(g.TrackingWeight, 1, "sync group tracking weight set")
		v.Line(1, "Using smtp notification = %s", yesNo(g.SMTPAlert))
		v.LineIf(g.NotifyPriorityChange, 1, "Notify priority changes = yes")
		v.tracked("Tracked interfaces :", " weight", g.TrackInterfaces)
		v.tracked("Tracked scripts :", " weight", g.TrackScripts)
		v.tracked("Tracked files :", ", weight", g.TrackFiles)
		v.tracked("Tracked process :", ", weight", g.TrackProcesses)
		v.tracked("Tracked BFDs :", ": weight", g.TrackBFDs)
		v.transition("Backup", g.NotifyBackup)
		v.transition("Master", g.NotifyMaster)
		v.transition("Fault", g.NotifyFault)
		v.transition("Stop", g.NotifyStop)
		v.transition("Generic", g.Notify)
	}
}

// count counts the members of a group in a state.
func (v *vrrp) count(g *config.SyncGroup, state string) int {
	n := 0
	for _, name := range g.Members {
		if s := v.states[name]; s != nil && s.State == state {
			n++
		}
	}
	return n
}

// scriptState is what is written of a script's state.
type scriptState struct {
	result             int // keepalived's counter: good from rise on
	init, status, runs string
}

// scriptState is the state of a script; without a status what is not known to fail counts as good.
func (v *vrrp) scriptState(x *config.VRRPScript) scriptState {
	o := v.objects[[2]string{"script", x.Name}]
	if o == nil {
		return scriptState{init: word(x.InitFail, "failed", "unknown"), status: word(x.InitFail, "BAD", "GOOD"), runs: "idle"}
	}
	s := scriptState{init: word(o.Known, "unknown", "INIT"), status: word(o.Up, "GOOD", "BAD"), runs: word(o.Running, "running", "idle")}
	if o.Late {
		s.runs = "requested termination"
	}
	switch {
	case o.Up:
		s.result = x.Rise + x.Fall - 1 - o.Against
	case !o.Known:
		s.result = x.Rise - 1
	default:
		s.result = o.Against
	}
	return s
}

// scripts writes the scripts.
func (v *vrrp) scripts() {
	if len(v.c.Scripts) == 0 {
		return
	}
	v.Section("VRRP Scripts")
	for i := range v.c.Scripts {
		x := &v.c.Scripts[i]
		s := v.scriptState(x)
		v.Line(0, "VRRP Script = %s", x.Name)
		v.Line(1, "Command = %s", command(x.Script))
		v.LineIf(x.Script.File != "", 1, "Path = %s", x.Script.File)
		v.Line(1, "Interval = %s sec", milli(x.Interval))
		v.Line(1, "Timeout = %s sec", milli(x.Timeout))
		v.Line(1, "Weight = %d%s", weight(x.Weight, x.Reverse)...)
		v.Line(1, "Rise = %d", x.Rise)
		v.Line(1, "Fall = %d", x.Fall)
		v.Line(1, "Result = %d", s.result)
		v.Line(1, "Insecure = %s", yesNo(x.Script.Insecure))
		v.Line(1, "Init state = %s", s.init)
		v.Line(1, "Status = %s", s.status)
		v.Line(1, "Script uid:gid = %d:%d", x.Script.UID, x.Script.GID)
		v.Line(1, "VRRP instances :")
		v.trackers(x.Name, func(in *config.Instance, g *config.SyncGroup) []config.Track {
			if in != nil {
				return in.TrackScripts
			}
			return g.TrackScripts
		})
		v.Line(1, "State = %s", s.runs)
	}
}

// milli is a time in seconds, with milliseconds where they are not zero.
func milli(d time.Duration) string {
	text := seconds(d)
	if d%time.Second < time.Microsecond {
		return text[:len(text)-len(".000000")]
	}
	return text[:len(text)-len("000")]
}

func (v *vrrp) files() {
	if len(v.c.TrackFiles) == 0 {
		return
	}
	v.Section("VRRP Track files")
	for i := range v.c.TrackFiles {
		f := &v.c.TrackFiles[i]
		v.Line(0, "Track file = %s", f.Name)
		v.Line(1, "File = %s", f.File)
		value := f.InitValue
		if o := v.objects[[2]string{"file", f.Name}]; o != nil {
			value = o.Value
		}
		v.Line(1, "Status = %d", value)
		v.Line(1, "Weight = %d%s", weight(f.Weight, f.Reverse)...)
		v.trackers(f.Name, func(in *config.Instance, g *config.SyncGroup) []config.Track {
			if in != nil {
				return in.TrackFiles
			}
			return g.TrackFiles
		})
	}
}

func (v *vrrp) processes() {
	if len(v.c.TrackProcesses) == 0 {
		return
	}
	v.Section("VRRP Track processes")
	for i := range v.c.TrackProcesses {
		p := &v.c.TrackProcesses[i]
		v.Line(0, "VRRP Track process = %s", p.Name)
		v.Line(1, "Process = %s", p.Process)
		v.LineIf(len(p.Params) > 0, 1, "Parameters = %s", strings.Join(p.Params, " "))
		v.LineIf(p.ParamMatchSet, 1, "Param match%s", paramMatch(p.ParamMatch))
		v.Line(1, "Min processes = %d", p.Quorum)
		v.LineIf(p.QuorumMax >= 0, 1, "Max processes = %d", p.QuorumMax)
		current, quorum := 0, true
		if o := v.objects[[2]string{"process", p.Name}]; o != nil {
			current, quorum = o.Value, o.Up
		}
		v.Line(1, "Current processes = %d", current)
		v.Line(1, "Have quorum = %s", trueFalse(quorum))
		v.Line(1, "Weight = %d%s", weight(p.Weight, p.Reverse)...)
		v.Line(1, "Terminate delay = %ss", seconds(p.TerminateDelay))
		v.Line(1, "Fork delay = %ss", seconds(p.ForkDelay))
		v.Line(1, "Fork delay timer not running")
		v.Line(1, "Terminate delay timer not running")
		v.Line(1, "Full command = %s", trueFalse(p.FullCommand))
		v.trackers(p.Name, func(in *config.Instance, g *config.SyncGroup) []config.Track {
			if in != nil {
				return in.TrackProcesses
			}
			return g.TrackProcesses
		})
	}
}

func paramMatch(how string) string {
	if how == "" {
		return ""
	}
	return " = " + how
}

func (v *vrrp) bfds() {
	any := false
	for i := range v.c.BFDs {
		b := &v.c.BFDs[i]
		if !b.VRRP {
			continue
		}
		if !any {
			v.Section("VRRP Track BFDs")
			any = true
		}
		v.Line(0, "VRRP Track BFD = %s", b.Name)
		v.Line(1, "Weight = %d%s", weight(b.Weight, b.Reverse)...)
		o := v.objects[[2]string{"bfd", b.Name}]
		v.Line(1, "Bfd is %s", word(o == nil || o.Up, "up", "down"))
		v.Line(1, "Tracking VRRP instances :")
		v.trackers(b.Name, func(in *config.Instance, g *config.SyncGroup) []config.Track {
			if in != nil {
				return in.TrackBFDs
			}
			return g.TrackBFDs
		})
	}
}
