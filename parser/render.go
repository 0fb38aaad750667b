package parser

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// String names the severity as a report shows it.
func (s Severity) String() string {
	switch s {
	case Hint:
		return "hint"
	case Warning:
		return "warning"
	}
	return "error"
}

// String is file:line:col as far as it is known.
func (p Pos) String() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Render shows a problem to a person: the place and what is wrong, the source line with a caret
// below the words meant, what happens instead and the cure. It ends in a line feed.
func Render(p Problem) string {
	var b strings.Builder
	if at := p.Pos.String(); at != "" {
		b.WriteString(Printable(at) + ": ")
	}
	fmt.Fprintf(&b, "%s: %s", p.Severity, Printable(p.Message))
	if p.ID != "" {
		fmt.Fprintf(&b, " [%s]", p.ID)
	}
	b.WriteByte('\n')
	if p.Text != "" {
		renderLine(&b, p)
	}
	for i := range p.Notes {
		fmt.Fprintf(&b, "  %s: %s\n", Printable(p.Notes[i].Pos.String()), Printable(p.Notes[i].Message))
		if t := strings.TrimSpace(p.Notes[i].Text); t != "" {
			fmt.Fprintf(&b, "    %s\n", Printable(t[:min(len(t), shown)]))
		}
	}
	if p.Instead != "" {
		advice(&b, "instead", p.Instead)
	}
	if p.Cure != "" {
		advice(&b, "cure", p.Cure)
	}
	return b.String()
}

// advice writes what happens instead or the cure; text to be pasted stands below as it is.
func advice(b *strings.Builder, name, text string) {
	first, rest, more := strings.Cut(text, "\n")
	fmt.Fprintf(b, "  %s: %s\n", name, Printable(first))
	for more {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		fmt.Fprintf(b, "%s\n", Printable(line))
	}
}

// shown is how many bytes of a source line a report shows around the place meant.
const shown = 160

// renderLine writes the source line and, if the column is known, the carets.
func renderLine(b *strings.Builder, p Problem) {
	text := strings.TrimRight(p.Text, "\r\n")
	from, to := int(p.Pos.Col)-1, int(p.End)-1
	if from < 0 || from > len(text) {
		fmt.Fprintf(b, "  %s\n", Printable(text[:min(len(text), shown)]))
		return
	}
	to = min(max(to, from+1), max(len(text), from+1))
	start := 0
	if len(text) > shown && from > shown/2 {
		start = from - shown/2
		for start > 0 && !utf8.RuneStart(text[start]) {
			start--
		}
	}
	end := min(len(text), start+shown)
	fmt.Fprintf(b, "  %s\n", Printable(text[start:end]))
	lead := Printable(text[start:from])
	n := utf8.RuneCountInString(Printable(text[from:min(to, max(end, from))]))
	fmt.Fprintf(b, "  %s%s\n", strings.Repeat(" ", width(lead)), strings.Repeat("^", max(n, 1)))
}

// Printable shows tabs as one blank and control bytes as a mark, so that a caret below stands
// where it should and a terminal is safe from the file.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
			return '\u00b7'
		}
		return r
	}, strings.ToValidUTF8(s, "\u00b7"))
}

// width is how many columns of a terminal a text takes; East Asian characters take two.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
			r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6) {
			n++
		}
	}
	return n
}
