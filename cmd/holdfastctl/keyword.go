package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/holdfast-ha/holdfast/parser/config"
)

type keywordCommand struct {
	JSON bool   `name:"json" help:"Print as JSON."`
	Name string `arg:"" name:"name" help:"A keyword, with its context before it if wanted: vrrp_instance/priority."`
}

// keywordRow is a row of the keyword table as it is printed with --json.
type keywordRow struct {
	Context   string `json:"context"`
	Keyword   string `json:"keyword"`
	Arguments string `json:"arguments,omitempty"`
	Default   string `json:"default,omitempty"`
	Since     string `json:"since,omitempty"`
	Effect    string `json:"effect"`
	Note      string `json:"note,omitempty"`
}

func (c *keywordCommand) Run(o output) error {
	rows := keywordRows(c.Name)
	if len(rows) == 0 {
		context, name := splitKeyword(c.Name)
		near := config.NearestKeyword(name)
		switch {
		case near == name:
			return fmt.Errorf("there is no %s in %s; holdfastctl keyword %s tells where it belongs", name, context, name)
		case near != "":
			return fmt.Errorf("there is no keyword %s; did you mean %s?", name, near)
		}
		return fmt.Errorf("there is no keyword %s", name)
	}
	if c.JSON {
		return json.NewEncoder(o.out).Encode(rows)
	}
	for i, r := range rows {
		if i > 0 {
			fmt.Fprintln(o.out)
		}
		r.print(o.out)
	}
	return nil
}

// splitKeyword parts the last word of a/b/c from its context.
func splitKeyword(s string) (context, name string) {
	if i := strings.LastIndexByte(s, '/'); i > 0 && s[0] != '<' && s[0] != '(' {
		return s[:i], s[i+1:]
	}
	return "", s
}

// keywordRows are the rows of a keyword. A context may be cut to its end: TCP_CHECK/retry.
func keywordRows(s string) (rows []keywordRow) {
	context, name := splitKeyword(s)
	for _, k := range config.Keywords() {
		if k.Name != name || context != "" && k.Context != context && !strings.HasSuffix(k.Context, "/"+context) {
			continue
		}
		r := keywordRow{k.Context, k.Name, k.Args, k.Default, k.Since, "works as in keepalived", k.Note}
		switch {
		case k.Kind == config.Removed:
			r.Effect = "none: unknown to keepalived 2.4.3, and ignored as there"
		case k.Effect == config.Moot:
			r.Effect = "none: there is nothing here that it could change"
		case k.Effect == config.Own:
			r.Effect = "Holdfast's own; keepalived does not know it"
		}
		rows = append(rows, r)
	}
	return rows
}

// print writes a row, one property a line.
func (r *keywordRow) print(w io.Writer) {
	fmt.Fprintf(w, "%s %s\n", r.Keyword, r.Arguments)
	for _, p := range []struct{ name, text string }{
		{"in", strings.Replace(r.Context, "top", "top level", 1)}, {"default", r.Default}, {"since", r.Since}, {"effect", r.Effect}, {"note", r.Note},
	} {
		if p.text != "" {
			fmt.Fprintf(w, "  %-8s %s\n", p.name, p.text)
		}
	}
}
