package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// unknown reports a keyword that the context does not have. If a { follows, keepalived reads
// its lines as lines of the enclosing block and ends that at the }.
func (d *decoder) unknown(c *context, s *parser.Statement) {
	w := s.Words[0]
	p := d.problem("unknown-keyword", w, "unknown keyword %q", w.Text)
	p.Instead = "the line is ignored"
	if s.HasBlock {
		p.Instead = "its lines are read as lines of the enclosing block, which ends at its }"
	}
	if len(d.problems) > maxProblems {
		return // nobody will read the cure
	}
	if k := c.gone[w.Text]; k != nil {
		p.Message, p.Cure = "keepalived knew "+w.Text+" "+k.Since, k.Note
		return
	}
	p.Cure = d.instead(c, w.Text)
}

// instead tells what may have been meant by a word that is no keyword of a context: a keyword of
// the context that is like it, or the word itself in the block that has it.
func (d *decoder) instead(c *context, word string) string {
	near, elsewhere := nearest(c, word), d.elsewhere(c, word)
	switch {
	case near == "":
		return elsewhere
	case elsewhere == "" || strings.EqualFold(near, word):
		return "did you mean " + near + "?"
	}
	return "did you mean " + near + "? " + elsewhere
}

// elsewhere tells in which blocks a keyword may stand that is unknown here.
func (d *decoder) elsewhere(here *context, word string) string {
	var in []string
	for name, c := range d.grammar.contexts {
		if c == here || strings.Contains(name, "-") { // parts of a line
			continue
		}
		if c.rules[word] == nil {
			continue
		}
		if name == "top" {
			return word + " belongs at the top level: is a } missing above?"
		}
		in = append(in, name[strings.LastIndexByte(name, '/')+1:])
	}
	slices.Sort(in)
	in = slices.Compact(in)
	switch {
	case len(in) == 0:
		return ""
	case len(in) <= 3:
		return word + " belongs in " + strings.Join(in, " or ")
	}
	return word + " belongs in another block, e.g. " + in[0] + " or " + in[1]
}

// nearest returns the keyword of the context that is most like word, else one that begins with it,
// else "".
func nearest(c *context, word string) string {
	best, begun, limit := "", "", 1+len(word)/4
	if limit > 3 {
		limit = 3
	}
	for name := range c.rules {
		if strings.EqualFold(name, word) {
			return name
		}
		if len(word) > 3 && strings.HasPrefix(name, word) && (begun == "" || name < begun) {
			begun = name
		}
		dist := distance(word, name, limit)
		if dist < limit+1 && (best == "" || dist < limit || name < best) {
			if dist < limit {
				limit = dist
			}
			best = name
		}
	}
	return cmp.Or(best, begun)
}

// Nearest is the one of names that word may have been meant to be, "" if none is like it.
func Nearest(word string, names []string) string {
	best, limit := "", min(3, 1+len(word)/4)
	for _, name := range names {
		if strings.EqualFold(name, word) {
			return name
		}
		if d := distance(word, name, limit); d <= limit && (best == "" || d < limit) {
			best, limit = name, d
		}
	}
	return best
}

// distance is the edit distance of two words, where swapping two neighbours counts once; anything
// above limit is reported as limit+1.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || len(a) > 64 || len(b) > 64 {
		return limit + 1
	}
	var rows [3][66]int
	prev2, prev, cur := &rows[0], &rows[1], &rows[2]
	for j := 0; j <= len(b); j++ {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return min(prev[len(b)], limit+1)
}

// NearestKeyword returns the keyword of any context that is most like word, or "".
func NearestKeyword(word string) string {
	all := context{rules: map[string]*rule{}}
	for _, k := range Keywords() {
		if k.Kind != Removed {
			all.rules[k.Name] = nil
		}
	}
	return nearest(&all, word)
}
