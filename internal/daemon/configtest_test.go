package daemon

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
)

// TestConfigTestWarnsOfAllThatTheDaemonWarnsOf has checks of several kinds: --config-test forgets
// virtual servers while it reads, and must not forget what is to be said of them.
func TestConfigTestWarnsOfAllThatTheDaemonWarnsOf(t *testing.T) {
	server := func(address, check string) string {
		return "virtual_server " + address + " 80 {\n  lb_algo rr\n  lb_kind DR\n  protocol TCP\n  real_server 192.0.2.9 80 {\n    " + check + "\n  }\n}\n"
	}
	text := "nonsense\nglobal_defs {\n  metrics_listen 9650\n}\n" +
		server("192.0.2.1", "TCP_CHECK { }") + server("192.0.2.2", "HTTP_GET {\n url {\n path /\n }\n }") +
		server("192.0.2.3", "TCP_CHECK { }") + server("192.0.2.4", "HTTP_GET {\n url {\n path /\n }\n }") +
		server("192.0.2.5", "PING_CHECK { }\n TCP_CHECK { }")
	file := filepath.Join(t.TempDir(), "keepalived.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	o := &Options{ConfigFile: file}
	warnings := func(all []parser.Problem) []parser.Problem {
		return slices.DeleteFunc(slices.Clone(all), func(p parser.Problem) bool { return p.Severity == parser.Hint })
	}
	loaded, _ := load(o)
	want, got := warnings(loaded.Problems), warnings(check(o).Problems)
	if len(want) < 2 {
		t.Errorf("only %d warnings", len(want))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-daemon +config-test):\n%s", diff)
	}
}
