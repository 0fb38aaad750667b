package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/internal/reference"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// sound tells what is wrong with a report as a whole: each problem says what is wrong and what
// comes of it or helps, points into its line, stands in the order of reading, and stands there
// once.
func sound(r Result) error {
	type key struct {
		pos         parser.Pos
		id, message string
	}
	seen := map[key]bool{}
	for i, p := range r.Problems {
		if err := soundProblem(p); err != nil {
			return fmt.Errorf("%w: %s [%s]", err, Describe(p), p.ID)
		}
		k := key{p.Pos, p.ID, p.Message}
		if seen[k] {
			return fmt.Errorf("twice: %s", Describe(p))
		}
		seen[k] = true
		if i > 0 && r.trace.Compare(r.Problems[i-1].Pos, p.Pos) > 0 {
			return fmt.Errorf("out of order: %s behind %s", Describe(p), Describe(r.Problems[i-1]))
		}
	}
	return nil
}

func soundProblem(p parser.Problem) error {
	for _, text := range []string{p.Message, p.Instead, p.Cure} {
		switch {
		case strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "..") && !strings.Contains(p.Text, text[strings.LastIndexAny(text, " \"")+1:]):
			return fmt.Errorf("a full stop ends %q", text)
		case strings.Trim(text, " \t\n") != text || strings.Contains(text, "%!") && !strings.Contains(p.Text, "%"):
			return fmt.Errorf("%q is badly put", text)
		}
	}
	switch {
	case p.ID == "" || p.Message == "":
		return fmt.Errorf("no ID or no message")
	case p.Instead == "" && p.Cure == "":
		return fmt.Errorf("neither what happens instead nor a cure")
	case p.Pos.Line == 0 && p.Pos.Col != 0, p.Pos.Line > 0 && p.Pos.File == "":
		return fmt.Errorf("half a place")
	case p.Pos.Line > 0 && p.Pos.Col == 0:
		return fmt.Errorf("no column")
	case p.Pos.Line > 0 && p.Text == "":
		return fmt.Errorf("no source line")
	case p.Pos.Line > 0 && int(p.Pos.Col) > len(p.Text)+1 && len(p.Text) < 1000: // a longer line is cut
		return fmt.Errorf("column %d of %q", p.Pos.Col, p.Text)
	case p.End != 0 && p.End <= p.Pos.Col:
		return fmt.Errorf("the caret ends at %d", p.End)
	}
	return nil
}

// realConfigurations are the files of the corpus, and the host to read them on.
func realConfigurations(t *testing.T) (files []string, host *fakeHost) {
	shared := reference.Dir(t)
	if shared == "" {
		return nil, labHost()
	}
	dir := filepath.Join(shared, "corpus")
	files, err := filepath.Glob(filepath.Join(dir, "conf", "*.conf"))
	if err != nil || len(files) < 130 {
		t.Fatalf("only %d files in the corpus: %v", len(files), err)
	}
	return files, corpusHost(t, dir)
}

func TestReportsOfRealConfigurationsAreSound(t *testing.T) {
	files, host := realConfigurations(t)
	for _, path := range files {
		if err := sound(Load(path, parser.Options{ConfigID: "testhost", Files: osfiles.Files{}}, host)); err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
}

// eachDiffTest calls each with the report of each differential test.
func eachDiffTest(t *testing.T, each func(id string, r Result)) {
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
	for _, c := range all.Tests {
		files := fakeFiles{"test.conf": c.Config, "/tmp/holdfast-test/ok2.inc": "# nothing\n"}
		each(c.ID, Load("test.conf", parser.Options{ConfigID: "testhost", Files: files}, labHost()))
	}
}

func TestReportsOfDifferentialTestsAreSound(t *testing.T) {
	eachDiffTest(t, func(id string, r Result) {
		if err := sound(r); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	})
}

// TestReportsOfMixedUpConfigurationsAreSound puts lines of real configurations into files that
// include one another.
func TestReportsOfMixedUpConfigurationsAreSound(t *testing.T) {
	paths, host := realConfigurations(t)
	var lines []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.Split(string(text), "\n")...)
	}
	lines = append(lines, "$X=51", "$Y=one \\", " two", "virtual_router_id $X", "$Y", "~SEQ(N, 1, 3) priority 30$N", "include b.conf", "include c.conf")
	file := rapid.Custom(func(t *rapid.T) string {
		at, out := rapid.IntRange(0, len(lines)-1).Draw(t, "from"), []string{}
		for range rapid.IntRange(0, 25).Draw(t, "length") {
			out = append(out, lines[at])
			if rapid.IntRange(0, 5).Draw(t, "jump") == 0 {
				at = rapid.IntRange(0, len(lines)-1).Draw(t, "to")
			}
			at = (at + 1) % len(lines)
		}
		return strings.Join(out, "\n")
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := file.Draw(t, "a"), file.Draw(t, "b"), file.Draw(t, "c")
		files := fakeFiles{
			"a.conf": a + "\ninclude b.conf\n" + c + "\ninclude [bc].conf\n" + a,
			"b.conf": b + "\ninclude c.conf\n" + a, "c.conf": c,
		}
		if err := sound(Load("a.conf", parser.Options{ConfigID: "testhost", Files: files}, host)); err != nil {
			t.Fatal(err)
		}
	})
}
