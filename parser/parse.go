package parser

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// Parse reads a configuration file with all that it includes and calls each for one top-level
// statement after the other. A statement and what it holds are only valid during the call, so
// that memory does not grow with the file. The problems returned are those of the text itself; a
// block that is never closed and a } that closes nothing are in the statements.
//
// Parse never fails: what cannot be read is a problem, and reading goes on behind it.
func Parse(name string, opts Options, each func(*Statement)) []Problem {
	s := newScanner(opts)
	if !s.openMain(name) {
		return s.problems
	}
	defer s.stop()
	c, blocks := chunk{scanner: s}, grammar(&space{})
	for c.more() {
		b, err := blocks.ParseFromLexer(c.fill())
		if err != nil {
			s.internal(c.first, err)
			continue
		}
		st := b.Tree.root()
		c.settle(st)
		each(st)
	}
	return s.problems
}

// ParseText parses a text that includes nothing.
func ParseText(name, text string, opts Options, each func(*Statement)) []Problem {
	opts.Files = OneFile(name, text)
	return Parse(name, opts, each)
}

// OneFile returns a file system with one file.
func OneFile(name, text string) Files { return oneFile{name: name, text: text} }

// oneFile is a file system with one file.
type oneFile struct{ name, text string }

func (f oneFile) Read(name string) (string, error) {
	if name == f.name {
		return f.text, nil
	}
	return "", fs.ErrNotExist
}
func (oneFile) Glob(string) ([]string, error) { return nil, nil }
func (oneFile) Abs(dir string) string         { return dir }

// internal reports a token that the grammar does not take, which would be a mistake of ours.
func (s *scanner) internal(at lexer.Position, err error) {
	s.report(Problem{
		Pos: posOf(at), Severity: Error, Class: General, ID: "syntax",
		Message: fmt.Sprintf("cannot parse the block: %v", err), Instead: "the block is ignored",
	})
}

// openMain opens the file that the program was called with.
func (s *scanner) openMain(given string) bool {
	name := given
	if s.opts.Files == nil {
		s.opts.Files = oneFile{}
	}
	text, err := s.lines(name)
	if errors.Is(err, fs.ErrNotExist) {
		if name = s.firstMatch(name); name != "" {
			text, err = s.lines(name)
		}
	}
	if err != nil {
		s.unreadableMain(given, err)
		return false
	}
	s.opts.Trace.opened(name, Pos{})
	s.frames = append(s.frames, frame{kind: fileFrame, name: name, text: text})
	return true
}

// unreadableMain reports that the file that the program was called with cannot be read, or not to
// its end.
func (s *source) unreadableMain(name string, err error) {
	p := Problem{
		Pos: Pos{File: name}, Severity: Error, Class: Logged, ID: "file-unreadable",
		Message: cause(name, err), Instead: "there is no configuration", StopsRun: true,
	}
	var skip *SkipError
	if errors.As(err, &skip) {
		p.ID = "file-skipped"
	}
	if errors.Is(err, ErrTooLarge) {
		// keepalived would read it: a test must not pass a file that the daemon refuses.
		p.ID, p.Class, p.Cure = "size-limit", General, "look at what wrote the file: no configuration is that large"
	}
	s.report(p)
}

// firstMatch takes the name of the main file as a pattern, as keepalived does: the first file that
// matches is read, and that there are others is worth a report.
func (s *scanner) firstMatch(pattern string) string {
	var files []string
	names, _ := expandBraces(pattern)
	for _, name := range names {
		files = append(files, s.match(name, strings.ContainsAny(name, "*?["))...)
	}
	if len(files) == 0 {
		return ""
	}
	if len(files) > 1 {
		s.report(Problem{
			Pos: Pos{File: pattern}, Severity: Warning, Class: General, ID: "file-ambiguous",
			Message: fmt.Sprintf("%d files match %s", len(files), pattern),
			Instead: "only " + files[0] + " is read", Cure: "name one file, and let it include the others",
		})
	}
	return files[0]
}
