package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// githubPrinter writes workflow commands, which GitHub Actions shows as annotations of the lines of
// a change.
type githubPrinter struct{ w io.Writer }

var githubLevels = map[parser.Severity]string{parser.Hint: "notice", parser.Warning: "warning", parser.Error: "error"}

// Workflow commands are lines: what would end one, or a property, is written as in a URL.
var (
	githubText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func (p githubPrinter) report(r *report) error {
	for i := range r.problems {
		q := &r.problems[i]
		properties := "file=" + githubProperty.Replace(cmp.Or(q.Pos.File, r.File))
		if q.Pos.Line > 0 {
			properties += fmt.Sprintf(",line=%d", q.Pos.Line)
		}
		if q.Pos.Col > 0 {
			properties += fmt.Sprintf(",col=%d", codePoint(q.Text, q.Pos.Col))
		}
		if q.End > 0 {
			properties += fmt.Sprintf(",endColumn=%d", codePoint(q.Text, q.End))
		}
		_, err := fmt.Fprintf(p.w, "::%s %s,title=%s::%s\n", githubLevels[q.Severity], properties, githubProperty.Replace(q.ID), githubText.Replace(explanation(q)))
		if err != nil {
			return fmt.Errorf("print problems: %w", err)
		}
	}
	return nil
}

func (githubPrinter) end() error { return nil }

// explanation is all that a problem says, in lines.
func explanation(p *parser.Problem) string {
	text := p.Message
	if p.Instead != "" {
		text += "\nInstead: " + p.Instead
	}
	if p.Cure != "" {
		text += "\nCure: " + p.Cure
	}
	return text
}
