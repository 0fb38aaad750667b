package main

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestColoursAreForThoseWhoSeeThem(t *testing.T) {
	cases := []struct {
		name     string
		option   string
		env      map[string]string
		terminal bool
		want     bool
	}{
		{"a terminal", "auto", map[string]string{"TERM": "xterm"}, true, true},
		{"a pipe", "auto", map[string]string{"TERM": "xterm"}, false, false},
		{"NO_COLOR", "auto", map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, true, false},
		{"an empty NO_COLOR, which says nothing", "auto", map[string]string{"TERM": "xterm", "NO_COLOR": ""}, true, true},
		{"a dumb terminal", "auto", map[string]string{"TERM": "dumb"}, true, false},
		{"no TERM", "auto", nil, true, false},
		{"always", "always", map[string]string{"NO_COLOR": "1"}, false, true},
		{"never", "never", map[string]string{"TERM": "xterm"}, true, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			env := func(name string) (string, bool) { v, ok := c.env[name]; return v, ok }
			if got := wantsColour(c.option, env, c.terminal); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAFileIsNoTerminal(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/f")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if isTerminal(f) || isTerminal(&strings.Builder{}) {
		t.Error("taken for a terminal")
	}
}

// TestEveryFieldOfTheJSONIsDocumented holds docs/check.md against the types that are printed.
func TestEveryFieldOfTheJSONIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/check.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{report{}, finding{}, note{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if name != "" && !strings.Contains(string(doc), "`"+name+"`") && !strings.Contains(string(doc), "[]."+name+"`") {
				t.Errorf("docs/check.md does not tell of the field %s of %s", name, typ.Name())
			}
		}
	}
}

func TestPathsBecomeURIs(t *testing.T) {
	for path, want := range map[string]string{
		"/etc/keepalived/keepalived.conf": "file:///etc/keepalived/keepalived.conf",
		"conf/a b.conf":                   "conf/a%20b.conf",
		"a:b.conf":                        "./a:b.conf",
	} {
		if got := fileURI(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestColumnsCountCharacters(t *testing.T) {
	for _, c := range []struct {
		text      string
		col, want int32
	}{{"abc", 2, 2}, {"中文 x", 8, 4}, {"中", 4, 2}, {"", 5, 5}, {"\xff x", 3, 3}} {
		if got := codePoint(c.text, c.col); got != c.want {
			t.Errorf("%q byte %d is character %d, want %d", c.text, c.col, got, c.want)
		}
	}
}
