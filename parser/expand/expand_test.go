package expand_test

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/config/compare"
	"github.com/holdfast-ha/holdfast/parser/expand"
)

// archive is a file system made of a txtar archive.
type archive []txtar.File

func (a archive) Read(name string) (string, error) {
	for _, f := range a {
		if f.Name == path.Clean(name) {
			return string(f.Data), nil
		}
	}
	return "", fs.ErrNotExist
}

func (a archive) Glob(pattern string) (names []string, err error) {
	for _, f := range a {
		ok, err := path.Match(path.Clean(pattern), f.Name)
		if err != nil {
			return nil, err
		}
		if ok {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (archive) Abs(dir string) string { return path.Join("/etc/keepalived", dir) }

func options(files parser.Files) parser.Options {
	env := func(name string) (string, bool) { return "value#" + name, name != "UNSET" }
	return parser.Options{ConfigID: "me", Env: env, Files: files}
}

func TestGoldenExpansion(t *testing.T) {
	runGolden(t, func(a archive) string {
		out, _, err := expand.Text("main", options(a))
		if err != nil {
			return "error: " + err.Error() + "\n"
		}
		return out
	})
}

func TestStatementsAreWrittenSoThatTheyAreReadAlike(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"escaped comment mark", `a\#b \! "c#d"`, `a\#b \! "c#d"`},
		{"comment mark of a definition", "$X=a\\\\\\#b\n$X", `a\\\#b`},
		{"comment mark behind a backslash", "a\\${_HASH}b", `a\${_HASH}b`},
		{"comment mark of the environment", "a ${_ENV X}", `a value\#X`},
		{"backslash at the end", "a b\\ \n", `a b\ `},
		{"unterminated quote", "a \"b # c {", `a "b # c {`},
		{"an include would take the brace", "include\n{\n}", "include\n{\n}"},
		{"nothing closes the block", "a {\n b", "a {\n    b"},
		{"stray brace", "} a", "}\na"},
		{"brace after an odd quote", "a \"b\n{\n}", "a \"b\n{\n}"},
		{"dollar that is text", `a $x "$y"`, `a $x "$y"`},
		{"a brace that keeps a definition from being put in", "a $_HASH{\nb $_HASH}", "a $_HASH{\n    b $_HASH}"},
		{"quotes keep their blanks", "a   'b  c'\nd   e", "a   'b  c'\nd e"},
		{"condition", "@me a\n@you b\n@^you c", "a\nc"},
		{"sequence", "~SEQ(i,1,2) a ${i}", "a 1\na 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, _, err := expand.Text("main", options(parser.OneFile("main", c.in)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want+"\n", body(out)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatNoFileCanHoldIsRefused(t *testing.T) {
	long := strings.Repeat("x", 600)
	for _, c := range []struct{ name, in, want string }{
		{"a line too long", "$A=" + long + "\na $A $A", "main:2:1: the statement has more than 1023 bytes"},
		{"text that is one of keepalived's own definitions", "$_HASH=\\\n a \\\n b\nx $_HASH y", "like $_HASH is defined anew"},
		{"a statement that would be an include", "$A=lude x\ninc$A", "main:2:1: what the definitions of the line make"},
		{"a statement that would be a definition", "$A=1\n$B==2\n$A$B", "main:3:1: what the definitions of the line make"},
		{"a required include that is missing", "includea nothing", "there is no file nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, _, err := expand.Text("main", options(archive{{Name: "main", Data: []byte(c.in)}}))
			if out != "" || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q, %v; want an error with %q", out, err, c.want)
			}
		})
	}
	if _, _, err := expand.Text("missing", options(archive{})); err == nil {
		t.Error("no error for a file that is not there")
	}
}

// sameModel tells how the model of an expansion differs from that of the original.
func sameModel(name string, opts parser.Options, out string) string {
	before := config.Load(name, opts, config.AnyHost{})
	opts.Files = parser.OneFile(name, out)
	after := config.Load(name, opts, config.AnyHost{})
	if compare.Equal(before.Config, after.Config) {
		return ""
	}
	diff := "the models differ:\n"
	for _, c := range compare.Configs(before.Config, after.Config) {
		diff += c.String() + "\n"
	}
	return diff
}

var (
	// large are numbers for which a sequence takes long.
	large = regexp.MustCompile(`[0-9]{4}|0[xX][0-9a-fA-F]{3}`)
	// redefined are keepalived's own definitions as the names of others: what is left of them as text
	// cannot be written out.
	redefined = regexp.MustCompile(`\$_(PWD|INSTANCE|HASH|BANG|RANDOM|ENV)=|~.*_(PWD|INSTANCE|HASH|BANG|RANDOM|ENV)`)
)

// FuzzText looks for a text whose expansion has another model.
func FuzzText(f *testing.F) {
	for _, text := range []string{
		"vrrp_instance VI_1 {\n interface eth0 # c\n virtual_ipaddress { 192.0.2.1 }\n}\n",
		"$A=1\n${A} $A,x \"$A\" ${_RANDOM 1 2} ${_ENV X}\n@me b\n@^me c\n",
		"$M= \\\n a \\\n b\n~SEQ(X,1,3) $M\n~LST({A,B},{1,2},{3,4}) $A$B\n",
		"include main\ninclude part\nincludea x\na\\#b \"c\\\"d\n} {\x00\xef\xbb\xbf\r\n",
		"$P=\\\\\\#\\\na {\n$P\n}\nvirtual_server fwmark 1 {\nreal_server 192.0.2.1 80 {\nMISC_CHECK {\nmisc_path \"x 'a  b' \\\\ \"\n}}}",
	} {
		f.Add(text, "global_defs {\nrouter_id x\n}\n$Q=\"\n")
	}
	f.Fuzz(func(t *testing.T, text, part string) {
		if strings.Count(text+part, "~") > 2 || strings.Contains(text+part, "~") && large.MatchString(text+part) {
			return // they are bounded, but large
		}
		opts := options(archive{{Name: "main", Data: []byte(text)}, {Name: "part", Data: []byte(part)}})
		out, problems, err := expand.Text("main", opts)
		if err != nil {
			if why := refusal(err, problems); why == "" && !redefined.MatchString(text+part) {
				t.Errorf("refused without a reason that is known: %v\n%q\n%q", err, text, part)
			}
			return
		}
		if diff := sameModel("main", opts, out); diff != "" {
			t.Errorf("another model (-original +expanded):\n%s\n%s", diff, out)
		}
		again, _, err := expand.Text("main", options(parser.OneFile("main", out)))
		if a, b := body(out), body(again); err != nil || a != b {
			t.Errorf("expanding twice is not expanding once: %v\n%q\n%q", err, a, b)
		}
	})
}

// refusal says why a text may be refused.
func refusal(err error, problems []parser.Problem) string {
	for _, why := range []string{"more than 1023 bytes", "would be read as a definition"} {
		if strings.Contains(err.Error(), why) {
			return why
		}
	}
	for _, p := range problems {
		if p.StopsRun || p.ID == "definition-loop" || p.ID == "expansion-length" || p.ID == "expansion-limit" {
			return p.ID
		}
	}
	return ""
}

// body is a text without the comments that tell where it is from.
func body(text string) string {
	var b strings.Builder
	for _, l := range strings.SplitAfter(text, "\n") {
		if !strings.HasPrefix(strings.TrimSpace(l), "# from ") {
			b.WriteString(l)
		}
	}
	return b.String()
}
