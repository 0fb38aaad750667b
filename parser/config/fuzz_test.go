package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/holdfast-ha/holdfast/internal/footprint"
	"github.com/holdfast-ha/holdfast/parser"
)

// longNumber is a number that makes a sequence long.
var longNumber = regexp.MustCompile("[0-9a-fA-F]{4}")

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
		if bytes.Count(text, []byte("~")) > 2 || bytes.Contains(text, []byte("~")) && longNumber.Match(text) || bytes.Count(text, []byte("$")) > 30 {
			return // bounded, but large
		}
		checkAllocated(t, string(text), host)
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
			if line := lineOf(text, p.Pos.Line); int(p.Pos.Col) > len(line)+1 || p.Pos.Col < 0 {
				t.Fatalf("a problem behind the end of its line %q: %+v", line, p)
			}
			if p.StopsRun && p.Severity != parser.Error {
				t.Fatalf("stops the daemon, but is no error: %+v", p)
			}
		}
	})
}

// lineOf is a line of a text, counted from 1.
func lineOf(text []byte, n int32) []byte {
	for ; n > 1; n-- {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return line
}

// checkAllocated holds the bound of what the decoder may allocate beside what the parser does. Text
// that definitions make counts.
func checkAllocated(t *testing.T, text string, host Host) {
	opts := parser.Options{ConfigID: "x"}
	statements, size := 0, len(text)
	var count func(s *parser.Statement)
	count = func(s *parser.Statement) {
		statements++
		size += len(s.Text)
		for i := range s.Block {
			count(&s.Block[i])
		}
	}
	parsing := footprint.Allocated(func() { parser.ParseText("fuzz.conf", text, opts, count) })
	var r Result
	loading := footprint.Allocated(func() { r = LoadText("fuzz.conf", text, opts, host) })
	if most := footprint.Bound(size, statements, len(r.Problems)); loading-parsing > most {
		t.Errorf("%d bytes allocated beside %d for parsing, %d bytes of text, %d statements and %d problems: more than %d",
			loading-parsing, parsing, size, statements, len(r.Problems), most)
	}
}
