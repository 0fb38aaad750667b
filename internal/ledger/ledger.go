// Package ledger writes docs/compatibility.md from the keyword table: what each keyword of
// keepalived's language does here. A test keeps the file and the table together.
package ledger

import (
	"fmt"
	"io"
	"strings"

	"github.com/holdfast-ha/holdfast/parser/config"
)

const head = `# Compatibility ledger

Every keyword of keepalived 2.4.3 and Holdfast's own, by context. This page is generated from the
keyword table; a test holds it to that.

* **works**: does what it does in keepalived.
* **none**: read and validated; there is nothing here that it could change. The notes say why.
* **own**: Holdfast's own keyword. A file without it means what it means in keepalived.
* **unknown**: a keyword of an old release; keepalived 2.4.3 does not know it either and ignores it.

The last column names the test that proves it, with its directory: one that shows the effect of what
works. **model** stands for ` + "`" + decodes + "`" + `, which has
an example of every keyword, what the model then holds, and what lies at and beyond the ends of its range.

`

// Write writes the ledger.
func Write(w io.Writer) error {
	keywords := config.Keywords()
	counts := map[string]int{}
	for _, k := range keywords {
		counts[effect(k)]++
	}
	var b strings.Builder
	b.WriteString(head)
	fmt.Fprintf(&b, "%d keywords: %d work, %d have no effect of their own, %d are own, %d are unknown.\n",
		len(keywords), counts["works"], counts["none"], counts["own"], counts["unknown"])
	shown := 0
	for _, k := range keywords {
		if proofOf(k) != decodes {
			shown++
		}
	}
	fmt.Fprintf(&b, "%d have a test that shows their effect.\n", shown)
	context := ""
	for _, k := range keywords {
		if k.Context != context {
			context = k.Context
			fmt.Fprintf(&b, "\n## %s\n\n| keyword | arguments | default | since | here | notes | proved by |\n|---|---|---|---|---|---|---|\n", context)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n",
			code(k.Name), code(k.Args), cell(k.Default), cell(k.Since), effect(k), cell(k.Note), test(k))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// test names the test of a keyword; the common one is shortened.
func test(k config.Keyword) string {
	if t := proofOf(k); t != decodes {
		return "`" + t + "`"
	}
	return "model"
}

func effect(k config.Keyword) string {
	switch {
	case k.Kind == config.Removed:
		return "unknown"
	case k.Effect == config.Own:
		return "own"
	case k.Effect == config.Moot:
		return "none"
	default:
		return "works"
	}
}

// cell keeps a text from ending its cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(text)
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(text, "|", `\|`) + "`"
}
