package examples

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/doctest"
	"github.com/holdfast-ha/holdfast/internal/lint"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// asFound are the files of real sites, with what their writers left in them: they have to load, not to
// be an example of good style.
var asFound = []string{"dr-pair", "dual-role"}

// TestExamplesAreFitToCopy wants nothing to be said of an example on any of its directors, by the
// decoder, by the rules of check, or for want of something that Holdfast does not do.
func TestExamplesAreFitToCopy(t *testing.T) {
	names, err := fs.Glob(Files, "*/*.conf")
	if err != nil || len(names) < 16 {
		t.Fatalf("only %d examples: %v", len(names), err)
	}
	for _, name := range names {
		text, err := Text(name)
		if err != nil {
			t.Fatal(err)
		}
		dir, _, _ := strings.Cut(name, "/")
		for _, id := range []string{"lb1", "lb2"} {
			opts := parser.Options{ConfigID: id, Files: parser.OneFile(name, text)}
			r := config.Load(name, opts, doctest.Host{})
			problems := slices.Concat(r.Problems, wiring.Gaps(r.Config), wiring.Remarks(r.Config))
			worst := parser.Hint
			if slices.Contains(asFound, dir) {
				worst = parser.Error
			} else {
				problems = append(problems, lint.Check(lint.Input{Config: r.Config,
					Statements: func(each func(*parser.Statement)) { parser.Parse(name, opts, each) }})...)
			}
			var silences lint.Silences
			silences.Read(opts.Files, name)
			for _, p := range silences.Apply(problems, name) {
				if p.Severity >= worst {
					t.Errorf("%s on %s: %s: %s", name, id, p.ID, config.Describe(p))
				}
			}
			if len(r.Config.Instances) == 0 {
				t.Errorf("%s on %s has no instance", name, id)
			}
		}
	}
	t.Logf("%d examples", len(names))
}
