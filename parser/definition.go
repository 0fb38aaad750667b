package parser

import (
	"fmt"
	"strconv"
	"strings"
)

// definition is the value of a $NAME: one line, or several of which the first stands in the place
// where it is used and the others follow.
type definition struct {
	lines []string // never empty
	at    Pos      // where it is made
}

// nameLen is how many bytes of s are the name of a definition.
func nameLen(s string) int {
	i := 0
	for i < len(s) && (s[i] == '_' || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' || i > 0 && s[i] >= '0' && s[i] <= '9') {
		i++
	}
	return i
}

// define reads "$NAME=value" at the start of a line; it is false when the line is none.
func (s *source) define(f *fragment) bool {
	n := nameLen(f.text[1:])
	if n == 0 || n+1 >= len(f.text) || f.text[n+1] != '=' {
		return false
	}
	name, value := f.text[1:n+1], f.text[n+2:]
	lines := []string{trim(value)}
	if top := s.top(); top != nil && top.kind == fileFrame && !f.fixed && continues(f.raw) && top.line == f.pos.Line {
		lines = s.continued(top, lines[0])
	}
	for i := range lines {
		lines[i] = strings.Clone(lines[i]) // the text around them need not live on
	}
	s.defs[strings.Clone(name)] = definition{lines: lines, at: f.pos}
	return true
}

// top is the innermost frame.
func (s *source) top() *frame {
	if len(s.frames) == 0 {
		return nil
	}
	return &s.frames[len(s.frames)-1]
}

// continues tells whether a line as it stands in the file ends in a backslash.
func continues(raw string) bool {
	raw = trimRight(raw)
	return raw != "" && raw[len(raw)-1] == '\\'
}

