package parser

import (
	"fmt"
	"path"
	"strings"
)

// frame is one level of what is being read: a file, the files of an include that are still to be
// opened, the rest of a definition of several lines, or the repetitions of a ~SEQ or ~LST.
type frame struct {
	kind frameKind

	// A file.
	name  string
	text  *Lines // what is left to read
	line  int32  // number of the line read last
	check includeCheck
	asked includeCheck // what the include asked of this file

	// Files of an include; check tells what is asked of them.
	files []string

	// Lines of a definition.
	lines []string

	// Repetitions.
	repeat sequence

	// Where an include, a definition or a repetition was used.
	origin fragment
}

type frameKind uint8

const (
	fileFrame frameKind = iota
	includeFrame
	linesFrame
	repeatFrame
)

// source turns files into lines: it follows includes, keeps definitions, drops the lines of other
// hosts and repeats those of sequences.
type source struct {
	opts     Options
	frames   []frame
	defs     map[string]definition
	problems []Problem
	read     int64  // bytes of all files
	lookups  int    // how often the file system was asked for a file to include
	buf      []byte // for reading files
	produced int    // lines that definitions and sequences made
	bytes    int    // their bytes
	cut      bool
	hinted   map[string]bool // definitions that a hint was given for
}

func newSource(opts Options) *source {
	if opts.Instance == "" {
		opts.Instance = opts.ConfigID
	}
	opts.limits = opts.limits.orDefault()
	return &source{opts: opts, defs: map[string]definition{}, hinted: map[string]bool{}}
}

// push enters a frame; it fails when frames lie too deep within one another.
func (s *source) push(f frame, at Pos, raw string) (ok bool) {
	if len(s.frames) >= maxFrames {
		s.report(Problem{
			Pos: at, Text: raw, Severity: Error, Class: General, ID: "nesting-limit",
			Message: fmt.Sprintf("includes and definitions lie more than %d deep within one another", maxFrames),
			Instead: "this one is left out",
			Cure:    "look for a file or definition that leads back to itself",
		})
		return false
	}
	s.frames = append(s.frames, f)
	return true
}

// file is the innermost file being read.
func (s *source) file() *frame {
	for i := len(s.frames) - 1; i >= 0; i-- {
		if s.frames[i].kind == fileFrame {
			return &s.frames[i]
		}
	}
	return nil
}

// dir is the directory that relative includes of the innermost file count from.
func (s *source) dir() string {
	if f := s.file(); f != nil {
		return path.Dir(f.name)
	}
	return "."
}

// next returns the next line without its comment; ok is false at the end of everything.
func (s *source) next(out *fragment) (ok bool) {
	for len(s.frames) > 0 {
		f := &s.frames[len(s.frames)-1]
		switch f.kind {
		case fileFrame:
			if s.fileLine(f, out) {
				return true
			}
			if s.cut {
				return false
			}
		case includeFrame:
			if len(f.files) > 0 {
				name := f.files[0]
				f.files = f.files[1:]
				s.open(&f.origin, name, f.check)
				continue
			}
		case linesFrame:
			if len(f.lines) > 0 {
				s.derived(out, &f.origin, f.lines[0])
				f.lines = f.lines[1:]
				return s.produce(out)
			}
		case repeatFrame:
			if f.repeat.step(s) {
				s.derived(out, &f.origin, f.repeat.rest)
				return s.produce(out)
			}
		}
		s.frames = s.frames[:len(s.frames)-1]
	}
	return false
}

// derived makes the line that a definition or sequence used at origin gives.
func (s *source) derived(out *fragment, origin *fragment, text string) {
	*out = fragment{text: text, pos: origin.pos, fixed: true, raw: origin.raw}
}

// produce counts a line that was made; beyond the limits everything that makes lines is dropped.
func (s *source) produce(out *fragment) bool {
	s.produced++
	if s.spend(len(out.text)+len("\n"), out) && s.produced <= s.opts.limits.produced {
		return true
	}
	s.overflow(out)
	return false
}

// spend counts bytes that definitions made; it fails beyond the limit.
func (s *source) spend(n int, at *fragment) bool {
	s.bytes += n
	if s.bytes <= maxProducedBytes {
		return true
	}
	s.overflow(at)
	return false
}

