package parser_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/parser"
)

// findWord makes a problem of every statement that starts with a word.
func findWord(t *testing.T, files fileMap, word string) []parser.Problem {
	t.Helper()
	trace := &parser.Trace{}
	var found []parser.Problem
	parser.Parse("main", parser.Options{Files: files, Trace: trace}, func(s *parser.Statement) {
		if w := s.Words[0]; w.Text == word {
			found = append(found, parser.Problem{
				Pos: parser.Pos{File: strings.Clone(s.Pos.File), Line: w.Line, Col: w.Col},
				End: w.Col + int32(len(w.Text)), Message: "found", Severity: parser.Warning, ID: "word",
			})
		}
	})
	slices.Reverse(found)
	return parser.Arrange(found, trace, files)
}

func TestReportsLeadBackToDefinitionsAndIncludes(t *testing.T) {
	cases := []struct {
		name  string
		files fileMap
		want  string
	}{
		{"an included file", fileMap{"main": "a\n include sub # x\n", "sub": "\ninclude low", "low": " bad thing\n"},
			"low:1:2: warning: found [word]\n   bad thing\n   ^^^\n" +
				"  sub:2:9: low is included here\n    include low\n" +
				"  main:2:10: sub is included here\n    include sub # x\n"},
		{"a file that is included twice", fileMap{"main": "include low\ninclude low\n", "low": "bad\n"},
			"low:1:1: warning: found [word]\n  bad\n  ^^^\n" +
				"  main:1:9: low is included here\n    include low\n  main:2:9: low is included here as well\n    include low\n"},
		{"a definition", fileMap{"main": "$WORD=bad\n\n${WORD} thing\n"},
			"main:3:1: warning: found [word]\n  ${WORD} thing\n  ^^^^^^^\n  main:1:1: $WORD is defined here\n    $WORD=bad\n"},
		{"a definition in another file that uses another one", fileMap{"main": "include defs\n$B\n", "defs": "$A=bad\n$B=$A\n"},
			"main:2:1: warning: found [word]\n  $B\n  ^^\n  defs:2:1: $B is defined here\n    $B=$A\n  defs:1:1: $A is defined here\n    $A=bad\n"},
		{"a part of a word", fileMap{"main": "$X=d\nba$X y\n"},
			"main:2:1: warning: found [word]\n  ba$X y\n  ^^^^\n  main:1:1: $X is defined here\n    $X=d\n"},
		{"the second line of a definition", fileMap{"main": "$X=one \\\n  bad\n$X\n"},
			"main:3:1: warning: found [word]\n  $X\n  ^^\n  main:1:1: $X is defined here\n    $X=one \\\n"},
		{"the line as it was read, after a definition was made anew", fileMap{"main": "$X=bad\n$X\n$X=good\n$X\n"},
			"main:2:1: warning: found [word]\n  $X\n  ^^\n  main:1:1: $X is defined here\n    $X=bad\n"},
		{"repetitions", fileMap{"main": "~LST(W, bad, bad) $W\n"},
			"main:1:1: warning: found [word]\n  ~LST(W, bad, bad) $W\n  ^^^^^^^^^^^^^^^^^\n  main:1:1: $W is defined here\n    ~LST(W, bad, bad) $W\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			for _, p := range findWord(t, c.files, "bad") {
				got += parser.Render(p)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestProblemsStandInTheOrderOfReading(t *testing.T) {
	files := fileMap{
		"main": "bad 1\ninclude z\nbad 4\ninclude a*\nbad 7\n",
		"z":    "bad 2\ninclude y\n", "y": "bad 3\n", "a1": "bad 5\n", "a2": "bad 6\n",
	}
	var got []string
	for _, p := range findWord(t, files, "bad") {
		got = append(got, p.Text)
	}
	want := []string{"bad 1", "bad 2", "bad 3", "bad 4", "bad 5", "bad 6", "bad 7"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestArrangeIsStableAndDropsWhatIsSaidTwice: arranging again changes nothing, nothing stands twice,
// nothing is lost, and the file as a whole comes last.
func TestArrangeIsStableAndDropsWhatIsSaidTwice(t *testing.T) {
	files := fileMap{"main": "include a\ninclude b\nx y z\n", "a": "one\ntwo\ninclude b\n", "b": "three\n"}
	trace := &parser.Trace{}
	parser.Parse("main", parser.Options{Files: files, Trace: trace}, func(*parser.Statement) {})
	problem := rapid.Custom(func(t *rapid.T) parser.Problem {
		p := parser.Problem{
			Pos:     parser.Pos{File: rapid.SampledFrom([]string{"main", "a", "b", "elsewhere"}).Draw(t, "file"), Line: rapid.Int32Range(0, 3).Draw(t, "line")},
			Message: rapid.SampledFrom([]string{"m", "n"}).Draw(t, "message"),
			Class:   parser.Class(rapid.IntRange(0, 3).Draw(t, "class")),
		}
		if p.Pos.Line > 0 {
			p.Pos.Col = rapid.Int32Range(1, 3).Draw(t, "column")
		}
		return p
	})
	type key struct {
		pos     parser.Pos
		message string
	}
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(problem).Draw(t, "problems")
		said := map[key]parser.Class{}
		for _, p := range all {
			said[key{p.Pos, p.Message}] = max(said[key{p.Pos, p.Message}], p.Class)
		}
		got := parser.Arrange(slices.Clone(all), trace, files)
		if len(got) != len(said) {
			t.Fatalf("%d problems of %d", len(got), len(said))
		}
		for i, p := range got {
			if c, ok := said[key{p.Pos, p.Message}]; !ok || c != p.Class {
				t.Fatalf("class %d of %+v", p.Class, p)
			}
			if i > 0 && trace.Compare(got[i-1].Pos, p.Pos) > 0 || i > 0 && got[i-1].Pos.Line == 0 && p.Pos.Line != 0 {
				t.Fatalf("%v behind %v", p.Pos, got[i-1].Pos)
			}
		}
		if diff := cmp.Diff(got, parser.Arrange(slices.Clone(got), trace, files)); diff != "" {
			t.Fatalf("another order the second time:\n%s", diff)
		}
	})
}
