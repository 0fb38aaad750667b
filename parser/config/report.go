package config

import (
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// Describe writes a problem on one line: place, what is wrong, what happens instead, the cure (the
// first line of one that has several). Control bytes of the file do not come through: it goes to logs
// and terminals.
func Describe(p parser.Problem) string {
	var b strings.Builder
	if p.Pos.File != "" {
		b.WriteString(p.Pos.File)
		b.WriteByte(':')
	}
	if p.Pos.Line > 0 {
		b.WriteString(strconv.Itoa(int(p.Pos.Line)))
		b.WriteByte(':')
	}
	if p.Pos.Col > 0 {
		b.WriteString(strconv.Itoa(int(p.Pos.Col)))
		b.WriteByte(':')
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	b.WriteString(p.Message)
	if p.Instead != "" {
		b.WriteString("; ")
		b.WriteString(p.Instead)
	}
	if p.Cure != "" {
		b.WriteString(" (")
		cure, _, _ := strings.Cut(p.Cure, "\n")
		b.WriteString(cure)
		b.WriteByte(')')
	}
	return parser.Printable(b.String())
}
