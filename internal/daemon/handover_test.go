package daemon

import (
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/parser/config"
)

func TestHandoverFindsInstancesAndGroupsByName(t *testing.T) {
	p := &parent{config: &config.Config{
		Instances:  []config.Instance{{Name: "VI_WWW"}, {Name: "VI_DB", VRID: 2}},
		SyncGroups: []config.SyncGroup{{Name: "G", Members: []string{"nobody", "VI_DB"}}},
	}}
	www, db := p.ids.Of(&p.config.Instances[0]), p.ids.Of(&p.config.Instances[1])
	if id, err := p.named("VI_WWW"); id != www || err != nil {
		t.Error(id, err)
	}
	if id, err := p.named("G"); id != db || err != nil {
		t.Error(id, err)
	}
	for name, want := range map[string]string{
		"vi_www": "did you mean VI_WWW?", "VI_BD": "did you mean VI_DB?", "something": "there are: VI_WWW, VI_DB, G",
	} {
		if _, err := p.named(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
