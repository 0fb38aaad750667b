package daemon

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

func TestChangesOfVRRPAreEvents(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change speaker.Change
		want   control.Event // zero: none
	}{
		{"a transition", speaker.Change{Instance: "A", From: "BACKUP", To: "MASTER", Priority: 100, Reason: "why"},
			control.Event{Kind: "instance", Name: "A", From: "BACKUP", To: "MASTER", Priority: 100, Reason: "why"}},
		{"of a group", speaker.Change{Group: "G", From: "BACKUP", To: "MASTER"}, control.Event{Kind: "sync_group", Name: "G", From: "BACKUP", To: "MASTER"}},
		{"none", speaker.Change{Instance: "A", From: "BACKUP", To: "BACKUP"}, control.Event{}},
		{"a priority", speaker.Change{Instance: "A", From: "INIT", To: "MASTER", Event: speaker.MasterPriority, Priority: 90},
			control.Event{Kind: "instance", Name: "A", To: "MASTER_PRIORITY", Priority: 90}},
		{"a note", speaker.Change{Instance: "A", Event: speaker.Noted, Reason: "late"}, control.Event{Kind: "instance", Name: "A", To: "NOTE", Reason: "late"}},
		{"a reload", speaker.Change{Event: speaker.Reloaded}, control.Event{}},
	} {
		got, is := vrrpEvent(tt.change)
		if is != (tt.want != control.Event{}) {
			t.Errorf("%s: an event: %t", tt.name, is)
		}
		if diff := cmp.Diff(tt.want, got); is && diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestChangesOfServersAreEvents(t *testing.T) {
	for _, tt := range []struct {
		change director.Change
		want   control.Event
	}{
		{director.Change{VirtualServer: "v", RealServer: "r", Kind: lvs.RealServerDown, Detail: "refused"},
			control.Event{Kind: "real_server", Name: "v", RealServer: "r", To: "DOWN", Reason: "refused"}},
		{director.Change{VirtualServer: "v", RealServer: "r", Kind: lvs.RealServerUp, Up: true, Initial: true},
			control.Event{Kind: "real_server", Name: "v", RealServer: "r", To: "UP", Reason: "at the start"}},
		{director.Change{VirtualServer: "v", Kind: lvs.QuorumGained, Up: true, Quorum: 2, Weight: 5},
			control.Event{Kind: "virtual_server", Name: "v", To: "UP", Reason: "quorum 2, weight 5"}},
		{director.Change{VirtualServer: "v", RealServer: "r", Kind: lvs.CheckDown, Up: true, Check: "TCP_CHECK", Detail: "timeout"},
			control.Event{Kind: "check", Name: "v", RealServer: "r", To: "DOWN", Reason: "TCP_CHECK timeout"}},
		{director.Change{VirtualServer: "v", RealServer: "r", Kind: lvs.RealServerDown, Removed: true},
			control.Event{Kind: "real_server", Name: "v", RealServer: "r", To: "DOWN", Reason: "it has left the configuration"}},
	} {
		if diff := cmp.Diff(tt.want, lvsEvent(tt.change)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.change, diff)
		}
	}
}
