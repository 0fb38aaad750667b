package main

import (
	"fmt"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/expand"
)

type expandCommand struct {
	ConfigID string `name:"config-id" short:"i" help:"Name for lines that begin with @ (default: the host name)."`
	File     string `arg:"" help:"Configuration file. Exit status: 0 written out, 1 written out, with errors in the text, 2 nothing written."`
}

func (c *expandCommand) Run(o output) error {
	opts := textOptions(c.ConfigID)
	text, problems, err := expand.Text(c.File, opts)
	if err != nil {
		return fmt.Errorf("expand %s: %w", c.File, err)
	}
	code := exitOK
	for i := range problems {
		if problems[i].Severity == parser.Hint {
			continue
		}
		fmt.Fprint(o.err, parser.Render(problems[i]))
		if problems[i].Severity == parser.Error {
			code = exitProblems
		}
	}
	if _, err := fmt.Fprint(o.out, text); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if code != exitOK {
		return status(code)
	}
	return nil
}
