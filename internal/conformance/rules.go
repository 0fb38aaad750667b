package conformance

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed rules/*.txt
var files embed.FS

// Rule is one thing that is asked of a VRRP router.
type Rule struct {
	// ID is source, section and number: R9568-6.4.2-3, R3768-7.1-4, K7.2-5c, F3.2-14, P2-17.
	ID string
	// Level is MUST, MUST NOT, SHOULD and so on; a rule of keepalived has none.
	Level string
	// Text is the rule, Here what Holdfast does where that is not the rule itself.
	Text, Here string
	// Keepalived is why keepalived is followed against the rule.
	Keepalived string
	// Holds and Refuses are tests: directory, dot, function, and a slash with the case if it is one
	// of a table.
	Holds, Refuses []string
	// OneWay is why there is nothing to refuse; NotOurs why no test is owed; Missing what is not
	// there yet.
	OneWay, NotOurs, Missing string
}

// Chapter is a file's part under one heading.
type Chapter struct {
	Heading, Words string
	Rules          []Rule
}

// Read reads one of the files of rules, named without its directory.
func Read(name string) ([]Chapter, error) {
	text, err := files.ReadFile("rules/" + name)
	if err != nil {
		return nil, err
	}
	var chapters []Chapter
	for i, line := range paragraphs(string(text)) {
		if err := add(&chapters, line); err != nil {
			return nil, fmt.Errorf("read %s, paragraph %d: %w", name, i+1, err)
		}
	}
	return chapters, nil
}

// paragraphs are the lines of text with those that go on with the one above joined to it.
func paragraphs(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n ")
		switch {
		case line == "":
		case line[0] == ' ' && len(out) > 0:
			out[len(out)-1] += " " + strings.TrimSpace(line)
		default:
			out = append(out, line)
		}
	}
	return out
}

// add takes one paragraph in.
func add(chapters *[]Chapter, line string) error {
	if heading, ok := strings.CutPrefix(line, "== "); ok {
		*chapters = append(*chapters, Chapter{Heading: heading})
		return nil
	}
	if len(*chapters) == 0 {
		return fmt.Errorf("%q stands above the first heading", line)
	}
	c := &(*chapters)[len(*chapters)-1]
	if head, ok := strings.CutPrefix(line, "-- "); ok {
		id, level, _ := strings.Cut(head, " ")
		c.Rules = append(c.Rules, Rule{ID: id, Level: level})
		return nil
	}
	if len(c.Rules) == 0 {
		c.Words = strings.TrimSpace(c.Words + "\n\n" + line)
		return nil
	}
	key, value, ok := strings.Cut(line, ": ")
	if !ok {
		return fmt.Errorf("%q is no key and value", line)
	}
	return c.Rules[len(c.Rules)-1].set(key, value)
}

func (r *Rule) set(key, value string) error {
	texts := map[string]*string{
		"rule": &r.Text, "here": &r.Here, "keepalived": &r.Keepalived,
		"oneway": &r.OneWay, "notours": &r.NotOurs, "missing": &r.Missing,
	}
	lists := map[string]*[]string{"holds": &r.Holds, "refuses": &r.Refuses}
	switch text, list := texts[key], lists[key]; {
	case text != nil && *text == "":
		*text = value
	case list != nil && *list == nil:
		for _, t := range strings.Split(value, ";") {
			*list = append(*list, strings.TrimSpace(t))
		}
	case text != nil || list != nil:
		return fmt.Errorf("%s: %s stands twice", r.ID, key)
	default:
		return fmt.Errorf("%s: no key is called %q", r.ID, key)
	}
	return nil
}
