package manual

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/examples"
	"github.com/holdfast-ha/holdfast/parser/config"
)

var update = flag.Bool("update", false, "write the manual pages anew")

func page(t *testing.T) string {
	t.Helper()
	var all []Example
	for _, e := range []struct{ title, file string }{
		{"Two machines that share an address", "plain-pair/director.conf"},
		{"A pair without multicast, one of two files", "unicast-cloud/director-a.conf"},
		{"IPv4 and IPv6 together", "dual-stack/director.conf"},
		{"A director with NAT", "nat-director/director.conf"},
		{"A quorum and a sorry server", "sorry-server/director.conf"},
	} {
		text, err := examples.Text(e.file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Example{e.title, text})
	}
	return Config(all)
}

func TestConfigPageSaysWhatTheKeywordTableSays(t *testing.T) {
	const path = "../../packaging/man/keepalived.conf.5"
	want := page(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, string(have)); d != "" {
		t.Errorf("keepalived.conf.5 differs from the keyword table (run this test with -update):\n%s", d)
	}
}

func TestConfigPageHasEveryContextAndKeyword(t *testing.T) {
	text := page(t)
	for _, k := range config.Keywords() {
		if k.Kind == config.Removed {
			continue
		}
		if contexts[k.Context] == "" {
			t.Errorf("nothing is said of the context %s", k.Context)
		}
		if !strings.Contains(text, "\\fB"+escape(k.Name)+"\\fR") {
			t.Errorf("%s %s is not on the page", k.Context, k.Name)
		}
	}
}

func TestRoffTakesNothingForARequest(t *testing.T) {
	p := New("x", 1, "y")
	p.Text(".so /etc/passwd\n\n'br \\n(.x *bold* a-b")
	p.Code(".ig\n'x")
	for _, l := range strings.Split(p.String(), "\n") {
		if strings.HasPrefix(l, "'") || strings.HasPrefix(l, ".so") || strings.HasPrefix(l, ".ig") {
			t.Errorf("%q is a request", l)
		}
	}
	if want := "\\(aqbr \\en(.x \\fBbold\\fR a\\-b\n"; !strings.Contains(p.String(), want) {
		t.Errorf("no %q in %q", want, p.String())
	}
}
