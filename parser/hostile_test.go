package parser_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/bigconf"
	"github.com/holdfast-ha/holdfast/parser"
)

// hostile parses a text without keeping anything and returns what was seen.
func hostile(text string) (statements int, ids map[string]int) {
	ids = map[string]int{}
	opts := parser.WithLimits(parser.Options{}, 50_000, 40_000)
	problems := parser.ParseText("main", text, opts, func(s *parser.Statement) {
		var count func(s *parser.Statement)
		count = func(s *parser.Statement) {
			statements++
			for i := range s.Block {
				count(&s.Block[i])
			}
		}
		count(s)
	})
	for _, p := range problems {
		ids[p.ID]++
		parser.Render(p)
	}
	return statements, ids
}

func TestHostileInputIsBoundedAndExplained(t *testing.T) {
	exponential := "$A0=x\n"
	lines := "$M0=x \\\n y\n"
	for i := range 60 {
		exponential += fmt.Sprintf("$A%d=${A%d}${A%d}\n", i+1, i, i)
		lines += fmt.Sprintf("$M%d= \\\n$M%d \\\n$M%d\n", i+1, i, i)
	}
	cases := []struct {
		name, text string
		most       int // statements
		id         string
	}{
		{"definition that grows", exponential + "$A60", 1000, "definition-loop"},
		{"definition of itself", "$A=$A\n$A", 1, "definition-loop"},
		{"definition of itself with text", "$A=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx${A}\n$A", 2, "expansion-length"},
		{"definitions of each other", "$A=$B\n$B=$A\n$A", 1, "definition-loop"},
		{"lines of itself", "$A=x \\\n $A\n$A", 1100, "nesting-limit"},
		{"lines that double", lines + "$M60", 50_010, "expansion-limit"},
		{"endless sequence", "~SEQ(X,1,9000000000) s", 50_010, "expansion-limit"},
		{"open braces", strings.Repeat("{", 1_000_000), 100, "depth-limit"},
		{"open braces with names", strings.Repeat("a {\n", 20_000), 20_010, "depth-limit"},
		{"a block without end", "a {\n" + strings.Repeat("b\n", 100_000), 40_010, "block-limit"},
		{"a line of 10 MB", strings.Repeat("x", 10<<20) + "\n", 2, "line-length"},
		{"a definition line of 10 MB", "$A=x \\\n" + strings.Repeat("x", 10<<20) + "\n", 2, "line-length"},
		{"many problems", strings.Repeat("\x00\n", 100_000), 0, "problem-limit"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			n, ids := hostile(c.text)
			if ids[c.id] != 1 {
				t.Errorf("problems %v, want one %s", ids, c.id)
			}
			if n > c.most {
				t.Errorf("%d statements, want at most %d", n, c.most)
			}
		})
	}
}

func TestClosingBracesAloneAreCheap(t *testing.T) {
	if n, ids := hostile(strings.Repeat("}\n", 20_000)); n != 20_000 || len(ids) != 0 {
		t.Errorf("%d statements, problems %v", n, ids)
	}
}

// TestMemoryDoesNotGrowWithTheFile holds the promise of Parse: one top-level block at a time.
func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	peak := func(text string) uint64 {
		var top uint64
		n := 0
		parser.ParseText("main", text, parser.Options{}, func(*parser.Statement) {
			if n++; n%50 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				top = max(top, m.HeapAlloc)
			}
		})
		return top
	}
	small, big := bigconf.Text(200), bigconf.Text(2000)
	was, is := int(peak(small))-len(small), int(peak(big))-len(big)
	runtime.KeepAlive(small)
	runtime.KeepAlive(big)
	if is > was+1<<20 {
		t.Errorf("%d bytes live beside the text for 200 services, %d for 2000", was, is)
	}
}

func TestIncludesThatAreLookedForWithoutEndStop(t *testing.T) {
	files := fileMap{"main": strings.Repeat("include "+strings.Repeat("{a,b}", 12)+"\n", 200)}
	statements, problems := parse(files, parser.Options{})
	last := problems[len(problems)-1]
	if len(statements) != 0 || last.ID != "include-limit" || last.Pos.Line < 2 || last.Pos.Col == 0 {
		t.Errorf("%d problems, the last %+v", len(problems), last)
	}
}
