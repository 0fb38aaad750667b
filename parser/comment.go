package parser

import "strings"

// Classes of bytes, for the lines to which most of the rules do not apply.
const (
	lineByte  = 1 << iota // matters where a line is read: comments, quotes, backslashes, NUL
	tokenByte             // matters where tokens are made: braces, definitions, quotes
)

// classes holds the classes of every byte.
var classes = [256]uint8{
	'"': lineByte | tokenByte, '\\': lineByte, '#': lineByte, '!': lineByte, 0: lineByte,
	'{': tokenByte, '}': tokenByte, '$': tokenByte,
}

// classesOf are the classes of all bytes of a text together.
func classesOf(s string) (all uint8) {
	for i := 0; i < len(s); i++ {
		all |= classes[s[i]]
	}
	return all
}

// stripComment takes the comment off a line. A # or ! starts one anywhere outside double quotes;
// a backslash takes the meaning from the byte behind it, and vanishes itself before # and !. The
// text of the line is kept as is where nothing has to be taken out. quote is the place of a
// double quote that is never closed, or -1.
func stripComment(line string) (text string, cut []int, quote int) {
	i := 0
	for i < len(line) && classes[line[i]]&lineByte == 0 {
		i++
	}
	if i == len(line) {
		return line, nil, -1
	}
	quote = -1
	for ; i < len(line); i++ {
		switch line[i] {
		case '"':
			if quote >= 0 {
				quote = -1
			} else {
				quote = i
			}
		case '\\':
			if i++; quote < 0 && i < len(line) && (line[i] == '#' || line[i] == '!') {
				cut = append(cut, i-1)
			}
		case '#', '!':
			if quote < 0 {
				return without(line[:i], cut), cut, -1
			}
		}
	}
	return without(line, cut), cut, quote
}

// without is s less the bytes at the places of cut, which ascend.
func without(s string, cut []int) string {
	if len(cut) == 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	from := 0
	for _, i := range cut {
		b.WriteString(s[from:i])
		from = i + 1
	}
	b.WriteString(s[from:])
	return b.String()
}
