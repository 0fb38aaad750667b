package mib

import (
	"strings"

	"github.com/holdfast-ha/holdfast/internal/agentx"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// tracked are the tables of what instances and sync groups track. Their columns are the name, the weight
// and whether it is reversed; those of interfaces begin at 1, the others at 2.
func (m *model) tracked() view {
	c := m.Config
	instances := func(of func(*config.Instance) []config.Track) [][]config.Track {
		var all [][]config.Track
		for i := range c.Instances {
			all = append(all, of(&c.Instances[i]))
		}
		return all
	}
	groups := func(of func(*config.SyncGroup) []config.Track) [][]config.Track {
		var all [][]config.Track
		for i := range c.SyncGroups {
			all = append(all, of(&c.SyncGroups[i]))
		}
		return all
	}
	return view{
		tracks(4, 1, instances(func(in *config.Instance) []config.Track { return in.TrackInterfaces })),
		tracks(5, 2, instances(func(in *config.Instance) []config.Track { return in.TrackScripts })),
		tracks(12, 2, m.own("file", instances(func(in *config.Instance) []config.Track { return in.TrackFiles }))),
		tracks(17, 2, m.own("bfd", instances(func(in *config.Instance) []config.Track { return in.TrackBFDs }))),
		tracks(20, 2, m.own("process", instances(func(in *config.Instance) []config.Track { return in.TrackProcesses }))),
		tracks(14, 1, groups(func(g *config.SyncGroup) []config.Track { return g.TrackInterfaces })),
		tracks(15, 2, groups(func(g *config.SyncGroup) []config.Track { return g.TrackScripts })),
		tracks(16, 2, m.own("file", groups(func(g *config.SyncGroup) []config.Track { return g.TrackFiles }))),
		tracks(19, 2, m.own("bfd", groups(func(g *config.SyncGroup) []config.Track { return g.TrackBFDs }))),
		tracks(22, 2, m.own("process", groups(func(g *config.SyncGroup) []config.Track { return g.TrackProcesses }))),
	}
}

// own gives entries the weight of the object itself: of files, processes and sessions keepalived shows
// that one, whatever the line that tracks them says.
func (m *model) own(kind string, lists [][]config.Track) [][]config.Track {
	weights := map[string]config.Track{}
	c := m.Config
	switch kind {
	case "file":
		for i := range c.TrackFiles {
			weights[c.TrackFiles[i].Name] = config.Track{Weight: c.TrackFiles[i].Weight, Reverse: c.TrackFiles[i].Reverse}
		}
	case "bfd":
		for i := range c.BFDs {
			weights[c.BFDs[i].Name] = config.Track{Weight: c.BFDs[i].Weight, Reverse: c.BFDs[i].Reverse}
		}
	case "process":
		for i := range c.TrackProcesses {
			weights[c.TrackProcesses[i].Name] = config.Track{Weight: c.TrackProcesses[i].Weight, Reverse: c.TrackProcesses[i].Reverse}
		}
	}
	var all [][]config.Track
	for _, list := range lists {
		var own []config.Track
		for _, t := range list {
			w := weights[t.Name]
			t.Weight, t.Reverse = w.Weight, w.Reverse
			own = append(own, t)
		}
		all = append(all, own)
	}
	return all
}

// tracks is one of the tables: lists by instance or group.
func tracks(number, first uint32, lists [][]config.Track) table {
	type row = numbered[config.Track]
	var all []row
	for i, list := range lists {
		for j, t := range list {
			all = append(all, row{agentx.OID{uint32(i + 1), uint32(j + 1)}, t})
		}
	}
	return tableOf(VRRP.Append(number, 1), all, placed, []column[row]{
		{first, func(r *row) agentx.Value { return agentx.Text(r.of.Name) }},
		{first + 1, func(r *row) agentx.Value { return agentx.Int(r.of.Weight) }},
		{first + 2, func(r *row) agentx.Value { return truth(r.of.Reverse) }},
	})
}

// trackedObjects are vrrpScriptTable, vrrpFileTable, vrrpBfdTable and vrrpProcessTable.
func (m *model) trackedObjects() view {
	return view{m.scripts(), m.files(), m.sessions(), m.processes()}
}

func (m *model) scripts() table {
	type s = config.VRRPScript
	return tableOf(VRRP.Append(9, 1), m.Config.Scripts, position, []column[s]{
		{2, func(x *s) agentx.Value { return agentx.Text(x.Name) }},
		{3, func(x *s) agentx.Value { return script(x.Script) }},
		{4, func(x *s) agentx.Value { return agentx.Int(int(x.Interval.Seconds())) }},
		{5, func(x *s) agentx.Value { return agentx.Int(x.Weight) }},
		{6, func(x *s) agentx.Value { return agentx.Int(result(x, m.objects[[2]string{"script", x.Name}])) }},
		{7, func(x *s) agentx.Value { return agentx.Unsigned(uint32(x.Rise)) }},
		{8, func(x *s) agentx.Value { return agentx.Unsigned(uint32(x.Fall)) }},
		{9, func(x *s) agentx.Value { return truth(x.Reverse) }},
		{10, func(x *s) agentx.Value { return path(x.Script) }},
		{11, func(x *s) agentx.Value { return micro(x.Interval) }},
		{12, func(x *s) agentx.Value { return micro(x.Timeout) }},
	})
}

// result is what a script has said: nothing yet, bad, good, or nothing where that counts as bad.
func result(x *config.VRRPScript, o *tracking.ObjectStatus) int {
	switch {
	case o == nil || !o.Known:
		if x.InitFail {
			return 5
		}
		return 1
	case o.Up:
		return 3
	}
	return 2
}

func (m *model) files() table {
	type f = config.TrackFile
	return tableOf(VRRP.Append(13, 1), m.Config.TrackFiles, position, []column[f]{
		{2, func(x *f) agentx.Value { return agentx.Text(x.Name) }},
		{3, func(x *f) agentx.Value { return agentx.Text(x.File) }},
		{4, func(x *f) agentx.Value {
			if o := m.objects[[2]string{"file", x.Name}]; o != nil {
				return agentx.Int(o.Value)
			}
			return agentx.Int(x.InitValue)
		}},
		{5, func(x *f) agentx.Value { return agentx.Int(x.Weight) }},
		{6, func(x *f) agentx.Value { return truth(x.Reverse) }},
	})
}

func (m *model) sessions() table {
	type b = config.BFD
	var list []b
	for i := range m.Config.BFDs {
		if m.Config.BFDs[i].VRRP {
			list = append(list, m.Config.BFDs[i])
		}
	}
	return tableOf(VRRP.Append(18, 1), list, position, []column[b]{
		{2, func(x *b) agentx.Value { return agentx.Text(x.Name) }},
		{3, func(x *b) agentx.Value {
			if o := m.objects[[2]string{"bfd", x.Name}]; o != nil && o.Up {
				return agentx.Int(1)
			}
			return agentx.Int(0)
		}},
		{4, func(x *b) agentx.Value { return agentx.Int(x.Weight) }},
		{5, func(x *b) agentx.Value { return truth(x.Reverse) }},
	})
}

func (m *model) processes() table {
	type p = config.TrackProcess
	object := func(x *p) tracking.ObjectStatus {
		if o := m.objects[[2]string{"process", x.Name}]; o != nil {
			return *o
		}
		return tracking.ObjectStatus{}
	}
	return tableOf(VRRP.Append(21, 1), m.Config.TrackProcesses, position, []column[p]{
		{2, func(x *p) agentx.Value { return agentx.Text(x.Name) }},
		{3, func(x *p) agentx.Value { return agentx.Text(x.Process) }},
		{4, func(x *p) agentx.Value { return agentx.Text(strings.Join(x.Params, " ")) }},
		{5, func(x *p) agentx.Value {
			return agentx.Int(map[string]int{"exact": 1, "partial": 2, "initial": 3}[x.ParamMatch])
		}},
		{6, func(x *p) agentx.Value { return agentx.Int(x.Weight) }},
		{7, func(x *p) agentx.Value { return truth(x.Reverse) }},
		{8, func(x *p) agentx.Value { return agentx.Unsigned(uint32(x.Quorum)) }},
		{9, func(x *p) agentx.Value { return agentx.Int(x.QuorumMax) }},
		{10, func(x *p) agentx.Value { return micro(x.ForkDelay) }},
		{11, func(x *p) agentx.Value { return micro(x.TerminateDelay) }},
		{12, func(x *p) agentx.Value { return truth(x.FullCommand) }},
		{13, func(x *p) agentx.Value { return agentx.Int(object(x).Value) }},
		{14, func(x *p) agentx.Value { return truth(object(x).Up) }},
	})
}
