package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

type checkCommand struct {
	Strict   bool     `help:"Count warnings as errors."`
	JSON     bool     `name:"json" help:"Print the problems as JSON, one object for each file (docs/json.md)."`
	Lint     bool     `default:"true" negatable:"" help:"Look for what loads and does not do what it says as well (default)."`
	Pair     bool     `default:"true" negatable:"" help:"Compare several files as those of the routers of one segment (default)."`
	Ignore   []string `placeholder:"ID" help:"Findings to be quiet about, less errors."`
	ConfigID string   `name:"config-id" short:"i" help:"Name for lines that begin with @ (default: the host name)."`
	Files    []string `arg:"" name:"file" help:"Configuration files. Exit status: 0 fit to run, 1 with errors (--strict: or warnings), 2 not readable."`
}

// report is a file's problems, as they are printed.
type report struct {
	api.FileReport
	problems []parser.Problem
}

func (c *checkCommand) Run(o output) error {
	reports, err := c.inspect()
	if err != nil {
		return err
	}
	code := exitOK
	for i := range reports {
		r := &reports[i]
		if c.JSON {
			if err := json.NewEncoder(o.out).Encode(r.FileReport); err != nil {
				return fmt.Errorf("print problems: %w", err)
			}
		} else {
			for j := range r.problems {
				fmt.Fprint(o.out, parser.Render(r.problems[j]))
			}
			fmt.Fprintf(o.out, "%s: %s\n", r.File, r.verdict())
		}
		code = max(code, r.status(c.Strict))
	}
	if code != exitOK {
		return status(code)
	}
	return nil
}

// loadConfig reads a configuration as the daemon would on this host.
func loadConfig(file, id string) config.Result {
	return config.Load(file, textOptions(id), hostinfo.New())
}

func summarize(file string, problems []parser.Problem) report {
	r := report{FileReport: api.FileReport{Schema: api.CheckSchema, File: file, Problems: []api.Finding{}}, problems: problems}
	for i := range problems {
		p := &problems[i]
		switch p.Severity {
		case parser.Error:
			r.Errors++
		case parser.Warning:
			r.Warnings++
		default:
			r.Hints++
		}
		r.Problems = append(r.Problems, api.Finding{
			File: p.Pos.File, Line: p.Pos.Line, Column: p.Pos.Col, End: p.End, Severity: p.Severity.String(),
			ID: p.ID, Message: p.Message, Instead: p.Instead, Cure: p.Cure, Text: p.Text,
		})
	}
	return r
}

// unreadable tells whether the file itself could not be read.
func (r *report) unreadable() bool {
	for _, f := range r.Problems {
		if f.Line == 0 && f.File == r.File && (f.ID == "file-unreadable" || f.ID == "file-skipped") {
			return true
		}
	}
	return false
}

func (r *report) status(strict bool) int {
	switch {
	case r.unreadable():
		return exitFailed
	case r.Errors > 0, strict && r.Warnings > 0:
		return exitProblems
	}
	return exitOK
}

func (r *report) verdict() string {
	if r.Errors+r.Warnings+r.Hints == 0 {
		return "no problems"
	}
	var parts []string
	for _, c := range []struct {
		n    int
		name string
	}{{r.Errors, "error"}, {r.Warnings, "warning"}, {r.Hints, "hint"}} {
		switch {
		case c.n == 1:
			parts = append(parts, "1 "+c.name)
		case c.n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", c.n, c.name))
		}
	}
	return strings.Join(parts, ", ")
}
