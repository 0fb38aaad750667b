package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/parser"
)

// printer writes the reports of check in one of its formats.
type printer interface {
	report(r *report) error
	end() error // what comes behind the last report
}

// printer makes the printer that the command line asks for.
func (c *checkCommand) printer(w io.Writer) printer {
	format := c.Format
	if c.JSON {
		format = "json"
	}
	switch format {
	case "json":
		return jsonPrinter{json.NewEncoder(w)}
	case "github":
		return githubPrinter{w}
	case "sarif":
		return &sarifPrinter{w: w}
	}
	render := parser.Render
	if wantsColour(c.Color, os.LookupEnv, isTerminal(w)) {
		render = parser.RenderColour
	}
	return textPrinter{w, render}
}

// wantsColour decides on colours: --color, else NO_COLOR (no-color.org), else whether anyone sees
// them.
func wantsColour(option string, env func(string) (string, bool), terminal bool) bool {
	switch option {
	case "always":
		return true
	case "never":
		return false
	}
	if v, _ := env("NO_COLOR"); v != "" {
		return false
	}
	term, _ := env("TERM")
	return terminal && term != "" && term != "dumb"
}

// isTerminal tells whether a writer is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// textPrinter is for people.
type textPrinter struct {
	w      io.Writer
	render func(parser.Problem) string
}

func (p textPrinter) report(r *report) error {
	for i := range r.problems {
		if _, err := io.WriteString(p.w, p.render(r.problems[i])); err != nil {
			return fmt.Errorf("print problems: %w", err)
		}
	}
	_, err := fmt.Fprintf(p.w, "%s: %s\n", r.File, r.verdict())
	return err
}

func (textPrinter) end() error { return nil }

// jsonPrinter writes one object a line for each file: see docs/check.md.
type jsonPrinter struct{ *json.Encoder }

func (p jsonPrinter) report(r *report) error {
	if err := p.Encode(r); err != nil {
		return fmt.Errorf("print problems: %w", err)
	}
	return nil
}

func (jsonPrinter) end() error { return nil }
