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
	"file-ambiguous":     "which files there are",
	"file-skipped":       "what the file is",
	"file-unreadable":    "what the file is",
	"include-unreadable": "what the included file is",
	"include-limit":      "half 250,001 lines",
	"include-loop":       "two files",
	"byte-order-mark":    "bytes that cannot be seen",
	"nul-byte":           "bytes that cannot be seen",
	"address-limit":      "hundreds of addresses",
	"block-limit":        "a million lines",
	"depth-limit":        "65 blocks within one another",
	"nesting-limit":      "1025 definitions within one another",
	"expansion-length":   "64 KiB in a line",
	"expansion-limit":    "two million lines",
	"line-length":        "a line of 1024 bytes",
	"size-limit":         "256 MiB",
	"problem-limit":      "ten thousand problems",
	"syntax":             "a mistake of the parser",
}

func TestExamplesShowWhatTheyExplain(t *testing.T) {
	for _, e := range lint.Explanations() {
		t.Run(e.ID, func(t *testing.T) {
			if e.Title == "" || e.Text == "" {
				t.Error("no title or no text")
			}
			if none := e.Before == "" || e.After == ""; none != (e.Host || withoutExample[e.ID] != "") {
				t.Errorf("without example: %t, and listed as such: %t", none, !none)
			} else if none {
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
