package lint

import (
	"fmt"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// groupRules are about sync groups.
var groupRules = []Rule{
	{ID: "sync-priorities", Severity: parser.Hint, model: syncPriorities},
	{ID: "sync-nopreempt", Severity: parser.Hint, model: syncNopreempt},
	{ID: "nat-sync-group", Severity: parser.Hint, model: natSyncGroup},
}

// members are the instances of a group.
func (s *sight) members(g *config.SyncGroup) []*config.Instance {
	var list []*config.Instance
	for _, name := range g.Members {
		for i := range s.cfg.Instances {
			if s.cfg.Instances[i].Name == name {
				list = append(list, &s.cfg.Instances[i])
			}
		}
	}
	return list
}

func syncPriorities(s *sight) {
	for i := range s.cfg.SyncGroups {
		g := &s.cfg.SyncGroups[i]
		var all []string
		differ := false
		list := s.members(g)
		for _, in := range list {
			all = append(all, fmt.Sprintf("%s %d", in.Name, in.Priority))
			differ = differ || in.Priority != list[0].Priority
		}
		if differ {
			f := s.add(g.Pos, "", "the members of %s have different priorities: %s", g.Name, strings.Join(all, ", "))
			f.Instead = "they move together, but each has an election of its own: where the routers disagree on who is first the group has no stable MASTER"
			f.Cure = "give all members of a group one priority on each router"
		}
	}
}

func syncNopreempt(s *sight) {
	for i := range s.cfg.SyncGroups {
		g := &s.cfg.SyncGroups[i]
		var with, without []string
		for _, in := range s.members(g) {
			if in.NoPreempt {
				with = append(with, in.Name)
			} else {
				without = append(without, in.Name)
			}
		}
		if len(with) > 0 && len(without) > 0 {
			f := s.add(g.Pos, "", "of the members of %s only %s have nopreempt, %s have not", g.Name, strings.Join(with, ", "), strings.Join(without, ", "))
			f.Instead = "one that preempts takes the whole group along"
			f.Cure = "write nopreempt in all members, or in none"
		}
	}
}

// natSyncGroup: with NAT the real servers' gateway has to be where the virtual address is.
func natSyncGroup(s *sight) {
	first := -1
	for i := range s.cfg.VirtualServers {
		if usesNAT(&s.cfg.VirtualServers[i]) {
			first = i
			break
		}
	}
	if first < 0 {
		return
	}
	for i := range s.cfg.Instances {
		a := &s.cfg.Instances[i]
		for j := range s.cfg.Instances[:i] {
			b := &s.cfg.Instances[j]
			if a.Family != b.Family || a.Interface == b.Interface || a.Priority != b.Priority || s.together(a.Name, b.Name) {
				continue
			}
			f := s.add(a.Pos, "", "virtual servers use NAT (%s), but %s on %s and %s on %s are in no sync group", place(s.cfg.VirtualServers[first].Pos, a.Pos), b.Name, b.Interface, a.Name, a.Interface)
			f.Instead = "after a failure of one side the answers of the real servers go to a router that does not know their connections"
			f.Cure = "put both into a vrrp_sync_group"
			return
		}
	}
}

func usesNAT(v *config.VirtualServer) bool {
	for i := range v.RealServers {
		if v.RealServers[i].Method.Forward == config.NAT {
			return true
		}
	}
	return false
}
