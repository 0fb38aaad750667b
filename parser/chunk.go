package parser

import (
	"fmt"

	"github.com/alecthomas/participle/v2/lexer"
)

// chunk takes the tokens of one top-level statement after the other off the scanner: it ends where
// the statement does and can then be used for the next one.
type chunk struct {
	*scanner
	ahead   lexer.Token // token read too far; its Type is 0 when there is none
	open    []int       // the open blocks: where the { of each stands among the tokens
	depth   int         // open blocks, those beyond the limit included
	lines   int
	over    bool // the block has too many lines: they are passed over
	done    bool // the statement has ended
	first   lexer.Position
	lex     *lexer.PeekingLexer // what the grammar reads from
	tokens  []lexer.Token       // the tokens of lex
	written int                 // how many of them were set for the statement before
}

// more gets ready for the next statement; it is false at the end of the text.
func (c *chunk) more() bool {
	c.open, c.depth, c.lines, c.over, c.done = c.open[:0], 0, 0, false, false
	if c.ahead.Type == 0 {
		c.scanner.next(&c.ahead)
	}
	c.first = c.ahead.Pos
	return !c.ahead.EOF()
}

// fill returns the tokens of the statement for the grammar.
//
// lexer.Upgrade would make a slice of tokens for each statement, which would be half of all memory
// that is allocated. So one PeekingLexer is kept, rewound and filled anew through its Range, which
// is the slice that it reads from.
func (c *chunk) fill() *lexer.PeekingLexer {
	n := 0
	for {
		if n == len(c.tokens) {
			c.grow()
		}
		tok := &c.tokens[n]
		if !c.next(tok) {
			*tok = lexer.EOFToken(c.first)
			break
		}
		c.count(n)
		n++
	}
	if n+1 < c.written {
		clear(c.tokens[n+1 : c.written]) // they would keep text alive
	}
	c.written = n + 1
	c.lex.LoadCheckpoint(lexer.Checkpoint{})
	return c.lex
}

// grow makes room for more tokens.
func (c *chunk) grow() {
	room := padding(max(256, 2*len(c.tokens)))
	lex, err := lexer.Upgrade(&room)
	if err != nil {
		panic(err) // padding does not fail
	}
	old := c.tokens
	c.lex, c.tokens = lex, lex.Range(0, lexer.RawCursor(max(256, 2*len(old))))
	copy(c.tokens, old)
}

// padding is a lexer of that many tokens, which only make room.
type padding int

// Next implements lexer.Lexer.
func (p *padding) Next() (lexer.Token, error) {
	if *p--; *p < 0 {
		return lexer.EOFToken(lexer.Position{}), nil
	}
	return lexer.Token{Type: tokLine}, nil
}

// count notes at the { of each block how many statements the block has, so that they can be
// allocated together. n is the place of the last token.
func (c *chunk) count(n int) {
	switch c.tokens[n].Type {
	case tokOpen:
		if c.tokens[n].Pos.Offset = 0; n > 0 && c.tokens[n-1].Type != tokLine {
			c.inner()
		}
		c.open = append(c.open, n)
	case tokClose:
		c.open = c.open[:max(len(c.open)-1, 0)]
	case tokLine:
		c.inner()
	}
}

// inner counts a statement of the innermost block.
func (c *chunk) inner() {
	if n := len(c.open); n > 0 {
		c.tokens[c.open[n-1]].Pos.Offset++
	}
}

// settle gives the words of expanded lines their columns, and forgets the lines but for the one
// that was read too far.
func (c *chunk) settle(st *Statement) {
	if len(c.spread) == 0 {
		return
	}
	settle(st, c.spread)
	keep := c.spread[:0]
	if c.ahead.Type != 0 && c.ahead.Pos.Offset < 0 {
		keep = append(keep, c.spread[-c.ahead.Pos.Offset-1])
		c.ahead.Pos.Offset = -1
	}
	clear(c.spread[len(keep):])
	c.spread = keep
}

// next sets tok to the next token of the statement at hand; it is false at its end.
func (c *chunk) next(tok *lexer.Token) bool {
	for {
		if c.ahead.Type != 0 {
			*tok = c.ahead
		} else if c.done {
			return false
		} else {
			c.scanner.next(tok)
		}
		if c.ends(tok) {
			c.ahead = *tok
			return false
		}
		c.ahead.Type = 0
		c.follow(tok)
		if !c.over || tok.Type == tokClose && c.depth == 0 {
			return true
		}
	}
}

// ends tells whether the statement has ended before a token.
func (c *chunk) ends(tok *lexer.Token) bool {
	return tok.EOF() || c.done || c.depth == 0 && c.lines > 0 && tok.Type != tokOpen
}

// follow keeps account of a token of the statement.
func (c *chunk) follow(tok *lexer.Token) {
	switch tok.Type {
	case tokOpen:
		c.depth++
	case tokClose:
		c.depth--
		c.done = c.depth == 0
	case tokStray:
		c.done = true
	}
	if c.lines++; c.lines > c.opts.limits.statements && !c.over && c.depth > 0 {
		c.over = true
		c.report(Problem{
			Pos: posOf(tok.Pos), Severity: Error, Class: General, ID: "block-limit",
			Message: fmt.Sprintf("more than %d lines in one block", c.opts.limits.statements),
			Instead: "the others are ignored", Cure: "look for a } that is missing",
		})
	}
}
