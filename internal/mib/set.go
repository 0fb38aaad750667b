package mib

import (
	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Setting is a value that is to be set: a priority or preemption of an instance, or the weight of a real
// server. Exactly one of the pointers is there.
type Setting struct {
	Instance      string
	VirtualServer *config.VirtualServer
	RealServer    *config.RealServer

	Priority *uint8
	Preempt  *bool
	Weight   *uint32
}

// Settings reads what is to be set. Where one of the values may not be, it is told why, and which one,
// from 1 on; the others count as refused with it.
func (s *Snapshot) Settings(p Parts, binds []agentx.VarBind) ([]Setting, agentx.Error, int) {
	var all []Setting
	for i, b := range binds {
		setting, err := s.setting(p, b)
		if err != agentx.NoError {
			return nil, err, i + 1
		}
		all = append(all, setting)
	}
	return all, agentx.NoError, 0
}

func (s *Snapshot) setting(p Parts, b agentx.VarBind) (Setting, agentx.Error) {
	switch {
	case p.Keepalived && b.Name.HasPrefix(instanceEntry) && len(b.Name) == len(instanceEntry)+2:
		return s.instanceSetting(b)
	case p.Checker && b.Name.HasPrefix(realEntry.Append(columnWeight)) && len(b.Name) == len(realEntry)+3:
		return s.weightSetting(b)
	}
	return Setting{}, agentx.NotWritable
}

func (s *Snapshot) instanceSetting(b agentx.VarBind) (Setting, agentx.Error) {
	column, place := b.Name[len(instanceEntry)], b.Name[len(instanceEntry)+1]
	if column != columnPriority && column != columnPreempt {
		return Setting{}, agentx.NotWritable
	}
	if place < 1 || int(place) > len(s.Config.Instances) {
		return Setting{}, agentx.NoAccess
	}
	if b.Value.Type != agentx.Integer {
		return Setting{}, agentx.WrongType
	}
	setting, n := Setting{Instance: s.Config.Instances[place-1].Name}, b.Value.Int32()
	switch {
	case column == columnPriority && n >= 1 && n <= 255:
		priority := uint8(n)
		setting.Priority = &priority
	case column == columnPreempt && (n == 1 || n == 2):
		preempt := n == 1
		setting.Preempt = &preempt
	default:
		return Setting{}, agentx.WrongValue
	}
	return setting, agentx.NoError
}

func (s *Snapshot) weightSetting(b agentx.VarBind) (Setting, agentx.Error) {
	server, place := int(b.Name[len(realEntry)+1]), int(b.Name[len(realEntry)+2])
	if server < 1 || server > len(s.Config.VirtualServers) {
		return Setting{}, agentx.NoAccess
	}
	v := &s.Config.VirtualServers[server-1]
	if v.SorryServer != nil {
		place-- // it stands first and has no weight of its own
	}
	if place < 1 || place > len(v.RealServers) {
		return Setting{}, agentx.NoAccess
	}
	n := b.Value.Int32()
	switch {
	case b.Value.Type != agentx.Integer:
		return Setting{}, agentx.WrongType
	case n < 0 || n > largestWeight:
		return Setting{}, agentx.WrongValue
	}
	weight := uint32(n)
	return Setting{VirtualServer: v, RealServer: &v.RealServers[place-1], Weight: &weight}, agentx.NoError
}

// largestWeight is keepalived's for a weight.
const largestWeight = 65535
