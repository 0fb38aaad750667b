package lint_test

import (
	"slices"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/lint"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// idsOf are the ids that the configurations of an example show, all of check's sources together.
func idsOf(texts []string) []string {
	var ids []string
	var routers []lint.Router
	names := []string{"a.conf", "b.conf"}
	var silences lint.Silences
	for i, text := range texts {
		opts := parser.Options{ConfigID: "testhost", Files: parser.OneFile(names[i], text)}
		statements := func(each func(*parser.Statement)) { parser.Parse(names[i], opts, each) }
		r := config.Load(names[i], opts, lint.NewTestHost())
		problems := slices.Concat(r.Problems, wiring.Gaps(r.Config), wiring.Remarks(r.Config),
			lint.Check(lint.Input{Config: r.Config, Host: lint.NewTestHost(), Statements: statements}))
		silences.Read(opts.Files, names[i])
		for _, p := range silences.Apply(problems, names[i]) {
			ids = append(ids, p.ID)
		}
		routers = append(routers, lint.Router{Name: names[i], Config: r.Config, Statements: statements})
	}
	for _, p := range silences.Unused(len(texts) > 1) {
		ids = append(ids, p.ID)
	}
	if len(texts) > 1 {
		problems, _ := lint.Compare(routers)
		for _, p := range problems {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// withoutExample are those that depend on what is not in the text.
var withoutExample = map[string]string{
	"script-unreachable": "modes of directories",
	"script-interpreter": "what the file of the script begins with",
}

func TestExamplesShowWhatTheyExplain(t *testing.T) {
	for _, e := range lint.Explanations() {
		t.Run(e.ID, func(t *testing.T) {
			if e.Title == "" || e.Text == "" {
				t.Error("no title or no text")
			}
			if e.Before == "" || e.After == "" {
				if withoutExample[e.ID] == "" {
					t.Error("no example")
				}
				return
			}
			if ids := idsOf(e.Whole(e.Before)); !slices.Contains(ids, e.ID) {
				t.Errorf("the example before does not show it, but %v:\n%s", ids, e.Whole(e.Before))
			}
			if ids := idsOf(e.Whole(e.After)); slices.Contains(ids, e.ID) {
				t.Errorf("the example after still has it:\n%s", e.Whole(e.After))
			}
		})
	}
}

func TestEveryRuleIsExplained(t *testing.T) {
	for _, r := range lint.Rules() {
		if lint.Explain(r.ID) == nil {
			t.Errorf("%s has no explanation", r.ID)
		}
	}
}
