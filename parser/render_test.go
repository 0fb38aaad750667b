package parser_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

var update = flag.Bool("update", false, "rewrite golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestOwnCorpusReadsAsRecorded holds the statements and the reports of the files in testdata.
func TestOwnCorpusReadsAsRecorded(t *testing.T) {
	t.Chdir(filepath.Join("testdata", "conf"))
	root := filepath.Join("..", "..")
	names, err := filepath.Glob("*.conf")
	if err != nil || len(names) < 5 {
		t.Fatalf("%d files, error %v", len(names), err)
	}
	outputs := map[string]string{}
	for _, name := range names {
		var all []parser.Statement
		problems := parser.Parse(name, parser.Options{ConfigID: "one", Files: osfiles.Files{}},
			func(s *parser.Statement) { all = append(all, keep(s)) })
		var b strings.Builder
		b.WriteString(outline(all))
		for _, p := range problems {
			b.WriteString("\n" + parser.Render(p))
		}
		here, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		outputs[strings.TrimSuffix(name, ".conf")+".golden"] = strings.ReplaceAll(b.String(), here, "PWD")
	}
	t.Chdir(root)
	for name, got := range outputs {
		golden(t, filepath.Join("conf", name), got)
	}
}

func TestRenderPointsAtTheWords(t *testing.T) {
	cases := []struct {
		name string
		p    parser.Problem
		want string
	}{
		{"all there is", parser.Problem{
			Pos: parser.Pos{File: "f.conf", Line: 3, Col: 12}, End: 15, Severity: parser.Error, ID: "vrid-range",
			Message: "virtual_router_id 256 is not in 1..255", Instead: "it is left unset", Cure: "choose a number of 1 to 255",
			Text: "\tvrid_here  256 # x\r",
		}, "f.conf:3:12: error: virtual_router_id 256 is not in 1..255 [vrid-range]\n" +
			"   vrid_here  256 # x\n" +
			"             ^^^\n" +
			"  instead: it is left unset\n  cure: choose a number of 1 to 255\n"},
		{"no column", parser.Problem{Pos: parser.Pos{File: "f"}, Message: "m"}, "f: hint: m\n"},
		{"no place", parser.Problem{Severity: parser.Warning, Message: "m"}, "warning: m\n"},
		{"wide characters", parser.Problem{Pos: parser.Pos{File: "f", Line: 1, Col: 8}, End: 9, Message: "m", Text: "\u4e2d\u6587 x"},
			"f:1:8: hint: m\n  \u4e2d\u6587 x\n       ^\n"},
		{"column behind the line", parser.Problem{Pos: parser.Pos{File: "f", Line: 1, Col: 4}, Message: "m", Text: "abc"},
			"f:1:4: hint: m\n  abc\n     ^\n"},
		{"column far off", parser.Problem{Pos: parser.Pos{File: "f", Line: 1, Col: 400}, Message: "m", Text: "abc"},
			"f:1:400: hint: m\n  abc\n"},
		{"control bytes", parser.Problem{Pos: parser.Pos{File: "f", Line: 1, Col: 1}, Message: "m", Text: "\x1b[1m\x00"},
			"f:1:1: hint: m\n  \u00b7[1m\u00b7\n  ^\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, parser.Render(c.p)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRenderCutsLongLinesAroundTheCaret(t *testing.T) {
	p := parser.Problem{Pos: parser.Pos{File: "f", Line: 1, Col: 501}, End: 504, Message: "m",
		Text: strings.Repeat("x", 500) + "abc" + strings.Repeat("y", 500)}
	lines := strings.Split(parser.Render(p), "\n")
	at := strings.Index(lines[2], "^^^")
	if len(lines[1]) > 200 || at < 0 || lines[1][at:at+3] != "abc" {
		t.Errorf("got\n%s\n%s", lines[1], lines[2])
	}
}
