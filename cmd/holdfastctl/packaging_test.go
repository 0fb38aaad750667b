package main

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/completion"
	"github.com/holdfast-ha/holdfast/internal/lint"
	"github.com/holdfast-ha/holdfast/internal/manual"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/watch"
)

var update = flag.Bool("update", false, "write the manual page, the completions and the golden files anew")

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
		t.Errorf("%s differs from the commands (run this test with -update):\n%s", path, d)
	}
}

// commands is the tree of the command line.
func commands(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := kong.New(&cli{}, kong.Name("holdfastctl"))
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

func TestCompletionsKnowTheCommands(t *testing.T) {
	app := commands(t)
	c := completion.Command{Name: "holdfastctl", Flags: flagsOf(app.Node)}
	for _, n := range shown(app) {
		c.Commands = append(c.Commands, commandOf(n))
	}
	for shell, name := range completion.FileNames("holdfastctl") {
		text, err := completion.Write(shell, &c)
		if err != nil {
			t.Fatal(err)
		}
		generated(t, "completion/"+name, text)
	}
}

// shown are the commands for people.
func shown(app *kong.Application) []*kong.Node {
	return slices.DeleteFunc(slices.Clone(app.Children), func(n *kong.Node) bool { return n.Hidden })
}

func commandOf(n *kong.Node) completion.Command {
	c := completion.Command{Name: n.Name, Help: strings.TrimSuffix(n.Help, "."), Flags: flagsOf(n)}
	if len(n.Positional) > 0 {
		switch {
		case n.Name == "keyword":
			c.Words = keywordNames()
		case n.Name == "watch": // names of interfaces
		case n.Name == "drain", n.Name == "undrain", n.Name == "weight":
			c.Ask = "names"
		case n.Name == "explain":
			c.Words = findings()
		default:
			c.Kind = completion.File
		}
	}
	return c
}

func flagsOf(n *kong.Node) (flags []completion.Flag) {
	for _, f := range n.Flags {
		if f.Hidden {
			continue
		}
		x := completion.Flag{Name: f.Name, Help: strings.TrimSuffix(f.Help, "."), Value: !f.IsBool(), Words: nonEmpty(f.EnumSlice())}
		if f.Short != 0 {
			x.Short = string(f.Short)
		}
		if f.Name == "ignore" {
			x.Words = findings()
		}
		if strings.EqualFold(f.PlaceHolder, "file") || strings.EqualFold(f.PlaceHolder, "path") {
			x.Kind = completion.File
		}
		flags = append(flags, x)
		if f.Tag != nil && f.Tag.Negatable != "" {
			flags = append(flags, completion.Flag{Name: "no-" + f.Name, Help: "Not: " + x.Help})
		}
	}
	return flags
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func nonEmpty(words []string) []string {
	return slices.DeleteFunc(words, func(s string) bool { return s == "" })
}

// keywordNames are the keywords that are words.
func keywordNames() (names []string) {
	for _, k := range config.Keywords() {
		if k.Kind <= config.Directive && !strings.ContainsAny(k.Name, "<>[] \"'$") {
			names = append(names, k.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// findings are the ids that explain knows.
func findings() (ids []string) {
	for _, e := range lint.Explanations() {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	return ids
}

func TestManualPageListsTheCommands(t *testing.T) {
	app := commands(t)
	p := manual.New("holdfastctl", 1, "the operator's tool of holdfast")
	p.Section("SYNOPSIS")
	p.Synopsis("holdfastctl", "COMMAND [OPTION...] [ARGUMENT...]")
	p.Section("DESCRIPTION")
	p.Text("Explains configurations, shows what they would change, and what the daemon does. What it prints is for people; with --json it is for programs.")
	p.Section("COMMANDS")
	for _, n := range shown(app) {
		p.Part(strings.TrimPrefix(n.Summary(), "holdfastctl "))
		p.Text(n.Help)
		for _, a := range n.Positional {
			p.Item(a.Summary(), "", a.Help)
		}
		for _, f := range n.Flags {
			if !f.Hidden && f.Name != "help" {
				p.Item(f.String(), "", f.Help)
			}
		}
	}
	p.Section("FINDINGS OF WATCH")
	for _, m := range watch.Meanings {
		p.Item(string(m.ID), "", upper(m.Text)+".")
	}
	p.Section("EXIT STATUS")
	p.Item("0", "", "All is well.")
	p.Item("1", "", "check: there are errors, with --strict warnings; plan: there is something to change; replay: the core does something else; watch: something was wrong; drain --wait: connections are left.")
	p.Item("2", "", "The command could not do its work.")
	p.Section("SEE ALSO")
	p.Text("*keepalived.conf*(5), *holdfast*(8)")
	generated(t, "man/holdfastctl.1", p.String())
}
