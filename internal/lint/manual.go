package lint

import (
	"fmt"
	"strings"
)

// Manual is the page of the manual about findings, as Markdown: every rule with its explanation, and a
// list of what reading a file reports.
func Manual() string {
	var b strings.Builder
	b.WriteString(manualHead)
	byID := map[string]Explanation{}
	for _, e := range Explanations() {
		byID[e.ID] = e
	}
	for _, r := range Rules() {
		e := byID[r.ID]
		fmt.Fprintf(&b, "\n### %s\n\n%s: %s.\n\n%s\n", e.ID, strings.ToUpper(r.Severity.String()[:1])+r.Severity.String()[1:], e.Title, e.Text)
		if e.Before != "" {
			fmt.Fprintf(&b, "\nInstead of%s\n\n%s\nwrite\n\n%s", where(&e), indent(e.Before), indent(e.After))
		}
		if e.Docs != "" {
			fmt.Fprintf(&b, "\nMore: %s\n", e.Docs)
		}
		delete(byID, r.ID)
	}
	b.WriteString("\n## What reading a file reports\n\n`holdfastctl explain ID` has an example of each.\n\n| id | what it is |\n|---|---|\n")
	for _, e := range Explanations() {
		if _, ok := byID[e.ID]; ok && !e.Host {
			fmt.Fprintf(&b, "| %s | %s |\n", e.ID, e.Title)
		}
	}
	b.WriteString("\n## What doctor finds on a host\n\n`holdfastctl doctor` looks at directors and real servers; its findings name their cures.\n")
	for _, e := range Explanations() {
		if e.Host {
			fmt.Fprintf(&b, "\n### %s\n\n%s.\n\n%s\n", e.ID, strings.ToUpper(e.Title[:1])+e.Title[1:], e.Text)
		}
	}
	return b.String()
}

// where tells in which block an example stands.
func where(e *Explanation) string {
	if e.In == "" {
		return ""
	}
	return ", in " + e.In + ","
}

func indent(text string) string {
	var b strings.Builder
	for l := range strings.Lines(text) {
		b.WriteString("    " + l)
	}
	return b.String()
}

const manualHead = `# What check finds

` + "`holdfastctl check FILE`" + ` tells what is wrong with a configuration and what loads without doing what it
says. Each finding has an id in brackets; ` + "`holdfastctl explain ID`" + ` tells more, ` + "`holdfastctl explain`" + `
lists all. This page is made of the same texts.

* An **error** keeps the daemon from starting or costs a block. A **warning** does not do what it says. A
  **hint** works, and is worth a look. ` + "`--strict`" + ` makes warnings count.
* Several files are compared as the routers of one segment: ` + "`holdfastctl check a.conf b.conf`" + `;
  ` + "`--no-pair`" + ` checks each by itself. ` + "`--no-lint`" + ` leaves out everything that is on this page under Rules.
* The daemon and ` + "`-t`" + ` know nothing of these rules: no exit status depends on them.

## Keeping it quiet

    priority 90   # holdfast: ignore state-priority
    # holdfast: ignore state-priority,auth-plain -- a remark
    # holdfast: ignore-file auth-plain

A comment at the end of a line is about that line, one on a line of its own about the next, and
ignore-file about the whole file. keepalived takes them for comments like any other. A comment that
keeps nothing quiet is told of. ` + "`--ignore ID`" + ` does the same on the command line. Errors are never kept
quiet.

## Rules
`
