package api

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	statuspage "github.com/holdfast-ha/holdfast/internal/web/page"
)

var update = flag.Bool("update", false, "write docs/json.md and the list of fields anew")

const page = "../../docs/json.md"

// documents are all that there are, with what prints them.
var documents = []struct {
	schema, command string
	of              any
}{
	{StatusSchema, "`holdfastctl status --json`, and `/status` of `status_listen`", Status{}},
	{EventSchema, "`holdfastctl events --json`, one a line", Event{}},
	{TopSchema, "`holdfastctl top --json`, one for each interval", Top{}},
	{CheckSchema, "`holdfastctl check --json`, one a line: one for each file, and one for the comparison of several", FileReport{}},
	{DoctorSchema, "`holdfastctl doctor --json` and `holdfastctl realserver check --json`", HostReport{}},
	{DiffSchema, "`holdfastctl diff --json`", Diff{}},
	{PlanSchema, "`holdfastctl plan --json`", Plan{}},
	{ExplainSchema, "`holdfastctl explain --json`, one a line", Explanation{}},
	{KeywordSchema, "`holdfastctl keyword --json`, one a line: one for each context", Keyword{}},
	{ReplaySchema, "`holdfastctl replay --json`", Replay{}},
	{WatchSchema, "`holdfastctl watch --json`, one a line", Sighting{}},
	{statuspage.Schema, "`/page/state` of `status_listen`, and `state` on `/page/stream`; see [the status page](status-page.md)", statuspage.View{}},
}

const introduction = `# JSON for programs

Generated: go test -update; see internal/api.

What programs may rely on. Each document has a ` + "`schema`" + ` with a version: within one, fields are added, and none
goes or changes its meaning or type; a reader passes over fields that it does not know. Times are RFC 3339 with
the zone, durations are in seconds. Lists are there even if they are empty; other fields are left out where it
says so, or where they would be empty and are marked optional.

With jq, which instances are MASTER: ` + "`.instances[] | select(.state == \"MASTER\") | .name`" + ` of the first
document; of the second, which comes one a line, ` + "`select(.kind == \"instance\")`" + `; what is wrong with a file, as
editors take it, of the fourth: ` + "`.problems[] | \"\\(.file):\\(.line):\\(.column): \\(.severity): \\(.message)\"`" + `.

`

// fields lists the fields of a type and below as "path type".
func fields(t reflect.Type, path string) (list []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		kind, inner := kindOf(f.Type)
		list = append(list, fmt.Sprintf("%s%s %s", path, name, kind))
		if inner != nil && !recursive(t, inner) {
			list = append(list, fields(inner, path+name+".")...)
		}
	}
	return list
}

func recursive(t, inner reflect.Type) bool { return t == inner }

// kindOf is a type in the words of JSON, and the object in it.
func kindOf(t reflect.Type) (string, reflect.Type) {
	switch {
	case t.Kind() == reflect.Pointer:
		return kindOf(t.Elem())
	case t.String() == "time.Time":
		return "time", nil
	case t == reflect.TypeFor[json.RawMessage]():
		return "object", nil
	case t.Kind() == reflect.Slice:
		kind, inner := kindOf(t.Elem())
		return "list of " + kind, inner
	case t.Kind() == reflect.Map:
		kind, _ := kindOf(t.Elem())
		return "object of " + kind, nil
	case t.Kind() == reflect.Struct:
		return "object", t
	case t.Kind() == reflect.Float64:
		return "number", nil
	case t.Kind() == reflect.Bool:
		return "boolean", nil
	case t.Kind() == reflect.String:
		return "string", nil
	}
	return "integer", nil
}

// describe writes the table of a type and those of the types in it.
func describe(b *strings.Builder, t reflect.Type, seen map[reflect.Type]bool) {
	seen[t] = true
	var inner []reflect.Type
	fmt.Fprintf(b, "| field | type | meaning |\n|---|---|---|\n")
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		kind, in := kindOf(f.Type)
		if strings.Contains(options, "omit") {
			kind += ", optional"
		}
		meaning := f.Tag.Get("doc")
		if in != nil {
			meaning += ": " + in.Name()
			if !seen[in] && !slices.Contains(inner, in) {
				inner = append(inner, in)
			}
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, kind, meaning)
	}
	for _, in := range inner {
		if seen[in] {
			continue
		}
		fmt.Fprintf(b, "\n### %s\n\n", in.Name())
		describe(b, in, seen)
	}
}

func TestPageIsWrittenFromTheTypes(t *testing.T) {
	var b strings.Builder
	b.WriteString(introduction)
	for _, d := range documents {
		fmt.Fprintf(&b, "## %s\n\n%s.\n\n", d.schema, d.command)
		describe(&b, reflect.TypeOf(d.of), map[reflect.Type]bool{})
		b.WriteString("\n")
	}
	want := strings.TrimSuffix(b.String(), "\n")
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("docs/json.md differs from the types (run this test with -update):\n%s", d)
	}
}

// TestNoFieldGoesWithinAVersion: the list of what a version has had only grows. Whoever has to take a field
// away gives the schema a new version, and its list a new file.
func TestNoFieldGoesWithinAVersion(t *testing.T) {
	for _, d := range documents {
		path := "testdata/" + strings.ReplaceAll(strings.TrimPrefix(d.schema, "holdfast/"), "/", "-") + ".txt"
		have := fields(reflect.TypeOf(d.of), "")
		text, err := os.ReadFile(path)
		if err != nil && !*update {
			t.Fatal(err)
		}
		old := strings.Split(strings.TrimSpace(string(text)), "\n")
		for _, f := range old {
			if f != "" && !slices.Contains(have, f) {
				t.Errorf("%s has no %q any more: that needs another version", d.schema, f)
			}
		}
		if *update && !t.Failed() {
			if err := os.WriteFile(path, []byte(strings.Join(have, "\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if len(old) != len(have) {
			t.Errorf("%s has new fields: run this test with -update", d.schema)
		}
	}
}

// TestEveryFieldHasAMeaning, and a name in JSON.
func TestEveryFieldHasAMeaning(t *testing.T) {
	var look func(reflect.Type)
	seen := map[reflect.Type]bool{}
	look = func(ty reflect.Type) {
		if seen[ty] {
			return
		}
		seen[ty] = true
		for i := range ty.NumField() {
			f := ty.Field(i)
			if f.Tag.Get("doc") == "" || f.Tag.Get("json") == "" {
				t.Errorf("%s.%s says nothing of itself", ty.Name(), f.Name)
			}
			if _, in := kindOf(f.Type); in != nil {
				look(in)
			}
		}
	}
	for _, d := range documents {
		look(reflect.TypeOf(d.of))
	}
}
