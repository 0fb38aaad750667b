package parser

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// block is a top-level statement: the unit in which a file is parsed.
//
//	File  = Block* .
//	Block = Stmt | Stray .
//	Stmt  = Line Body? | Body .
//	Body  = "{" Stmt* ("}" | EOF) .
//
// It parses itself, because the interpreted grammar takes ten times as long; a test holds it
// against the same grammar written as struct tags.
type block struct {
	Statement stmt `parser:"@@"`
}

// stmt is a Statement that participle lets parse itself.
type stmt Statement

// grammar is the parser of one block.
var grammar = participle.MustBuild[block](participle.Lexer(definitionOf{}))

// Parse implements participle.Parseable.
func (s *stmt) Parse(lex *lexer.PeekingLexer) error {
	tok := lex.Peek()
	switch tok.Type {
	case tokStray:
		lex.Next()
		s.Pos, s.StrayClose = posOf(tok.Pos), true
		return nil
	case tokLine:
		lex.Next()
		s.head(tok)
		if tok = lex.Peek(); tok.Type != tokOpen {
			return nil
		}
	case tokOpen:
		s.Pos = posOf(tok.Pos)
	default:
		return participle.NextMatch
	}
	return s.body(lex, tok)
}

// body reads the block that starts at the { of open.
func (s *stmt) body(lex *lexer.PeekingLexer, open *lexer.Token) error {
	lex.Next()
	s.HasBlock, s.Open = true, posOf(open.Pos)
	for {
		tok := lex.Peek()
		switch tok.Type {
		case tokClose:
			lex.Next()
			s.Close = posOf(tok.Pos)
			return nil
		case lexer.EOF:
			return nil
		}
		if s.Block == nil {
			s.Block = make([]Statement, 0, 8) // most blocks of a large file hold fewer
		}
		s.Block = append(s.Block, Statement{})
		if err := (*stmt)(&s.Block[len(s.Block)-1]).Parse(lex); err != nil {
			return err
		}
	}
}

// head takes the words of a statement apart. Where they do not stand side by side in the file the
// columns are those of the text, and settle makes them right.
func (s *stmt) head(tok *lexer.Token) {
	s.Pos, s.Text = posOf(tok.Pos), tok.Value
	col := int32(tok.Pos.Column)
	if tok.Pos.Offset < 0 {
		s.Pos.Col = int32(tok.Pos.Offset)
		col = 0
	}
	n, odd := countWords(tok.Value)
	s.OddQuote = odd
	s.Words = make([]Word, n)
	split := splitter{text: tok.Value}
	for i := range s.Words {
		from, to, quoted, _ := split.next()
		w := &s.Words[i]
		w.Text, w.Quoted = tok.Value[from:to], quoted
		w.Line, w.Col = int32(tok.Pos.Line), col+int32(from)
		if quoted {
			w.Col--
		}
	}
}

// settle gives the words of expanded lines their columns. Statements come in the order of their
// tokens.
func settle(s *Statement, spread []fragment) {
	if s.Pos.Col < 0 {
		f := &spread[-s.Pos.Col-1]
		s.Pos = f.at(0)
		for i := range s.Words {
			s.Words[i].Col = f.col(int(s.Words[i].Col))
		}
	}
	for i := range s.Block {
		settle(&s.Block[i], spread)
	}
}
