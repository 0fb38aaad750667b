package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/holdfast-ha/holdfast/parser"
)

// FuzzLoad looks for a text that Load does not survive, or of which it makes two different things.
func FuzzLoad(f *testing.F) {
	goldens, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(goldens) == 0 {
		f.Fatalf("no golden files: %v", err)
	}
	for _, path := range goldens {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			if filepath.Ext(file.Name) == ".conf" {
				f.Add(file.Data)
			}
		}
	}
	host := labHost()
	f.Fuzz(func(t *testing.T, text []byte) {
		load := func() (Result, string) {
			r := LoadText("fuzz.conf", string(text), parser.Options{ConfigID: "x"}, host)
			var b bytes.Buffer
			if err := Dump(&b, r.Config); err != nil {
				t.Fatal(err)
			}
			return r, b.String()
		}
		r, model := load()
		again, model2 := load()
		if model != model2 || !reflect.DeepEqual(r.Problems, again.Problems) {
			t.Fatalf("one text, two meanings:\n%s%s\n%s%s", model, listing(r), model2, listing(again))
		}
		opts := parser.Options{ConfigID: "x", Files: parser.OneFile("fuzz.conf", string(text))}
		if checked := Check("fuzz.conf", opts, host, nil); !reflect.DeepEqual(r.Problems, checked.Problems) {
			t.Fatalf("Load and Check disagree:\n%s\n%s", listing(r), listing(checked))
		}
		if s := r.TestStatus(); s != 0 && s != 2 && s != 4 && s != 5 && s != 6 {
			t.Fatalf("exit status %d", s)
		}
		last := int32(bytes.Count(text, []byte("\n")) + 1)
		if err := sound(r); err != nil {
			t.Fatal(err)
		}
		for _, p := range r.Problems {
			if p.Pos.Line < 0 || p.Pos.Line > last {
				t.Fatalf("a problem of no line of the text: %+v", p)
			}
			if p.StopsRun && p.Severity != parser.Error {
				t.Fatalf("stops the daemon, but is no error: %+v", p)
			}
		}
	})
}
