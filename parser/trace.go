package parser

import (
	"cmp"
	"slices"
	"strings"
)

// Trace keeps how a configuration came together: which files were read from where, and which
// definitions were put in where. Options.Trace asks for it; it is complete once Parse has returned,
// and grows with the includes and definitions that are used, within limits, not with the text.
type Trace struct {
	files map[string]*tracedFile
	uses  map[lineOf][]use
	count int
}

// lineOf is a line of a file.
type lineOf struct {
	file string
	line int32
}

// tracedFile is a file that was read.
type tracedFile struct {
	number   int   // in the order of reading
	included []Pos // where from; empty for the main file
}

// use is a definition that was put into a line.
type use struct {
	col  int32
	name string // without its $
	at   Pos    // where it is defined
}

// Limits on what a trace remembers.
const (
	maxTraced   = 10_000 // uses of definitions
	maxIncludes = 4      // places from which one file is included
)

// opened notes a file that is about to be read.
func (t *Trace) opened(name string, from Pos) {
	if t == nil {
		return
	}
	if t.files == nil {
		t.files = map[string]*tracedFile{}
	}
	f := t.files[name]
	if f == nil {
		f = &tracedFile{number: len(t.files)}
		t.files[name] = f
	}
	if from.Line > 0 && len(f.included) < maxIncludes && !slices.Contains(f.included, from) {
		f.included = append(f.included, from)
	}
}

// used notes a definition made at def that was put in at a place.
func (t *Trace) used(name string, at, def Pos) {
	if t == nil || def.Line == 0 || t.count >= maxTraced {
		return
	}
	if t.uses == nil {
		t.uses = map[lineOf][]use{}
	}
	key, u := lineOf{at.File, at.Line}, use{col: at.Col, name: name, at: def}
	if !slices.Contains(t.uses[key], u) {
		u.name = strings.Clone(name) // it is a part of the file's text
		t.uses[key] = append(t.uses[key], u)
		t.count++
	}
}

// Compare orders places as they are read: what a file includes comes where it is included, for the
// first time if there are several. A file as a whole comes behind all lines.
func (t *Trace) Compare(a, b Pos) int {
	switch {
	case (a.Line == 0) != (b.Line == 0):
		if a.Line == 0 {
			return 1
		}
		return -1
	case a.File == b.File:
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	}
	return slices.CompareFunc(t.path(a), t.path(b), func(a, b step) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.col, b.col), cmp.Compare(a.file, b.file))
	})
}

// step leads from the main file to a place: into the file that is included at a line, or, with
// file 0, to the line itself.
type step struct {
	line, col int32
	file      int
}

// path is the way from the main file to a place.
func (t *Trace) path(at Pos) []step {
	way := []step{{line: at.Line, col: at.Col}}
	for range maxFrames {
		f := t.file(at.File)
		if f == nil || len(f.included) == 0 {
			break
		}
		at = f.included[0]
		way = append(way, step{at.Line, at.Col, f.number})
	}
	slices.Reverse(way)
	return way
}

// file finds a file that was read; nil for one that was not.
func (t *Trace) file(name string) *tracedFile {
	if t == nil {
		return nil
	}
	return t.files[name]
}

// Notes tells of a place what its line does not show: where the definitions that stand in it were
// made, and from where its file was included. end is the column behind the words meant.
func (t *Trace) Notes(at Pos, end int32) []Note {
	if t == nil || at.Line == 0 {
		return nil
	}
	var notes []Note
	for _, u := range t.uses[lineOf{at.File, at.Line}] {
		if u.col == at.Col || u.col > at.Col && u.col < end {
			notes = append(notes, Note{Pos: u.at, Message: "$" + u.name + " is defined here"})
		}
	}
	for name := at.File; len(notes) < maxFrames; {
		f := t.file(name)
		if f == nil || len(f.included) == 0 {
			break
		}
		for i, from := range f.included {
			n := Note{Pos: from, Message: name + " is included here"}
			if i > 0 {
				n.Message += " as well"
			}
			notes = append(notes, n)
		}
		name = f.included[0].File
	}
	return notes
}
