package lint

import (
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// readText shows every statement of the top level to the rules that look at the text.
func (s *sight) readText(statements func(func(*parser.Statement))) {
	var rules []Rule
	for _, r := range Rules() {
		if r.text != nil {
			rules = append(rules, r)
		}
	}
	counts := make([]int, len(rules))
	statements(func(st *parser.Statement) {
		for i, r := range rules {
			s.rule, s.count = r, counts[i]
			r.text(s, st)
			counts[i] = s.count
		}
	})
	s.count = 0
}

// line is a line of a file.
type line struct {
	file string
	n    int32
}

// locate moves the findings from the head of their block to the keyword meant.
func (s *sight) locate(statements func(func(*parser.Statement))) {
	waiting := map[line][]int{}
	for i := range s.found {
		if f := &s.found[i]; f.keyword != "" && f.Pos.Line != 0 {
			at := line{f.Pos.File, f.Pos.Line}
			waiting[at] = append(waiting[at], i)
		}
	}
	if len(waiting) == 0 {
		return
	}
	statements(func(st *parser.Statement) {
		walk(st, func(st *parser.Statement) {
			if len(st.Words) == 0 {
				return
			}
			for _, i := range waiting[line{st.Pos.File, st.Words[0].Line}] {
				s.found[i].point(st)
			}
		})
	})
}

// point moves a finding to its keyword within a statement.
func (f *finding) point(st *parser.Statement) {
	at := keyword(st, f.keyword)
	if at == nil {
		return
	}
	last := at.Words[len(at.Words)-1]
	f.Pos = parser.Pos{File: at.Pos.File, Line: at.Words[0].Line, Col: at.Words[0].Col}
	f.End = f.Pos.Col + int32(len(at.Words[0].Text))
	if last.Line == f.Pos.Line && last.Col > f.Pos.Col {
		f.End = last.Col + int32(len(last.Text))
		if last.Quoted {
			f.End += 2
		}
	}
	f.keyword = ""
}

// keyword finds the first of several keywords ("lb_algo|lvs_sched") in a block, or one of a block
// within it ("authentication/auth_type").
func keyword(st *parser.Statement, path string) *parser.Statement {
	names, rest, deeper := strings.Cut(path, "/")
	for i := range st.Block {
		b := &st.Block[i]
		if len(b.Words) == 0 || !among(b.Words[0].Text, names) {
			continue
		}
		if !deeper {
			return b
		}
		if found := keyword(b, rest); found != nil {
			return found
		}
	}
	return nil
}

// among tells whether a word is one of "a|b|c".
func among(word, names string) bool {
	for name := range strings.SplitSeq(names, "|") {
		if word == name {
			return true
		}
	}
	return false
}

// walk calls f for a statement and all within it.
func walk(st *parser.Statement, f func(*parser.Statement)) {
	f(st)
	for i := range st.Block {
		walk(&st.Block[i], f)
	}
}

// head is the keyword of a statement, "" where there is none.
func head(st *parser.Statement) string {
	if len(st.Words) == 0 {
		return ""
	}
	return st.Words[0].Text
}
