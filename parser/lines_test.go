package parser

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// trickle hands out the files of a Files by way of a reader, and counts those that are open.
type trickle struct {
	Files
	by   func(io.Reader) io.Reader
	open *int
}

func (f trickle) Open(name string) (io.ReadCloser, error) {
	text, err := f.Read(name)
	if err != nil {
		return nil, err
	}
	if f.open != nil {
		*f.open++
	}
	return &trickled{f.by(strings.NewReader(text)), f.open}, nil
}

type trickled struct {
	io.Reader
	open *int
}

func (t *trickled) Close() error {
	if t.open != nil {
		*t.open--
	}
	return nil
}

// textFiles is a file system made of a table.
type textFiles map[string]string

func (m textFiles) Read(name string) (string, error) { return oneFile{name, m[name]}.Read(name) }
func (textFiles) Abs(dir string) string              { return dir }
func (m textFiles) Glob(name string) ([]string, error) {
	if _, ok := m[name]; !ok {
		return nil, nil
	}
	return []string{name}, nil
}

// slowly are ways in which the bytes of a file may arrive.
var slowly = map[string]func(io.Reader) io.Reader{
	"whole": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader,
	"by halves": iotest.HalfReader, "end with the last bytes": iotest.DataErrReader,
}

func TestLinesDoNotDependOnHowAFileIsRead(t *testing.T) {
	wide := strings.Repeat("x", window-1)
	for _, text := range []string{
		"", "\n", "\n\n", "a", "a\n", "a\r\n\nb", wide + "\n" + wide, wide + "y\n\nz\n", wide + "yz\na",
		strings.Repeat("x", maxKept-1) + "\nb\n" + strings.Repeat("line\n", window),
	} {
		want := strings.Split(text, "\n")
		if want[len(want)-1] == "" {
			want = want[:len(want)-1]
		}
		for way, by := range slowly {
			if way == "byte by byte" && len(text) > 4*window {
				continue // each byte of a long line costs a copy
			}
			l, err := OpenLines(trickle{Files: oneFile{"f", text}, by: by}, "f")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for {
				line, ok := l.Next()
				if !ok {
					break
				}
				got = append(got, line)
			}
			if l.Err() != nil || !slices.Equal(got, want) {
				t.Errorf("%d bytes, %s: %d lines, want %d; error %v", len(text), way, len(got), len(want), l.Err())
			}
		}
	}
}

func TestFileThatBreaksOffIsReportedAndClosed(t *testing.T) {
	broken := errors.New("input/output error")
	breaks := func(part string) func(io.Reader) io.Reader {
		return func(r io.Reader) io.Reader {
			text, _ := io.ReadAll(r)
			if !strings.Contains(string(text), part) {
				return strings.NewReader(string(text))
			}
			return io.MultiReader(strings.NewReader(string(text[:len(text)-1])), iotest.ErrReader(broken))
		}
	}
	files := textFiles{"main": "a\ninclude inner\nb\n", "inner": "c\nd\n"}
	for _, c := range []struct {
		part string
		want Problem
		seen string
	}{
		{"include", Problem{Pos: Pos{File: "main"}, ID: "file-unreadable", Severity: Error, StopsRun: true,
			Message: "cannot read main: input/output error", Instead: "there is no configuration"}, "a c d"},
		{"c\nd", Problem{Pos: Pos{"main", 2, 9}, End: 14, ID: "include-unreadable", Severity: Warning, Text: "include inner",
			Message: "cannot read inner: input/output error", Instead: "the file is skipped", Cure: "remove the line, or include a regular file that can be read"}, "a c b"},
	} {
		open, seen := 0, []string{}
		problems := Parse("main", Options{Files: trickle{files, breaks(c.part), &open}}, func(s *Statement) { seen = append(seen, s.Text) })
		if diff := cmp.Diff([]Problem{c.want}, problems); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := strings.Join(seen, " "); got != c.seen {
			t.Errorf("%q breaks off: read %q, want %q", c.part, got, c.seen)
		}
		if open != 0 {
			t.Errorf("%q breaks off: %d files are left open", c.part, open)
		}
	}
}

func TestNoFileIsLeftOpenWhenReadingStops(t *testing.T) {
	for _, text := range []string{
		"a\n", "include main\ninclude deep\n", "include endless\nb\n", "include a\ninclude a",
	} {
		files := textFiles{"main": text, "a": "b {", "deep": "include endless\n", "endless": "~SEQ(X,1,9000000000) s\n"}
		open := 0
		opts := Options{Files: trickle{files, slowly["byte by byte"], &open}, limits: limits{produced: 100}}
		Parse("main", opts, func(*Statement) {})
		if open != 0 {
			t.Errorf("%q: %d files are left open", text, open)
		}
	}
}