// overflow stops the reading: definitions have grown beyond all measure.
func (s *source) overflow(at *fragment) {
	if !s.cut {
		s.final(Problem{
			Pos: at.pos, Text: at.raw, Severity: Error, Class: General, ID: "expansion-limit",
			Message: fmt.Sprintf("definitions and sequences produce more than %d lines or %d MB", s.opts.limits.produced, maxProducedBytes>>20),
			Instead: "the rest of the configuration is not read",
			Cure:    "look for a definition that uses another one many times over",
		})
	}
	s.stop()
}

// stop ends the reading for good.
func (s *source) stop() {
	s.cut = true
	for i := range s.frames {
		if s.frames[i].text != nil {
			s.frames[i].text.Close()
		}
	}
	s.frames = nil
}

// final keeps the problem that ends the reading, however many there are.
func (s *source) final(p Problem) {
	p.Text = strings.Clone(p.Text)
	s.problems = append(s.problems, p)
}

// report keeps a problem, within limits.
func (s *source) report(p Problem) {
	switch {
	case len(s.problems) < maxProblems:
		p.Text = strings.Clone(p.Text) // or it would keep all of the file that was read with it
		s.problems = append(s.problems, p)
	case len(s.problems) == maxProblems:
		s.problems = append(s.problems, Problem{
			Pos: p.Pos, Severity: Warning, Class: General, ID: "problem-limit",
			Message: fmt.Sprintf("more than %d problems: the others are not listed", maxProblems),
		})
	}
}

// rawLine takes the next line off a file, without its line feed.
func (s *source) rawLine(f *frame) (line string, ok bool) {
	line, ok = f.text.Next()
	switch {
	case s.read > maxRead:
		s.tooLarge(&fragment{pos: Pos{File: f.name, Line: f.line + 1}, raw: line})
		return "", false
	case ok:
		f.line++
	case f.text.Err() != nil && f.origin.pos.Line == 0:
		s.unreadableMain(f.name, f.text.Err())
	case f.text.Err() != nil:
		s.unreadable(&f.origin, f.name, f.text.Err(), f.asked)
	}
	return line, ok
}

// lines opens a file.
func (s *source) lines(name string) (*Lines, error) {
	if s.buf == nil {
		s.buf = make([]byte, window)
	}
	l := &Lines{buf: s.buf, read: &s.read}
	return l, l.open(s.opts.Files, name)
}

