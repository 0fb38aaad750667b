package parser

import (
	"sync"

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
	Root root `parser:"@@"`
}

// root is a Statement that participle lets parse itself.
type root struct {
	Statement
	space *space
}

// grammar is the parser of one block.
var grammar = participle.MustBuild[block](participle.Lexer(definitionOf{}))

// Parse implements participle.Parseable.
func (r *root) Parse(lex *lexer.PeekingLexer) error {
	r.space = spaces.Get().(*space)
	r.space.reset()
	return r.space.statement(&r.Statement, lex)
}

// done gives the memory of the statement back.
func (r *root) done() { spaces.Put(r.space) }

// space is where the parts of a top-level statement lie. It is used again for the next one.
type space struct {
	statements []Statement
	words      []Word
}

// spaces are those that no statement uses: participle makes the root and can be given nothing.
var spaces = sync.Pool{New: func() any { return &space{} }}

// reset makes all of the space free.
func (m *space) reset() { m.statements, m.words = m.statements[:0], m.words[:0] }

// block returns room for n statements.
func (m *space) block(n int) []Statement {
	at := len(m.statements)
	if at+n > cap(m.statements) { // the blocks that have their room keep it
		m.statements, at = make([]Statement, 0, max(64, n, 2*cap(m.statements))), 0
	}
	m.statements = m.statements[:at+n]
	return m.statements[at : at : at+n]
}

// statement reads a statement with its block.
func (m *space) statement(s *Statement, lex *lexer.PeekingLexer) error {
	tok := lex.Peek()
	switch tok.Type {
	case tokStray:
		lex.Next()
		s.Pos, s.StrayClose = posOf(tok.Pos), true
		return nil
	case tokLine:
		lex.Next()
		m.head(s, tok)
		if tok = lex.Peek(); tok.Type != tokOpen {
			return nil
		}
	case tokOpen:
		s.Pos = posOf(tok.Pos)
	default:
		return participle.NextMatch
	}
	return m.body(s, lex, tok)
}

// body reads the block that starts at the { of open. The number of statements that a chunk has
// noted there only tells how much room to take.
func (m *space) body(s *Statement, lex *lexer.PeekingLexer, open *lexer.Token) error {
	lex.Next()
	s.HasBlock, s.Open = true, posOf(open.Pos)
	if n := open.Pos.Offset; n > 0 {
		s.Block = m.block(n)
	}
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
		s.Block = append(s.Block, Statement{})
		if err := m.statement(&s.Block[len(s.Block)-1], lex); err != nil {
			return err
		}
	}
}

// head takes the words of a statement apart. Where they do not stand side by side in the file the
// columns are those of the text, and settle makes them right.
func (m *space) head(s *Statement, tok *lexer.Token) {
	s.Pos, s.Text = posOf(tok.Pos), tok.Value
	col := int32(tok.Pos.Column)
	if tok.Pos.Offset < 0 {
		s.Pos.Col = int32(tok.Pos.Offset)
		col = 0
	}
	split := splitter{text: tok.Value}
	first := len(m.words)
	for {
		from, to, quoted, ok := split.next()
		if !ok {
			break
		}
		w := Word{Text: tok.Value[from:to], Line: int32(tok.Pos.Line), Col: col + int32(from), Quoted: quoted}
		if quoted {
			w.Col--
		}
		m.words = append(m.words, w) // where it moves, the statements before keep the old ones
	}
	s.Words, s.OddQuote = m.words[first:len(m.words):len(m.words)], split.odd
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
