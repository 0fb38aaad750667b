package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
)

func TestSilences(t *testing.T) {
	problem := func(line int32, id string, s parser.Severity) parser.Problem {
		return parser.Problem{Pos: parser.Pos{File: "f", Line: line}, ID: id, Severity: s}
	}
	cases := []struct {
		name, text string
		problems   []parser.Problem
		want       string // what is still told, and the hints
	}{
		{"at the end of the line", "a # holdfast: ignore auth-plain", []parser.Problem{problem(1, "auth-plain", parser.Hint)}, ""},
		{"on a line of its own", "# holdfast: ignore auth-plain\n\n# why\na", []parser.Problem{problem(4, "auth-plain", parser.Hint)}, ""},
		{"with an exclamation mark", "!holdfast: ignore auth-plain\na", []parser.Problem{problem(2, "auth-plain", parser.Hint)}, ""},
		{"several", "a # holdfast: ignore auth-plain,auth-ah, state-priority", []parser.Problem{
			problem(1, "auth-plain", parser.Hint), problem(1, "auth-ah", parser.Hint), problem(1, "state-priority", parser.Warning)}, ""},
		{"a remark behind it", "a # holdfast: ignore auth-plain -- we know", []parser.Problem{problem(1, "auth-plain", parser.Hint)}, ""},
		{"only its own line", "a # holdfast: ignore auth-plain\nb", []parser.Problem{problem(2, "auth-plain", parser.Hint)}, "auth-plain:2 silence-unused:1"},
		{"only the next line", "# holdfast: ignore auth-plain\na\nb", []parser.Problem{problem(2, "auth-plain", parser.Hint), problem(3, "auth-plain", parser.Hint)}, "auth-plain:3"},
		{"only its own id", "a # holdfast: ignore auth-plain", []parser.Problem{problem(1, "auth-ah", parser.Hint)}, "auth-ah:1 silence-unused:1"},
		{"the whole file", "# holdfast: ignore-file auth-plain\na\nb", []parser.Problem{problem(2, "auth-plain", parser.Hint), problem(3, "auth-plain", parser.Hint)}, ""},
		{"the whole file and a line", "# holdfast: ignore auth-ah\n# holdfast: ignore-file auth-plain\na\nb", []parser.Problem{problem(3, "auth-ah", parser.Hint), problem(4, "auth-plain", parser.Hint)}, ""},
		{"errors are told", "a # holdfast: ignore auth-plain", []parser.Problem{problem(1, "auth-plain", parser.Error)}, "auth-plain:1 silence-unused:1"},
		{"an id that does not exist", "a # holdfast: ignore auth-plan", nil, "silence-unknown:1"},
		{"comparing was not asked for", "a # holdfast: ignore pair-vrid", nil, ""},
		{"no comment", "a \"holdfast: ignore auth-plain\"", nil, ""},
		{"another word", "# holdfast: is fine", nil, ""},
		{"at the end of the file", "# holdfast: ignore auth-plain", nil, "silence-unused:1"},
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			var s Silences
			files := parser.OneFile("f", tt.text+"\n")
			s.Read(files, "f")
			s.Read(files, "f") // the second time counts for nothing
			var got []string
			for _, p := range append(s.Apply(tt.problems, "f"), s.Unused(false)...) {
				got = append(got, fmt.Sprintf("%s:%d", p.ID, p.Pos.Line))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAMisspeltSilenceIsToldTheNearest(t *testing.T) {
	var s Silences
	s.Read(parser.OneFile("f", "  # holdfast: ignore state-prioritty\n"), "f")
	p := s.Unused(false)[0]
	if p.Cure != "did you mean state-priority?" || p.Pos.Col != 22 || p.End != 37 {
		t.Errorf("%+v", p)
	}
}
