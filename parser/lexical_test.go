package parser_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/parser"
)

// The tables of this file were taken from keepalived 2.2.7: which words it sees in which line.

type lexicalCase struct {
	name, text, want string
	problems         string // "line:col id" one a line; empty: none
}

func runLexical(t *testing.T, cases []lexicalCase, opts parser.Options) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			statements, problems := parse(fileMap{"main": c.text}, opts)
			if diff := cmp.Diff(c.want, outline(statements)); diff != "" {
				t.Errorf("statements (-want +got):\n%s", diff)
			}
			var got []string
			for _, p := range problems {
				got = append(got, strings.TrimPrefix(p.Pos.String(), "main:")+" "+p.ID)
			}
			if diff := cmp.Diff(c.problems, strings.Join(got, "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWordsSplitAsInKeepalived(t *testing.T) {
	runLexical(t, []lexicalCase{
		{"blanks", "\t a  b\tc\vd\fe\rf \n", "a b c d e f\n", ""},
		{"no line feed at the end", "a b", "a b\n", ""},
		{"quotes make a word of their own", `x"y z"w next`, "x [y z] w next\n", ""},
		{"quoted first", `"abc def" next`, "[abc def] next\n", ""},
		{"empty quotes", `"" a""b`, "[] a [] b\n", ""},
		{"adjacent quotes", `"x y"z"w w" k`, "[x y] z [w w] k\n", ""},
		{"backslash does not join", `a\ b c`, "a\\ b c\n", ""},
		{"single quotes are bytes", `'a b' c`, "'a b' c\n", ""},
		{"odd quote by escape ends the words", `ab\"c d`, "ab\\\n", ""},
		{"unterminated quote", `a "b c # d {`, "a\n", "1:3 quote-unterminated"},
		{"only an unterminated quote", "\"tail {\nb {\n\"tail\n}", "b {\n}\n", "1:1 quote-unterminated\n3:1 quote-unterminated"},
	}, parser.Options{})
}

func TestCommentsEndLines(t *testing.T) {
	runLexical(t, []lexicalCase{
		{"both marks", "# x\n! y\na # b\nc!d\n", "a\nc\n", ""},
		{"within quotes they are bytes", `a "b#c!d" e#f`, "a [b#c!d] e\n", ""},
		{"escaped, the backslash goes", `a\#b c\!d`, "a#b c!d\n", ""},
		{"an escaped backslash escapes nothing", `bb\\#c`, "bb\\\\\n", ""},
		{"an escaped quote starts nothing", `a\"b # c`, "a\\\n", ""},
		{"no C comments", "/* a */", "/* a */\n", ""},
		{"hidden brace", "a # {\nb", "a\nb\n", ""},
		{"carriage return", "a # b\r\nc\r\n", "a\nc\n", ""},
	}, parser.Options{})
}

func TestBracesStandAnywhere(t *testing.T) {
	runLexical(t, []lexicalCase{
		{"one line", "a { b } c", "a {\n b\n}\nc\n", ""},
		{"attached", "a{b}c{}", "a {\n b\n}\nc {\n}\n", ""},
		{"on the next line", "a\n\n# x\n{\nb\n}\n", "a {\n b\n}\n", ""},
		{"within quotes", `a "{" b`, "a [{] b\n", ""},
		{"not escapable", `a\{b`, "a\\ {\n b\n", ""},
		{"several on a line", "a { b { c } } d", "a {\n b {\n  c\n }\n}\nd\n", ""},
		{"two entries on a line are one", "v { 1 2 }", "v {\n 1 2\n}\n", ""},
		{"bare block", "a { b }\n{ c }", "a {\n b\n}\n{\n c\n}\n", ""},
		{"bare within bare", "{ { } }", "{\n {\n }\n}\n", ""},
		{"stray", "} a }", "/}\na\n/}\n", ""},
		{"never closed", "a {\nb {\nc\n}", "a {\n b {\n  c\n }\n", ""},
		{"empty file", "", "", ""},
		{"only comments", "#\n!\n\n", "", ""},
	}, parser.Options{})
}

func TestConditionsChooseLines(t *testing.T) {
	runLexical(t, []lexicalCase{
		{"this host", "@me a\n@other b", "a\n", ""},
		{"not this host", "@^me a\n@^other b", "b\n", ""},
		{"nobody", "@ a\n@^ b", "b\n", ""},
		{"nothing behind it", "@me\n@^me", "", ""},
		{"in the middle it is a word", "a @other b", "a @other b\n", ""},
		{"behind a brace it is one", "a { @other b }\nc { @me d }", "a {\n c {\n  d\n }\n", ""},
		{"the name ends at a blank", "@me{ a\n@\"me\" b", "", ""},
		{"twice", "@me @^other a\n@me @other b", "a\n", ""},
		{"before a definition", "@other $A=1\n@me $A=2\nx$A", "x2\n", ""},
		{"out of a definition", "$A=@other\n$B=@me\n$A a\n$B b", "b\n", ""},
		{"only the line itself is dropped", "@other $D=a \\\n b \\\n c", "b\\\nc\n", "2:4 backslash"},
	}, parser.Options{ConfigID: "me"})
}

func TestDefinitionsExpandAsInKeepalived(t *testing.T) {
	runLexical(t, []lexicalCase{
		{"terminators", "$X=2\n$X\n$X a\n$X,y\n$X)y\n($X)\n$X\ttab", "2\n2 a\n2,y\n2)y\n(2)\n2 tab\n", ""},
		{"others do not terminate", "$X=2\n$X/y", "$X/y\n", "2:1 definition-terminator"},
		{"braces need no terminator", "$X=2\na${X}b${X}.c", "a2b2.c\n", ""},
		{"prefix", "$X=2\na$X", "a2\n", ""},
		{"within quotes", "$X=2\n\"${X}zz\" \"a $X b\"", "[2zz] [a 2 b]\n", ""},
		{"value with quotes", "$N=\"x y\"\nz$N k", "z [x y] k\n", ""},
		{"value is trimmed", "$N=  a  b  \nz${N}z", "za bz\n", ""},
		{"empty", "$E=\nx$E y${E}z", "x yz\n", ""},
		{"late binding", "$A=1.${B}\n$B=2\n${A}\n$B=3\n${A}", "1.2\n1.3\n", ""},
		{"value with braces", "$O={\n$C=}\na $O b $C c", "a {\n b\n}\nc\n", ""},
		{"value with a brace in the middle", "$A=x}y\np { $A q", "p {\n x\n}\ny q\n", ""},
		{"unknown stays", "a $B", "a $B\n", "1:3 definition-unknown"},
		{"unknown braces split the line", "w${U}x", "w$ {\n U\n}\nx\n", "1:2 definition-unknown"},
		{"unknown within quotes is silent", `a "$B ${C}"`, "a [$B ${C}]\n", ""},
		{"blank before = is no definition", "$Q = 1", "$Q = 1\n", "1:1 definition-unknown"},
		{"names do not start with a digit", "$1A=b", "$1A=b\n", ""},
		{"lonely dollar", "$ $= $", "$ $= $\n", ""},
		{"two dollars", "$S=x\n$$S", "$x\n", ""},
		{"redefined", "$A=1\n$A\n$A=2\n$A", "1\n2\n", ""},
		{"behind a brace", "a { $Z=1 }\nb$Z", "a {\n b1\n}\n", ""},
		{"comment ends the value", "$O=aa#bb\n$O", "aa\n", ""},
	}, parser.Options{})
}

func TestDefinitionsOfSeveralLines(t *testing.T) {
	runLexical(t, []lexicalCase{
		{"plain", "$M=a \\\n b \\\n c\n$M", "a\nb\nc\n", ""},
		{"starting on the next line", "$M= \\\n b \\\n c\n$M", "b\nc\n", ""},
		{"prefix goes with the first line", "$M=a \\\n b\nm$M", "ma\nb\n", ""},
		{"braces", "$M=a { \\\n b \\\n }\n$M", "a {\n b\n}\n", ""},
		{"not in the middle of a line", "$M=a \\\n b\nf $M g", "f $M g\n", ""},
		{"blanks behind the backslash", "$M=a \\ \n b \\\t\n c\n$M", "a\nb\nc\n", ""},
		{"comments within", "$M=a # x \\\n b # y \\\n c\n$M", "a\nb\nc\n", ""},
		{"comments and blanks alone do not end it", "$M=a \\\n# z\n  \nb \\\n # y \\\n c\nd\n$M", "d\na\nb\nc\n", ""},
		{"an empty line ends it", "$M= \\\n\nb\n$M x", "b\nx\n", ""},
		{"a line of a backslash is nothing", "$M=a \\\n\\\nb\n$M", "a\nb\n", ""},
		{"definitions within", "$R=r$N\n$M= \\\n $N=1 \\\n $R \\\n $N=2 \\\n $R\n$M", "r1\nr2\n", ""},
		{"nested", "$I= \\\n x { \\\n y \\\n }\n$O= \\\n a { \\\n $I \\\n b \\\n }\n$O", "a {\n x {\n  y\n }\n b\n}\n", ""},
		{"elsewhere a backslash sticks to the last word", "a \\\nb", "a\\\nb\n", "1:3 backslash"},
		{"whatever the comment", "a # c \\\nb\\\n# d \\\ne # f\\\\\n", "a\\\nb\\\n\\\ne\n", "1:7 backslash"},
		{"unless blanks follow it", "a \\ \nb \\\\\n", "a \\\nb \\\\\n", ""},
		{"conditions within", "$M=a \\\n @other b \\\n @me c\n$M", "a\nc\n", ""},
	}, parser.Options{ConfigID: "me"})
}

func TestSequencesRepeatLines(t *testing.T) {
	runLexical(t, []lexicalCase{
		{"end alone", "~SEQ(X,3) s$X t", "s1 t\ns2 t\ns3 t\n", ""},
		{"start and end", "~SEQ(X,2,3) s$X", "s2\ns3\n", ""},
		{"step", "~SEQ(X,10,-5,0) z${X}z$X", "z10z10\nz5z5\nz0z0\n", ""},
		{"downwards by itself", "~SEQ(X,3,2) s$X", "s3\ns2\n", ""},
		{"negative end", "~SEQ(X,-2) s$X", "s-1\ns-2\n", ""},
		{"hexadecimal", "~SEQx(W,8,0x0a) w${W}", "w8\nw9\nwa\n", ""},
		{"octal and blanks", "~SEQ ( X , 010 , 9 )s$X", "s8\ns9\n", ""},
		{"no end is 0", "~SEQ(X,) s$X", "s1\ns0\n", ""},
		{"list", "~LST(A, b, c ) ${A}l", "bl\ncl\n", ""},
		{"list of rows", "~LST({A,B},{1,2},{3,4}) $A $B", "1 2\n3 4\n", ""},
		{"short row", "~LST({A,B},{1},{2,3}) ${A}-${B}", "1-\n2-3\n", ""},
		{"empty value", "~LST(A,) a${A}b", "ab\n", ""},
		{"nested", "~SEQ(X,1,2) ~LST(Y,a,b) ${X}${Y}", "1a\n1b\n2a\n2b\n", ""},
		{"definitions in the arguments", "$N=2\n~SEQ(X,$N) s$X\n~LST(A,$N,x) $A", "s1\ns2\n2\nx\n", ""},
		{"blocks", "~SEQ(X,2) a$X { b }", "a1 {\n b\n}\na2 {\n b\n}\n", ""},
		{"definitions of several lines", "$M=a$X { \\\n b \\\n }\n~SEQ(X,2) $M", "a1 {\n b\n}\na2 {\n b\n}\n", ""},
		{"not at the start", "a ~SEQ(X,2)", "a ~SEQ(X,2)\n", ""},
		{"conditions", "~SEQ(X,2) @other a$X\n@me ~SEQ(X,2) b$X", "b1\nb2\n", ""},
		{"the last value stays", "~SEQ(X,2) a\nb$X", "a\na\nb2\n", ""},
		{"of nothing, the last value stays", "~SEQ(X,2)\nb$X", "b2\n", ""},
		{"ends of the range", "~SEQ(X,9223372036854775806,9223372036854775807) a", "a\na\n", ""},
		{"no numbers", "~SEQ(X,b,c) a", "", "1:1 sequence-invalid"},
		{"step of 0", "~SEQ(X,1,0,4) a", "", "1:1 sequence-invalid"},
		{"wrong way", "~SEQ(X,1,-1,4) a", "", "1:1 sequence-invalid"},
		{"too many numbers", "~SEQ(X,1,1,1,3) a", "", "1:1 sequence-invalid"},
		{"no name", "~SEQ(,2) a", "", "1:1 sequence-invalid"},
		{"negative hexadecimal", "~SEQx(X,-2,1) a", "", "1:1 sequence-invalid"},
		{"no values", "~LST(A) a", "", "1:1 sequence-invalid"},
		{"a blank in a value", "~LST(A,b b) a", "", "1:1 sequence-invalid"},
		{"too many values in a row", "~LST({A,B},{1,2,3}) a", "", "1:1 sequence-invalid"},
		{"no closing brace", "~LST({A,B},{1,2},{3,4) a", "", "1:1 sequence-invalid"},
		{"no closing parenthesis", "~LST(A,1,2 a", "", "1:1 sequence-invalid"},
		{"text behind a row", "~LST({A,B},{1,2}x) a", "", "1:1 sequence-invalid"},
	}, parser.Options{ConfigID: "me"})
}

func TestPredefinedNames(t *testing.T) {
	opts := parser.Options{
		ConfigID: "me",
		Env:      func(name string) (string, bool) { return "v-" + name, name == "SET" },
		Random:   func(lo, hi int64) int64 { return lo*100000 + hi },
	}
	runLexical(t, []lexicalCase{
		{"instance defaults to the id", "$_INSTANCE x${_INSTANCE}y", "me xmey\n", ""},
		{"directory", "$_PWD", "/etc/keepalived\n", ""},
		{"marks of comments", "a${_HASH}b ${_BANG}", "a#b !\n", ""},
		{"random", "${_RANDOM} ${_RANDOM 1} ${_RANDOM 1 5}", "32767 132767 100005\n", ""},
		{"random, bounds the wrong way round", "${_RANDOM 9 5}", "500009\n", ""},
		{"random without braces takes no bounds", "$_RANDOM 1 5", "32767 1 5\n", ""},
		{"random with nonsense is text", "${_RANDOM a}", "$ {\n _RANDOM a\n}\n", ""},
		{"environment", "a${_ENV SET}b", "av-SETb\n", ""},
		{"environment, unset", "a${_ENV UNSET}b", "ab\n", "1:1 environment-unset"},
	}, opts)
}

func TestLinesThatKeepalivedDoesNotReadWhole(t *testing.T) {
	long := strings.Repeat("x", 1022)
	runLexical(t, []lexicalCase{
		{"longest line", long + "y\nb", long + "y\nb\n", ""},
		{"one byte more", long + "yz\nb", "z\nb\n", "1:1024 line-length"},
		{"comments count too", "#" + long + " a", "a\n", "1:1024 line-length"},
		{"twice the length", long + "y" + long + "y\nb", long + "y\nb\n", "1:1024 line-length"},
		{"NUL", "inter\x00face eth0\nb", "inter\nb\n", "1:6 nul-byte"},
		{"byte order mark", "\ufeffa b\nc", "\ufeffa b\nc\n", "1:1 byte-order-mark"},
	}, parser.Options{})
}

func TestPositionsPointIntoTheFile(t *testing.T) {
	text := "a  \"b c\" d { # x\n\te\\#f g }\n$V=1 2\n h $V ${V}i j\n~SEQ(X,2) k$X { l }\n"
	statements, _ := parse(fileMap{"main": text}, parser.Options{})
	type place struct {
		Text      string
		Line, Col int32
	}
	var got []place
	var walk func(s *parser.Statement)
	walk = func(s *parser.Statement) {
		for i, w := range s.Words {
			if i == 0 && (s.Pos.Line != w.Line || s.Pos.Col != w.Col || s.Pos.File != "main") {
				t.Errorf("statement %q at %v, its first word at %d:%d", w.Text, s.Pos, w.Line, w.Col)
			}
			got = append(got, place{w.Text, w.Line, w.Col})
		}
		if s.HasBlock {
			got = append(got, place{"{", s.Open.Line, s.Open.Col})
		}
		for i := range s.Block {
			walk(&s.Block[i])
		}
		if s.HasBlock {
			got = append(got, place{"}", s.Close.Line, s.Close.Col})
		}
	}
	for i := range statements {
		walk(&statements[i])
	}
	want := []place{
		{"a", 1, 1}, {"b c", 1, 4}, {"d", 1, 10}, {"{", 1, 12}, {"e#f", 2, 2}, {"g", 2, 7}, {"}", 2, 9},
		{"h", 4, 2}, {"1", 4, 4}, {"2", 4, 4}, {"1", 4, 7}, {"2i", 4, 7}, {"j", 4, 13},
		{"k1", 5, 1}, {"{", 5, 1}, {"l", 5, 1}, {"}", 5, 1}, {"k2", 5, 1}, {"{", 5, 1}, {"l", 5, 1}, {"}", 5, 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

func TestTextKeepsWhatWordsLose(t *testing.T) {
	statements, problems := parse(fileMap{"main": "$P=/bin\nscript \"${P}/echo 'a b' \\\"c d\\\" e\" root\n"}, parser.Options{})
	if len(problems) > 0 || len(statements) != 1 {
		t.Fatalf("%d statements, problems:\n%s", len(statements), brief(problems))
	}
	s := statements[0]
	if want := `script "/bin/echo 'a b' \"c d\" e" root`; s.Text != want {
		t.Errorf("text %q, want %q", s.Text, want)
	}
	words, ok := parser.QuotedWords(s.Text)
	if diff := cmp.Diff([]string{"script", `/bin/echo 'a b' "c d" e`, "root"}, words); diff != "" || !ok {
		t.Errorf("quoted words, ok %v (-want +got):\n%s", ok, diff)
	}
}
