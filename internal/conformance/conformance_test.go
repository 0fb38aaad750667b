package conformance_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/conformance"
	"github.com/holdfast-ha/holdfast/internal/reference"
)

var update = flag.Bool("update", false, "write docs/conformance.md and docs/field.md anew")

func TestPagesSayWhatTheRulesSay(t *testing.T) {
	for path, write := range map[string]func(io.Writer) error{
		"../../docs/conformance.md": conformance.Write,
		"../../docs/field.md":       conformance.WriteField,
	} {
		var want bytes.Buffer
		if err := write(&want); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want.String(), string(have)); d != "" {
			t.Errorf("%s differs from the rules (run this test with -update):\n%s", path, d)
		}
	}
}

// rules are those of a file.
func rules(t *testing.T, name string) []conformance.Rule {
	t.Helper()
	chapters, err := conformance.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	var all []conformance.Rule
	for _, c := range chapters {
		all = append(all, c.Rules...)
	}
	return all
}

func TestEveryRuleHasTestsInBothDirections(t *testing.T) {
	tests := conformance.NewTests("../..")
	for _, name := range conformance.Sources {
		for _, r := range rules(t, name) {
			if err := lacks(&r); err != nil {
				t.Errorf("%s: %v", r.ID, err)
			}
			for _, test := range append(r.Holds, r.Refuses...) {
				exists(t, tests, r.ID, test)
			}
		}
	}
}

func exists(t *testing.T, tests *conformance.Tests, id, test string) {
	t.Helper()
	if ok, err := tests.Has(test); err != nil || !ok {
		t.Errorf("%s: there is no test %s (%v)", id, test, err)
	}
}

// lacks tells what a rule of the ledger does not have.
func lacks(r *conformance.Rule) error {
	switch {
	case r.Text == "":
		return fmt.Errorf("it does not say what the rule is")
	case r.NotOurs != "" && (r.Holds != nil || r.Refuses != nil || r.Missing != ""):
		return fmt.Errorf("it is not ours, and has tests or is missing")
	case r.NotOurs != "" || r.Missing != "":
		return nil
	case r.Holds == nil:
		return fmt.Errorf("no test shows that it holds")
	case r.Refuses == nil && r.OneWay == "":
		return fmt.Errorf("no test shows what is refused, nor does it say why there is nothing to refuse")
	}
	return nil
}

func TestARuleThatLacksSomethingIsFound(t *testing.T) {
	for what, r := range map[string]conformance.Rule{
		"no words":                  {Holds: []string{"x"}, Refuses: []string{"x"}},
		"no test":                   {Text: "x"},
		"one direction":             {Text: "x", Holds: []string{"x"}},
		"the other direction":       {Text: "x", Refuses: []string{"x"}},
		"not ours, but with a test": {Text: "x", NotOurs: "x", Holds: []string{"x"}},
	} {
		if lacks(&r) == nil {
			t.Errorf("%s: not found", what)
		}
	}
	tests := conformance.NewTests("../..")
	for test, want := range map[string]bool{
		"vrrp.TestVerdicts/type 2":            true,
		"vrrp.TestVerdictOnAH/type 2":         false, // it is another test's
		"vrrp.TestVerdicts":                   true,
		"vrrp.TestVerdicts/no such case":      false,
		"vrrp.TestNoSuchTest":                 false,
		"vrrp/speaker.TestVerdicts":           false,
		"vrrp.Examine":                        false,
		"internal/conformance.TestARule":      false,
		"vrrp.TestVerdicts/type 2/no section": false,
	} {
		if ok, _ := tests.Has(test); ok != want {
			t.Errorf("%s: found %v, want %v", test, ok, want)
		}
	}
}

func TestIDsAreNumberedWithoutGaps(t *testing.T) {
	id := regexp.MustCompile(`^(.*-)(\d+)([a-z]?)$`)
	last, seen := map[string]int{}, map[string]bool{}
	for _, name := range append(conformance.Sources, conformance.Field) {
		for _, r := range rules(t, name) {
			m := id.FindStringSubmatch(r.ID)
			if m == nil || seen[r.ID] {
				t.Errorf("%q is no ID, or stands twice", r.ID)
				continue
			}
			seen[r.ID] = true
			n, _ := strconv.Atoi(m[2])
			before, known := last[m[1]]
			if known && n != before && n != before+1 || !known && n != 1 && name != conformance.Field {
				t.Errorf("%s follows %s%d", r.ID, m[1], before)
			}
			last[m[1]] = n
		}
	}
}

// TestNoRuleOfTheSourcesIsLeftOut holds the ledger against the notes that its rules of keepalived, the
// points and the rows of the field were taken from.
func TestNoRuleOfTheSourcesIsLeftOut(t *testing.T) {
	dir := reference.Dir(t)
	if dir == "" {
		return
	}
	have := map[string]bool{}
	for _, name := range append(conformance.Sources, conformance.Field) {
		for _, r := range rules(t, name) {
			have[strings.TrimRight(r.ID, "abcdefghijklmnopqrstuvwxyz")] = true
		}
	}
	want := append(bullets(t, filepath.Join(dir, "keepalived", "behaviour.md")), numbered(t, filepath.Join(dir, "keepalived", "field.md"))...)
	if len(want) < 25+28+30 {
		t.Errorf("only %d found in the notes", len(want))
	}
	for _, id := range want {
		if !have[id] {
			t.Errorf("%s is not in the ledger", id)
		}
	}
}

// bullets are the paragraphs of section 7, one an ID: K7.1-1 and so on.
func bullets(t *testing.T, path string) (ids []string) {
	t.Helper()
	section, n := "", 0
	heading := regexp.MustCompile(`^###? (\d+(?:\.\d+)?)`)
	for _, line := range lines(t, path) {
		if m := heading.FindStringSubmatch(line); m != nil {
			section, n = m[1], 0
		}
		if strings.HasPrefix(section, "7.") && strings.HasPrefix(line, "- ") {
			n++
			ids = append(ids, fmt.Sprintf("K%s-%d", section, n))
		}
	}
	return ids
}

// numbered are the 25 points of section 3.2, the mistakes of 3.3, and rows 4 to 31 of section 2.
func numbered(t *testing.T, path string) (ids []string) {
	t.Helper()
	section, mistakes := "", 0
	heading := regexp.MustCompile(`^###? (\d+(?:\.\d+)?)`)
	row := regexp.MustCompile(`^\| (\d+) \|`)
	for _, line := range lines(t, path) {
		if m := heading.FindStringSubmatch(line); m != nil {
			section = m[1]
		}
		m := row.FindStringSubmatch(line)
		switch {
		case section == "3.3" && strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| Project"):
			mistakes++
			ids = append(ids, fmt.Sprintf("F3.3-%d", mistakes))
		case m == nil:
		case section == "3.2":
			ids = append(ids, "F3.2-"+m[1])
		case section == "2":
			if n, _ := strconv.Atoi(m[1]); n >= 4 && n <= 31 {
				ids = append(ids, "P2-"+m[1])
			}
		}
	}
	return ids
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(b), "\n")
}

// TestEveryRowOfTheFieldIsShown wants words and an existing test for each.
func TestEveryRowOfTheFieldIsShown(t *testing.T) {
	tests := conformance.NewTests("../..")
	for _, r := range rules(t, conformance.Field) {
		if r.Text == "" || r.Here == "" && r.Missing == "" || r.Holds == nil {
			t.Errorf("%s: no words or no test", r.ID)
		}
		for _, test := range r.Holds {
			exists(t, tests, r.ID, test)
		}
	}
}
