package format

import (
	"strings"
	"unicode/utf8"

	"github.com/holdfast-ha/holdfast/parser"
)

// unit is a line of the result.
type unit struct {
	kind    kind
	code    string // with kind raw the whole line
	comment string
	shape   shape
	depth   int
	pad     int // blanks in front of the comment, if there is code too
}

type kind uint8

const (
	code  kind = iota // statements, a comment, or both
	blank             // nothing
	raw               // a line as it stands in the file
)

// shape is what a line does to the depth of those behind it.
type shape struct {
	closes int    // } that it starts with
	net    int    // { less }
	host   string // the @id that it starts with
}

// shapeOf looks at the braces of a line.
func shapeOf(all []parser.Piece) (s shape) {
	leading := true
	for i, p := range all {
		switch p.Kind {
		case parser.PieceWords:
			leading = false
		case parser.PieceOpen:
			leading = false
			s.net++
		case parser.PieceClose:
			if s.net--; leading {
				s.closes++
			}
		case parser.PieceOpaque:
			text := p.Text
			if i == 0 && text[0] == '@' {
				s.host, text = cutHost(text)
			}
			s.braces(text, leading)
		}
	}
	return s
}

// cutHost splits an @id from what it stands in front of.
func cutHost(text string) (host, rest string) {
	if i := strings.IndexAny(text, " \t\r\f\v"); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

// braces counts those of a text that may become anything: as well as can be seen, for it only
// decides on indentation.
func (s *shape) braces(text string, leading bool) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted, leading = !quoted, false
		case quoted || c == ' ' || c == '\t':
		case c == '$' && strings.HasPrefix(text[i:], "${") && strings.IndexByte(text[i:], '}') > 0:
			i += strings.IndexByte(text[i:], '}')
			leading = false
		case c == '}':
			if s.net--; leading {
				s.closes++
			}
		case c == '{':
			s.net++
			leading = false
		default:
			leading = false
		}
	}
}

// tidy leaves out blank lines: at both ends, behind a {, before a } and all but one of several.
func tidy(units []unit) []unit {
	out := units[:0]
	pending := false
	for _, u := range units {
		if u.kind == blank {
			pending = true
			continue
		}
		// Without its blanks a mark on the first line would be a byte order mark.
		marked := len(out) == 0 && u.kind != raw && strings.HasPrefix(u.code, "\ufeff")
		if marked || pending && wanted(out, &u) {
			out = append(out, unit{kind: blank})
		}
		out, pending = append(out, u), false
	}
	return out
}

// wanted tells whether a blank line stays between what there is and the next line. At the start of a
// file it stays before a byte order mark, which would be another one there.
func wanted(out []unit, next *unit) bool {
	if len(out) == 0 {
		return strings.HasPrefix(next.code, "\ufeff")
	}
	last := &out[len(out)-1]
	return !(last.kind == code && strings.HasSuffix(last.code, "{")) && !(next.kind == code && strings.HasPrefix(next.code, "}"))
}

// maxDepth is how deep lines are indented at most; the language itself needs five.
const maxDepth = 16

// indent gives every line its depth. Of several lines for different hosts one after the other, such
// as two first lines of a block, only one counts for what follows.
func indent(units []unit) {
	depth := 0
	hosts := map[string]int{}
	var order []string
	for i := range units {
		u := &units[i]
		if u.kind == blank || u.kind == code && u.code == "" {
			u.depth = depth
			if n := len(order); n > 0 {
				u.depth += hosts[order[n-1]]
			}
			continue
		}
		if u.shape.host == "" {
			for _, h := range order {
				if hosts[h] != 0 {
					depth = max(depth+hosts[h], 0)
					break
				}
			}
			clear(hosts)
			order = order[:0]
			u.depth, depth = max(depth-u.shape.closes, 0), max(depth+u.shape.net, 0)
			continue
		}
		order = append(order, u.shape.host)
		u.depth = max(depth+hosts[u.shape.host]-u.shape.closes, 0)
		hosts[u.shape.host] += u.shape.net
	}
	for i := range units {
		units[i].depth = min(units[i].depth, maxDepth)
	}
}

// maxAligned is the longest line in bytes that comments are aligned on.
const maxAligned = 1000

// align puts the trailing comments of adjacent lines of one depth below one another.
func align(units []unit) {
	for i := 0; i < len(units); {
		end := i
		for end < len(units) && units[end].trailing() && units[end].depth == units[i].depth {
			end++
		}
		alignRun(units[i:end])
		i = max(end, i+1)
	}
}

func (u *unit) trailing() bool { return u.kind == code && u.code != "" && u.comment != "" }

func alignRun(run []unit) {
	widest := 0
	for i := range run {
		widest = max(widest, utf8.RuneCountInString(run[i].code))
	}
	fits := true
	for i := range run {
		u := &run[i]
		u.pad = widest - utf8.RuneCountInString(u.code) + 1
		fits = fits && step*maxDepth+len(u.code)+u.pad+len(u.comment) <= maxAligned
	}
	for i := range run {
		if !fits {
			run[i].pad = 1
		}
	}
}

// step is the indentation of a block in blanks.
const step = 4

// write writes the line.
func (u *unit) write(b *strings.Builder) {
	if u.kind == code {
		for range u.depth * step {
			b.WriteByte(' ')
		}
	}
	b.WriteString(u.code)
	if u.code != "" {
		for range u.pad {
			b.WriteByte(' ')
		}
	}
	b.WriteString(u.comment)
	b.WriteByte('\n')
}
