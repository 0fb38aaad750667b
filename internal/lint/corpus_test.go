package lint

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/parser"
)

// TestRulesOnRealFiles prints how many files each rule speaks on. One that speaks on more than a third of them may
// be a hint at most.
func TestRulesOnRealFiles(t *testing.T) {
	files := corpusFiles(t)
	counts, findings := map[string]int{}, map[string][]string{}
	for _, name := range files {
		_, problems := lintFile(name, osOptions(), &machine{})
		seen := map[string]bool{}
		for _, p := range problems {
			if !seen[p.ID] {
				seen[p.ID] = true
				counts[p.ID]++
			}
			findings[p.ID] = append(findings[p.ID], fmt.Sprintf("%s:%d:%d: %s; %s", filepath.Base(p.Pos.File), p.Pos.Line, p.Pos.Col, p.Message, p.Instead))
		}
	}
	var rows []string
	for _, r := range Rules() {
		rows = append(rows, fmt.Sprintf("%-24s %-8s %3d files %4d findings", r.ID, r.Severity, counts[r.ID], len(findings[r.ID])))
		if counts[r.ID]*3 > len(files) && r.Severity != parser.Hint {
			t.Errorf("%s speaks on %d of %d real files: that may be a hint at most", r.ID, counts[r.ID], len(files))
		}
	}
	slices.Sort(rows)
	t.Logf("%d files\n%s", len(files), strings.Join(rows, "\n"))
	if testing.Verbose() {
		for id, list := range findings {
			t.Logf("%s\n    %s", id, strings.Join(list, "\n    "))
		}
	}
}

// TestRealFilesCompare compares every real file with every other: the counts are printed, and what is
// found has the form that findings have.
func TestRealFilesCompare(t *testing.T) {
	var routers []Router
	for _, name := range corpusFiles(t) {
		r, _ := lintFile(name, osOptions(), &machine{})
		if len(r.Config.Instances) > 0 {
			routers = append(routers, Router{Name: name, Config: r.Config})
		}
	}
	counts, compared := map[string]int{}, 0
	for i := range routers {
		for j := range i {
			problems, ok := Compare([]Router{routers[i], routers[j]})
			if !ok {
				continue
			}
			compared++
			seen := map[string]bool{}
			for _, p := range problems {
				if p.Class != parser.Logged || p.Severity == parser.Error || p.Pos.File == "" || p.Cure == "" || p.Instead == "" {
					t.Errorf("%+v", p)
				}
				if !seen[p.ID] {
					seen[p.ID] = true
					counts[p.ID]++
				}
			}
		}
	}
	var rows []string
	for _, r := range pairRules {
		rows = append(rows, fmt.Sprintf("%-24s %-8s %5d pairs", r.ID, r.Severity, counts[r.ID]))
	}
	t.Logf("%d pairs of files with an instance in common\n%s", compared, strings.Join(rows, "\n"))
}
