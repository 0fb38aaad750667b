package daemon

import (
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/parser/config"
)

func TestFileThatWasSavedHalfWayIsNotTakenAtAReload(t *testing.T) {
	const whole = "global_defs {\n  router_id a\n}\nvirtual_server 192.0.2.1 80 {\n  lb_algo rr\n  lb_kind DR\n  protocol TCP\n" +
		"  real_server 192.0.2.2 80 {\n    weight 1\n  }\n  real_server 192.0.2.3 80 {\n    weight 1\n  }\n}\n"
	for _, c := range []struct{ name, text, id string }{
		{"whole", whole, ""},
		{"whole with an unknown keyword", strings.Replace(whole, "weight 1", "wieght 1", 1), ""},
		{"cut within a real server", whole[:strings.LastIndex(whole, "weight")], "missing-close"},
		{"a brace too many", strings.Replace(whole, "router_id a\n", "router_id a\n}\n", 1), "extra-close"},
		{"a brace too few", strings.Replace(whole, "weight 1\n  }", "weight 1\n", 1), "missing-close"},
		{"a quote without its partner", strings.Replace(whole, "router_id a", "router_id \"a", 1), "quote-unterminated"},
		{"an include that is not there", "includem holdfast-no-such-file.conf\n" + whole, "include-missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := config.LoadText("a.conf", c.text, parserOptions("a"), hostinfo.New())
			got := ""
			if p := broken(&r); p != nil {
				got = p.ID
			}
			if got != c.id {
				t.Errorf("broken by %q, want %q; problems: %v", got, c.id, r.Problems)
			}
		})
	}
}
