package wiring

import (
	"fmt"
	"slices"

	"github.com/holdfast-ha/holdfast/internal/procmon"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/track"
)

// Tracking returns what the instances of a configuration track beside interfaces. What no instance
// tracks is left out.
func Tracking(c *config.Config, ids *IDs, o Options) tracking.Settings {
	buffer := c.Global.Netlink["process_monitor"]
	w := trackWiring{config: c, options: o, index: map[trackKey]int{}}
	w.settings = tracking.Settings{Buffer: int(buffer.Size), ForceBuffer: buffer.Force}
	groups := groupsOf(c)
	for i := range c.Instances {
		in := &c.Instances[i]
		to := track.Instance{ID: uint32(ids.Of(in)), Name: in.Name}
		var shared config.SyncGroup
		if g := groups[in.Name]; g != nil {
			shared = *g
		}
		w.use(&to, track.Script, mergeTracks(in.TrackScripts, shared.TrackScripts))
		w.use(&to, track.File, mergeTracks(in.TrackFiles, shared.TrackFiles))
		w.use(&to, track.Process, mergeTracks(in.TrackProcesses, shared.TrackProcesses))
		w.use(&to, track.BFD, mergeTracks(in.TrackBFDs, shared.TrackBFDs))
		w.settings.Instances = append(w.settings.Instances, to)
	}
	return w.settings
}

// groupsOf finds the sync group of each instance by its name.
func groupsOf(c *config.Config) map[string]*config.SyncGroup {
	groups := map[string]*config.SyncGroup{}
	for i := range c.SyncGroups {
		for _, name := range c.SyncGroups[i].Members {
			groups[name] = &c.SyncGroups[i]
		}
	}
	return groups
}

// mergeTracks adds what a sync group tracks to what its member does. What both track counts once, with
// the weight of the group, unless the member has none; measured on keepalived 2.2.7.
func mergeTracks(own, group []config.Track) []config.Track {
	merged := slices.Clone(own)
	for _, g := range group {
		i := slices.IndexFunc(merged, func(t config.Track) bool { return t.Name == g.Name })
		switch {
		case i < 0:
			merged = append(merged, g)
		case merged[i].Weight != 0:
			merged[i].Weight, merged[i].Reverse = g.Weight, g.Reverse
		}
	}
	return merged
}

// trackKey tells tracked objects apart.
type trackKey struct {
	kind track.Kind
	name string
}

type trackWiring struct {
	config   *config.Config
	options  Options
	settings tracking.Settings
	index    map[trackKey]int // of objects that are in settings
}

// use adds the lines of a list to an instance, and the objects that they name.
func (w *trackWiring) use(to *track.Instance, kind track.Kind, list []config.Track) {
	for _, t := range list {
		key := trackKey{kind, t.Name}
		i, there := w.index[key]
		if !there {
			o, ok := w.object(key)
			if !ok {
				continue // a script that cannot run: the validation has said so
			}
			i = len(w.settings.Objects)
			w.index[key] = i
			w.settings.Objects = append(w.settings.Objects, o)
		}
		to.Uses = append(to.Uses, track.Use{Object: i, Weight: t.Weight, Reverse: t.Reverse})
	}
}

func (w *trackWiring) object(key trackKey) (o tracking.Object, ok bool) {
	c := w.config
	named := func(n int, name func(int) string) int {
		for i := range n {
			if name(i) == key.name {
				return i
			}
		}
		return -1
	}
	switch key.kind {
	case track.Script:
		if i := named(len(c.Scripts), func(i int) string { return c.Scripts[i].Name }); i >= 0 {
			return w.script(&c.Scripts[i]), true
		}
	case track.File:
		if i := named(len(c.TrackFiles), func(i int) string { return c.TrackFiles[i].Name }); i >= 0 {
			return trackedFile(&c.TrackFiles[i]), true
		}
	case track.Process:
		if i := named(len(c.TrackProcesses), func(i int) string { return c.TrackProcesses[i].Name }); i >= 0 {
			return trackedProcess(&c.TrackProcesses[i]), true
		}
	case track.BFD:
		if i := named(len(c.BFDs), func(i int) string { return c.BFDs[i].Name }); i >= 0 {
			return trackedSession(&c.BFDs[i]), true
		}
	}
	return o, false
}

func (w *trackWiring) script(s *config.VRRPScript) tracking.Object {
	command := Command(s.Script, &w.config.Global, w.options.Groups)
	return tracking.Object{
		Object: track.Object{
			Kind: track.Script, Name: s.Name, Source: fmt.Sprintf("%q %d:%d %v", command.Args, command.UID, command.GID, command.Groups),
			Interval: s.Interval, Timeout: s.Timeout, Rise: s.Rise, Fall: s.Fall, InitFail: s.InitFail,
		},
		Command: *command,
	}
}

func trackedFile(f *config.TrackFile) tracking.Object {
	return tracking.Object{
		Object: track.Object{Kind: track.File, Name: f.Name, Source: f.File},
		Path:   f.File, Init: f.Init, InitValue: f.InitValue, Overwrite: f.Overwrite,
	}
}

// trackedSession is a BFD session: another neighbour makes it another one.
func trackedSession(b *config.BFD) tracking.Object {
	return tracking.Object{Object: track.Object{
		Kind: track.BFD, Name: b.Name, Source: fmt.Sprint(b.Source, b.Neighbour, b.MultiHop),
	}}
}

func trackedProcess(p *config.TrackProcess) tracking.Object {
	match := procmon.Match{Name: p.Process, Params: p.Params, Command: p.FullCommand || p.ParamMatchSet || len(p.Params) > 0}
	switch {
	case p.ParamMatch == "initial":
		match.How = procmon.Initial
	case p.ParamMatch == "partial":
		match.How = procmon.Partial
	case p.ParamMatch == "exact" || len(p.Params) > 0:
		match.How = procmon.Exact
	}
	return tracking.Object{
		Object: track.Object{
			Kind: track.Process, Name: p.Name, Source: fmt.Sprintf("%q %q %v %d", match.Name, match.Params, match.Command, match.How),
			Quorum: p.Quorum, QuorumMax: p.QuorumMax, ForkDelay: p.ForkDelay, TerminateDelay: p.TerminateDelay,
		},
		Match: match,
	}
}
