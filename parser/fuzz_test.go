package parser_test

import (
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/parser"
)

// FuzzParse holds that no text makes the parser panic, that every position lies in the text, and
// that words hold no blanks unless they were quoted.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"vrrp_instance VI_1 {\n interface eth0 # c\n virtual_ipaddress { 192.0.2.1 }\n}\n",
		"$A=1\n${A} $A,x \"$A\" ${_RANDOM 1 2} ${_ENV X}\n@me b\n@^me c\n",
		"$M= \\\n a \\\n b\n~SEQ(X,1,3) $M\n~LST({A,B},{1,2},{3,4}) $A$B\n",
		"include main\ninclude {a,b*}\nincludea x\na\\#b \"c\\\"d\n} {\x00\xef\xbb\xbf\r\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Count(text, "~") > 2 {
			return // they are bounded, but large
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
		opts := parser.Options{ConfigID: "me"}
		for _, p := range parser.ParseText("main", text, opts, check) {
			inside("problem "+p.ID, p.Pos.Line, max(p.Pos.Col, 1))
			if out := parser.Render(p); strings.ContainsAny(out, "\x00\x1b\r") {
				t.Errorf("report with control bytes: %q", out)
			}
		}
	})
}
