package mib

import (
	"slices"
	"time"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/internal/datafile"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Columns of vrrpInstanceTable that can be set.
const (
	columnPriority = 7
	columnPreempt  = 13
)

var instanceEntry = VRRP.Append(3, 1)

// instances is vrrpInstanceTable.
func (m *model) instances() table {
	return tableOf(instanceEntry, m.Config.Instances, position, slices.Concat(
		m.election(), instanceTimes(), m.membership(), instanceScripts(), instanceRest()))
}

type instanceColumn = column[config.Instance]

// election is what the election is about and has come to.
func (m *model) election() []instanceColumn {
	return []instanceColumn{
		{2, func(in *config.Instance) agentx.Value { return agentx.Text(in.Name) }},
		{3, func(in *config.Instance) agentx.Value { return agentx.Unsigned(uint32(in.VRID)) }},
		{4, func(in *config.Instance) agentx.Value { return agentx.Int(state(m.state(in.Name).State)) }},
		{5, func(in *config.Instance) agentx.Value { return agentx.Int(initial(in)) }},
		{6, func(in *config.Instance) agentx.Value {
			return agentx.Int(state(datafile.Wanted(m.Config, in, m.state(in.Name).State)))
		}},
		{columnPriority, func(in *config.Instance) agentx.Value { return agentx.Int(int(in.Priority)) }},
		{8, func(in *config.Instance) agentx.Value {
			if s := m.states[in.Name]; s != nil {
				return agentx.Int(s.Priority)
			}
			return agentx.Int(int(in.Priority))
		}},
		{9, func(in *config.Instance) agentx.Value { return truth(m.state(in.Name).Held) }},
		{10, func(in *config.Instance) agentx.Value { return text(m.device(in).Name) }},
		{11, func(in *config.Instance) agentx.Value { return truth(len(in.TrackInterfaces) > 0) }},
	}
}

// initial is the state in the file.
func initial(in *config.Instance) int {
	if in.State == config.Master {
		return state("MASTER")
	}
	return state("BACKUP")
}

// device is the interface of an instance.
func (m *model) device(in *config.Instance) datafile.Device {
	for i := range m.Config.Instances {
		if m.Config.Instances[i].Name == in.Name {
			return m.devices[i]
		}
	}
	return datafile.Device{}
}

func instanceTimes() []instanceColumn {
	return []instanceColumn{
		{12, func(in *config.Instance) agentx.Value {
			if in.Version == 2 {
				return seconds(in.AdvertInt)
			}
			return agentx.Unsigned(uint32(in.AdvertInt / (10 * time.Millisecond)))
		}},
		{columnPreempt, func(in *config.Instance) agentx.Value { return truth(!in.NoPreempt) }},
		{14, func(in *config.Instance) agentx.Value { return seconds(in.PreemptDelay) }},
		{15, func(in *config.Instance) agentx.Value { return agentx.Int(authType(in)) }},
	}
}

// authType is that of version 2, which alone has it: none, password or AH.
func authType(in *config.Instance) int {
	if in.Version != 2 {
		return 0
	}
	return map[config.AuthType]int{config.Pass: 1, config.AH: 2}[in.Auth]
}

// membership is what an instance belongs to.
func (m *model) membership() []instanceColumn {
	sync := m.Config.Global.LVSSync
	return []instanceColumn{
		{16, func(in *config.Instance) agentx.Value { return truth(sync != nil && sync.Instance == in.Name) }},
		{17, func(in *config.Instance) agentx.Value {
			if sync == nil || sync.Instance != in.Name {
				return none
			}
			return text(sync.Interface)
		}},
		{18, func(in *config.Instance) agentx.Value {
			for i := range m.Config.SyncGroups {
				if g := &m.Config.SyncGroups[i]; slices.Contains(g.Members, in.Name) {
					return agentx.Text(g.Name)
				}
			}
			return none
		}},
		{19, func(in *config.Instance) agentx.Value { return seconds(in.GARP.Delay) }},
		{20, func(in *config.Instance) agentx.Value { return truth(in.SMTPAlert) }},
	}
}

func instanceScripts() []instanceColumn {
	return []instanceColumn{
		{21, func(in *config.Instance) agentx.Value {
			return truth(in.NotifyMaster != nil || in.NotifyBackup != nil || in.NotifyFault != nil || in.NotifyStop != nil ||
				in.NotifyDeleted != nil || in.Notify != nil || in.NotifyMasterRxLowerPri != nil)
		}},
		{22, func(in *config.Instance) agentx.Value { return script(in.NotifyMaster) }},
		{23, func(in *config.Instance) agentx.Value { return script(in.NotifyBackup) }},
		{24, func(in *config.Instance) agentx.Value { return script(in.NotifyFault) }},
		{25, func(in *config.Instance) agentx.Value { return script(in.NotifyStop) }},
		{26, func(in *config.Instance) agentx.Value { return script(in.Notify) }},
	}
}

func instanceRest() []instanceColumn {
	return []instanceColumn{
		{27, func(in *config.Instance) agentx.Value {
			if in.Version == 2 {
				return agentx.Int(0) // it has no accept mode
			}
			return truth(!in.NoAccept)
		}},
		{28, func(in *config.Instance) agentx.Value { return truth(in.PromoteSecondaries) }},
		{29, func(in *config.Instance) agentx.Value { return truth(in.LinkbeatPoll) }},
		{30, func(in *config.Instance) agentx.Value { return agentx.Int(in.Version) }},
		{31, func(in *config.Instance) agentx.Value { return script(in.NotifyMasterRxLowerPri) }},
		{32, func(in *config.Instance) agentx.Value { return script(in.NotifyDeleted) }},
		{33, func(in *config.Instance) agentx.Value { return truth(in.NotifyDeletedSet) }},
		{34, func(in *config.Instance) agentx.Value {
			if in.Unicast {
				return none
			}
			return inetType(in.MulticastDst)
		}},
		{35, func(in *config.Instance) agentx.Value {
			if in.Unicast {
				return none
			}
			return inet(in.MulticastDst)
		}},
		{36, func(in *config.Instance) agentx.Value { return truth(in.V3ChecksumAsV2) }},
	}
}
