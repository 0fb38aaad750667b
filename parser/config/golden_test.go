package config

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/holdfast-ha/holdfast/parser"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// withCaret writes a problem as a report shows it: the finding, the line, a caret under the words.
func withCaret(p parser.Problem) string {
	s := [...]string{"hint", "warning", "error"}[p.Severity] + " " + p.ID + ": " + Describe(p) + "\n"
	if p.Pos.Col > 0 && p.Text != "" {
		mark := strings.Repeat("^", max(1, int(p.End-p.Pos.Col)))
		s += "    " + strings.ReplaceAll(p.Text, "\t", " ") + "\n    " + strings.Repeat(" ", int(p.Pos.Col)-1) + mark + "\n"
	}
	return s
}

// defaultDump is the dump of an empty configuration: what every golden model would repeat.
func defaultDump(t *testing.T) map[string]bool {
	var b bytes.Buffer
	if err := Dump(&b, LoadText("", "", parser.Options{}, labHost()).Config); err != nil {
		t.Fatal(err)
	}
	lines := map[string]bool{}
	for _, l := range strings.Split(b.String(), "\n") {
		lines[l] = true
	}
	return lines
}

// model dumps what differs from an empty configuration in the globals, and all the rest.
func model(t *testing.T, c *Config) string {
	var b, out bytes.Buffer
	if err := Dump(&b, c); err != nil {
		t.Fatal(err)
	}
	defaults, globals := defaultDump(t), true
	for _, l := range strings.SplitAfter(b.String(), "\n") {
		if l != "" && l[0] != ' ' {
			globals = strings.HasPrefix(l, "Global")
		}
		if !globals || !defaults[strings.TrimSuffix(l, "\n")] {
			out.WriteString(l)
		}
	}
	return out.String()
}

func TestReportsAndModelsAreThoseOfTheGoldenFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) < 8 {
		t.Fatalf("only %d golden files: %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := &txtar.Archive{Comment: a.Comment}
			for _, f := range a.Files {
				if !strings.HasSuffix(f.Name, ".conf") {
					continue
				}
				r := LoadText(f.Name, string(f.Data), parser.Options{ConfigID: "testhost"}, labHost())
				report := ""
				for _, p := range r.Problems {
					report += withCaret(p)
				}
				report += fmt.Sprintf("--config-test %d, daemon %d\n", r.TestStatus(), r.DaemonStatus())
				name := strings.TrimSuffix(f.Name, ".conf")
				got.Files = append(got.Files, f,
					txtar.File{Name: name + ".report", Data: []byte(report)},
					txtar.File{Name: name + ".model", Data: []byte(model(t, r.Config))})
			}
			text := txtar.Format(got)
			if *update {
				if err := os.WriteFile(path, text, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(text)); diff != "" {
				t.Errorf("run with -update after a look at the difference (-file +now):\n%s", diff)
			}
		})
	}
}
