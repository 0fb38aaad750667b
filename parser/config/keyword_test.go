package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/reference"
	"github.com/holdfast-ha/holdfast/parser"
)

func TestTableHoldsEveryKeywordOfKeepalived(t *testing.T) {
	shared := reference.Dir(t)
	if shared == "" {
		return
	}
	data, err := os.ReadFile(filepath.Join(shared, "keepalived", "keywords.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]Keyword{}
	for _, k := range Keywords() {
		have[k.Context+" "+k.Name] = k
	}
	rows := strings.Split(strings.TrimSpace(string(data)), "\n")[1:]
	for _, row := range rows {
		f := strings.Split(row, "\t")
		context, name := f[0], f[1]
		switch {
		case strings.HasPrefix(context, "(parser"):
			context = "(anywhere)"
		case strings.HasPrefix(context, "encap-entry"):
			context = "encap-entry"
		case strings.HasPrefix(context, "removed"):
			if c, n, ok := strings.Cut(name, "/"); ok {
				context, name = c, n
			} else {
				context = "top"
			}
		}
		k, ok := have[context+" "+name]
		if !ok {
			t.Errorf("%s: no keyword %s", context, name)
			continue
		}
		if k.Args != f[3] {
			t.Errorf("%s %s takes %q, keepalived's takes %q", context, name, k.Args, f[3])
		}
		if k.Default != f[4] && k.Kind != Removed && !strings.HasPrefix(k.Default, "vrrp_garp_lower_prio_") { // as its dump shows it
			t.Errorf("%s %s has the default %q, keepalived's %q", context, name, k.Default, f[4])
		}
		if k.Since != f[5] && k.Kind != Removed {
			t.Errorf("%s %s is there since %q, in keepalived since %q", context, name, k.Since, f[5])
		}
		if block := f[2] == "block" || f[2] == "list-block"; block != k.Kind.block() && k.Kind < Directive {
			t.Errorf("%s %s: keepalived's is a %s", context, name, f[2])
		}
	}
	t.Logf("%d keywords of keepalived, %d in all", len(rows), len(have))
}

func TestEveryKeywordIsDescribedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keywords() {
		key := k.Context + " " + k.Name
		if seen[key] && !strings.HasSuffix(k.Context, "-entry") {
			t.Errorf("%s is described twice", key)
		}
		seen[key] = true
		if k.Kind.line() && k.Effect != Own && k.Since == "" && !strings.HasSuffix(k.Context, "-entry") &&
			!strings.Contains(k.Context, "-address") && k.Context != "lb_kind-options" {
			t.Errorf("%s: since when?", key)
		}
	}
}

func TestEveryKeywordThatWorksIsRead(t *testing.T) {
	for name, c := range language.contexts {
		for word, r := range c.rules {
			switch {
			case strings.Contains(name, "-") || r.spec.Kind == Block:
			case r.spec.Kind == List && r.entry == nil, r.spec.Kind != List && r.line == nil:
				t.Errorf("%s in %s is accepted, but nothing reads it", word, name)
			}
			if r.spec.Kind == Block && r.sub == nil {
				t.Errorf("the block %s in %s has no keywords", word, name)
			}
		}
	}
}

func TestMisspeltKeywordsAreRecognized(t *testing.T) {
	for _, c := range []struct{ context, word, want string }{
		{"vrrp_instance", "virtual_ipadress", "virtual_ipaddress"},
		{"vrrp_instance", "virtual_router_di", "virtual_router_id"},
		{"vrrp_instance", "NOPREEMPT", "nopreempt"},
		{"vrrp_instance", "lvs_sync_daemon_inteface", "lvs_sync_daemon_interface"},
		{"vrrp_instance", "xyz", ""},
		{"vrrp_instance", "192.0.2.9", ""},
		{"top", "vrrp_instnace", "vrrp_instance"},
		{"virtual_server", "lb_alog", "lb_algo"},
	} {
		if got := nearest(language.contexts[c.context], c.word); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.word, c.context, got, c.want)
		}
	}
}

func TestSuggestionsDoNotDependOnMapOrder(t *testing.T) {
	words := []string{"notify_fualt", "garp_master_repeet", "track_fil", "prioriti", "unicast_ttx"}
	for _, w := range words {
		first := nearest(language.contexts["vrrp_instance"], w)
		for range 50 {
			if got := nearest(language.contexts["vrrp_instance"], w); got != first {
				t.Fatalf("%s: %q and %q", w, first, got)
			}
		}
	}
}

func TestReadingStopsAtAMissingParameterAndNothingBehindItCounts(t *testing.T) {
	text := "vrrp_instance A {\n interface eth0\n priority\n wibble\n}\nwobble\n"
	r := LoadText("t.conf", text, parser.Options{}, labHost())
	if len(r.Problems) != 1 || r.Problems[0].Class != parser.MissingParameter || r.TestStatus() != 2 || r.DaemonStatus() != 2 {
		t.Errorf("status %d, daemon %d\n%s", r.TestStatus(), r.DaemonStatus(), listing(r))
	}
}
