package answer

import (
	"fmt"
	"strings"
)

// posixClasses are what may stand between [: and :] within brackets, and what is not in them.
var posixClasses = map[string][2]string{
	"alnum":  {`0-9A-Za-z`, "\\x00-/:-@\\[-`{-" + top},
	"alpha":  {`A-Za-z`, "\\x00-@\\[-`{-" + top},
	"ascii":  {`\x00-\x7F`, `\x80-` + top},
	"blank":  {`\t `, `\x00-\x08\n-\x1F!-` + top},
	"cntrl":  {`\x00-\x1F\x7F`, ` -~\x80-` + top},
	"digit":  {digits, noDigits},
	"graph":  {`!-~`, `\x00- \x7F-` + top},
	"lower":  {`a-z`, "\\x00-`{-" + top},
	"print":  {` -~`, `\x00-\x1F\x7F-` + top},
	"punct":  {"!-/:-@\\[-`{-~", `\x00- 0-9A-Za-z\x7F-` + top},
	"space":  {blanks, noBlanks},
	"upper":  {`A-Z`, `\x00-@\[-` + top},
	"word":   {words, noWords},
	"xdigit": {`0-9A-Fa-f`, "\\x00-/:-@G-`g-" + top},
}

// ucpClasses are those that mean something else under ucp.
var ucpClasses = map[string][2]string{
	"alnum": {`\p{L}\p{N}`, ""},
	"alpha": {`\p{L}`, `\P{L}`},
	"digit": {`\d`, `\D`},
	"lower": {`\p{Ll}`, `\P{Ll}`},
	"space": {`\s`, `\S`},
	"upper": {`\p{Lu}`, `\P{Lu}`},
	"word":  {`\w`, `\W`},
}

// class translates brackets and what is between them.
func (t *translator) class() error {
	start := t.pos
	open := "["
	t.pos++
	if t.peek(0) == '^' {
		open = "[^"
		t.pos++
	}
	if t.peek(0) == ']' && t.emptyClass {
		t.skip(1, map[string]string{"[": `(?!)`, "[^": anything}[open])
		return nil
	}
	t.out.WriteString(open)
	t.classed = false
	for first := true; ; first = false {
		if t.pos >= len(t.in) {
			return fmt.Errorf("%q is not closed", t.in[start:])
		}
		if t.in[t.pos] == ']' && !first {
			t.skip(1, "]")
			return nil
		}
		if err := t.member(); err != nil {
			return err
		}
	}
}

// member translates one thing between brackets.
func (t *translator) member() error {
	rest := t.in[t.pos:]
	classed := t.classed
	t.classed = false
	switch c := rest[0]; {
	case c == '-' && (classed || t.classAt(1)):
		t.skip(1, `\-`) // a class is no end of a range
	case c == '\\':
		return t.escapedMember()
	case c == '[':
		if end := strings.Index(rest, ":]"); end > 1 && rest[1] == ':' {
			name, not := strings.CutPrefix(rest[2:end], "^")
			text := t.posixClass(name, not)
			if text == "" {
				return fmt.Errorf("%q is no class that is supported", rest[:end+2])
			}
			t.skip(end+2, text)
			t.classed = true
			return nil
		}
		t.skip(1, `\[`) // .NET takes classes off one another with it
	case c == ']':
		t.skip(1, `\]`)
	default:
		t.skip(1, rest[:1])
	}
	return nil
}

// posixClass is the content of brackets for a class by its name, or for what is not in it; empty where
// there is none.
func (t *translator) posixClass(name string, not bool) string {
	class := posixClasses[name]
	if u, special := ucpClasses[name]; special && t.ucp {
		class = u
	}
	if not {
		return class[1]
	}
	return class[0]
}

// classAt tells whether a class begins n behind the position.
func (t *translator) classAt(n int) bool {
	switch t.peek(n) {
	case '\\':
		return t.shorthand(t.peek(n+1)) != ""
	case '[':
		return t.peek(n+1) == ':'
	}
	return false
}

func (t *translator) escapedMember() error {
	c := t.peek(1)
	if short := t.shorthand(c); short != "" {
		t.skip(2, short)
		t.classed = true
		return nil
	}
	switch c {
	case 'Q':
		text, _, _ := strings.Cut(t.in[t.pos+2:], `\E`)
		t.skip(2+len(text), quote(text))
	case 'E':
		t.skip(2, "")
	case 'N', 'R', 'X', 'B', 'K', 'C', 'g', 'k', 'o':
		return fmt.Errorf(`"\%c" is not supported within brackets`, c)
	default:
		return t.character()
	}
	return nil
}
