package config

import (
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// arrange sorts problems by place, files in the order in which they first speak and the file as a
// whole last, and gives each the line that it is about.
func arrange(problems []parser.Problem, open func(name string) (*parser.Lines, error)) {
	order := map[string]int{}
	for i := range problems {
		if f := problems[i].Pos.File; order[f] == 0 {
			order[f] = len(order) + 1
		}
	}
	slices.SortStableFunc(problems, func(a, b parser.Problem) int {
		switch {
		case (a.Pos.Line == 0) != (b.Pos.Line == 0):
			if a.Pos.Line == 0 {
				return 1
			}
			return -1
		case a.Pos.File != b.Pos.File:
			return order[a.Pos.File] - order[b.Pos.File]
		case a.Pos.Line != b.Pos.Line:
			return int(a.Pos.Line - b.Pos.Line)
		}
		return int(a.Pos.Col - b.Pos.Col)
	})
	attachText(problems, open)
}

// maxText is how much of a line is kept for a report: a little more than keepalived reads.
const maxText = 1100

// attachText fills Problem.Text. The problems are sorted, so each file is gone through once.
func attachText(problems []parser.Problem, open func(name string) (*parser.Lines, error)) {
	var lines *parser.Lines
	var file, line string
	var at int32
	for i := range problems {
		p := &problems[i]
		if p.Text != "" || p.Pos.Line == 0 {
			continue
		}
		if lines == nil || p.Pos.File != file || p.Pos.Line < at {
			next, err := open(p.Pos.File)
			if err != nil {
				continue
			}
			if lines != nil {
				lines.Close()
			}
			file, lines, line, at = p.Pos.File, next, "", 0
		}
		for ; at < p.Pos.Line; at++ {
			line, _ = lines.Next()
		}
		p.Text = strings.Clone(strings.TrimRight(line[:min(len(line), maxText)], "\r"))
	}
	if lines != nil {
		lines.Close()
	}
}