// fileLine reads the next line of a file that is not empty once its comment is gone.
func (s *source) fileLine(f *frame, out *fragment) bool {
	for {
		raw, ok := s.rawLine(f)
		if !ok {
			return false
		}
		all := classesOf(raw)
		if all&lineByte == 0 && len(raw) <= maxLine && f.line > 1 {
			if s.plainLine(f, raw, out); out.text == "" {
				continue
			}
			out.plain = all == 0
			return true
		}
		line, shift := s.checkLine(f, raw)
		if strings.HasSuffix(line, `\`) && !strings.HasSuffix(line, `\\`) {
			s.backslashLine(f, out, raw, line, shift)
			return true
		}
		text, cuts, quote := stripComment(line)
		text = trimRight(text)
		i := 0
		for i < len(text) && blank[text[i]] {
			i++
		}
		if i == len(text) {
			continue
		}
		*out = fragment{text: text[i:], pos: Pos{File: f.name, Line: f.line, Col: shift + int32(i) + 1}, raw: raw}
		if len(cuts) > 0 {
			out.cols = columns(len(text), shift, cuts)[i:]
			out.pos.Col = out.cols[0]
		}
		if quote >= 0 {
			s.unterminated(out, shift+int32(quote)+1)
		}
		return true
	}
}

// plainLine is fileLine for a line without comment, quote or backslash, as most lines are.
func (s *source) plainLine(f *frame, raw string, out *fragment) {
	text := trimRight(raw)
	i := 0
	for i < len(text) && blank[text[i]] {
		i++
	}
	*out = fragment{text: text[i:], pos: Pos{File: f.name, Line: f.line, Col: int32(i) + 1}, raw: raw}
}

// backslashLine reads a line whose very last byte is a backslash and no escaped one. Outside definitions it continues
// nothing: keepalived takes the blanks and the comment before it away, so that it sticks to the
// last word.
func (s *source) backslashLine(f *frame, out *fragment, raw, line string, shift int32) {
	body := line[:len(line)-1]
	text, cuts, quote := stripComment(body)
	text = trimRight(text)
	cols := append(columns(len(text), shift, cuts), shift+int32(len(line)))
	*out = fragment{text: text + `\`, pos: Pos{File: f.name, Line: f.line, Col: cols[0]}, cols: cols, raw: raw}
	if quote >= 0 {
		s.unterminated(out, shift+int32(quote)+1)
	}
	if len(text) < len(body) && trim(text) != "" && trim(text)[0] != '$' && trim(text)[0] != '@' {
		s.report(Problem{
			Pos: Pos{File: f.name, Line: f.line, Col: shift + int32(len(line))}, Severity: Warning, Class: Logged,
			ID: "backslash", Text: raw, Message: "a backslash at the end of a line continues it only in definitions",
			Instead: "it becomes the last byte of the word before it", Cure: "remove it and write all on one line",
		})
	}
	out.trimLeft()
}

// columns are the columns of n bytes of a line from which the bytes at cuts were taken.
func columns(n int, shift int32, cuts []int) []int32 {
	cols := make([]int32, n)
	for i, in := 0, 0; i < n; i, in = i+1, in+1 {
		for len(cuts) > 0 && cuts[0] == in {
			in, cuts = in+1, cuts[1:]
		}
		cols[i] = shift + int32(in) + 1
	}
	return cols
}

// checkLine reports what keepalived does not read whole: lines longer than its buffer, of which
// it drops a buffer's length at a time and reads what is left over, and lines with a NUL, of
// which it reads what stands before it. shift is how many bytes were dropped in front.
func (s *source) checkLine(f *frame, raw string) (line string, shift int32) {
	left := 0
	if f.text != nil {
		left = f.text.left
	}
	if len(raw) > maxLine && f.kind == fileFrame {
		s.longLine(f, raw, left)
	}
	line, shift = readable(raw)
	cut := int(shift)+len(line) < len(raw)
	shift += int32(left)
	if end := shift + int32(len(line)); cut {
		s.report(Problem{
			Pos:      Pos{File: f.name, Line: f.line, Col: end + 1},
			Severity: Warning, Class: General, ID: "nul-byte", Text: clip(raw),
			Message: "NUL byte in the line",
			Instead: "the line ends before it",
			Cure:    "remove it; the file may be damaged or in another encoding such as UTF-16",
		})
	}
	if f.line == 1 && strings.HasPrefix(line, "\ufeff") {
		s.report(Problem{
			Pos: Pos{File: f.name, Line: 1, Col: 1}, End: 4,
			Severity: Warning, Class: General, ID: "byte-order-mark", Text: clip(raw),
			Message: "the file starts with a UTF-8 byte order mark",
			Instead: "the mark is part of the first word, which is therefore unknown",
			Cure:    "save the file without a byte order mark",
		})
	}
	return line, shift
}

// readable is what keepalived reads of a line, and how many bytes in front of that it drops.
func readable(raw string) (line string, shift int32) {
	for line = raw; len(line) > maxLine; shift += maxLine {
		line = line[maxLine:]
	}
	if i := strings.IndexByte(line, 0); i >= 0 {
		line = line[:i]
	}
	return line, shift
}

// longLine reports a line from whose middle left bytes were taken already.
func (s *source) longLine(f *frame, raw string, left int) {
	rest := "nothing of it is used"
	if n := len(raw) % maxLine; n > 0 {
		rest = fmt.Sprintf("its last %d bytes are read as a line of their own, the others are dropped", n)
	}
	s.report(Problem{
		Pos:      Pos{File: f.name, Line: f.line, Col: maxLine + 1},
		Severity: Error, Class: General, ID: "line-length", Text: clip(raw),
		Message: fmt.Sprintf("line of %d bytes: longer than %d", len(raw)+left, maxLine),
		Instead: rest,
		Cure:    "split the line; where a value is that long, put it into a definition of several lines or a script",
	})
}

func (s *source) unterminated(f *fragment, col int32) {
	s.report(Problem{
		Pos:      Pos{File: f.pos.File, Line: f.pos.Line, Col: col},
		Severity: Warning, Class: General, ID: "quote-unterminated", Text: f.raw,
		Message: "double quote that is not closed on this line",
		Instead: "what follows it is ignored",
		Cure:    `add the closing "`,
	})
}

// clip keeps the start of a line that is too long to be shown.
func clip(line string) string {
	if len(line) > maxLine {
		return line[:maxLine]
	}
	return line
}
