package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/holdfast-ha/holdfast/internal/doctest"
	"github.com/holdfast-ha/holdfast/vrrp/watch"
)

// TestCommandLinesInTheDocumentationExist parses every command line of holdfastctl that README and the
// pages of docs show.
func TestCommandLinesInTheDocumentationExist(t *testing.T) {
	pages, err := doctest.Pages("../..")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, page := range pages {
		all, err := doctest.Read(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range all {
			for _, c := range b.Commands("holdfastctl") {
				ran++
				parser, err := kong.New(&cli{}, kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := parser.Parse(c.Args); err != nil {
					t.Errorf("%s:%d: holdfastctl %v: %v", c.Page, c.Line, c.Args, err)
				}
			}
		}
	}
	if ran < 3 {
		t.Errorf("only %d command lines", ran)
	}
	t.Logf("%d command lines", ran)
}

// TestDocumentationHasEveryFindingOfWatch in the words of the program.
func TestDocumentationHasEveryFindingOfWatch(t *testing.T) {
	page, err := os.ReadFile("../../docs/tools.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range watch.Meanings {
		if row := fmt.Sprintf("| `%s` | %s |\n", m.ID, m.Text); !strings.Contains(string(page), row) {
			t.Errorf("docs/tools.md lacks the row\n%s", row)
		}
	}
}
