package main

import (
	"encoding/json"
	"fmt"

	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/config/compare"
)

type diffCommand struct {
	JSON     bool   `name:"json" help:"Print the differences as JSON."`
	ConfigID string `name:"config-id" short:"i" help:"Name for lines that begin with @ (default: the host name)."`
	A        string `arg:"" help:"Configuration file."`
	B        string `arg:"" help:"Another one. Exit status: 0 they mean the same, 1 they differ, 2 trouble."`
}

// differences are what is printed with --json.
type differences struct {
	A       string           `json:"a"`
	B       string           `json:"b"`
	Equal   bool             `json:"equal"`
	Changes []compare.Change `json:"changes"`
}

func (c *diffCommand) Run(o output) error {
	a, err := c.load(o, c.A)
	if err != nil {
		return err
	}
	b, err := c.load(o, c.B)
	if err != nil {
		return err
	}
	changes := compare.Configs(a, b)
	if c.JSON {
		d := differences{A: c.A, B: c.B, Equal: len(changes) == 0, Changes: append([]compare.Change{}, changes...)}
		if err := json.NewEncoder(o.out).Encode(d); err != nil {
			return fmt.Errorf("print differences: %w", err)
		}
	} else {
		for _, ch := range changes {
			fmt.Fprintln(o.out, ch)
		}
	}
	if len(changes) > 0 {
		return status(exitProblems)
	}
	return nil
}

// load reads a configuration as any host would that has what it names. What is wrong with it is for
// check to say, but a reader of the differences must know of it.
func (c *diffCommand) load(o output, file string) (*config.Config, error) {
	opts := textOptions(c.ConfigID)
	r := config.Load(file, opts, config.AnyHost{})
	report := summarize(file, r.Problems)
	if report.unreadable() {
		return nil, fmt.Errorf("read configuration: %s", r.Problems[0].Message)
	}
	if report.Errors > 0 {
		fmt.Fprintf(o.err, "holdfastctl: %s has errors, and counts as keepalived reads it: 'holdfastctl check %s' explains them\n", file, file)
	}
	return r.Config, nil
}
