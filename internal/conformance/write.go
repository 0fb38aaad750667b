package conformance

import (
	"fmt"
	"io"
	"strings"
)

// Sources are the files of the ledger, in its order.
var Sources = []string{"rfc9568.txt", "rfc3768.txt", "keepalived.txt", "points.txt"}

// Field is the file about what users suffer.
const Field = "field.txt"

const ledgerHead = `# Conformance ledger

What a VRRP router has to do, rule by rule, and the tests that show that Holdfast does it: one that the
rule holds where it must, and one that what it forbids is refused, or that it does not hold where it must
not. This page is generated from the rules in internal/conformance; a test fails when a rule has no test,
or names one that does not exist.

Where keepalived does something else than the RFC, Holdfast is with keepalived: a router that replaces
one of a pair has to agree with the other one. Such rules say **keepalived** and why.

The tests are named by directory, function and case, which may be a row of the function's table:
` + "`vrrp.TestVerdicts/type 2`" + ` is run by ` + "`go test ./vrrp -run 'TestVerdicts/type_2$'`" + `. Those that
begin with TestNS need root, those of internal/lab the build tag lab.

`

const fieldHead = `# What users of keepalived suffer

`

// Write writes the ledger.
func Write(w io.Writer) error {
	var all []Chapter
	for _, name := range Sources {
		chapters, err := Read(name)
		if err != nil {
			return err
		}
		all = append(all, chapters...)
	}
	var b strings.Builder
	b.WriteString(ledgerHead)
	b.WriteString(summary(all))
	for _, c := range all {
		fmt.Fprintf(&b, "\n## %s\n\n", c.Heading)
		if c.Words != "" {
			fmt.Fprintf(&b, "%s\n\n", c.Words)
		}
		b.WriteString("| id | | rule | holds | refuses |\n|---|---|---|---|---|\n")
		for _, r := range c.Rules {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.ID, r.Level, r.words(), r.holds(), r.refuses())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// summary counts what there is.
func summary(all []Chapter) string {
	var rules, both, one, followed, notOurs, missing int
	for _, c := range all {
		for _, r := range c.Rules {
			rules++
			switch {
			case r.Missing != "":
				missing++
			case r.NotOurs != "":
				notOurs++
			case r.OneWay != "":
				one++
			default:
				both++
			}
			if r.Keepalived != "" {
				followed++
			}
		}
	}
	return fmt.Sprintf("%d rules: %d tested in both directions, %d in one because there is nothing to refuse, "+
		"%d not for the daemon to keep, %d not there yet. In %d keepalived and the RFC differ, or Holdfast and keepalived.\n",
		rules, both, one, notOurs, missing, followed)
}

// WriteField writes the page about what users suffer.
func WriteField(w io.Writer) error {
	chapters, err := Read(Field)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(fieldHead)
	for _, c := range chapters {
		fmt.Fprintf(&b, "%s\n\n| id | issues | what they suffer | Holdfast | shown by |\n|---|---|---|---|---|\n", c.Words)
		for _, r := range c.Rules {
			here := cell(r.Here)
			if r.Missing != "" {
				here = "**not there yet**: " + cell(r.Missing)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.ID, r.Level, cell(r.Text), here, tests(r.Holds))
		}
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// words are the rule, what is done, and why keepalived is followed.
func (r *Rule) words() string {
	text := cell(r.Text)
	if r.Here != "" {
		text += "<br>here: " + cell(r.Here)
	}
	if r.Keepalived != "" {
		text += "<br>**keepalived**: " + cell(r.Keepalived)
	}
	return text
}

func (r *Rule) holds() string {
	switch {
	case r.Missing != "":
		return strings.TrimSpace("**not there yet**: " + cell(r.Missing) + " " + tests(r.Holds))
	case r.NotOurs != "":
		return "not for the daemon: " + cell(r.NotOurs)
	}
	return tests(r.Holds)
}

func (r *Rule) refuses() string {
	if r.OneWay != "" {
		return "nothing: " + cell(r.OneWay)
	}
	return tests(r.Refuses)
}

func tests(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, "`"+strings.ReplaceAll(n, "|", `\|`)+"`")
	}
	return strings.Join(out, "<br>")
}

// cell keeps a text from ending its cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`).Replace(text)
}
