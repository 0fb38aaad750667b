package answer

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// dialect says how a pattern of PCRE2 is meant where the options of the library cannot say so.
type dialect struct {
	utf, ucp   bool
	ungreedy   bool
	extended   bool
	dollarEnd  bool
	emptyClass bool
}

// translate writes a pattern of PCRE2 in the syntax of the library, which is .NET's: classes are of
// ASCII without ucp, as in PCRE2, and what .NET does not know is written in another way. What cannot
// be is an error.
func translate(pattern string, d dialect) (string, error) {
	t := translator{in: pattern, dialect: d}
	for t.pos < len(t.in) {
		if err := t.item(); err != nil {
			return "", err
		}
	}
	return t.out.String(), nil
}

type translator struct {
	dialect
	in  string
	pos int
	out strings.Builder
	// classed: what was written last within brackets was a class, not a character.
	classed bool
}

// peek is the octet n behind the position, 0 behind the end.
func (t *translator) peek(n int) byte {
	if t.pos+n < len(t.in) {
		return t.in[t.pos+n]
	}
	return 0
}

func (t *translator) skip(n int, write string) {
	t.pos += n
	t.out.WriteString(write)
}

// item translates what is at the position, with its quantifier.
func (t *translator) item() error {
	c := t.in[t.pos]
	switch {
	case c == '\\':
		return t.escape()
	case c == '[':
		return t.class()
	case c == '(':
		return t.group()
	case c == '$' && t.dollarEnd:
		t.skip(1, `\z`)
	case c == '#' && t.extended:
		end := strings.IndexByte(t.in[t.pos:], '\n')
		if end < 0 {
			end = len(t.in) - t.pos - 1
		}
		t.skip(end+1, t.in[t.pos:t.pos+end+1])
	case strings.IndexByte("*+?", c) >= 0 || c == '{' && counted(t.in[t.pos:]) > 0:
		t.quantifier()
	default:
		t.skip(1, t.in[t.pos:t.pos+1])
	}
	return nil
}

// counted is the length of a quantifier in braces, 0 where the brace is a character.
func counted(s string) int {
	end := strings.IndexByte(s, '}')
	if end < 0 {
		return 0
	}
	first, last, ranged := strings.Cut(s[1:end], ",")
	if _, err := strconv.ParseUint(first, 10, 16); err != nil {
		return 0
	}
	if _, err := strconv.ParseUint(last, 10, 16); ranged && last != "" && err != nil {
		return 0
	}
	return end + 1
}

// quantifier turns greed round under ungreedy.
func (t *translator) quantifier() {
	n := 1
	if t.in[t.pos] == '{' {
		n = counted(t.in[t.pos:])
	}
	t.skip(n, t.in[t.pos:t.pos+n])
	switch next := t.peek(0); {
	case next == '+':
		t.skip(1, "+")
	case next == '?' && t.ungreedy:
		t.skip(1, "")
	case next == '?':
		t.skip(1, "?")
	case t.ungreedy:
		t.skip(0, "?")
	}
}

// group translates the beginning of a group.
func (t *translator) group() error {
	rest := t.in[t.pos:]
	if strings.HasPrefix(rest, "(?P<") {
		t.skip(4, "(?<")
		return nil
	}
	if name, found := strings.CutPrefix(rest, "(?P="); found {
		name, _, found = strings.Cut(name, ")")
		if found {
			t.skip(len("(?P=")+len(name)+1, `\k<`+name+`>`)
			return nil
		}
	}
	if strings.HasPrefix(rest, "(?#") {
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return fmt.Errorf("the comment %q is not closed", rest)
		}
		t.skip(end+1, "")
		return nil
	}
	for _, unknown := range []string{"(*", "(?|", "(?R", "(?&", "(?P>", "(?C", "(?+", "(?J", "(?U", "(?^", "(?(R", "(?(DEFINE"} {
		if strings.HasPrefix(rest, unknown) {
			return fmt.Errorf("%q is not supported", unknown)
		}
	}
	if c := t.peek(2); strings.HasPrefix(rest, "(?") && c >= '0' && c <= '9' {
		return fmt.Errorf("%q is not supported", rest[:3])
	}
	// What follows the bracket is no quantifier.
	if strings.HasPrefix(rest, "(?") {
		t.skip(2, "(?")
		return nil
	}
	t.skip(1, "(")
	return nil
}

// top is the last character there is.
const top = "\U0010FFFF"

