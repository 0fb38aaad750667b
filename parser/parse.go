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
	c := chunk{scanner: s}
	for c.more() {
		lex, err := lexer.Upgrade(&c)
		if err != nil {
			s.internal(c.first, err)
			continue
		}
		b, err := grammar.ParseFromLexer(lex)
		if err != nil {
			s.internal(c.first, err)
			continue
		}
		st := (*Statement)(&b.Statement)
		c.settle(st)
		each(st)
	}
	return s.problems
}

// ParseText parses a text that includes nothing.
func ParseText(name, text string, opts Options, each func(*Statement)) []Problem {
	opts.Files = oneFile{name: name, text: text}
	return Parse(name, opts, each)
}

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
	text, err := s.opts.Files.Read(name)
	if errors.Is(err, fs.ErrNotExist) {
		if name = s.firstMatch(name); name != "" {
			text, err = s.opts.Files.Read(name)
		}
	}
	if err != nil {
		p := Problem{
			Pos: Pos{File: given}, Severity: Error, Class: Logged, ID: "file-unreadable",
			Message: cause(given, err), Instead: "there is no configuration", StopsRun: true,
		}
		var skip *SkipError
		if errors.As(err, &skip) {
			p.ID = "file-skipped"
		}
		s.report(p)
		return false
	}
	s.read = len(text)
	s.frames = append(s.frames, frame{kind: fileFrame, name: name, text: text})
	return true
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

// chunk is the lexer of one top-level statement after the other: it ends where the statement does
// and can then be used for the next one.
type chunk struct {
	*scanner
	ahead   lexer.Token // token read too far
	peeked  bool
	open    int // open blocks
	lines   int
	over    bool // the block has too many lines: they are passed over
	started bool
	done    bool // the statement has ended
	first   lexer.Position
}

// more gets ready for the next statement; it is false at the end of the text.
func (c *chunk) more() bool {
	*c = chunk{scanner: c.scanner, ahead: c.ahead, peeked: c.peeked}
	if !c.peeked {
		c.ahead, _ = c.scanner.Next()
		c.peeked = true
	}
	c.first = c.ahead.Pos
	return !c.ahead.EOF()
}

// settle gives the words of expanded lines their columns, and forgets the lines but for the one
// that was read too far.
func (c *chunk) settle(st *Statement) {
	if len(c.spread) == 0 {
		return
	}
	settle(st, c.spread)
	keep := c.spread[:0]
	if c.peeked && c.ahead.Pos.Offset < 0 {
		keep = append(keep, c.spread[-c.ahead.Pos.Offset-1])
		c.ahead.Pos.Offset = -1
	}
	clear(c.spread[len(keep):])
	c.spread = keep
}

// Next implements lexer.Lexer for the statement at hand.
func (c *chunk) Next() (lexer.Token, error) {
	for {
		tok := c.ahead
		if !c.peeked {
			if c.done {
				return lexer.EOFToken(c.first), nil
			}
			tok, _ = c.scanner.Next()
		}
		if c.ends(tok) {
			c.ahead, c.peeked = tok, true
			return lexer.EOFToken(tok.Pos), nil
		}
		c.peeked, c.ahead = false, lexer.Token{}
		c.started = true
		c.follow(tok)
		if !c.over || tok.Type == tokClose && c.open == 0 {
			return tok, nil
		}
	}
}

// ends tells whether the statement has ended before a token.
func (c *chunk) ends(tok lexer.Token) bool {
	return tok.EOF() || c.done || c.open == 0 && c.started && tok.Type != tokOpen
}

// follow keeps account of a token of the statement.
func (c *chunk) follow(tok lexer.Token) {
	switch tok.Type {
	case tokOpen:
		c.open++
	case tokClose:
		c.open--
		c.done = c.open == 0
	case tokStray:
		c.done = true
	}
	if c.lines++; c.lines > c.opts.limits.statements && !c.over && c.open > 0 {
		c.over = true
		c.report(Problem{
			Pos: posOf(tok.Pos), Severity: Error, Class: General, ID: "block-limit",
			Message: fmt.Sprintf("more than %d lines in one block", c.opts.limits.statements),
			Instead: "the others are ignored", Cure: "look for a } that is missing",
		})
	}
}
