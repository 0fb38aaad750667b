package notify

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func named(name string) *config.Script { return &config.Script{Args: []string{name, "own"}} }

func plan() Plan {
	c := &config.Config{
		Instances: []config.Instance{
			{Name: "VI_1", NotifyMaster: named("master"), NotifyBackup: named("backup"), NotifyFault: named("fault"),
				NotifyStop: named("stop"), Notify: named("any"), NotifyMasterRxLowerPri: named("lower")},
			{Name: "VI_2", Notify: named("any2")},
			{Name: "VI_3", NotifyMaster: &config.Script{}},
			{Name: "VI_4", NotifyFault: named("fault"), NotifyDeleted: named("deleted"), NotifyDeletedSet: true, Notify: named("any")},
		},
		SyncGroups: []config.SyncGroup{{Name: "G", NotifyMaster: named("gmaster"), Notify: named("gany")}},
	}
	return NewPlan(c, func(s *config.Script) *script.Command { return &script.Command{Args: s.Args} })
}

func TestScriptsGetKeepalivedsArguments(t *testing.T) {
	tests := []struct {
		name   string
		change speaker.Change
		want   []string
	}{
		{"master", speaker.Change{Instance: "VI_1", To: "MASTER", Priority: 100}, []string{"master own", "any own INSTANCE VI_1 MASTER 100"}},
		{"backup", speaker.Change{Instance: "VI_1", To: "BACKUP", Priority: 90}, []string{"backup own", "any own INSTANCE VI_1 BACKUP 90"}},
		{"fault", speaker.Change{Instance: "VI_1", To: "FAULT", Priority: 90}, []string{"fault own", "any own INSTANCE VI_1 FAULT 90"}},
		{"stop", speaker.Change{Instance: "VI_1", To: "INIT", Priority: 90}, []string{"stop own", "any own INSTANCE VI_1 STOP 90"}},
		{"removed by a reload", speaker.Change{Instance: "VI_1", From: "MASTER", To: "INIT", Reason: "removed by reload", Priority: 9}, []string{"fault own", "any own INSTANCE VI_1 FAULT 9"}},
		{"removed while in FAULT", speaker.Change{Instance: "VI_1", From: "FAULT", To: "INIT", Reason: "removed by reload"}, nil},
		{"removed with notify_deleted", speaker.Change{Instance: "VI_4", From: "FAULT", To: "INIT", Reason: "removed by reload", Priority: 9}, []string{"deleted own", "any own INSTANCE VI_4 DELETED 9"}},
		{"only the general one", speaker.Change{Instance: "VI_2", To: "MASTER", Priority: 1}, []string{"any2 own INSTANCE VI_2 MASTER 1"}},
		{"group, priority 0", speaker.Change{Group: "G", To: "MASTER", Priority: 100}, []string{"gmaster own", "gany own GROUP G MASTER 0"}},
		{"group without a script for the state", speaker.Change{Group: "G", To: "FAULT"}, []string{"gany own GROUP G FAULT 0"}},
		{"lower priority seen", speaker.Change{Instance: "VI_1", Event: "MASTER_RX_LOWER_PRI"}, []string{"lower own"}},
		{"lower priority seen, no script", speaker.Change{Instance: "VI_2", Event: "MASTER_RX_LOWER_PRI"}, nil},
		{"change of priority", speaker.Change{Instance: "VI_1", Event: "MASTER_PRIORITY", To: "MASTER"}, nil},
		{"quiet", speaker.Change{Instance: "VI_1", To: "BACKUP", Quiet: true}, nil},
		{"empty script", speaker.Change{Instance: "VI_3", To: "MASTER"}, nil},
		{"unknown instance", speaker.Change{Instance: "X", To: "MASTER"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range plan().Commands(tt.change) {
				got = append(got, strings.Join(c.Args, " "))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
		})
	}
}

func TestScriptsOfOneInstanceKeepTheirOrder(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	write := &config.Script{Args: []string{"/bin/sh", "-c", `echo "$@" >> ` + out, "sh"}}
	r := NewRunner(zap.NewNop())
	r.Use(NewPlan(&config.Config{Instances: []config.Instance{{Name: "A", Notify: write}}},
		func(s *config.Script) *script.Command {
			return &script.Command{Args: s.Args, UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())}
		}))
	var want strings.Builder
	for range 10 {
		for _, state := range []string{"BACKUP", "MASTER"} {
			r.Changed(speaker.Change{Instance: "A", To: state, Priority: 5})
			want.WriteString("INSTANCE A " + state + " 5\n")
		}
	}
	r.Stop(time.Minute)
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("lines that the script wrote (-want +got):\n%s", diff)
	}
}

func TestStopEndsAScriptThatHangs(t *testing.T) {
	r := NewRunner(zap.NewNop())
	var mu sync.Mutex
	ran := 0
	begun := make(chan struct{})
	r.run = func(ctx context.Context, _ script.Command) script.Outcome {
		mu.Lock()
		ran++
		mu.Unlock()
		close(begun)
		<-ctx.Done()
		return script.Outcome{Cancelled: true}
	}
	r.Use(plan())
	r.Changed(speaker.Change{Instance: "VI_1", To: "MASTER"})
	<-begun
	r.Stop(0) // hangs here if the script is waited for
	if ran != 1 {
		t.Errorf("%d scripts were run, want the hanging one alone", ran)
	}
	r.Changed(speaker.Change{Instance: "VI_1", To: "BACKUP"}) // closes begun twice if it is run
}

func TestScriptsOfWhatAReloadRemovesAreStillRun(t *testing.T) {
	r := NewRunner(zap.NewNop())
	var mu sync.Mutex
	var ran []string
	r.run = func(_ context.Context, c script.Command) script.Outcome {
		mu.Lock()
		defer mu.Unlock()
		ran = append(ran, strings.Join(c.Args, " "))
		return script.Outcome{}
	}
	r.Use(plan())
	r.Use(Plan{})
	r.Changed(speaker.Change{Instance: "VI_4", From: "MASTER", To: "INIT", Reason: "removed by reload", Priority: 9})
	r.Stop(time.Minute)
	if diff := cmp.Diff([]string{"deleted own", "any own INSTANCE VI_4 DELETED 9"}, ran); diff != "" {
		t.Errorf("scripts that were run (-want +got):\n%s", diff)
	}
}
