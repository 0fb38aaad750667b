package config

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/reference"
	"github.com/holdfast-ha/holdfast/parser"
)

// fakeFiles is a file system made of a table.
type fakeFiles map[string]string

func (f fakeFiles) Read(name string) (string, error) {
	if s, ok := f[name]; ok {
		return s, nil
	}
	return "", fs.ErrNotExist
}

func (f fakeFiles) Glob(pattern string) ([]string, error) {
	var names []string
	for name := range f {
		if ok, err := filepath.Match(pattern, name); err != nil {
			return nil, err
		} else if ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (fakeFiles) Abs(dir string) string { return filepath.Clean(dir) }

// diffTests are keepalived's answers to small configurations.
type diffTests struct {
	BuildDependent []string `json:"build_dependent_ids"`
	Tests          []struct {
		ID     string `json:"id"`
		Status int    `json:"rc_v2_4_3_head"`
		Config string `json:"config"`
	} `json:"tests"`
}

// knownDifferences are the cases in which Holdfast means to answer otherwise, with the reason.
var knownDifferences = map[string]string{}

func TestExitStatusIsKeepalivedsOnDifferentialTests(t *testing.T) {
	shared := reference.Dir(t)
	if shared == "" {
		return
	}
	data, err := os.ReadFile(filepath.Join(shared, "keepalived", "difftests.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all diffTests
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	ran, equal := 0, 0
	for _, c := range all.Tests {
		if slices.Contains(all.BuildDependent, c.ID) {
			continue
		}
		ran++
		files := fakeFiles{"test.conf": c.Config, "/tmp/holdfast-test/ok2.inc": "# nothing\n"}
		r := Load("test.conf", parser.Options{ConfigID: "testhost", Files: files}, labHost())
		got := r.TestStatus()
		if got == c.Status {
			equal++
			if why := knownDifferences[c.ID]; why != "" {
				t.Errorf("%s: listed as a difference (%s), but the status is equal", c.ID, why)
			}
			continue
		}
		if knownDifferences[c.ID] == "" {
			t.Errorf("%s: exit status %d, keepalived gives %d\n%s\n%s", c.ID, got, c.Status, c.Config, listing(r))
		}
	}
	t.Logf("%d of %d exit statuses equal, %d depend on how keepalived was built", equal, ran, len(all.BuildDependent))
	if ran < 300 {
		t.Errorf("only %d cases: the file is not whole", ran)
	}
}

// listing writes the problems that count, one a line.
func listing(r Result) string {
	s := ""
	for _, p := range r.Problems {
		s += "  " + Describe(p) + "\n"
	}
	return s
}
