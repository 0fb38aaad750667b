package parser

// splitter walks the words of a statement as keepalived's plain keywords see them: blanks
// separate words, a double quote ends a word and starts one that reaches to the next double quote,
// and a backslash is a byte like any other.
type splitter struct {
	text string
	i    int
	odd  bool // a double quote without its partner was met: there are no more words
}

// next returns the place of the next word in the text; ok is false behind the last.
func (s *splitter) next() (from, to int, quoted, ok bool) {
	t, i := s.text, s.i
	for i < len(t) && blank[t[i]] {
		i++
	}
	if i == len(t) {
		s.i = i
		return 0, 0, false, false
	}
	if t[i] == '"' {
		for j := i + 1; j < len(t); j++ {
			if t[j] == '"' {
				s.i = j + 1
				return i + 1, j, true, true
			}
		}
		s.i, s.odd = len(t), true
		return 0, 0, false, false
	}
	j := i + 1
	for j < len(t) && !blank[t[j]] && t[j] != '"' {
		j++
	}
	s.i = j
	return i, j, false, true
}

// countWords is how many words a text has, and whether a double quote is left over.
func countWords(text string) (n int, odd bool) {
	s := splitter{text: text}
	for {
		if _, _, _, ok := s.next(); !ok {
			return n, s.odd
		}
		n++
	}
}

// QuotedWords splits the text of a statement as keepalived does for keywords that take a quoted
// string (scripts and regular expressions): single and double quotes group and vanish, parts
// without a blank between them are one word, and a backslash starts an escape: \a \b \E \f \n \r
// \t \v, \nnn octal, \xXX hexadecimal, \cC control; any other byte stands for itself. ok is false
// when a quote is never closed: the words before it are returned.
func QuotedWords(text string) (words []string, ok bool) {
	i := 0
	for {
		for i < len(text) && blank[text[i]] {
			i++
		}
		if i == len(text) {
			return words, true
		}
		word, next, closed := quotedWord(text, i)
		if !closed {
			return words, false
		}
		words, i = append(words, word), next
	}
}

// quotedWord reads one word that starts at i.
func quotedWord(text string, i int) (word string, next int, closed bool) {
	var out []byte
	var quote byte
	for i < len(text) {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			var b byte
			b, i = escape(text, i+1)
			out = append(out, b)
			continue
		case quote == 0 && blank[c]:
			return string(out), i, true
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote && quote != 0:
			quote = 0
		default:
			out = append(out, c)
		}
		i++
	}
	return string(out), i, quote == 0
}

// escape reads what follows a backslash and returns the byte meant and the place behind it.
func escape(text string, i int) (b byte, next int) {
	c := text[i]
	switch c {
	case 'a':
		return '\a', i + 1
	case 'b':
		return '\b', i + 1
	case 'E':
		return 0x1b, i + 1
	case 'f':
		return '\f', i + 1
	case 'n':
		return '\n', i + 1
	case 'r':
		return '\r', i + 1
	case 't':
		return '\t', i + 1
	case 'v':
		return '\v', i + 1
	case 'x':
		return hexEscape(text, i+1)
	case 'c':
		if i+1 < len(text) {
			return text[i+1] & 0x1f, i + 2
		}
	}
	if c < '0' || c > '7' {
		return c, i + 1
	}
	for n := 0; n < 3 && i < len(text) && text[i] >= '0' && text[i] <= '7'; n++ {
		b = b<<3 | (text[i] - '0')
		i++
	}
	return b, i
}

// hexEscape reads hexadecimal digits, any number of them; the low byte counts. Without a digit it
// is the letter x.
func hexEscape(text string, i int) (b byte, next int) {
	start := i
	for ; i < len(text); i++ {
		d := hexDigit(text[i])
		if d < 0 {
			break
		}
		b = b<<4 | byte(d)
	}
	if i == start {
		return 'x', i
	}
	return b, i
}

// hexDigit is the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// CommandArgs splits the command of a script, as QuotedWords left it, into program and arguments:
// blanks separate, single and double quotes group, a backslash makes the next byte plain. A quote
// that is never closed reaches to the end.
func CommandArgs(command string) []string {
	var args []string
	for i := 0; ; {
		for i < len(command) && blank[command[i]] {
			i++
		}
		if i == len(command) {
			return args
		}
		var out []byte
		var quote byte
		for ; i < len(command) && (quote != 0 || !blank[command[i]]); i++ {
			c := command[i]
			switch {
			case c == '\\' && i+1 < len(command):
				i++
				out = append(out, command[i])
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
			case c == quote && quote != 0:
				quote = 0
			default:
				out = append(out, c)
			}
		}
		args = append(args, string(out))
	}
}
