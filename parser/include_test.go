package parser_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
)

func TestIncludesAreReadInPlace(t *testing.T) {
	files := fileMap{
		"d/a.conf":     "a $_PWD\ninclude sub/*.conf\n",
		"d/b.conf":     "b {\n",
		"d/s p.conf":   "blank\n",
		"d/sub/x.conf": "x $_PWD\n$SET=1\n",
		"d/sub/y.conf": "y $SET\n",
	}
	runIncludes := []struct{ name, main, want, problems string }{
		{"relative to the including file", "include d/a.conf\nz $SET $_PWD", "a /etc/keepalived/d\nx /etc/keepalived/d/sub\ny 1\nz 1 /etc/keepalived\n", ""},
		{"pattern, sorted", "include d/[ab].conf\n}", "a /etc/keepalived/d\nx /etc/keepalived/d/sub\ny 1\nb {\n}\n", ""},
		{"braces", "include d/{b,a}.conf\n}", "b {\n a /etc/keepalived/d\n x /etc/keepalived/d/sub\n y 1\n}\n", ""},
		{"blanks are part of the name", "  include \t d/s p.conf  # comment", "blank\n", ""},
		{"within a block", "q {\ninclude d/s p.conf\n}", "q {\n blank\n}\n", ""},
		{"behind a brace the } is part of the name", "q { include d/s p.conf }", "q {\n", "include-missing"},
		{"conditions", "@me include d/s p.conf\n@other include d/a.conf", "blank\n", ""},
		{"definitions", "$I=include d/s p.conf\n$I\n$F=s p.conf\ninclude ${_PWD}/d/${F}", "blank\n", "include-missing"},
		{"not at the start of a line", "k include d/s p.conf", "k include d/s p.conf\n", ""},
		{"without a name it is a keyword", "include\nincludex d", "include\nincludex d\n", ""},
		{"missing", "include nope.conf\nz", "z\n", "include-missing"},
		{"quoted", "include \"d/b.conf\"\nz", "z\n", "include-missing"},
	}
	for _, c := range runIncludes {
		t.Run(c.name, func(t *testing.T) {
			files["main"] = c.main
			statements, problems := parse(files, parser.Options{ConfigID: "me"})
			if diff := cmp.Diff(c.want, outline(statements)); diff != "" {
				t.Errorf("statements (-want +got):\n%s", diff)
			}
			var ids []string
			for _, p := range problems {
				ids = append(ids, p.ID)
			}
			if diff := cmp.Diff(c.problems, strings.Join(ids, "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIncludeChecksDecideWhatAMissingFileCosts(t *testing.T) {
	files := fileMap{"dir": "skip: is a directory", "locked": "error: permission denied", "ok": "ok"}
	cases := []struct {
		main  string
		class parser.Class
		stops bool
	}{
		{"include nope", parser.Logged, false},
		{"include nope*", parser.Logged, false},
		{"include {ok,nope}", parser.Logged, false},
		{"include locked", parser.Logged, false},
		{"include dir", parser.Logged, false},
		{"includer nope", parser.Logged, false},
		{"includer locked", parser.MissingInclude, true},
		{"includer dir", parser.Logged, false},
		{"includem nope", parser.MissingInclude, true},
		{"includem nope*", parser.Logged, false},
		{"includew nope*", parser.MissingInclude, true},
		{"includew nope", parser.Logged, false},
		{"includeb {ok,nope}", parser.MissingInclude, true},
		{"includeb nope", parser.Logged, false},
		{"includea nope", parser.MissingInclude, true},
		{"includea nope*", parser.MissingInclude, true},
		{"includea {ok,nope}", parser.MissingInclude, true},
		{"global_defs {\ninclude_check match\n}\ninclude nope", parser.MissingInclude, true},
		{"global_defs {\ninclude_check +wildcard_match\n}\ninclude nope", parser.Logged, false},
		{"global_defs {\ninclude_check\ninclude_check -match\n}\ninclude nope", parser.Logged, false},
		{"global_defs {\ninclude_check\ninclude_check -match\n}\ninclude nope*", parser.MissingInclude, true},
		{"global_defs {\ninclude_check match read\n}\ninclude nope", parser.Logged, false},
	}
	for _, c := range cases {
		t.Run(c.main, func(t *testing.T) {
			files["main"] = c.main
			_, problems := parse(files, parser.Options{})
			if len(problems) != 1 {
				t.Fatalf("want one problem, got:\n%s", brief(problems))
			}
			if p := problems[0]; p.Class != c.class || p.StopsRun != c.stops {
				t.Errorf("class %v, stops %v; want %v, %v", p.Class, p.StopsRun, c.class, c.stops)
			}
		})
	}
}

func TestIncludeCheckEndsWithItsFile(t *testing.T) {
	_, problems := parse(fileMap{"main": "include sub\ninclude nope", "sub": "global_defs {\ninclude_check\n}\n"}, parser.Options{})
	if len(problems) != 1 || problems[0].Class != parser.Logged {
		t.Errorf("include_check of an included file reached the including one:\n%s", brief(problems))
	}
}

func TestMainFileThatCannotBeReadIsAProblem(t *testing.T) {
	cases := map[string]fileMap{
		"file-unreadable": {},
		"file-skipped":    {"main": "skip: is a directory"},
	}
	for id, files := range cases {
		statements, problems := parse(files, parser.Options{})
		if len(statements) != 0 || len(problems) != 1 || problems[0].ID != id || !problems[0].StopsRun || problems[0].Class != parser.Logged {
			t.Errorf("%s: got %+v", id, problems)
		}
	}
}

func TestMainFileMayBeAPattern(t *testing.T) {
	files := fileMap{"a.conf": "a", "b.conf": "b"}
	read := func(name string) (text, ids string) {
		problems := parser.Parse(name, parser.Options{Files: files}, func(s *parser.Statement) { text += s.Text })
		for _, p := range problems {
			ids += p.ID
		}
		return text, ids
	}
	cases := [][3]string{
		{"a.conf", "a", ""}, {"[b].conf", "b", ""}, {"*.conf", "a", "file-ambiguous"},
		{"{nope,b.conf}", "b", ""}, {"*.cfg", "", "file-unreadable"},
	}
	for _, c := range cases {
		if text, ids := read(c[0]); text != c[1] || ids != c[2] {
			t.Errorf("%s: read %q, problems %q", c[0], text, ids)
		}
	}
}

func TestIncludeLoopsEnd(t *testing.T) {
	statements, problems := parse(fileMap{"main": "a\ninclude b\nc", "b": "b\ninclude main\nd"}, parser.Options{})
	if got := outline(statements); got != "a\nb\nd\nc\n" {
		t.Errorf("got %q", got)
	}
	if len(problems) != 1 || problems[0].ID != "include-loop" {
		t.Errorf("got:\n%s", brief(problems))
	}
}

func TestDeepIncludesEnd(t *testing.T) {
	files := fileMap{"main": "include f0"}
	for i := range 1000 {
		files[fmt.Sprintf("f%d", i)] = fmt.Sprintf("l%d\ninclude f%d\n", i, i+1)
	}
	statements, problems := parse(files, parser.Options{})
	if len(statements) < 500 || len(statements) > 600 || len(problems) != 1 || problems[0].ID != "nesting-limit" {
		t.Errorf("%d statements, problems:\n%s", len(statements), brief(problems))
	}
}

func TestFileIncludedOverAndOverIsBounded(t *testing.T) {
	files := fileMap{"main": strings.Repeat("include 1k*\n", 1000)}
	for i := range 1000 {
		files[fmt.Sprintf("1k%d", i)] = strings.Repeat("# nothing\n", 1000)
	}
	_, problems := parse(files, parser.Options{})
	if len(problems) == 0 || problems[0].ID != "size-limit" {
		t.Errorf("%d problems, want size-limit", len(problems))
	}
}
