package lint

import (
	"embed"
	"slices"
	"strings"
)

//go:embed explain/*.md
var explanations embed.FS

// Explanation is what is to know about one kind of problem.
type Explanation struct {
	ID    string
	Title string // one line
	Text  string // paragraphs, divided by empty lines
	// Before and After are lines of a configuration that have the problem and that have not; both
	// empty where it is not in the text. In names the block they stand in, "" for the top level.
	In            string
	Before, After string
	// Keepalived tells where the behaviour is described, e.g. "section 7.2"; Docs is a page of ours.
	Docs string
	// Host: it is about a host, and doctor finds it.
	Host bool
}

// Explain returns the explanation of an id, nil where there is no such finding.
func Explain(id string) *Explanation {
	for _, e := range Explanations() {
		if e.ID == id {
			return &e
		}
	}
	return nil
}

// RuleOf returns the rule of an id; ok is false for what reading a file reports.
func RuleOf(id string) (r Rule, ok bool) {
	for _, r := range Rules() {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}

// Explanations returns all explanations, sorted by id.
func Explanations() []Explanation {
	var all []Explanation
	names, err := explanations.ReadDir("explain")
	if err != nil {
		panic(err) // what is embedded is there
	}
	for _, n := range names {
		text, err := explanations.ReadFile("explain/" + n.Name())
		if err != nil {
			panic(err)
		}
		some := parseExplanations(string(text))
		for i := range some {
			some[i].Host = n.Name() == "host.md"
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b Explanation) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// parseExplanations reads a file of explanations: a heading "## id: title" for each, text, and two
// examples as blocks of indented lines behind the lines "before, in BLOCK:" and "after:".
func parseExplanations(text string) []Explanation {
	var all []Explanation
	for section := range strings.SplitSeq("\n"+text, "\n## ") {
		title, body, _ := strings.Cut(section, "\n")
		id, title, ok := strings.Cut(title, ": ")
		if !ok || strings.Contains(id, " ") {
			continue // the text in front of the first
		}
		e := Explanation{ID: id, Title: title}
		var prose []string
		mode := ""
		for l := range strings.SplitSeq(body, "\n") {
			switch {
			case strings.HasPrefix(l, "before"):
				mode = "before"
				if _, in, ok := strings.Cut(l, "in "); ok {
					if e.In = strings.TrimSuffix(in, ":"); e.In == "file" {
						e.In = ""
					}
				}
			case l == "after:":
				mode = "after"
			case strings.HasPrefix(l, "docs: "):
				e.Docs = strings.TrimPrefix(l, "docs: ")
			case mode == "before" && strings.HasPrefix(l, "    "):
				e.Before += l[4:] + "\n"
			case mode == "after" && strings.HasPrefix(l, "    "):
				e.After += l[4:] + "\n"
			case mode == "" || l != "":
				mode = ""
				prose = append(prose, l)
			}
		}
		e.Text = strings.TrimSpace(strings.Join(prose, "\n"))
		all = append(all, e)
	}
	return all
}

// Nearest is the id that is nearest to a misspelt one, "" if none is near.
func Nearest(id string) string {
	best, least := "", max(2, len(id)/4)+1
	for _, e := range Explanations() {
		if d := distance(id, e.ID); d < least {
			best, least = e.ID, d
		}
	}
	return best
}

// distance is the number of letters to change, add or remove.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// String is the explanation as a page of text.
func (e *Explanation) String() string {
	var b strings.Builder
	b.WriteString(e.ID + ": " + e.Title + "\n")
	if r, ok := RuleOf(e.ID); ok {
		b.WriteString("a " + r.Severity.String() + " of the linter\n")
	}
	if e.Host {
		b.WriteString("a finding of holdfastctl doctor\n")
	}
	b.WriteString("\n" + e.Text + "\n")
	show := func(title, text string) {
		if text == "" {
			return
		}
		if e.In != "" {
			title += ", in " + e.In
		}
		b.WriteString("\n" + title + ":\n\n")
		b.WriteString(indent(text))
	}
	show("Instead of", e.Before)
	show("Write", e.After)
	if e.Docs != "" {
		b.WriteString("\nMore: " + e.Docs + "\n")
	}
	return b.String()
}
