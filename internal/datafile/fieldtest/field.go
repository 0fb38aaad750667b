package fieldtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Field is one line of a dump: what it stands under ("VRRP Topology / VRRP Instance = VI_1"), and its
// text without indentation.
type Field struct{ Path, Text string }

// String is the field on one line.
func (f Field) String() string { return f.Path + " / " + f.Text }

// Rule leaves fields out of a comparison, or takes an explained difference off them.
type Rule struct {
	Path *regexp.Regexp // of the field's path; nil: any
	Text *regexp.Regexp // of the field's text
	With string         // what the match of Text becomes; Drop leaves the whole field out
	Why  string
}

// Drop as a rule's With leaves out the field, and what stands under it.
const Drop = "\x00"

// Fields reads a dump. Rules are applied in order.
func Fields(dump string, rules []Rule) []Field {
	var fields []Field
	var above []level // the lines that the next one may stand under
	section := ""
	dropped := -1 // the indentation of a line that was left out with all below it
	for _, line := range strings.Split(dump, "\n") {
		text := strings.TrimSpace(line)
		if text == "" {
			continue
		}
		if title, ok := strings.CutPrefix(line, "------< "); ok {
			section, above, dropped = strings.TrimSuffix(title, " >------"), nil, -1
			continue
		}
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if dropped >= 0 && indent > dropped {
			continue
		}
		dropped = -1
		for len(above) > 0 && above[len(above)-1].indent >= indent {
			above = above[:len(above)-1]
		}
		f, ok := Apply(Field{Path: under(section, above), Text: text}, rules)
		if !ok {
			dropped = indent
			continue
		}
		fields = append(fields, f)
		above = append(above, level{indent, f.Text})
	}
	return fields
}

// level is a line that others stand under.
type level struct {
	indent int
	text   string
}

func under(section string, above []level) string {
	for _, l := range above {
		section += " / " + l.text
	}
	return section
}

// Apply applies rules to a field; ok is false when one of them leaves it out.
func Apply(f Field, rules []Rule) (_ Field, ok bool) {
	for _, r := range rules {
		if r.Path != nil && !r.Path.MatchString(f.Path) || !r.Text.MatchString(f.Text) {
			continue
		}
		if r.With == Drop {
			return f, false
		}
		f.Text = r.Text.ReplaceAllString(f.Text, r.With)
	}
	return f, true
}

// Difference is a field that one side has and the other has not.
type Difference struct {
	Field
	Ours bool // we have it, keepalived has not
}

// String marks the side as a diff does: keepalived's "-", ours "+".
func (d Difference) String() string {
	if d.Ours {
		return "+" + d.Field.String()
	}
	return "-" + d.Field.String()
}

// Compare returns the differences between keepalived's fields and ours. The order of the fields of a
// path does matter: where only the order differs, it says so by a field of its own.
func Compare(keepalived, ours []Field) []Difference {
	count := map[Field]int{}
	for _, f := range keepalived {
		count[f]++
	}
	for _, f := range ours {
		count[f]--
	}
	var all []Difference
	for _, f := range keepalived {
		if count[f] > 0 {
			count[f]--
			all = append(all, Difference{Field: f})
		}
	}
	for _, f := range slices.Backward(ours) {
		if count[f] < 0 {
			count[f]++
			all = append(all, Difference{Field: f, Ours: true})
		}
	}
	if len(all) > 0 {
		return all
	}
	for i, f := range ours {
		if f != keepalived[i] {
			return []Difference{{Field: Field{f.Path, fmt.Sprintf("%s (in another place: there keepalived has %q)", f.Text, keepalived[i])}, Ours: true}}
		}
	}
	return nil
}
