package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// trackRules are about what is watched and what its failure does.
var trackRules = []Rule{
	{ID: "nopreempt-weight", Severity: parser.Warning, model: nopreemptWeight},
	{ID: "weight-small", Severity: parser.Hint, model: weightSmall},
	{ID: "weight-no-effect", Severity: parser.Warning, model: weightNoEffect},
	{ID: "weight-zero", Severity: parser.Hint, text: weightZero},
	{ID: "track-loopback", Severity: parser.Hint, model: trackLoopback},
	{ID: "up-delay-zero", Severity: parser.Hint, model: upDelayZero},
}

// tracked is what an instance watches, itself or by its sync group; of files, whose value is
// multiplied, only with files true.
func (s *sight) tracked(in *config.Instance, files bool) []config.Track {
	list := slices.Concat(in.TrackInterfaces, in.TrackScripts, in.TrackProcesses, in.TrackBFDs)
	if files {
		list = append(list, in.TrackFiles...)
	}
	for i := range s.cfg.SyncGroups {
		g := &s.cfg.SyncGroups[i]
		if !slices.Contains(g.Members, in.Name) {
			continue
		}
		list = slices.Concat(list, g.TrackInterfaces, g.TrackScripts, g.TrackProcesses, g.TrackBFDs)
		if files {
			list = append(list, g.TrackFiles...)
		}
	}
	return list
}

func nopreemptWeight(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if !in.NoPreempt {
			continue
		}
		var names []string
		var first parser.Pos
		for _, t := range s.tracked(in, true) {
			if t.Weight == 0 {
				continue
			}
			if len(names) == 0 {
				first = t.Pos
			}
			names = append(names, fmt.Sprintf("%s (weight %d)", t.Name, t.Weight))
		}
		if len(names) == 0 {
			continue
		}
		f := s.add(first, "", "%s tracks %s, but with nopreempt a changed priority never moves the addresses", in.Name, strings.Join(names, ", "))
		f.Instead = "a BACKUP with nopreempt stays BACKUP as long as it hears a MASTER, of whatever priority"
		f.Cure = "leave the weight out, so that a failure is FAULT and the MASTER steps down; or take nopreempt out"
	}
}

// clamp keeps an effective priority where it may be.
func clamp(p int) int { return max(1, min(254, p)) }

// span is the priority with everything well, and with one thing failed.
func span(in *config.Instance, t config.Track) (well, failed int) {
	well, failed = int(in.Priority), int(in.Priority)
	if t.Weight > 0 {
		well += t.Weight
	} else {
		failed += t.Weight
	}
	return clamp(well), clamp(failed)
}

// smallWeight is the difference of priorities that hardly any pair is below.
const smallWeight = 5

func weightSmall(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if in.NoPreempt || in.Priority == owner {
			continue
		}
		for _, t := range s.tracked(in, false) {
			well, failed := span(in, t)
			if t.Weight == 0 || t.Reverse || well == failed || well-failed > smallWeight {
				continue
			}
			f := s.add(t.Pos, "", "%s: a failure of %s lowers the priority from %d to %d: only a router between the two takes over", in.Name, t.Name, well, failed)
			f.Instead = fmt.Sprintf("one with priority %d or less leaves the addresses here", failed)
			f.Cure = "make the weight larger than the difference of the routers' priorities; check both files together: holdfastctl check A B"
		}
	}
}

func weightNoEffect(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if in.Priority == owner {
			continue
		}
		for _, t := range s.tracked(in, false) {
			if well, failed := span(in, t); t.Weight != 0 && well == failed {
				f := s.add(t.Pos, "", "%s: weight %d of %s changes nothing: a priority stays within 1 and 254", in.Name, t.Weight, t.Name)
				f.Cure = "write a priority that leaves room for the weight, or a weight of the other sign"
			}
		}
	}
}

// weightZero looks for a weight of 0 that is written: who leaves it out knows what it is.
func weightZero(s *sight, st *parser.Statement) {
	if k := head(st); k != "vrrp_script" && k != "vrrp_track_process" && k != "vrrp_instance" && k != "vrrp_sync_group" {
		return
	}
	walk(st, func(b *parser.Statement) {
		for i, w := range b.Words {
			if w.Text != "weight" || i+1 == len(b.Words) || b.Words[i+1].Text != "0" {
				continue
			}
			f := s.add(parser.Pos{File: b.Pos.File, Line: w.Line, Col: w.Col}, "", "weight 0 does not mean that a failure has no effect")
			f.End = b.Words[i+1].Col + 1
			f.Instead = "a failure takes the instance to FAULT and the addresses away"
			f.Cure = "if that is meant leave weight out; if the failure is to be ignored leave the tracking out"
		}
	})
}

func trackLoopback(s *sight) {
	look := func(owner string, list []config.Track) {
		for _, t := range list {
			if t.Name == "lo" {
				f := s.add(t.Pos, "", "%s tracks lo, which never goes down", owner)
				f.Cure = "track the interfaces that clients and servers are reached by"
			}
		}
	}
	for i := range s.cfg.Instances {
		look(s.cfg.Instances[i].Name, s.cfg.Instances[i].TrackInterfaces)
	}
	for i := range s.cfg.SyncGroups {
		look(s.cfg.SyncGroups[i].Name, s.cfg.SyncGroups[i].TrackInterfaces)
	}
}

// upDelayZero: interface_up_down_delays NAME 5 delays going down only.
func upDelayZero(s *sight) {
	for _, d := range s.cfg.InterfaceDelays {
		if d.Down > 0 && d.Up == 0 {
			f := s.add(parser.Pos{}, "", "interface_up_down_delays %s: the one number is the delay for going down; going up is not delayed", d.Interface)
			f.Cure = fmt.Sprintf("write %s %v %v", d.Interface, d.Down.Seconds(), d.Down.Seconds())
		}
	}
}
