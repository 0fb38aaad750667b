package manual

import (
	"strings"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// Example is a configuration of the examples section.
type Example struct{ Title, Text string }

// Config is the page keepalived.conf(5), made of the keyword table.
func Config(examples []Example) string {
	p := New("keepalived.conf", 5, "configuration of holdfast and keepalived")
	p.Section("DESCRIPTION")
	p.Text(intro)
	p.Section("LANGUAGE")
	p.Text(language)
	p.Section("KEYWORDS")
	p.Text(conventions)
	context := ""
	for _, k := range ordered() {
		if k.Context != context {
			context = k.Context
			p.Part(heading(context))
			p.Text(contexts[context])
		}
		p.Item(k.Name, k.Args, describe(k))
	}
	p.Section("EXAMPLES")
	for _, e := range examples {
		p.Text(e.Title + ":")
		p.Code(e.Text)
	}
	p.Section("SEE ALSO")
	p.Text("*holdfast*(8), *holdfastctl*(1)\n\n*holdfastctl keyword NAME* shows a keyword of this page, *holdfastctl check FILE* explains a file.")
	return p.String()
}

// ordered are the keywords that a file may have, those of one context together.
func ordered() (all []config.Keyword) {
	byContext := map[string][]config.Keyword{}
	var order []string
	for _, k := range config.Keywords() {
		if k.Kind == config.Removed {
			continue
		}
		if byContext[k.Context] == nil {
			order = append(order, k.Context)
		}
		byContext[k.Context] = append(byContext[k.Context], k)
	}
	for _, c := range order {
		all = append(all, byContext[c]...)
	}
	return all
}

// describe is what the page says below a keyword.
func describe(k config.Keyword) string {
	var parts []string
	if k.Note != "" {
		parts = append(parts, sentence(k.Note))
	}
	if k.Default != "" {
		parts = append(parts, "Default: "+k.Default+".")
	}
	if k.Since != "" {
		parts = append(parts, "Since "+strings.Replace(k.Since, "<=", "before ", 1)+".")
	}
	switch k.Effect {
	case config.Moot:
		parts = append(parts, "Holdfast reads and checks it; there is nothing that it could change.")
	case config.Own:
		parts = append(parts, "Holdfast's own: keepalived does not know it.")
	}
	if len(parts) == 0 {
		parts = append(parts, "In every release.")
	}
	return strings.Join(parts, "\n")
}

// sentence makes a note one.
func sentence(s string) string {
	s = strings.ToUpper(s[:1]) + s[1:]
	return strings.TrimSuffix(s, ".") + "."
}

// heading is the title of a context.
func heading(context string) string {
	switch context {
	case "top":
		return "Top level"
	case "(anywhere)":
		return "Anywhere"
	}
	return context
}
