package parser

import (
	"strings"
	"testing"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/holdfast-ha/holdfast/internal/footprint"
)

// tokensOf lexes a text to its end.
func tokensOf(text string) (tokens []lexer.Token, s *scanner) {
	s = newScanner(Bounded(Options{ConfigID: "me"}))
	s.push(frame{kind: fileFrame, name: "main", text: &Lines{text: text, read: &s.read}}, Pos{}, "")
	for {
		tok, _ := s.Next()
		if tok.EOF() {
			return tokens, s
		}
		tokens = append(tokens, tok)
	}
}

// FuzzLexer holds that every token stands where it says, that no two overlap, that nothing but
// blanks and comments lies between them, and that memory stays within its bound.
func FuzzLexer(f *testing.F) {
	for _, text := range statementSeeds {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if IsLarge(text) {
			return
		}
		var s *scanner
		n := 0
		took := footprint.Allocated(func() {
			s = newScanner(Bounded(Options{ConfigID: "me"}))
			s.push(frame{kind: fileFrame, name: "main", text: &Lines{text: text, read: &s.read}}, Pos{}, "")
			for tok, _ := s.Next(); !tok.EOF(); tok, _ = s.Next() {
				n++
			}
		})
		most := footprint.Bound(len(text)+s.bytes, n, len(s.problems))
		if strings.Contains(text, "$") {
			most += 4 << 20 // lines that stand for themselves end at the limit of nesting, whatever their length
		}
		if took > most {
			t.Errorf("%d bytes allocated for %d of text and %d of definitions, %d tokens: more than %d", took, len(text), s.bytes, n, most)
		}
		checkCover(t, text)
	})
}

// checkCover marks the bytes of each token in the text and looks at what is left.
func checkCover(t *testing.T, text string) {
	tokens, s := tokensOf(text)
	lines := strings.Split(text, "\n")
	covered := make([][]bool, len(lines))
	for i := range lines {
		covered[i] = make([]bool, len(lines[i])+1)
	}
	expands := strings.ContainsAny(text, "$~")
	var last lexer.Position
	for _, tok := range tokens {
		p := tok.Pos
		if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+1 {
			t.Fatalf("token %q at %d:%d lies outside the text", tok.Value, p.Line, p.Column)
		}
		if expands {
			continue // several tokens may come from one place
		}
		if p.Line < last.Line || p.Line == last.Line && p.Column <= last.Column {
			t.Fatalf("token %q at %d:%d comes behind %d:%d", tok.Value, p.Line, p.Column, last.Line, last.Column)
		}
		last = p
		for i := range len(tok.Value) {
			col := p.Column + i
			if p.Offset < 0 {
				col = int(s.spread[-p.Offset-1].col(i))
			}
			if col > len(lines[p.Line-1]) || lines[p.Line-1][col-1] != tok.Value[i] {
				t.Fatalf("byte %d of token %q is not at %d:%d of the text", i, tok.Value, p.Line, col)
			}
			if covered[p.Line-1][col-1] {
				t.Fatalf("token %q takes %d:%d, which another one has", tok.Value, p.Line, col)
			}
			covered[p.Line-1][col-1] = true
		}
	}
	if expands {
		return
	}
	for i, line := range lines {
		checkGaps(t, i+1, line, covered[i])
	}
}

// checkGaps looks at the bytes of a line that no token has. Lines of which parts have a meaning of
// their own are left out: conditions, includes, definitions, quotes that do not close, and braces of
// blocks that lie too deep.
func checkGaps(t *testing.T, number int, line string, covered []bool) {
	if len(line) > maxLine || strings.ContainsAny(line, "$~@\\\"\x00{}") || strings.HasPrefix(trim(line), "include") {
		return
	}
	for i := range len(line) {
		switch c := line[i]; {
		case c == '#' || c == '!':
			return
		case !covered[i] && !blank[c]:
			t.Fatalf("no token has %d:%d of %q", number, i+1, line)
		}
	}
}
