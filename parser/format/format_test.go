package format_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/format"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGoldenLayout(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.conf")
	if err != nil || len(files) < 5 {
		t.Fatalf("golden files: %v %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			in, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := format.Text(string(in))
			golden := strings.TrimSuffix(file, ".conf") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("layout (-want +got):\n%s", diff)
			}
			check(t, string(in))
		})
	}
}

func TestLayout(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"blank lines only", "\n \n\t\n", ""},
		{"no line feed at the end", "a", "a\n"},
		{"CRLF", "a {\r\n\tb\r\n}\r\n", "a {\n    b\n}\n"},
		{"words", "  a   b\t\"c   d\"  e", "a b \"c   d\" e\n"},
		{"a blank in single quotes may be in a command", `s '/a  b'  x`, "s '/a  b'  x\n"},
		{"a definition may hold a quote", `s $Q/a  b$Q`, "s $Q/a  b$Q\n"},
		{"brace on a line of its own", "a b\n{\nc\n}\n", "a b {\n    c\n}\n"},
		{"brace behind comments", "a # 1\n\n# 2\n{ # 3\nc\n}", "a { # 1\n    # 2\n    # 3\n    c\n}\n"},
		{"comment of the brace goes with it", "a\n{ # 1\n}", "a { # 1\n}\n"},
		{"brace and text behind it", "a\n{ b\n}", "a {\n    b\n}\n"},
		{"glued brace", "a{\nb\n}", "a {\n    b\n}\n"},
		{"block on one line stays", "a{b c{d}}#x", "a { b c { d } } #x\n"},
		{"empty block", "a{}", "a { }\n"},
		{"blocks behind one another", "a { b } c { d }", "a { b }\nc { d }\n"},
		{"closing braces in a row", "a {\nb {\nc } }", "a {\n    b {\n        c\n    }\n}\n"},
		{"stray brace", "}\na", "}\na\n"},
		{"brace after a definition line", "a\n$X=1\n{\n}", "a\n$X=1\n{\n}\n"},
		{"brace after words that may become anything", "a $X\n{\n}", "a $X\n{\n}\n"},
		{"brace behind a condition", "@h a\n{\n}", "@h a\n{\n}\n"},
		{"an include would take the brace", "include\n{\n}", "include\n{\n}\n"},
		{"condition holds for the whole line", "@h  a { b   c }", "@h a { b c }\n"},
		{"condition in a block's line", "a { @h b\n}", "a {\n    @h b\n}\n"},
		{"sequence", "~SEQ(i,1,3)  a { b  $i }", "~SEQ(i,1,3)  a { b  $i }\n"},
		{"include keeps the blanks of its name", "a {\ninclude a  b*\n}", "a {\n    include a  b*\n}\n"},
		{"definition of several lines", " $A= \\\n\t x \\ \n  \n y\nb", " $A= \\\n\t x \\ \n  \n y\nb\n"},
		{"a backslash at the end is a byte", " a \\\nb  c\nd", " a \\\nb  c\nd\n"},
		{"blank lines", "\n\na {\n\nb\n\n\nc\n\n}\n\n\nd\n\n", "a {\n    b\n\n    c\n}\n\nd\n"},
		{"comments are aligned", "aa # 1\nb # 2\n\nc # 3", "aa # 1\nb  # 2\n\nc # 3\n"},
		{"two first lines for two hosts", "@a v A {\n@b v B {\nx\n}\ny", "@a v A {\n@b v B {\n    x\n}\ny\n"},
		{"a line for one host in a block", "v {\n@a p 1\n@b p 2\n}", "v {\n    @a p 1\n    @b p 2\n}\n"},
		{"a comment for check keeps its line together", "a { b # holdfast: ignore x\n}", "a { b # holdfast: ignore x\n}\n"},
		{"and the line below it", "# holdfast: ignore x\n\n # y\na { b\nc { d\n}}", "# holdfast: ignore x\n\n# y\na { b\n    c {\n        d\n    }\n}\n"},
		{"but no line that is one anyway", "a  {  # holdfast: ignore x\n}", "a { # holdfast: ignore x\n}\n"},
		{"nor is it moved over a brace", "a\n# holdfast: ignore x\n{\n}", "a\n# holdfast: ignore x\n{\n}\n"},
		{"unterminated quote", "a  \"b # c  d {", "a  \"b # c  d {\n"},
		{"odd quote does not hide a brace", `a "\" {`, "a \"\\\" {\n"},
		{"NUL", " a  \x00b\n c", " a  \x00b\nc\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, format.Text(c.in)); diff != "" {
				t.Errorf("layout (-want +got):\n%s", diff)
			}
			check(t, c.in)
		})
	}
}