// Classes of ASCII, as they are written within brackets, and what is not in them.
const (
	digits, noDigits     = `0-9`, `\x00-/:-` + top
	blanks, noBlanks     = `\t-\r `, `\x00-\x08\x0E-\x1F!-` + top
	words, noWords       = `0-9A-Z_a-z`, "\\x00-/:-@\\[-\\^`{-" + top
	vertical, noVertical = `\n-\r\x85\u2028\u2029`, `\x00-\t\x0E-\x84\x86-\u2027\u202A-` + top
	horizontal           = `\t \xA0`
	noHorizontal         = `\x00-\x08\n-\x1F!-\x9F\xA1-` + top
	anything             = `[\x00-` + top + `]`
)

// shorthand is the content of brackets for an escaped letter, empty where it is none.
func (t *translator) shorthand(c byte) string {
	if t.ucp && strings.IndexByte("dDsSwW", c) >= 0 {
		return `\` + string(c)
	}
	return map[byte]string{
		'd': digits, 'D': noDigits, 's': blanks, 'S': noBlanks, 'w': words, 'W': noWords,
		'v': vertical, 'V': noVertical, 'h': horizontal, 'H': noHorizontal,
	}[c]
}

// escape translates what begins with a backslash, outside of brackets.
func (t *translator) escape() error {
	c := t.peek(1)
	if short := t.shorthand(c); short != "" {
		t.skip(2, "["+short+"]")
		return nil
	}
	switch c {
	case 'b', 'B':
		t.skip(2, t.boundary(c == 'B'))
	case 'N':
		t.skip(2, `[^\n]`)
	case 'R':
		t.skip(2, `(?>\r\n|[`+vertical+`])`)
	case 'C':
		t.skip(2, anything)
	case 'Q':
		text, _, _ := strings.Cut(t.in[t.pos+2:], `\E`)
		t.skip(2+len(text), quote(text))
	case 'E':
		t.skip(2, "")
	case 'K', 'o':
		return fmt.Errorf(`"\%c" is not supported`, c)
	case 'g':
		return t.reference()
	case 'k':
		if name, rest, found := strings.Cut(t.in[t.pos+2:], "}"); found && strings.HasPrefix(name, "{") {
			t.skip(len(t.in)-t.pos-len(rest), `\k<`+name[1:]+`>`)
			return nil
		}
		t.skip(2, `\k`)
	default:
		return t.character()
	}
	return nil
}

// boundary is \b or, if not, \B.
func (t *translator) boundary(not bool) string {
	in, out := `(?=[`+words+`])`, `(?![`+words+`])`
	before, behind := `(?<=[`+words+`])`, `(?<![`+words+`])`
	switch {
	case t.ucp && not:
		return `\B`
	case t.ucp:
		return `\b`
	case not:
		return `(?:` + before + in + `|` + behind + out + `)`
	}
	return `(?:` + before + out + `|` + behind + in + `)`
}

// reference is \g: a group that was found before. One that is to be gone through again is not
// supported.
func (t *translator) reference() error {
	rest := strings.TrimPrefix(t.in[t.pos+2:], "{")
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	braces := len(t.in) - t.pos - 2 - len(rest)
	if n == 0 || braces > 0 && !strings.HasPrefix(rest[n:], "}") {
		return fmt.Errorf(`"\g" is only supported with a number`)
	}
	t.skip(2+n+2*braces, `(?:\`+rest[:n]+`)`)
	return nil
}

// character translates an escaped character, which may stand within brackets too.
func (t *translator) character() error {
	if t.pos+1 >= len(t.in) {
		return fmt.Errorf(`the pattern ends in a backslash`)
	}
	if t.peek(1) != 'x' {
		_, n := utf8.DecodeRuneInString(t.in[t.pos+1:])
		t.skip(1+n, t.in[t.pos:t.pos+1+n])
		return nil
	}
	digits, length := t.in[t.pos+2:], 2
	if strings.HasPrefix(digits, "{") {
		text, _, found := strings.Cut(digits[1:], "}")
		if !found {
			return fmt.Errorf(`"\x{" is not closed`)
		}
		digits, length = text, 2+len(text)+2
	} else {
		n := 0
		for n < 2 && n < len(digits) && isHex(digits[n]) {
			n++
		}
		digits, length = digits[:n], 2+n
	}
	if digits == "" {
		digits = "0"
	}
	code, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || code > 0x10ffff || !t.utf && code > 0xff {
		return fmt.Errorf(`"\x%s" is no character`, digits)
	}
	t.skip(length, literal(rune(code)))
	return nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// literal writes a character by its number; those beyond \uFFFF as they are, they mean nothing else.
func literal(r rune) string {
	if r > 0xffff {
		return string(r)
	}
	return fmt.Sprintf(`\u%04X`, r)
}

func quote(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString(literal(r))
	}
	return b.String()
}
