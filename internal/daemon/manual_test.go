package daemon

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/completion"
	"github.com/holdfast-ha/holdfast/internal/getopt"
	"github.com/holdfast-ha/holdfast/internal/manual"
)

var update = flag.Bool("update", false, "write the manual page and the completions anew")

// generated compares a file of packaging with what it is made of.
func generated(t *testing.T, path, want string) {
	t.Helper()
	path = "../../packaging/" + path
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, string(have)); d != "" {
		t.Errorf("%s differs from the options (run this test with -update):\n%s", path, d)
	}
}

func TestManualPageListsTheOptions(t *testing.T) {
	var options []manual.Option
	for _, o := range optionTable {
		head := "--" + o.Name
		switch o.Arity {
		case getopt.Required:
			head += "=" + o.argument
		case getopt.Optional:
			head += "[=" + o.argument + "]"
		}
		if o.Short != 0 {
			head = "-" + string(o.Short) + ", " + head
		}
		options = append(options, manual.Option{Head: head, Text: o.help})
	}
	generated(t, "man/holdfast.8", manual.Daemon(options))
}

func TestCompletionsKnowTheOptions(t *testing.T) {
	c := completion.Command{Name: "holdfast", Help: "VRRP and IPVS director"}
	for _, o := range optionTable {
		f := completion.Flag{Name: o.Name, Help: o.help, Value: o.Arity == getopt.Required, Optional: o.Arity == getopt.Optional}
		if o.Short != 0 {
			f.Short = string(o.Short)
		}
		switch o.argument {
		case "FILE":
			f.Kind = completion.File
		case "WORD":
			if o.Name == "signum" {
				f.Words = []string{"STOP", "RELOAD", "DATA", "STATS", "STATS_CLEAR", "JSON"}
			}
		}
		c.Flags = append(c.Flags, f)
	}
	for shell, name := range completion.FileNames("holdfast") {
		text, err := completion.Write(shell, &c)
		if err != nil {
			t.Fatal(err)
		}
		generated(t, "completion/"+name, text)
	}
}
