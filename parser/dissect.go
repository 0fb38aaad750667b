package parser

import "strings"

// PieceKind is what a Piece is.
type PieceKind uint8

// Kinds of pieces.
const (
	PieceWords  PieceKind = iota // the words of a statement
	PieceOpen                    // {
	PieceClose                   // }
	PieceOpaque                  // the rest of a line whose words are only known when it is read
)

// Piece is a part of a source line. Its text is that of the file, without the blanks around it.
type Piece struct {
	Kind PieceKind
	Text string
}

// SourceLine is a line of a file as it stands there, taken apart but not read: nothing is put in
// for definitions, no include is followed. It is for those who write files; a blank line has neither
// pieces nor a comment.
type SourceLine struct {
	Raw     string
	Pieces  []Piece
	Comment string // from its # or ! on
	// Untouchable tells that another blank more or less may change what the line means. It has no
	// pieces then.
	Untouchable bool
	// Continues tells that the lines behind may belong to it: see Continuation.
	Continues bool
}

// Dissect takes a line without its line feed apart; first tells that it is the first of its file.
// Lines made of the pieces, in their order and with or without more line feeds between them, give the
// same statements as the line itself, as long as an opaque piece has a line of its own end.
func Dissect(raw string, first bool) SourceLine {
	l := SourceLine{Raw: raw, Continues: continues(raw)}
	if l.Continues || len(raw) > maxLine || strings.IndexByte(raw, 0) >= 0 || first && strings.HasPrefix(raw, "\ufeff") {
		l.Untouchable = true
		return l
	}
	text, cut, quote := stripComment(raw)
	end := len(text) + len(cut)
	code := trim(raw[:end])
	l.Comment = trimRight(raw[end:])
	switch {
	case code == "":
	case quote >= 0 || strings.IndexByte(code, '\\') >= 0:
		l.Pieces = []Piece{{PieceOpaque, code}}
	default:
		l.Pieces = pieces(code)
	}
	return l
}

// pieces takes a text without comment, backslash and odd quote apart.
func pieces(rest string) (all []Piece) {
	for rest != "" {
		head := rest
		brace := openBrace(rest)
		if brace >= 0 {
			head = trimRight(rest[:brace])
		}
		if IsDirective(rest) || strings.IndexByte(head, '$') >= 0 || brace >= 0 && IsInclude(head) {
			return append(all, Piece{PieceOpaque, rest})
		}
		if head != "" {
			all = append(all, Piece{PieceWords, head})
		}
		if brace < 0 {
			break
		}
		kind := PieceOpen
		if rest[brace] == '}' {
			kind = PieceClose
		}
		all, rest = append(all, Piece{kind, rest[brace : brace+1]}), trim(rest[brace+1:])
	}
	return all
}

// openBrace is the place of the first brace outside double quotes, or -1.
func openBrace(text string) int {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			quoted = !quoted
		case '{', '}':
			if !quoted {
				return i
			}
		}
	}
	return -1
}

// IsDirective tells whether a text is, or may become, no statement but a condition, a sequence, an
// include or the like.
func IsDirective(text string) bool {
	text = trim(text)
	if text == "" {
		return false
	}
	if strings.IndexByte("@$~", text[0]) >= 0 {
		return true
	}
	i := 0
	for i < len(text) && !blank[text[i]] {
		i++
	}
	_, ok := includeKeywords[text[:i]]
	return ok && i < len(text)
}

// IsInclude tells whether a word is an include directive: what follows it on its line is a name of
// files, a brace as well.
func IsInclude(word string) bool {
	_, ok := includeKeywords[word]
	return ok
}

// Continuation tells whether, in a definition of several lines, one more line belongs to it after
// this one.
func Continuation(raw string) (more bool) {
	line, _ := readable(raw)
	_, _, more = continuation(line)
	return more
}

// Collapse makes one blank of those that separate words. Where it is not certain that they only do
// that, the text stays as it is.
func Collapse(text string) string {
	if strings.ContainsAny(text, `\'$`) || strings.Count(text, `"`)%2 == 1 {
		return text
	}
	out := make([]byte, 0, len(text))
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '"' {
			quoted = !quoted
		}
		if quoted || !blank[c] {
			out = append(out, c)
		} else if i > 0 && !blank[text[i-1]] {
			out = append(out, ' ')
		}
	}
	return string(out)
}
