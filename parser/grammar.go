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
// A function of ours parses it, because the interpreted grammar takes ten times as long; a test holds
// it against the same grammar written as struct tags.
type block struct {
	Tree tree `parser:"@@"`
}

// tree is a top-level statement with all that it holds.
type tree interface{ root() *Statement }

// grammar makes the parser of blocks that lie in a space, one after the other.
func grammar(m *space) *participle.Parser[block] {
	parse := func(lex *lexer.PeekingLexer) (tree, error) {
		m.reset()
		return m, m.statement(&m.top, lex)
	}
	return participle.MustBuild[block](participle.Lexer(definitionOf{}), participle.ParseTypeWith(parse))
}

// space is where the parts of a top-level statement lie. It is used again for the next one.
type space struct {
	top        Statement
	statements []Statement
	words      []Word
}

// root implements tree.
func (m *space) root() *Statement { return &m.top }

// reset makes all of the space free.
func (m *space) reset() { m.top, m.statements, m.words = Statement{}, m.statements[:0], m.words[:0] }

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
		if len(m.words) == cap(m.words) {
			first = m.moreWords(first)
		}
		m.words = append(m.words, w)
	}
	s.Words, s.OddQuote = m.words[first:len(m.words):len(m.words)], split.odd
}

// moreWords makes room for words behind those from first on, which belong to the statement at hand;
// the statements before keep theirs where they are. A piece that is full is not copied: in a block
// of many lines that would take twice the memory.
func (m *space) moreWords(first int) int {
	begun := m.words[first:]
	m.words = append(make([]Word, 0, max(min(2*cap(m.words), wordsPiece), 64, 2*len(begun))), begun...)
	return 0
}

// wordsPiece is how many words are allocated at a time at most.
const wordsPiece = 8192

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