// continued reads the lines of a definition up to the first without a backslash at its end.
// Comments go, the backslash goes, lines of nothing else go and do not count; a line without a
// single byte is the last.
func (s *source) continued(f *frame, first string) []string {
	var lines []string
	if first = trim(strings.TrimSuffix(first, `\`)); first != "" {
		lines = append(lines, first)
	}
	for more := true; more; {
		raw, ok := s.rawLine(f)
		if !ok {
			break
		}
		line, _ := s.checkLine(f, raw)
		var text string
		var quote int
		if text, quote, more = continuation(line); quote >= 0 {
			s.unterminated(&fragment{pos: Pos{File: f.name, Line: f.line}, raw: raw}, int32(quote)+1)
		}
		if text != "" {
			lines = append(lines, text)
		}
	}
	if len(lines) == 0 {
		lines = []string{""}
	}
	return lines
}

// continuation reads a line of a definition: what it adds, the place of a double quote that is
// never closed or -1, and whether the next line belongs to the definition too.
func continuation(line string) (text string, quote int, more bool) {
	if more = continues(line); more {
		line = trimRight(line)
		line = line[:len(line)-1]
	}
	text, _, quote = stripComment(line)
	text = trim(text)
	return text, quote, more || text == "" && line != ""
}

// reference is a $NAME or ${NAME ...} found in a line.
type reference struct {
	name   string
	args   string // what follows the name within braces
	end    int    // behind the reference
	braces bool
}

// findReference reads the reference that the $ at i starts.
func findReference(text string, i int) (r reference, ok bool) {
	if i+1 >= len(text) {
		return r, false
	}
	if text[i+1] != '{' {
		n := nameLen(text[i+1:])
		return reference{name: text[i+1 : i+1+n], end: i + 1 + n}, n > 0
	}
	n := nameLen(text[i+2:])
	end := strings.IndexByte(text[i+2+n:], '}')
	if n == 0 || end < 0 {
		return r, false
	}
	end += i + 2 + n
	return reference{name: text[i+2 : i+2+n], args: text[i+2+n : end], end: end + 1, braces: true}, true
}

// terminated tells whether the byte behind a reference without braces ends it.
func terminated(text string, i int) bool {
	return i == len(text) || blank[text[i]] || text[i] == ',' || text[i] == ')'
}

// expand replaces the reference at i by its value, once. It is false when the text stays as it is.
// What follows the first line of a definition of several lines is put on the stack; such a
// definition is only put in where it ends the line.
func (s *source) expand(f *fragment, i int) bool {
	r, ok := findReference(f.text, i)
	if !ok {
		return false
	}
	def, known := s.defs[r.name]
	if !known || r.args != "" {
		value, known := s.predefined(r, f)
		if !known || !r.braces && !terminated(f.text, r.end) {
			s.hintUnexpanded(f, i, r, known)
			return false
		}
		return s.put(f, i, r.end, value)
	}
	if !r.braces && !terminated(f.text, r.end) {
		s.hintUnexpanded(f, i, r, true)
		return false
	}
	if len(def.lines) > 1 {
		if trim(f.text[r.end:]) != "" {
			return false
		}
		if !s.push(frame{kind: linesFrame, lines: def.lines[1:], origin: fragment{pos: f.at(i), raw: f.raw}}, f.at(i), f.raw) {
			f.text = f.text[:i]
			return false
		}
	}
	s.opts.Trace.used(r.name, f.at(i), def.at)
	return s.put(f, i, r.end, def.lines[0])
}

// put puts a value into a line, within the limits.
func (s *source) put(f *fragment, i, end int, value string) bool {
	if len(f.text)+len(value) > maxExpanded {
		s.report(Problem{
			Pos: f.at(i), End: f.at(i).Col + 1, Severity: Error, Class: General, ID: "expansion-length", Text: f.raw,
			Message: fmt.Sprintf("the line grows beyond %d bytes when definitions are put in", maxExpanded),
			Instead: "the definition is left as text",
			Cure:    "look for a definition that leads back to itself",
		})
		return false
	}
	if !s.spend(len(f.text)+len(value), f) {
		f.text = f.text[:i]
		return false
	}
	f.replace(i, end, value)
	return true
}

// predefined is the value of a name that starts with _.
func (s *source) predefined(r reference, f *fragment) (string, bool) {
	args := trim(r.args)
	switch r.name {
	case "_PWD":
		if s.opts.Files == nil {
			return s.dir(), args == ""
		}
		return s.opts.Files.Abs(s.dir()), args == ""
	case "_INSTANCE":
		return s.opts.Instance, args == ""
	case "_HASH":
		return "#", args == ""
	case "_BANG":
		return "!", args == ""
	case "_RANDOM":
		return s.random(args)
	case "_ENV":
		if args == "" || nameLen(args) != len(args) || !r.braces {
			return "", false
		}
		if s.opts.Env != nil {
			if v, ok := s.opts.Env(args); ok {
				return v, true
			}
		}
		s.hint(f, r.name+" "+args, Problem{
			Pos: f.pos, ID: "environment-unset",
			Message: "the environment variable " + args + " is not set",
			Instead: "nothing is put in its place",
			Cure:    "set it in the service's environment",
		})
		return "", true
	}
	return "", false
}

// IsPredefined tells whether a name is that of a definition that every configuration has.
func IsPredefined(name string) bool {
	switch name {
	case "_PWD", "_INSTANCE", "_HASH", "_BANG", "_RANDOM", "_ENV":
		return true
	}
	return false
}

// random is the value of ${_RANDOM min max}.
func (s *source) random(args string) (string, bool) {
	bounds := [2]int64{0, 32767}
	words := strings.Fields(args)
	if len(words) > 2 {
		return "", false
	}
	for i, w := range words {
		n, err := strconv.ParseUint(w, 10, 31)
		if err != nil {
			return "", false
		}
		bounds[i] = int64(n)
	}
	lo, hi := min(bounds[0], bounds[1]), max(bounds[0], bounds[1])
	n := lo
	if s.opts.Random != nil {
		n = s.opts.Random(lo, hi)
	}
	return strconv.FormatInt(n, 10), true
}

// hintUnexpanded tells of a $ that looks like a reference and stays text: outside quotes that is
// rarely meant.
func (s *source) hintUnexpanded(f *fragment, i int, r reference, known bool) {
	if r.args != "" || strings.Count(f.text[:i], `"`)%2 == 1 {
		return
	}
	p := Problem{Pos: f.at(i), End: f.at(i).Col + int32(len(r.name)) + 1, ID: "definition-unknown",
		Message: "$" + r.name + " is not defined",
		Instead: "it is left as text",
		Cure:    "define it above with $" + r.name + "=value"}
	if r.braces {
		p.End += 2
	}
	if known {
		p.ID = "definition-terminator"
		p.Message = fmt.Sprintf("$%s is not expanded before %q", r.name, f.text[r.end:r.end+1])
		p.Cure = "write ${" + r.name + "}"
	}
	s.hint(f, r.name+" "+p.ID, p)
}

// hint reports something that keepalived is silent about, once for each key.
func (s *source) hint(f *fragment, key string, p Problem) {
	if s.hinted[key] || len(s.hinted) >= maxProblems {
		return
	}
	s.hinted[key] = true
	p.Severity, p.Class, p.Text = Hint, Logged, f.raw
	s.report(p)
}
