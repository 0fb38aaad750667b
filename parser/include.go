package parser

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// includeCheck is what an include must find.
type includeCheck uint8

const (
	checkRead     includeCheck = 1 << iota // a file that is found can be read
	checkMatch                             // a plain name names a file
	checkWildcard                          // a pattern matches
	checkBrace                             // every alternative of {a,b} names a file
	checkAll      = checkRead | checkMatch | checkWildcard | checkBrace
)

// includeKeywords are the include directives with the checks they add.
var includeKeywords = map[string]includeCheck{
	"include":  0,
	"includer": checkRead,
	"includem": checkMatch | checkRead,
	"includew": checkWildcard | checkRead,
	"includeb": checkBrace | checkRead,
	"includea": checkAll,
}

// include reads an include line; it is false when the line is none. The whole rest of the line is
// the name, blanks, quotes and braces included.
func (s *source) include(f *fragment) bool {
	i := 0
	for i < len(f.text) && !blank[f.text[i]] {
		i++
	}
	check, ok := includeKeywords[f.text[:i]]
	if !ok || i == len(f.text) || s.cut {
		return false
	}
	line := f.from(i)
	line.trimLeft()
	s.expandAll(&line)
	pattern := trim(line.text)
	if pattern == "" {
		return false
	}
	s.includeFiles(&line, pattern, check|s.file().check)
	return true
}

// includeFiles gets ready to read the files that a pattern names.
func (s *source) includeFiles(at *fragment, pattern string, check includeCheck) {
	names, braces := expandBraces(pattern)
	var files []string
	for _, name := range names {
		if !s.lookUp(at) {
			return
		}
		wild := strings.ContainsAny(name, "*?[")
		found := s.match(name, wild)
		files = append(files, found...)
		switch {
		case len(found) > 0:
		case wild:
			s.missing(at, name, "no file matches "+name, check&checkWildcard != 0, true)
		case braces:
			s.missing(at, name, "there is no file "+name, check&checkBrace != 0, false)
		default:
			s.missing(at, name, "there is no file "+name, check&checkMatch != 0, false)
		}
	}
	if len(files) > 0 {
		s.push(frame{kind: includeFrame, files: files, check: check, origin: *at}, at.pos, at.raw)
	}
}

// lookUp counts a question to the file system; beyond the limit the reading stops.
func (s *source) lookUp(at *fragment) bool {
	if s.lookups++; s.lookups > maxLookups && !s.cut {
		s.final(Problem{
			Pos: at.pos, Severity: Error, Class: General, ID: "include-limit", Text: clip(at.raw),
			Message: fmt.Sprintf("more than %d files are included, or looked for", maxLookups),
			Instead: "the rest of the configuration is not read",
			Cure:    "look for a file that is included many times over, or a pattern with many {a,b}",
		})
		s.stop()
	}
	return !s.cut
}

// match finds the files of one name or pattern, which counts from the including file's directory.
func (s *source) match(name string, wild bool) []string {
	full := name
	if dir := s.dir(); !path.IsAbs(name) && dir != "." {
		full = dir + "/" + name
	}
	if s.opts.Files == nil || len(full) > maxName {
		return nil
	}
	pattern := full
	if !wild {
		pattern = globQuote(full)
	}
	found, err := s.opts.Files.Glob(pattern)
	if err != nil {
		return nil
	}
	return found
}