func TestLongLinesStayAsTheyAre(t *testing.T) {
	long := strings.Repeat("x", 1020)
	for _, in := range []string{
		"a {\n" + long + "\n}\n", "a { " + long + "\n}\n", "   # " + long + "y\n", "a " + long[:790] + "\n{\n}\n",
		"a {\nb # " + long[:700] + "\ncccccc # " + long[:790] + "\n}\n",
		"a\n{ # " + long[:797] + "\n}\n", "x } a\n{ " + long[:600] + " } b # " + long[:190] + "\n{\n",
	} {
		check(t, in)
	}
}

// check holds what Text promises of any text.
func check(t *testing.T, in string) {
	t.Helper()
	out := format.Text(in)
	if again := format.Text(out); again != out {
		t.Errorf("formatting twice is not formatting once:\n%s", cmp.Diff(out, again))
	}
	for _, id := range []string{"", "a", "h", "other"} {
		before, problems := digest(in, id)
		after, problems2 := digest(out, id)
		if before != after {
			t.Errorf("other statements for the host %q:\n%q\n%q", id, in, out)
		}
		if diff := cmp.Diff(ids(problems), ids(problems2)); diff != "" {
			t.Errorf("other problems for the host %q (-before +after):\n%s\n%q\n%q", id, diff, in, out)
		}
	}
	if a, b := comments(in), comments(out); a != b {
		t.Errorf("comments before and after:\n%q\n%q\n%q\n%q", a, b, in, out)
	}
}

func digest(text, id string) ([32]byte, []parser.Problem) {
	env := func(name string) (string, bool) { return name, name == "X" }
	return parser.Digest("main", parser.Options{ConfigID: id, Env: env, Files: parser.OneFile("main", text)})
}

func ids(problems []parser.Problem) map[string]int {
	n := map[string]int{}
	for _, p := range problems {
		n[p.ID]++
	}
	return n
}

// comments are the comments of a text, one a line.
func comments(text string) string {
	var b strings.Builder
	for i, raw := range strings.Split(text, "\n") {
		if c := parser.Dissect(raw, i == 0).Comment; c != "" {
			b.WriteString(c + "\n")
		}
	}
	return b.String()
}

// large are numbers for which a sequence takes long, and a sequence in a definition, which may repeat
// itself.
var large = regexp.MustCompile(`[0-9]{4}|0[xX][0-9a-fA-F]{3}|[$][^\n]*=[^\n]*~[^\n]*[$]`)

// FuzzText looks for a text whose layout means something else, or is not final.
func FuzzText(f *testing.F) {
	for _, dir := range []string{"testdata/golden", "../testdata/conf"} {
		files, err := filepath.Glob(dir + "/*.conf")
		if err != nil || len(files) == 0 {
			f.Fatalf("no files in %s: %v", dir, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
	for _, text := range []string{
		"a\n{ b } c {\n\"x", "$M= \\\n a \\\n\n~SEQ(X,1,3) $M\n@h b {\n@a c {\n}", "a $M }\n{\r\n\\\nb \\ \n",
		"include\n{\n@h include x  y\ninclude {a,b}  \n", "a\\#b \"c\\\"d # e\n! f\n} {\x00\xef\xbb\xbf\r\n\n\xef\xbb\xbfx",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Count(text, "~") > 2 || strings.Contains(text, "~") && large.MatchString(text) {
			return // they are bounded, but large
		}
		check(t, text)
	})
}
