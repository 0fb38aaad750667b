package daemon

import (
	"testing"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

func TestReloadCheckMindsWhatConfigTestMinds(t *testing.T) {
	hint := parser.Problem{ID: "no-effect-yet", Class: parser.Logged}
	gap := parser.Problem{ID: "gap-listen", Severity: parser.Warning, Class: parser.Logged}
	unknown := parser.Problem{ID: "unknown-keyword", Severity: parser.Warning, Class: parser.General}
	for _, tt := range []struct {
		name     string
		old, new config.Tristate
		problems []parser.Problem
		refused  bool
	}{
		{"no check is asked for", config.Unset, config.Unset, []parser.Problem{unknown}, false},
		{"what has no effect yet is no problem", config.On, config.On, []parser.Problem{hint, gap}, false},
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
