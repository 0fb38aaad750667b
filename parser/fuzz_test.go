package parser_test

import (
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/footprint"
	"github.com/holdfast-ha/holdfast/parser"
)

// FuzzParse holds that no text makes the parser panic, that every position lies in the text, and
// that words hold no blanks unless they were quoted.
func FuzzParse(f *testing.F) {
	for _, text := range parser.StatementSeeds {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if parser.IsLarge(text) {
			return
		}
		lines := strings.Split(text, "\n")
		inside := func(what string, line, col int32) {
			if line < 1 || int(line) > len(lines) || col < 1 || int(col) > len(lines[line-1])+1 {
				t.Errorf("%s at %d:%d lies outside the text", what, line, col)
			}
		}
		var check func(s *parser.Statement)
		check = func(s *parser.Statement) {
			inside("statement", s.Pos.Line, s.Pos.Col)
			for _, w := range s.Words {
				inside("word", w.Line, w.Col)
				if !w.Quoted && (w.Text == "" || strings.ContainsAny(w.Text, " \t\r\f\v\"")) {
					t.Errorf("word %q", w.Text)
				}
			}
			if s.HasBlock {
				inside("{", s.Open.Line, s.Open.Col)
			}
			if len(s.Words) == 0 && !s.HasBlock && !s.StrayClose {
				t.Error("statement of nothing")
			}
			parser.QuotedWords(s.Text)
			parser.CommandArgs(s.Text)
			for i := range s.Block {
				check(&s.Block[i])
			}
		}
		opts := parser.Bounded(parser.Options{ConfigID: "me"})
		checkAllocated(t, text, opts)
		for _, p := range parser.ParseText("main", text, opts, check) {
			inside("problem "+p.ID, p.Pos.Line, max(p.Pos.Col, 1))
			if out := parser.Render(p); strings.ContainsAny(out, "\x00\x1b\r") {
				t.Errorf("report with control bytes: %q", out)
			}
		}
	})
}

// checkAllocated holds the bound of what parsing may allocate, where no definition makes a short text
// a long one: FuzzLexer looks at those.
func checkAllocated(t *testing.T, text string, opts parser.Options) {
	if strings.ContainsAny(text, "$~") {
		return
	}
	n, problems := 0, 0
	var count func(s *parser.Statement)
	count = func(s *parser.Statement) {
		n++
		for i := range s.Block {
			count(&s.Block[i])
		}
	}
	took := footprint.Allocated(func() { problems = len(parser.ParseText("main", text, opts, count)) })
	if most := footprint.Bound(len(text), n, problems); took > most {
		t.Errorf("%d bytes allocated for %d of text, %d statements and %d problems: more than %d", took, len(text), n, problems, most)
	}
}
