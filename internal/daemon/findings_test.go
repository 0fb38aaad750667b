package daemon

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

func ids(problems []parser.Problem) []string {
	var all []string
	for _, p := range problems {
		all = append(all, p.ID)
	}
	return all
}

func TestStatusPageKnowsWhatLintFinds(t *testing.T) {
	text := func(remark string) string {
		return "vrrp_instance VI_1 {\n  interface lo\n  virtual_router_id 61\n  priority 255" + remark + "\n  virtual_ipaddress {\n    192.0.2.1/24\n  }\n}\n"
	}
	file := filepath.Join(t.TempDir(), "keepalived.conf")
	for _, tt := range []struct {
		name, remark string
		want         bool
	}{
		{"a finding of lint", "", true},
		{"one that the file keeps quiet", "  # holdfast: ignore owner-priority", false},
		{"a remark about another one", "  # holdfast: ignore auth-plain", true},
	} {
		write(t, filepath.Dir(file), "keepalived.conf", text(tt.remark), 0o644)
		r, _ := load(&Options{ConfigFile: file})
		got := ids(withLint(r.Config, file, "", append(r.Problems, parser.Problem{ID: "of-the-reading"})))
		if slices.Contains(got, "owner-priority") != tt.want || !slices.Contains(got, "of-the-reading") {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	var k known
	r, _ := load(&Options{ConfigFile: file})
	k.judge(r.Config, file, "", r.Problems)
	k.judge(r.Config, file, "", nil) // the same one
	for end := time.Now().Add(time.Minute); !slices.Contains(ids(k.read()), "owner-priority"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("nothing is known but %v", ids(k.read()))
		}
	}
}
