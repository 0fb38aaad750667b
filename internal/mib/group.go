package mib

import (
	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// syncGroups are vrrpSyncGroupTable and vrrpSyncGroupMemberTable.
func (m *model) syncGroups() view {
	type group = config.SyncGroup
	groups := tableOf(VRRP.Append(1, 1), m.Config.SyncGroups, position, []column[group]{
		{2, func(g *group) agentx.Value { return agentx.Text(g.Name) }},
		{3, func(g *group) agentx.Value { return agentx.Int(state(or(m.groups[g.Name], "INIT"))) }},
		{4, func(g *group) agentx.Value { return truth(g.SMTPAlert) }},
		{5, func(g *group) agentx.Value {
			return truth(g.NotifyMaster != nil || g.NotifyBackup != nil || g.NotifyFault != nil || g.NotifyStop != nil || g.Notify != nil)
		}},
		{6, func(g *group) agentx.Value { return script(g.NotifyMaster) }},
		{7, func(g *group) agentx.Value { return script(g.NotifyBackup) }},
		{8, func(g *group) agentx.Value { return script(g.NotifyFault) }},
		{9, func(g *group) agentx.Value { return script(g.Notify) }},
		{10, func(g *group) agentx.Value { return truth(g.TrackingWeight) }},
		{11, func(g *group) agentx.Value { return script(g.NotifyStop) }},
	})
	var members []numbered[string]
	for i := range m.Config.SyncGroups {
		for j, name := range m.Config.SyncGroups[i].Members {
			members = append(members, numbered[string]{agentx.OID{uint32(i + 1), uint32(j + 1)}, name})
		}
	}
	return view{groups, tableOf(VRRP.Append(2, 1), members, placed, []column[numbered[string]]{
		{2, func(n *numbered[string]) agentx.Value { return agentx.Text(n.of) }},
	})}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
