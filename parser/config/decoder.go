package config

import (
	"fmt"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// decoder walks statements the way keepalived walks lines: a stack of open blocks, and a } that
// closes the innermost one whatever opened it. It collects the model and the problems.
type decoder struct {
	grammar  *grammar
	host     Host
	cfg      *Config
	problems []parser.Problem
	// inner marks the problems that lie within a block of the children, by the number of the
	// problem: see foreignNamespace.
	inner []bool
	// What the problems behind maxProblems have shown so far.
	gravest parser.Class
	stops   bool
	dropped int // how many were not kept
	stack   []frame
	// stopped is set by a missing parameter: keepalived exits at that point, nothing after it is
	// read and nothing is validated.
	stopped    bool
	within     readers // who reads the statement of the top level at hand
	opening    readers // who will, when its own first line has been read
	withinName string
	depth      int  // { less } so far
	skip       bool // the open handler asked for its block to be passed over

	kept map[string]string // texts that outlive the file's own: see keep

	// The statement at hand.
	file  string
	words []parser.Word
	brace [1]parser.Word // words of a }
	raw   string         // the statement before it was split into words: see quotedWords
	rule  *rule

	// The files that statements came from, and the number of the last one: see numberWords.
	sources []string
	numbers map[string]int32
	source  int32

	global globalState
	vrrp   vrrpState
	lvs    lvsState
}

// frame is an open block.
type frame struct {
	ctx      *context // nil: a list, or skipped
	rule     *rule    // nil: top level, or skipped
	skipped  bool
	needOpen bool // the { of the block has not been seen
	at       parser.Word
	file     string
}

// newDecoder returns a decoder at the top level of a file.
func newDecoder(g *grammar, host Host) *decoder {
	d := &decoder{grammar: g, host: host, cfg: &Config{}}
	d.stack = append(d.stack, frame{ctx: g.contexts["top"]})
	d.startGlobal()
	d.startVRRP()
	d.startLVS()
	return d
}

// statement reads one statement with its block.
func (d *decoder) statement(s *parser.Statement) {
	if d.stopped {
		return
	}
	d.file = s.Pos.File
	switch {
	case s.StrayClose:
		d.depth--
		d.closeBrace(s.Pos)
		return
	case len(s.Words) == 0:
		if s.HasBlock {
			d.bareOpen(s.Open)
		}
	default:
		d.lineEvent(s)
	}
	if !s.HasBlock {
		return
	}
	d.depth++
	for i := range s.Block {
		d.statement(&s.Block[i])
	}
	if s.Close.Line != 0 && !d.stopped {
		d.file = s.Close.File // a block may end in another file than it begins in
		d.depth--
		d.closeBrace(s.Close)
	}
}

// lineEvent reads a line of the innermost block and the { behind it.
func (d *decoder) lineEvent(s *parser.Statement) {
	top := &d.stack[len(d.stack)-1]
	if top.skipped {
		if s.HasBlock {
			d.stack = append(d.stack, frame{skipped: true, at: s.Words[0], file: d.file})
		}
		return
	}
	d.words, d.raw = s.Words, s.Text
	d.numberWords()
	if top.needOpen && top.ctx != nil {
		top.needOpen = false
		d.missingOpen(top, s.Words[0])
	}
	if top.ctx == nil {
		d.rule = top.rule
		if f := top.rule.entry; f != nil {
			f(d)
		}
		d.openAfter(s)
		return
	}
	r := top.ctx.rules[s.Words[0].Text]
	if s.OddQuote && r != nil && r.quoted() && len(s.Words) < 2 {
		return // the parser has reported the quote; there is nothing before it
	}
	if r == nil {
		d.unknown(top.ctx, s)
		return
	}
	d.rule = r
	if len(d.stack) == 1 && d.foreign(r, s.Words[0]) {
		if s.HasBlock {
			d.stack = append(d.stack, frame{skipped: true, at: s.Words[0], file: d.file})
		}
		return
	}
	if r.spec.Kind.block() {
		d.openBlock(r, s)
		return
	}
	if r.line != nil {
		r.line(d)
	}
	d.openAfter(s)
}

// openAfter reads the { behind a line that opens no block: a line of its own to keepalived.
func (d *decoder) openAfter(s *parser.Statement) {
	if s.HasBlock && !d.stopped {
		d.bareOpen(s.Open)
	}
}

// openBlock enters the block of a known keyword.
func (d *decoder) openBlock(r *rule, s *parser.Statement) {
	d.skip = false
	if r.spec.Kind == List && len(d.words) > 1 && r.spec.Args[0] == '{' {
		d.ignored("extra-words", d.words[1], "%s takes no words before its {", d.words[0].Text)
	}
	if r.open != nil {
		r.open(d)
	}
	if d.stopped {
		return
	}
	f := frame{ctx: r.sub, rule: r, at: s.Words[0], file: d.file, needOpen: !s.HasBlock}
	if d.skip {
		d.skip = false
		if !s.HasBlock {
			return // keepalived reads what follows as lines of the enclosing block
		}
		f = frame{skipped: true, at: s.Words[0], file: d.file}
	}
	d.stack = append(d.stack, f)
}

// bareOpen is a { that follows no keyword.
func (d *decoder) bareOpen(at parser.Pos) {
	d.file = at.File
	w := parser.Word{Text: "{", Line: at.Line, Col: at.Col}
	top := &d.stack[len(d.stack)-1]
	switch {
	case top.skipped:
		d.stack = append(d.stack, frame{skipped: true, at: w, file: d.file})
	case top.needOpen:
		top.needOpen = false
	case top.ctx == nil && top.rule.entry != nil:
		d.words, d.rule = []parser.Word{w}, top.rule
		d.numberWords()
		top.rule.entry(d)
	default:
		d.problem("unexpected-open", w, "unexpected {").
			Instead = "the } that belongs to it ends the enclosing block"
	}
}

// closeBrace ends the innermost block.
func (d *decoder) closeBrace(at parser.Pos) {
	n := len(d.stack) - 1
	w := parser.Word{Text: "}", Line: at.Line, Col: at.Col}
	if n == 0 {
		p := d.problem("extra-close", w, "unexpected }: no block is open")
		p.Instead, p.Cure = "it is ignored", "remove it, or look for an unknown keyword with a { above"
		return
	}
	top := &d.stack[n]
	d.brace[0] = w
	d.words = d.brace[:]
	if !top.needOpen {
		d.leave()
		return
	}
	p := d.missingOpen(top, w)
	list := top.ctx == nil
	d.leave()
	if list {
		hint(p).Instead = "the } ends the enclosing block as well"
		d.closeBrace(at)
	}
}

// missingOpen reports a block whose { is missing.
func (d *decoder) missingOpen(f *frame, at parser.Word) *parser.Problem {
	p := d.problem("missing-open", at, "{ missing after %q", f.at.Text)
	p.Instead = "the block is read all the same; those of keepalived's processes that pass over it call each of its lines unknown"
	p.Cure = "put a { behind " + f.at.Text
	return p
}

// leave pops the innermost block and calls its close handler.
func (d *decoder) leave() {
	n := len(d.stack) - 1
	top := d.stack[n]
	d.stack = d.stack[:n]
	if top.rule != nil && top.rule.closed != nil {
		d.rule = top.rule
		top.rule.closed(d)
	}
}

// finish ends the blocks that the file left open and validates the whole.
func (d *decoder) finish() {
	if d.stopped {
		return
	}
	if n := len(d.stack) - 1; n == 0 && d.depth > 0 {
		d.problem("missing-close", parser.Word{}, "the file has %d { more than }", d.depth).Cure = "add the missing }"
	} else if n > 0 {
		top := d.stack[n]
		d.file = top.file
		p := d.problem("missing-close", top.at, "the file ends before the } of %q", top.at.Text)
		p.Cure = "add the missing }"
		if d.depth <= 0 {
			hint(p) // as many } as {: keepalived says nothing
		}
		for len(d.stack) > 1 && !d.stopped {
			d.file = d.stack[len(d.stack)-1].file
			d.words = nil
			d.leave()
		}
	}
	if d.stopped {
		return
	}
	if d.foreignNamespace() {
		return
	}
	d.complete()
}

// foreignNamespace tells whether the file is for a network namespace that does not exist here.
// keepalived then reads its global part only, so nothing else of it counts.
func (d *decoder) foreignNamespace() bool {
	name := d.cfg.Global.NetNamespace
	h, ok := d.host.(interface{ NetNamespace(name string) bool })
	if name == "" || !ok || h.NetNamespace(name) {
		return false
	}
	kept := d.problems[:0]
	for i, p := range d.problems {
		if i >= len(d.inner) || !d.inner[i] {
			kept = append(kept, p)
		}
	}
	d.problems = kept
	p := d.problem("namespace-missing", parser.Word{}, "net_namespace %s does not exist", name)
	hint(p).Instead = "only global_defs was checked"
	p.Severity, p.StopsRun = parser.Error, true
	return true
}

// keep returns a copy of a word for the model. A part of the file's text would keep all that was
// read with it in memory. Equal texts share one copy, for thousands of servers may name the same.
func (d *decoder) keep(s string) string {
	if c, ok := d.kept[s]; ok {
		return c
	}
	if d.kept == nil {
		d.kept = map[string]string{}
	}
	c := strings.Clone(s)
	d.kept[c] = c
	return c
}

// keepWords makes every word of a statement and of its block one to keep.
func (d *decoder) keepWords(s *parser.Statement) {
	for i := range s.Words {
		s.Words[i].Text = d.keep(s.Words[i].Text)
	}
	for i := range s.Block {
		d.keepWords(&s.Block[i])
	}
}

// skipBlock, called by an open handler, passes over the block.
func (d *decoder) skipBlock() { d.skip = true }

// problem records a finding about a word of the file at hand. It is a Warning counted as a
// general error until the caller says otherwise; the pointer is valid until the next problem.
func (d *decoder) problem(id string, at parser.Word, format string, args ...any) *parser.Problem {
	return d.problemAt(d.posOf(at), at, id, format, args...)
}

// problemAt is problem for a word of another line.
func (d *decoder) problemAt(pos parser.Pos, at parser.Word, id, format string, args ...any) *parser.Problem {
	msg := format
	if len(args) > 0 {
		msg = fmt.Sprintf(format, args...)
	}
	p := parser.Problem{Pos: pos, Severity: parser.Warning, Class: parser.General, ID: id, Message: msg}
	if pos.Col > 0 && at.Text != "" {
		p.End = pos.Col + int32(len(at.Text))
		if at.Quoted {
			p.End += 2
		}
	}
	d.add(p)
	return &d.problems[len(d.problems)-1]
}

// maxProblems is how many problems are kept. Behind them only those that change an exit status are.
const maxProblems = 10_000

// add appends a problem.
func (d *decoder) add(p parser.Problem) {
	if n := len(d.problems) - 1; n >= maxProblems {
		if last := &d.problems[n]; last.Class > d.gravest || last.StopsRun && !d.stops {
			d.gravest, d.stops = max(d.gravest, last.Class), d.stops || last.StopsRun
		} else {
			d.problems, d.inner = d.problems[:n], d.inner[:n]
		}
		d.dropped++
	}
	d.problems = append(d.problems, p)
	global := len(d.stack) < 2 || d.stack[1].rule != nil && d.stack[1].rule.spec.Name == "global_defs"
	d.inner = append(d.inner, !global)
}

// numberWords lets the words of the statement at hand say which file they stand in: some are kept
// until the end, and a block that begins in one file may go on in another.
func (d *decoder) numberWords() {
	if d.source == 0 || d.sources[d.source-1] != d.file {
		d.source = d.sourceOf(d.file)
	}
	for i := range d.words {
		d.words[i].Source = d.source
	}
}

// sourceOf is the number of a file, from 1.
func (d *decoder) sourceOf(file string) int32 {
	n := d.numbers[file]
	if n == 0 {
		if d.numbers == nil {
			d.numbers = map[string]int32{}
		}
		d.sources = append(d.sources, file)
		n = int32(len(d.sources))
		d.numbers[file] = n
	}
	return n
}

// posOf is the place of a word; one without a number stands in the file at hand.
func (d *decoder) posOf(w parser.Word) parser.Pos {
	file := d.file
	if w.Source > 0 {
		file = d.sources[w.Source-1]
	}
	return parser.Pos{File: file, Line: w.Line, Col: w.Col}
}

// pos is the place of the statement at hand.
func (d *decoder) pos() parser.Pos { return d.posOf(d.words[0]) }
