package completion

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var tool = Command{
	Name: "tool", Help: "a tool",
	Flags: []Flag{{Name: "verbose", Short: "v", Help: "Say 'more' [a lot]."}},
	Commands: []Command{
		{Name: "check", Help: "Check.", Kind: File, Flags: []Flag{{Name: "ignore", Value: true, Words: []string{"one", "two"}, Help: "x"}}},
		{Name: "keyword", Help: "Show.", Words: []string{"priority", "preempt"}},
		{Name: "drain", Help: "Drain.", Ask: "names", Flags: []Flag{{Name: "wait", Help: "Wait."}}},
	},
}

// TestBashCompletes asks bash for what it would offer.
func TestBashCompletes(t *testing.T) {
	script := filepath.Join(t.TempDir(), "tool.bash")
	if err := os.WriteFile(script, []byte(bash(&tool)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ line, want string }{
		{"tool c", "check"},
		{"tool ", "check keyword drain"},
		{"tool --", "--verbose"},
		{"tool keyword pr", "priority preempt"},
		{"tool -v keyword pri", "priority"},
		{"tool check --ignore t", "two"},
		{"tool check --", "--ignore --verbose"},
		{"tool drain ", "192.0.2.1:80/tcp [2001:db8::1]:80/tcp www"},
		{"tool drain --wait w", "www"},
		{"tool drain 192.0.2.1:8", "80/tcp"}, // what follows the colon
		{"tool drain [2001:db8::", "1]:80/tcp"},
		{"tool drain --wait 192.0.2.1:80/tcp ", "of 192.0.2.1:80/tcp"},
	} {
		words := strings.Split(c.line, " ")
		out, err := exec.Command("bash", append([]string{"-c", `. "$1"; shift; tool() { shift; if (($#)); then echo "of $*"; else echo '192.0.2.1:80/tcp [2001:db8::1]:80/tcp www'; fi; }
			COMP_LINE="$*" COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tool; echo "${COMPREPLY[*]}"`, "-", script}, words...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if got := strings.TrimSpace(string(out)); got != c.want {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
	}
}

func TestTextsStayWithinTheirQuotes(t *testing.T) {
	if z := zsh(&tool); !strings.Contains(z, `'--verbose[Say '\''more'\'' (a lot).]'`) {
		t.Error(z)
	}
	if f := fish(&tool); !strings.Contains(f, `-l verbose -s v -d 'Say \'more\' [a lot].'`) {
		t.Error(f)
	}
	if _, err := Write("csh", &tool); err == nil {
		t.Error("csh is taken for a shell")
	}
}

// TestScriptsOfThePackagesAreOfTheirShells lets bash read those of packaging/completion; the others are
// read where their shell is there.
func TestScriptsOfThePackagesAreOfTheirShells(t *testing.T) {
	for _, program := range []string{"holdfast", "holdfastctl"} {
		for shell, name := range FileNames(program) {
			path, err := exec.LookPath(shell)
			if err != nil && shell != "bash" {
				t.Logf("no %s here: %s is not read", shell, name)
				continue
			}
			if out, err := exec.Command(path, "-n", "../../packaging/completion/"+name).CombinedOutput(); err != nil {
				t.Errorf("%s -n %s: %v: %s", shell, name, err, out)
			}
		}
	}
}
