package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/parser/config"
)

type keywordCommand struct {
	JSON bool   `name:"json" help:"Print as JSON, an object a line."`
	Name string `arg:"" name:"name" help:"A keyword, with its context before it if wanted: vrrp_instance/priority."`
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
		return jsonLines(o.out, rows...)
	}
	for i, r := range rows {
		if i > 0 {
			fmt.Fprintln(o.out)
		}
		printKeyword(o.out, &r)
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
func keywordRows(s string) (rows []api.Keyword) {
	context, name := splitKeyword(s)
	for _, k := range config.Keywords() {
		if k.Name != name || context != "" && k.Context != context && !strings.HasSuffix(k.Context, "/"+context) {
			continue
		}
		r := api.Keyword{
			Schema: api.KeywordSchema, Context: k.Context, Keyword: k.Name, Arguments: k.Args, Default: k.Default, Since: k.Since,
			Effect: "works as in keepalived", Note: k.Note,
		}
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

// printKeyword writes a keyword, one property a line.
func printKeyword(w io.Writer, r *api.Keyword) {
	fmt.Fprintf(w, "%s %s\n", r.Keyword, r.Arguments)
	for _, p := range []struct{ name, text string }{
		{"in", strings.Replace(r.Context, "top", "top level", 1)}, {"default", r.Default}, {"since", r.Since}, {"effect", r.Effect}, {"note", r.Note},
	} {
		if p.text != "" {
			fmt.Fprintf(w, "  %-8s %s\n", p.name, p.text)
		}
	}
}
