package daemon

import (
	"fmt"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

func TestReloadCheckMindsWhatConfigTestMinds(t *testing.T) {
	hint := parser.Problem{ID: "deprecated", Severity: parser.Hint, Class: parser.Logged}
	gap := parser.Problem{ID: "gap-regex", Severity: parser.Warning, Class: parser.Logged}
	unknown := parser.Problem{ID: "unknown-keyword", Severity: parser.Warning, Class: parser.General}
	for _, tt := range []struct {
		name     string
		old, new config.Tristate
		problems []parser.Problem
		refused  bool
	}{
		{"no check is asked for", config.Unset, config.Unset, []parser.Problem{unknown}, false},
		{"a hint is no problem", config.On, config.On, []parser.Problem{hint, gap}, false},
		{"a warning that counts", config.On, config.On, []parser.Problem{hint, unknown}, true},
		{"the keyword in force counts, not the new one", config.On, config.Unset, []parser.Problem{unknown}, true},
		{"nor does a new one count before it is in force", config.Unset, config.On, []parser.Problem{unknown}, false},
	} {
		p := &parent{options: &Options{}, config: &config.Config{Global: config.Global{ReloadCheck: tt.old}}}
		r := config.Result{Config: &config.Config{Global: config.Global{ReloadCheck: tt.new}}, Problems: tt.problems}
		if err := p.refuse(&r); (err != nil) != tt.refused {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestSyncDaemonNeedsTheLVSProcess(t *testing.T) {
	p := &parent{options: &Options{}, config: &config.Config{}}
	if p.wants(LVS) {
		t.Error("an LVS process for nothing")
	}
	p.config.Global.LVSSync = &config.LVSSync{Interface: "eth0"}
	if !p.wants(LVS) {
		t.Error("no LVS process for lvs_sync_daemon alone")
	}
}

// TestEachProcessGetsItsOwnSettings: what it does with them is the same for both.
func TestEachProcessGetsItsOwnSettings(t *testing.T) {
	const text = `global_defs {
 %[1]s_process_name it
 %[1]s_priority -5
 %[1]s_no_swap
 %[1]s_rt_priority 10
 %[1]s_cpu_affinity 1 3
 %[1]s_rlimit_rttime 2000000
 max_auto_priority 7
 min_auto_priority_delay 40
}`
	for _, tt := range []struct {
		word         string
		its, another Role
	}{{"vrrp", VRRP, LVS}, {"checker", LVS, VRRP}} {
		r := config.LoadText("main", fmt.Sprintf(text, tt.word), parser.Options{}, config.AnyHost{})
		got := func(role Role) processSettings {
			p := &parent{options: &Options{}, config: r.Config, tracker: tracking.New(tracking.Deps{Log: zap.NewNop()})}
			defer p.tracker.Close()
			c := &process{role: role, cmd: &exec.Cmd{}, outbox: make(chan outgoing, 1)}
			p.configure(c)
			switch body := (<-c.outbox).body.(type) {
			case vrrpConfiguration:
				return body.Process
			case lvsConfiguration:
				return body.Process
			}
			t.Fatal("it gets something else")
			return processSettings{}
		}
		want := schedSettings{Nice: -5, NoSwap: true, RTPriority: 10, CPUs: []int{1, 3}, RTTime: 2 * time.Second, MaxAuto: 7, AutoDelay: 40 * time.Microsecond}
		if s := got(tt.its); s.Name != "it" || !cmp.Equal(s.Sched, want) {
			t.Errorf("%s: the process has the name %q and %+v", tt.word, s.Name, s.Sched)
		}
		if s := got(tt.another); s.Name == "it" || s.Sched.Nice != 0 || s.Sched.NoSwap || s.Sched.RTPriority != 0 || s.Sched.CPUs != nil {
			t.Errorf("%s: the other process has the name %q and %+v", tt.word, s.Name, s.Sched)
		}
	}
}
