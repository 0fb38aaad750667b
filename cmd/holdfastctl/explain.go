package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/internal/lint"
)

type explainCommand struct {
	JSON bool   `name:"json" help:"Print as JSON, an object a line."`
	ID   string `arg:"" optional:"" help:"What to explain, as check names it in brackets; without it all are listed."`
}

func (c *explainCommand) Run(o output) error {
	if c.ID == "" {
		return c.list(o)
	}
	e := lint.Explain(strings.Trim(c.ID, "[]"))
	if e == nil {
		if near := lint.Nearest(c.ID); near != "" {
			return fmt.Errorf("there is no finding %s; did you mean %s?", c.ID, near)
		}
		return fmt.Errorf("there is no finding %s; holdfastctl explain lists them", c.ID)
	}
	if c.JSON {
		return jsonLines(o.out, explanation(e))
	}
	fmt.Fprint(o.out, e.String())
	return nil
}

// list names all findings.
func (c *explainCommand) list(o output) error {
	all := lint.Explanations()
	if c.JSON {
		list := make([]api.Explanation, len(all))
		for i := range all {
			list[i] = explanation(&all[i])
		}
		return jsonLines(o.out, list...)
	}
	w := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
	for _, e := range all {
		fmt.Fprintf(w, "%s\t%s\n", e.ID, e.Title)
	}
	return w.Flush()
}

func explanation(e *lint.Explanation) api.Explanation {
	return api.Explanation{
		Schema: api.ExplainSchema, ID: e.ID, Title: e.Title, Text: e.Text, In: e.In, Before: e.Before, After: e.After,
		Docs: e.Docs, Host: e.Host,
	}
}
