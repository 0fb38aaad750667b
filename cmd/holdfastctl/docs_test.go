package main

import (
	"io"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/holdfast-ha/holdfast/internal/doctest"
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
