package doctest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

const root = "../.."

// opensBlock tells whether a text has a whole block of keepalived's top level.
func opensBlock(text string) bool {
	top := map[string]bool{}
	for _, k := range config.Keywords() {
		if k.Context == "top" && (k.Kind == config.Block || k.Kind == config.List) {
			top[k.Name] = true
		}
	}
	found := false
	parser.Parse("snippet", parser.Options{Files: parser.OneFile("snippet", text)}, func(s *parser.Statement) {
		found = found || s.HasBlock && s.Close.Line > 0 && len(s.Words) > 0 && top[s.Words[0].Text]
	})
	return found
}

// TestConfigurationsInTheDocumentationAreRead loads every block marked keepalived and wants no error
// and no warning; a block that looks like a configuration has to be marked. What docs/lint.md shows is
// wrong on purpose: TestExamplesShowWhatTheyExplain of internal/lint loads it.
func TestConfigurationsInTheDocumentationAreRead(t *testing.T) {
	pages, err := Pages(root)
	if err != nil || len(pages) < 4 {
		t.Fatalf("only %d pages: %v", len(pages), err)
	}
	marked := 0
	for _, page := range pages {
		all, err := Read(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range all {
			if b.Mark != "keepalived" {
				if b.Page != "lint.md" && opensBlock(b.Text) {
					t.Errorf("%s:%d: this is a configuration: put it between fences and mark it keepalived", b.Page, b.Line)
				}
				continue
			}
			marked++
			r := config.LoadText("snippet", b.Text, parser.Options{ConfigID: "lb1"}, Host{})
			for _, p := range r.Problems {
				if p.Severity > parser.Hint {
					t.Errorf("%s:%d: %s", b.Page, b.Line, config.Describe(p))
				}
			}
		}
	}
	if marked == 0 {
		t.Error("no block is marked keepalived")
	}
	t.Logf("%d configurations on %d pages", marked, len(pages))
}

func TestBlocksOfAPage(t *testing.T) {
	page := "text\n\n    a 1\n    $ prog -x y   # why\n\n    b\n\ntext\n    no code\n\n```keepalived\nglobal_defs {\n}\n```\n"
	got := blocks("p.md", page)
	want := []Block{
		{Page: "p.md", Line: 3, Text: "a 1\n$ prog -x y   # why\n\nb\n\n"},
		{Page: "p.md", Line: 12, Mark: "keepalived", Text: "global_defs {\n}\n"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	c := got[0].Commands("prog")
	if len(c) != 1 || c[0].Line != 4 || !slices.Equal(c[0].Args, []string{"-x", "y"}) {
		t.Errorf("commands %v", c)
	}
	if opensBlock(got[0].Text) || !opensBlock(got[1].Text) {
		t.Error("what a configuration is, is not seen")
	}
}
