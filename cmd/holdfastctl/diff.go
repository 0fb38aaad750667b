package main

import (
	"encoding/json"
	"fmt"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/config/compare"
)

type diffCommand struct {
	JSON     bool   `name:"json" help:"Print the differences as JSON (docs/json.md)."`
	ConfigID string `name:"config-id" short:"i" help:"Name for lines that begin with @ (default: the host name)."`
	A        string `arg:"" help:"Configuration file."`
	B        string `arg:"" help:"Another one. Exit status: 0 they mean the same, 1 they differ, 2 trouble."`
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
		if err := json.NewEncoder(o.out).Encode(c.document(changes)); err != nil {
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

// document is what is printed with --json.
func (c *diffCommand) document(changes []compare.Change) api.Diff {
	d := api.Diff{Schema: api.DiffSchema, A: c.A, B: c.B, Equal: len(changes) == 0, Changes: []api.Change{}}
	for _, ch := range changes {
		d.Changes = append(d.Changes, api.Change{
			Kind: string(ch.Kind), Object: append([]string{}, ch.Object...), Setting: ch.Setting, Old: ch.Old, New: ch.New, Secret: ch.Secret,
		})
	}
	return d
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
