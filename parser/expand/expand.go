package expand

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// Text writes out what a configuration file says with all that it includes. The problems are those
// of reading it. The error says why there is no result: the file cannot be read or is one that
// keepalived refuses, or has a statement that no single file can hold.
func Text(name string, opts parser.Options) (string, []parser.Problem, error) {
	w := writer{}
	before, problems := parser.DigestEach(name, opts, func(s *parser.Statement) { w.statement(s, 0) })
	for i := range problems {
		if p := &problems[i]; p.StopsRun {
			return "", problems, fmt.Errorf("%s: %s", p.Pos, p.Message)
		}
	}
	if w.err != nil {
		return "", problems, w.err
	}
	text := w.text()
	opts.Files = parser.OneFile(name, text)
	if after, _ := parser.Digest(name, opts); after != before {
		return "", problems, errors.New("write configuration: it cannot be said without its definitions: a name like $_HASH is defined anew, or a line is expanded without end")
	}
	return text, problems, nil
}

// writer writes statements.
type writer struct {
	out  strings.Builder
	at   parser.Pos // of the last line
	glue bool       // a { or } has to follow the last line without a blank or line feed
	err  error
}

// maxLine is the longest line in bytes that keepalived reads.
const maxLine = 1023

// statement writes a statement with its block.
func (w *writer) statement(s *parser.Statement, depth int) {
	w.from(s.Pos, depth)
	head := ""
	if len(s.Words) > 0 || s.Text != "" {
		head = w.line(s)
	}
	switch {
	case s.StrayClose:
		w.put("}", depth, s.Pos)
		return
	case !s.HasBlock:
		w.put(head, depth, s.Pos)
		return
	case head != "" && !takesBrace(head):
		w.put(head, depth, s.Pos)
		w.put("{", depth, s.Pos)
	case head != "":
		w.put(head+" {", depth, s.Pos)
	default:
		w.put("{", depth, s.Pos)
	}
	for i := range s.Block {
		w.statement(&s.Block[i], depth+1)
	}
	if s.Close.Line != 0 {
		w.from(s.Close, depth+1)
		w.put("}", depth, s.Close)
	}
}

// from tells where the next line stands, when that is another file than the last one's, or the same
// one read again.
func (w *writer) from(at parser.Pos, depth int) {
	same := at.File == w.at.File && at.Line >= w.at.Line
	w.at = at
	if same {
		return
	}
	w.put(fmt.Sprintf("# from %s:%d", shown(at.File), at.Line), depth, at)
}

// shown is a file's name in a comment: a backslash or line feed of it must not mean anything.
func shown(name string) string {
	const most = 300
	if len(name) > most {
		name = "..." + name[len(name)-most:]
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f || r == '\ufffd' }) {
		return fmt.Sprintf("%q", name)
	}
	return name
}

// put writes a line. One that is too long with its indentation goes without.
func (w *writer) put(line string, depth int, at parser.Pos) {
	indent := strings.Repeat("    ", min(depth, 16))
	if len(indent)+len(line) > maxLine {
		indent = ""
	}
	if len(line) > maxLine && w.err == nil {
		w.err = fmt.Errorf("%s: the statement has more than %d bytes without its definitions: no line can hold it", at, maxLine)
	}
	if !w.glue || line != "{" && line != "}" {
		if w.out.Len() > 0 {
			w.out.WriteByte('\n')
		}
		w.out.WriteString(indent)
	}
	w.out.WriteString(line)
	w.glue = unfinished(line)
}

// text is what has been written.
func (w *writer) text() string {
	if w.out.Len() > 0 {
		w.out.WriteByte('\n')
	}
	return w.out.String()
}

// unfinished tells whether a text ends in one of keepalived's own definitions that stayed as it is,
// because it was a brace that followed: a blank or the end of the line would have put its value in.
func unfinished(text string) bool {
	i := strings.LastIndexByte(text, '$')
	return i >= 0 && parser.IsPredefined(text[i+1:])
}

// takesBrace tells whether a { behind the text opens its block.
func takesBrace(head string) bool {
	return !parser.IsInclude(head) && !unfinished(head) && strings.Count(head, `"`)%2 == 0 && !strings.HasSuffix(strings.TrimSpace(head), `\`)
}

// line writes the text of a statement so that it is read as it is: a # or ! outside quotes would
// start a comment.
func (w *writer) line(s *parser.Statement) string {
	text := parser.Collapse(s.Text)
	if strings.Contains(text, "\n") && w.err == nil {
		w.err = fmt.Errorf("%s: a value of the environment has a line feed: no line can hold it", s.Pos)
	}
	if becomesDirective(text) && w.err == nil {
		w.err = fmt.Errorf("%s: what the definitions of the line make together would be read as a definition, condition, sequence or include", s.Pos)
	}
	var b strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\\' && i+1 < len(text):
			b.WriteByte(c)
			i++
			c = text[i]
			if !quoted && mark(c) != "" { // a backslash alone would vanish
				b.WriteString(mark(c))
				continue
			}
		case !quoted && mark(c) != "":
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	if strings.HasSuffix(text, `\`) {
		b.WriteByte(' ') // at the very end it would stick to the word before
	}
	return b.String()
}

// definition is the start of a line that defines a name.
var definition = regexp.MustCompile(`^\$[A-Za-z_][A-Za-z0-9_]*=`)

// becomesDirective tells whether a statement would be none if it stood in a file like this. It can be
// one all the same: keepalived only looks at what stands there before definitions are put in.
func becomesDirective(text string) bool {
	switch {
	case text == "" || !parser.IsDirective(text):
		return false
	case text[0] == '$':
		return definition.MatchString(text)
	case text[0] == '~':
		return strings.IndexByte(text, '(') > 0
	}
	return true
}

// mark is the definition that stands for a byte that starts a comment.
func mark(c byte) string {
	switch c {
	case '#':
		return "${_HASH}"
	case '!':
		return "${_BANG}"
	}
	return ""
}
