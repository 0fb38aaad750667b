package daemon

import (
	"testing"

	"github.com/holdfast-ha/holdfast/internal/doctest"
)

// TestCommandLinesInTheDocumentationExist parses every command line of the daemon that README and the
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
			for _, c := range b.Commands("holdfast") {
				ran++
				o, _, _, mistakes := parseOptions(c.Args)
				if len(mistakes) > 0 || len(o.Words) > 0 {
					t.Errorf("%s:%d: holdfast %v: %v %v", c.Page, c.Line, c.Args, mistakes, o.Words)
				}
			}
		}
	}
	if ran < 2 {
		t.Errorf("only %d command lines", ran)
	}
	t.Logf("%d command lines", ran)
}
