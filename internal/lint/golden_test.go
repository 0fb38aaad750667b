package lint_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/holdfast-ha/holdfast/internal/lint"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// rendered is what check prints of the rules' findings in the files of an archive: each by itself, then
// compared.
func rendered(files []txtar.File) string {
	var b strings.Builder
	var routers []lint.Router
	var silences lint.Silences
	show := func(problems []parser.Problem, f parser.Files) {
		for _, p := range parser.Arrange(problems, nil, f) {
			b.WriteString(parser.Render(p))
		}
	}
	for _, f := range files {
		opts := parser.Options{ConfigID: "testhost", Files: parser.OneFile(f.Name, string(f.Data))}
		statements := func(each func(*parser.Statement)) { parser.Parse(f.Name, opts, each) }
		r := config.Load(f.Name, opts, lint.NewTestHost())
		silences.Read(opts.Files, f.Name)
		found := lint.Check(lint.Input{Config: r.Config, Host: lint.NewTestHost(), Statements: statements})
		show(silences.Apply(found, f.Name), opts.Files)
		routers = append(routers, lint.Router{Name: f.Name, Config: r.Config, Statements: statements})
	}
	problems, paired := lint.Compare(routers)
	for i := range problems { // each has its text in its own file
		for _, f := range files {
			if f.Name == problems[i].Pos.File {
				show(silences.Apply(problems[i:i+1], ""), parser.OneFile(f.Name, string(f.Data)))
			}
		}
	}
	show(silences.Unused(paired), nil)
	return b.String()
}

func TestReportsAreThoseOfTheGoldenFiles(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var confs []txtar.File
		want := ""
		for _, f := range a.Files {
			if f.Name == "report" {
				want = string(f.Data)
			} else {
				confs = append(confs, f)
			}
		}
		got := rendered(confs)
		if *update {
			a.Files = append(confs, txtar.File{Name: "report", Data: []byte(got)})
			if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: run with -update after a look at the difference (-file +now):\n%s", name, diff)
		}
	}
}