// globQuote makes a pattern that matches only the name itself.
func globQuote(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

// missing reports an include that found nothing. keepalived only mentions a plain name, keeps
// quiet about a pattern, and stops where a check asked for a file.
func (s *source) missing(at *fragment, name, message string, required, quiet bool) {
	p := Problem{
		Pos: at.pos, End: at.pos.Col + int32(len(at.text)), Severity: Warning, Class: Logged,
		ID: "include-missing", Text: at.raw, Message: message, Instead: "the line is ignored",
		Cure: "create the file, or remove the line",
	}
	if strings.ContainsAny(name, `"'`) {
		p.Cure = "write the name without quotes: they are part of it"
	}
	switch {
	case required:
		p.Severity, p.Class, p.StopsRun = Error, MissingInclude, true
		p.Instead = "the configuration is refused"
		p.Cure += "; include instead of this directive tolerates it"
	case quiet:
		p.Severity = Hint
	}
	s.report(p)
}

// open puts a file on the stack. The fragment is copied: it may lie in the stack.
func (s *source) open(from *fragment, name string, check includeCheck) {
	at := &fragment{text: from.text, pos: from.pos, raw: from.raw}
	if s.isOpen(name, nil) {
		s.loop(at, name)
		return
	}
	if !s.lookUp(at) {
		return
	}
	name = strings.Clone(name) // places will refer to it
	text, err := s.lines(name)
	if err != nil {
		s.unreadable(at, name, err, check)
		return
	}
	if s.isOpen("", text.rest) {
		text.Close()
		s.loop(at, name)
		return
	}
	if s.read > maxRead {
		text.Close()
		s.tooLarge(at)
		return
	}
	s.opts.Trace.opened(name, at.pos)
	f := frame{kind: fileFrame, name: name, text: text, check: s.file().check, asked: check, origin: *at}
	if !s.push(f, at.pos, at.raw) {
		text.Close()
	}
}

// isOpen tells whether a file is being read, under that name or as the same file under another one.
func (s *source) isOpen(name string, file io.ReadCloser) bool {
	same, known := file.(Identified)
	for i := range s.frames {
		f := &s.frames[i]
		if f.kind != fileFrame {
			continue
		}
		if f.name == name {
			return true
		}
		if id, ok := f.text.id.(Identified); known && ok && id.ID() == same.ID() {
			return true
		}
	}
	return false
}

// loop reports a file that includes itself, by way of others or not.
func (s *source) loop(at *fragment, name string) {
	s.report(Problem{
		Pos: at.pos, End: at.pos.Col + int32(len(at.text)), Severity: Error, Class: General,
		ID: "include-loop", Text: at.raw, Message: "include of " + name + " from within itself",
		Instead: "the line is ignored", Cure: "remove the line",
	})
}

// tooLarge stops the reading: all files together have grown beyond all measure.
func (s *source) tooLarge(at *fragment) {
	s.final(Problem{
		Pos: at.pos, Severity: Error, Class: General, ID: "size-limit", Text: clip(at.raw),
		Message: fmt.Sprintf("the configuration is larger than %d MB", maxRead>>20),
		Instead: "the rest of the configuration is not read",
		Cure:    "look for a file that is included many times over",
	})
	s.stop()
}

// unreadable reports a file that exists and cannot be read.
func (s *source) unreadable(at *fragment, name string, err error, check includeCheck) {
	p := Problem{
		Pos: at.pos, End: at.pos.Col + int32(len(at.text)), Severity: Warning, Class: Logged,
		ID: "include-unreadable", Text: at.raw, Message: cause(name, err), Instead: "the file is skipped",
		Cure: "remove the line, or include a regular file that can be read",
	}
	var skip *SkipError
	if !errors.As(err, &skip) && check&checkRead != 0 {
		p.Severity, p.Class, p.StopsRun = Error, MissingInclude, true
		p.Instead = "the configuration is refused"
	}
	s.report(p)
}

// cause words an error of Files.Read.
func cause(name string, err error) string {
	var skip *SkipError
	switch {
	case errors.As(err, &skip):
		return skip.Error()
	case errors.Is(err, fs.ErrNotExist):
		return "there is no file " + name
	}
	return "cannot read " + name + ": " + err.Error()
}

// expandBraces expands csh's {a,b} as glob(3) does with GLOB_BRACE. A {} and an unbalanced brace
// stand for themselves. The number of names is bounded, and their length: no file has a longer one.
func expandBraces(pattern string) (names []string, braces bool) {
	const maxNames = 4096
	if len(pattern) > maxName {
		return []string{pattern}, false
	}
	todo := []string{pattern}
	for len(todo) > 0 && len(names) < maxNames {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		open, end, commas := findBraces(p)
		if end < 0 {
			names = append(names, p)
			continue
		}
		braces = true
		if len(todo)+len(commas) >= maxNames {
			continue
		}
		to := end
		for _, c := range slices.Backward(commas) {
			todo = append(todo, p[:open]+p[c+1:to]+p[end+1:])
			to = c
		}
		todo = append(todo, p[:open]+p[open+1:to]+p[end+1:])
	}
	return names, braces
}

// findBraces finds the first { that has its } and is not {}, and the commas directly in it; end is -1
// when there is none.
func findBraces(p string) (open, end int, commas []int) {
	open, end = 0, -1
	var unclosed []int
	for i := 0; i < len(p); i++ {
		switch {
		case p[i] == '{':
			unclosed = append(unclosed, i)
		case p[i] == '}' && len(unclosed) > 0:
			from := unclosed[len(unclosed)-1]
			unclosed = unclosed[:len(unclosed)-1]
			if from+1 < i && (end < 0 || from < open) {
				open, end = from, i
			}
		}
	}
	depth := 0
	for i := open; i < end; i++ {
		switch {
		case p[i] == '{':
			depth++
		case p[i] == '}':
			depth--
		case p[i] == ',' && depth == 1:
			commas = append(commas, i)
		}
	}
	return open, end, commas
}

// includeCheckWords are the arguments of include_check.
var includeCheckWords = map[string]includeCheck{
	"read": checkRead, "match": checkMatch | checkRead,
	"wildcard_match": checkWildcard | checkRead, "brace_match": checkBrace | checkRead,
}

// checks reads an include_check line of global_defs, which works on what follows in the file: the
// only keyword that the parser has to know. What is wrong with it is for others to say.
func (s *source) checks(text string) {
	words := strings.Fields(text)[1:]
	f := s.file()
	if f == nil {
		return
	}
	if len(words) == 0 {
		f.check = checkAll
		return
	}
	check := f.check
	for _, w := range words {
		name := strings.TrimLeft(w, "+-")
		bits, ok := includeCheckWords[name]
		switch {
		case !ok:
			return
		case w[0] == '+':
			check |= bits
		case w[0] == '-':
			if bits != checkRead {
				bits &^= checkRead
			}
			check &^= bits
		case len(words) > 1:
			return
		default:
			check = bits
		}
	}
	f.check = check
}
