package wiring_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-ha/holdfast/internal/procmon"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/track"
	"github.com/holdfast-ha/holdfast/vrrp"
)

func TestTrackersBecomeSettings(t *testing.T) {
	c := &config.Config{
		Global: config.Global{Netlink: map[string]config.NetlinkBuffer{"process_monitor": {Size: 4096, Force: true}}},
		Scripts: []config.VRRPScript{
			{Name: "idle", Script: &config.Script{Args: []string{"/idle"}}},
			{Name: "chk", Script: &config.Script{Args: []string{"/chk", "a b"}, UID: 7, GID: 8}, Interval: time.Second, Timeout: 2 * time.Second, Rise: 3, Fall: 4, InitFail: true},
		},
		TrackFiles:     []config.TrackFile{{Name: "load", File: "/run/load", Init: true, InitValue: 5, Overwrite: true}},
		TrackProcesses: []config.TrackProcess{{Name: "nginx", Process: "nginx", Quorum: 2, QuorumMax: -1, ForkDelay: 1, TerminateDelay: 2}},
		Instances: []config.Instance{
			{Name: "A", TrackScripts: []config.Track{{Name: "chk", Weight: -10}, {Name: "lost"}}, TrackFiles: []config.Track{{Name: "load", Weight: 2, Reverse: true}}},
			{Name: "B", TrackScripts: []config.Track{{Name: "chk"}}},
			{Name: "C"},
		},
		SyncGroups: []config.SyncGroup{{Name: "G", Members: []string{"B"}, TrackProcesses: []config.Track{{Name: "nginx", Weight: 3}}}},
	}
	var ids wiring.IDs
	got := wiring.Tracking(c, &ids, wiring.Options{})
	want := tracking.Settings{
		Buffer: 4096, ForceBuffer: true,
		Objects: []tracking.Object{
			{
				Object:  track.Object{Kind: track.Script, Name: "chk", Interval: time.Second, Timeout: 2 * time.Second, Rise: 3, Fall: 4, InitFail: true},
				Command: script.Command{Args: []string{"/chk", "a b"}, UID: 7, GID: 8},
			},
			{Object: track.Object{Kind: track.File, Name: "load"}, Path: "/run/load", Init: true, InitValue: 5, Overwrite: true},
			{Object: track.Object{Kind: track.Process, Name: "nginx", Quorum: 2, QuorumMax: -1, ForkDelay: 1, TerminateDelay: 2}, Match: procmon.Match{Name: "nginx"}},
		},
		Instances: []track.Instance{
			{ID: uint32(ids.Of(&c.Instances[0])), Name: "A", Uses: []track.Use{{Object: 0, Weight: -10}, {Object: 1, Weight: 2, Reverse: true}}},
			{ID: uint32(ids.Of(&c.Instances[1])), Name: "B", Uses: []track.Use{{Object: 0}, {Object: 2, Weight: 3}}},
			{ID: uint32(ids.Of(&c.Instances[2])), Name: "C"},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(track.Object{}, "Source")); diff != "" {
		t.Error(diff)
	}
}

func TestSourceTellsWhatBeginsAnew(t *testing.T) {
	source := func(change func(*config.Config)) string {
		c := &config.Config{
			Scripts:        []config.VRRPScript{{Name: "s", Script: &config.Script{Args: []string{"/s"}}}},
			TrackProcesses: []config.TrackProcess{{Name: "p", Process: "p"}},
			Instances:      []config.Instance{{Name: "A", TrackScripts: []config.Track{{Name: "s"}}, TrackProcesses: []config.Track{{Name: "p"}}}},
		}
		change(c)
		s := wiring.Tracking(c, &wiring.IDs{}, wiring.Options{})
		return s.Objects[0].Source + "|" + s.Objects[1].Source
	}
	same := source(func(*config.Config) {})
	for name, change := range map[string]func(*config.Config){
		"interval": func(c *config.Config) { c.Scripts[0].Interval = time.Hour },
		"weight":   func(c *config.Config) { c.Instances[0].TrackScripts[0].Weight = 5 },
		"quorum":   func(c *config.Config) { c.TrackProcesses[0].Quorum = 5 },
	} {
		if source(change) != same {
			t.Errorf("%s: it begins anew", name)
		}
	}
	for name, change := range map[string]func(*config.Config){
		"command":    func(c *config.Config) { c.Scripts[0].Script.Args = []string{"/s", ""} },
		"user":       func(c *config.Config) { c.Scripts[0].Script.UID = 1 },
		"process":    func(c *config.Config) { c.TrackProcesses[0].Process = "q" },
		"parameters": func(c *config.Config) { c.TrackProcesses[0].Params = []string{"q"} },
		"match":      func(c *config.Config) { c.TrackProcesses[0].FullCommand = true },
	} {
		if source(change) == same {
			t.Errorf("%s: it keeps the state of another one", name)
		}
	}
}

func TestParametersOfAProcess(t *testing.T) {
	for _, c := range []struct {
		name string
		p    config.TrackProcess
		want procmon.Match
	}{
		{"the name alone", config.TrackProcess{Process: "x"}, procmon.Match{Name: "x"}},
		{"full_command", config.TrackProcess{Process: "x", FullCommand: true}, procmon.Match{Name: "x", Command: true}},
		{"parameters", config.TrackProcess{Process: "x", Params: []string{"a"}}, procmon.Match{Name: "x", Command: true, Params: []string{"a"}, How: procmon.Exact}},
		{"param_match alone", config.TrackProcess{Process: "x", ParamMatchSet: true, ParamMatch: "exact"}, procmon.Match{Name: "x", Command: true, How: procmon.Exact}},
		{"partial", config.TrackProcess{Process: "x", Params: []string{"a"}, ParamMatchSet: true, ParamMatch: "partial"}, procmon.Match{Name: "x", Command: true, Params: []string{"a"}, How: procmon.Partial}},
		{"initial", config.TrackProcess{Process: "x", ParamMatchSet: true, ParamMatch: "initial"}, procmon.Match{Name: "x", Command: true, How: procmon.Initial}},
	} {
		c.p.Name = "p"
		s := wiring.Tracking(&config.Config{
			TrackProcesses: []config.TrackProcess{c.p},
			Instances:      []config.Instance{{Name: "A", TrackProcesses: []config.Track{{Name: "p"}}}},
		}, &wiring.IDs{}, wiring.Options{})
		if diff := cmp.Diff(c.want, s.Objects[0].Match); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestGroupTracksForItsMembers holds what keepalived 2.2.7 does with what an instance and its sync
// group track: a group's weights count with and without sync_group_tracking_weight.
func TestSessionIsTrackedByAnInstanceOrForItByItsGroup(t *testing.T) {
	tracked := []config.Track{{Name: "peer", Weight: -20, Reverse: true}}
	peer := config.BFD{Name: "peer", Neighbour: addr("192.0.2.1")}
	for name, c := range map[string]*config.Config{
		"the instance": {Instances: []config.Instance{{Name: "A", TrackBFDs: tracked}}},
		"its group": {
			Instances:  []config.Instance{{Name: "A"}},
			SyncGroups: []config.SyncGroup{{Name: "G", Members: []string{"A"}, TrackBFDs: tracked}},
		},
	} {
		c.BFDs = []config.BFD{peer}
		s := wiring.Tracking(c, &wiring.IDs{}, wiring.Options{})
		if len(s.Objects) != 1 || s.Objects[0].Kind != track.BFD || s.Objects[0].Name != "peer" {
			t.Fatalf("%s: %+v", name, s.Objects)
		}
		if diff := cmp.Diff([]track.Use{{Weight: -20, Reverse: true}}, s.Instances[0].Uses); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		// With another neighbour it is another session, whose state is not known.
		before := s.Objects[0].Source
		c.BFDs[0].Neighbour = addr("192.0.2.2")
		if s = wiring.Tracking(c, &wiring.IDs{}, wiring.Options{}); s.Objects[0].Source == before {
			t.Errorf("%s: another neighbour makes no difference", name)
		}
	}
}

func TestGroupTracksForItsMembers(t *testing.T) {
	for _, c := range []struct {
		name       string
		own, group []config.Track
		want       []vrrp.TrackedLink
	}{
		{"the group alone", nil, []config.Track{{Name: "eth9", Weight: 20, Reverse: true}}, []vrrp.TrackedLink{{Name: "eth0"}, {Name: "eth9", Weight: 20, Reverse: true}}},
		{"both, with weights", []config.Track{{Name: "eth9", Weight: 30}}, []config.Track{{Name: "eth9", Weight: 5}}, []vrrp.TrackedLink{{Name: "eth0"}, {Name: "eth9", Weight: 5}}},
		{"both, the group without", []config.Track{{Name: "eth9", Weight: 30}}, []config.Track{{Name: "eth9"}}, []vrrp.TrackedLink{{Name: "eth0"}, {Name: "eth9"}}},
		{"both, the member without", []config.Track{{Name: "eth9"}}, []config.Track{{Name: "eth9", Weight: 5}}, []vrrp.TrackedLink{{Name: "eth0"}, {Name: "eth9"}}},
		{"the interface of the instance", nil, []config.Track{{Name: "eth0", Weight: 5}}, []vrrp.TrackedLink{{Name: "eth0"}}},
	} {
		cfg := &config.Config{
			Instances:  []config.Instance{{Name: "A", Interface: "eth0", TrackInterfaces: c.own}},
			SyncGroups: []config.SyncGroup{{Name: "G", Members: []string{"A"}, TrackInterfaces: c.group}},
		}
		s := wiring.Speaker(cfg, &wiring.IDs{}, wiring.Options{})
		if diff := cmp.Diff(c.want, s.Instances[0].Interfaces); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
