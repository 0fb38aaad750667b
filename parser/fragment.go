package parser

// fragment is a line of configuration text, or the part of one that is left behind a brace,
// with what is needed to tell where each of its bytes stands in a file.
type fragment struct {
	text string
	pos  Pos // of text[0]
	// cols holds a column for each byte once a definition has been put in; nil: the columns run
	// on from pos.Col, or all bytes are at pos.Col when fixed is set.
	cols  []int32
	fixed bool
	plain bool   // the text has no byte of the class tokenByte
	raw   string // the source line, for the reader of a problem
}

// col is the column of the byte at i; i may be the length of the text.
func (f *fragment) col(i int) int32 {
	switch {
	case f.cols != nil && i < len(f.cols):
		return f.cols[i]
	case f.fixed || f.cols != nil:
		return f.pos.Col
	}
	return f.pos.Col + int32(i)
}

// from is the fragment without its first i bytes.
func (f *fragment) from(i int) fragment {
	rest := *f
	rest.text = f.text[i:]
	rest.pos.Col = f.col(i)
	if f.cols != nil {
		rest.cols = f.cols[i:]
	}
	return rest
}

// at is the position of the byte at i.
func (f *fragment) at(i int) Pos {
	return Pos{File: f.pos.File, Line: f.pos.Line, Col: f.col(i)}
}

// replace puts value in the place of text[i:j]; all of it is said to stand where text[i] stood.
func (f *fragment) replace(i, j int, value string) {
	if !f.fixed {
		col := f.col(i)
		cols := make([]int32, 0, len(f.text)-(j-i)+len(value))
		for k := range i {
			cols = append(cols, f.col(k))
		}
		for range len(value) {
			cols = append(cols, col)
		}
		for k := j; k < len(f.text); k++ {
			cols = append(cols, f.col(k))
		}
		f.cols = cols
	}
	f.text = f.text[:i] + value + f.text[j:]
}

// trimLeft takes leading blanks off.
func (f *fragment) trimLeft() {
	i := 0
	for i < len(f.text) && blank[f.text[i]] {
		i++
	}
	if i > 0 {
		*f = f.from(i)
	}
}

// blank holds the bytes that separate words.
var blank = [256]bool{' ': true, '\t': true, '\r': true, '\n': true, '\f': true, '\v': true}

// trimRight takes trailing blanks off a text.
func trimRight(s string) string {
	for len(s) > 0 && blank[s[len(s)-1]] {
		s = s[:len(s)-1]
	}
	return s
}

// trim takes blanks off both ends of a text.
func trim(s string) string {
	for len(s) > 0 && blank[s[0]] {
		s = s[1:]
	}
	return trimRight(s)
}
