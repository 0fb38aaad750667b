package format

import (
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// Text formats the text of one configuration file.
func Text(text string) string {
	f := formatter{lines: dissect(text)}
	for f.at < len(f.lines) {
		f.line()
	}
	units := tidy(f.units)
	indent(units)
	align(units)
	var b strings.Builder
	b.Grow(len(text) + len(text)/4)
	for i := range units {
		units[i].write(&b)
	}
	return b.String()
}

// dissect takes a text apart into lines. Those that may belong to a definition of several lines are
// not to be touched.
func dissect(text string) []parser.SourceLine {
	if text == "" {
		return nil
	}
	var lines []parser.SourceLine
	inside, addressed := false, false
	for i, raw := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if inside {
			lines = append(lines, parser.SourceLine{Raw: raw, Untouchable: true})
			inside = parser.Continuation(raw)
			continue
		}
		l := parser.Dissect(raw, i == 0)
		inside = l.Continues
		alone := len(l.Pieces) == 0
		if !alone && (addressed || directed(l.Comment)) {
			keepTogether(&l)
		}
		addressed = directed(l.Comment) && alone || addressed && alone
		lines = append(lines, l)
	}
	return lines
}

// directed tells whether a comment is one for check, about the line that it stands on or, alone, about
// the next one.
func directed(comment string) bool { return strings.Contains(comment, "holdfast:") }

// keepTogether makes a line that would become several, and that a comment is about, one piece.
func keepTogether(l *parser.SourceLine) {
	var f formatter
	if f.layout(l.Pieces, ""); len(f.units) < 2 {
		return
	}
	const blanks = " \t\r\f\v"
	code := strings.Trim(strings.TrimSuffix(strings.TrimRight(l.Raw, blanks), l.Comment), blanks)
	l.Pieces = []parser.Piece{{Kind: parser.PieceOpaque, Text: code}}
}

// maxText is the longest line that is laid out, in bytes: with its indentation it stays well below
// the 1023 that keepalived reads.
const maxText = 800

// formatter turns source lines into units.
type formatter struct {
	lines []parser.SourceLine
	at    int
	units []unit
}

// line makes the units of the next line, and of a line with the { of its block.
func (f *formatter) line() {
	l := &f.lines[f.at]
	f.at++
	switch {
	case l.Untouchable:
		f.units = append(f.units, unit{kind: raw, code: l.Raw})
	case len(l.Pieces) == 0 && l.Comment == "":
		f.units = append(f.units, unit{kind: blank})
	case size(l) > maxText:
		f.units = append(f.units, unit{kind: raw, code: l.Raw, shape: shapeOf(l.Pieces)})
	default:
		if brace := f.brace(l); brace > 0 {
			f.join(l, brace)
		} else {
			f.layout(l.Pieces, l.Comment)
		}
	}
}

// size is how long a line is at most when it is laid out on one line.
func size(l *parser.SourceLine) int {
	n := len(l.Comment)
	for _, p := range l.Pieces {
		n += len(words(p)) + 1
	}
	return n
}

// brace is the place of the line behind, with nothing but comments between, that starts with the {
// of the block of l and can be joined with it; 0 when there is none.
func (f *formatter) brace(l *parser.SourceLine) int {
	if len(l.Pieces) == 0 {
		return 0
	}
	last := l.Pieces[len(l.Pieces)-1]
	if last.Kind != parser.PieceWords || parser.IsInclude(last.Text) || len(words(last))+len(" { ")+len(l.Comment) > maxText {
		return 0
	}
	for i := f.at; i < len(f.lines); i++ {
		next := &f.lines[i]
		switch {
		case next.Untouchable, directed(next.Comment):
			return 0
		case len(next.Pieces) == 0:
			continue
		case next.Pieces[0].Kind != parser.PieceOpen || size(next) > maxText:
			return 0
		}
		return i
	}
	return 0
}

// join lays out a line with the { that starts the line at brace. Comments between come behind the {.
func (f *formatter) join(l *parser.SourceLine, brace int) {
	next := &f.lines[brace]
	next.Pieces = next.Pieces[1:]
	between := f.lines[f.at:brace]
	comment := l.Comment
	last := l.Pieces[len(l.Pieces)-1]
	if comment == "" && len(next.Pieces) == 0 && !commented(between) && len(words(last))+len(" { ")+len(next.Comment) <= maxText {
		comment, next.Comment = next.Comment, ""
	}
	f.layout(append(l.Pieces[:len(l.Pieces):len(l.Pieces)], parser.Piece{Kind: parser.PieceOpen, Text: "{"}), comment)
	f.at = brace
	if len(next.Pieces) == 0 && next.Comment == "" {
		f.at++
	}
	for i := range between {
		if between[i].Comment != "" {
			f.units = append(f.units, unit{kind: code, comment: between[i].Comment})
		}
	}
}

func commented(lines []parser.SourceLine) bool {
	for i := range lines {
		if lines[i].Comment != "" {
			return true
		}
	}
	return false
}

// layout makes the units of the pieces of one line. A block that ends on the line stays on it.
func (f *formatter) layout(all []parser.Piece, comment string) {
	ends := blocks(all)
	var text string
	flush := func(comment string) {
		if text != "" || comment != "" {
			f.units = append(f.units, unit{kind: code, code: text, comment: comment, shape: shapeOf(parser.Dissect(text, false).Pieces)})
		}
		text = ""
	}
	for i := 0; i < len(all); i++ {
		switch all[i].Kind {
		case parser.PieceWords, parser.PieceOpaque:
			flush("")
			text = words(all[i])
		case parser.PieceOpen:
			text = spaced(text, "{")
			for end := ends[i]; i < end; {
				i++
				text = spaced(text, words(all[i]))
			}
			if i+1 < len(all) {
				flush("")
			}
		case parser.PieceClose:
			flush("")
			if text = "}"; i+1 < len(all) {
				flush("")
			}
		}
	}
	flush(comment)
}

// blocks tells where the block of each { ends on the line; 0 where it does not.
func blocks(all []parser.Piece) []int {
	ends := make([]int, len(all))
	var open []int
	for i, p := range all {
		switch {
		case p.Kind == parser.PieceOpen:
			open = append(open, i)
		case p.Kind == parser.PieceClose && len(open) > 0:
			ends[open[len(open)-1]] = i
			open = open[:len(open)-1]
		}
	}
	return ends
}

func spaced(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// words is the text of a piece with one blank between its words, where that is certain to mean the
// same.
func words(p parser.Piece) string {
	if p.Kind != parser.PieceOpaque {
		return parser.Collapse(p.Text)
	}
	if p.Text[0] != '@' || strings.ContainsAny(p.Text, `"~`) {
		return p.Text
	}
	if _, rest := cutHost(p.Text); parser.IsDirective(rest) {
		return p.Text
	}
	return parser.Collapse(p.Text)
}
