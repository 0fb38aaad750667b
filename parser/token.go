package parser

import (
	"io"

	"github.com/alecthomas/participle/v2/lexer"
)

// Kinds of tokens. One token is a whole statement head, which is what makes the parser fast.
const (
	tokLine  lexer.TokenType = -(iota + 2) // the words of a statement
	tokOpen                                // {
	tokClose                               // } of an open block
	tokStray                               // } that closes nothing
)

// symbols names the kinds for the grammar.
var symbols = map[string]lexer.TokenType{
	"EOF": lexer.EOF, "Line": tokLine, "Open": tokOpen, "Close": tokClose, "Stray": tokStray,
}

// definitionOf is the lexer.Definition of the language for a text that includes nothing.
type definitionOf struct{ opts Options }

// Symbols implements lexer.Definition.
func (definitionOf) Symbols() map[string]lexer.TokenType { return symbols }

// Lex implements lexer.Definition.
func (d definitionOf) Lex(name string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	s := newScanner(d.opts)
	s.push(frame{kind: fileFrame, name: name, text: &Lines{text: string(text)}}, Pos{}, "")
	return s, nil
}

// scanner makes tokens of lines.
type scanner struct {
	source
	line    fragment // what is left of the line being read
	pending bool     // line holds something
	brace   lexer.Token
	braced  bool // brace is the next token
	depth   int
	over    int // blocks beyond maxDepth, which are flattened
	// spread holds the fragments whose words do not stand side by side in the file; a token refers
	// to it by a negative offset.
	spread []fragment
	used   int // replacements in the line being read
}

func newScanner(opts Options) *scanner { return &scanner{source: *newSource(opts)} }

// Next implements lexer.Lexer.
func (s *scanner) Next() (tok lexer.Token, err error) {
	s.next(&tok)
	return tok, nil
}

// next sets tok to the next token.
func (s *scanner) next(tok *lexer.Token) {
	for {
		if s.braced {
			s.braced = false
			if s.nest() {
				*tok = s.brace
				return
			}
			continue
		}
		if !s.pending {
			if s.cut || !s.source.next(&s.line) {
				*tok = lexer.EOFToken(s.end())
				return
			}
			s.used = 0
		}
		s.pending = false
		if s.scan(tok) {
			return
		}
	}
}

// end is the position of the end of the text.
func (s *scanner) end() lexer.Position {
	return lexer.Position{Filename: s.line.pos.File, Line: int(s.line.pos.Line), Column: int(s.line.pos.Col)}
}

// nest follows the depth of the brace that comes next and settles what kind of } it is. It is
// false for the braces of blocks beyond the limit, which are left out.
func (s *scanner) nest() bool {
	if s.brace.Type == tokOpen {
		if s.depth == maxDepth {
			if s.over++; s.over == 1 {
				s.report(Problem{
					Pos: posOf(s.brace.Pos), Severity: Error, Class: General, ID: "depth-limit", Text: clip(s.line.raw),
					Message: "blocks lie more than 64 deep within one another",
					Instead: "the braces of the deeper ones are ignored", Cure: "look for a } that is missing",
				})
			}
			return false
		}
		s.depth++
		return true
	}
	switch {
	case s.over > 0:
		s.over--
		return false
	case s.depth == 0:
		s.brace.Type = tokStray
	default:
		s.depth--
	}
	return true
}

// scan reads the line up to its first brace outside double quotes. A backslash does not keep a
// quote from being one here, as it does not for the words of a line. The token is that of the
// words before the brace; without any, ok is false and the caller goes on.
func (s *scanner) scan(tok *lexer.Token) (ok bool) {
	if s.directive() {
		return false
	}
	f := &s.line
	if f.plain {
		s.head(tok, f, f.text)
		return true
	}
	quoted := false
	i := 0
scan:
	for ; i < len(f.text); i++ {
		c := f.text[i]
		if classes[c]&tokenByte == 0 {
			continue
		}
		switch {
		case c == '"':
			quoted = !quoted
		case c == '$':
			if s.used < maxReplacements && s.expand(f, i) {
				if s.used++; s.used == maxReplacements {
					s.recursive(f, i)
				}
				if i--; i < 0 && s.directive() {
					return false
				}
			}
		case !quoted:
			break scan
		}
	}
	head := trimRight(f.text[:min(i, len(f.text))])
	if ok = head != ""; ok && head[0] == '"' {
		n, _ := countWords(head)
		ok = n > 0
	}
	if ok {
		s.head(tok, f, head)
	}
	if i < len(f.text) {
		s.brace = lexer.Token{Type: tokOpen, Value: "{", Pos: position(f.at(i))}
		if f.text[i] == '}' {
			s.brace.Type, s.brace.Value = tokClose, "}"
		}
		s.braced = true
		if s.pending = i+1 < len(f.text); s.pending {
			s.line = f.from(i + 1)
		}
	}
	return ok
}

// head sets tok to the words of a statement.
func (s *scanner) head(tok *lexer.Token, f *fragment, text string) {
	*tok = lexer.Token{Type: tokLine, Value: text, Pos: position(f.pos)}
	if f.cols != nil || f.fixed {
		tok.Pos.Column = int(f.col(0))
		// The lines that one use of a definition makes stand at one place: the first speaks for all.
		n := len(s.spread)
		if f.cols != nil || n == 0 || s.spread[n-1].cols != nil || s.spread[n-1].pos != f.pos {
			kept := *f
			s.spread = append(s.spread, kept)
		}
		tok.Pos.Offset = -len(s.spread)
	}
	if len(text) > len("include_check") && text[0] == 'i' && text[:len("include_check")] == "include_check" || text == "include_check" {
		s.checks(text)
	}
}

// directive handles the lines that are not statements: conditions, definitions, sequences and
// includes. It is true when nothing is left of the line.
func (s *scanner) directive() (done bool) {
	for {
		f := &s.line
		f.trimLeft()
		if f.text == "" {
			return true
		}
		switch f.text[0] {
		case '@':
			if !s.condition(f) {
				return true
			}
			continue
		case '$':
			return s.define(f)
		case '~':
			return s.repeat(f)
		case 'i':
			return s.include(f)
		}
		return false
	}
}

// condition reads an @id at the start of a line and takes it off; it is false when the line is
// meant for other hosts.
func (s *scanner) condition(f *fragment) bool {
	i, not := 1, false
	if i < len(f.text) && f.text[i] == '^' {
		i, not = 2, true
	}
	end := i
	for end < len(f.text) && !blank[f.text[end]] {
		end++
	}
	if (f.text[i:end] == s.opts.ConfigID) == not {
		return false
	}
	*f = f.from(end)
	return true
}

// expandAll puts all definitions into a text.
func (s *source) expandAll(f *fragment) {
	for i, n := 0, 0; i < len(f.text) && n < maxReplacements; i++ {
		if f.text[i] == '$' && s.expand(f, i) {
			i, n = i-1, n+1
		}
	}
}

// recursive reports a definition that never ends.
func (s *scanner) recursive(f *fragment, i int) {
	s.report(Problem{
		Pos: f.at(i), Severity: Error, Class: General, ID: "definition-loop", Text: f.raw,
		Message: "definitions are put into this line over and over again",
		Instead: "the rest of it is left as text",
		Cure:    "look for a definition that leads back to itself",
	})
}

// position and posOf convert between our places and those of participle.
func position(p Pos) lexer.Position {
	return lexer.Position{Filename: p.File, Line: int(p.Line), Column: int(p.Col)}
}

func posOf(p lexer.Position) Pos {
	return Pos{File: p.Filename, Line: int32(p.Line), Col: int32(p.Column)}
}
