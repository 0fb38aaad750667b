package parser

// Pos is a place in a configuration file. Line and Col count from 1; Col counts bytes of the
// line as it stands in the file. The zero Pos means "no place".
type Pos struct {
	File string
	Line int32
	Col  int32
}

// Word is one word of a statement after definitions have been expanded and quotes taken off.
type Word struct {
	Text   string
	Line   int32 // line it stands on in Statement.Pos.File
	Col    int32
	Source int32 // for the reader's own number of that file; 0: the parser gives none
	Quoted bool  // stood in double quotes: its blanks do not separate words
}

// Statement is one keyword line, with the block that follows it if there is one.
//
// The tree is the natural one: a { belongs to the line before it, whatever its keyword. What
// keepalived makes of a { after a keyword it does not know (the block's } ends the enclosing
// block) is the reader's matter, since only package config knows keywords.
type Statement struct {
	Pos   Pos
	Words []Word // the keyword first; empty only for a stray } or a { that follows no keyword
	// HasBlock tells that a { follows. Open and Close are the places of the braces; Close is the
	// zero Pos when the file ends before the }.
	HasBlock    bool
	Open, Close Pos
	Block       []Statement
	// StrayClose marks a } at the top level that closes nothing.
	StrayClose bool
	// Text is the statement after definitions have been expanded and before words are split, for
	// the keywords whose argument is a quoted string with escapes: see QuotedWords.
	Text string
	// OddQuote tells that a double quote is left without its partner: Words ends before it. It is
	// an error unless the keyword takes a quoted string, in which \" is an escape.
	OddQuote bool
}
