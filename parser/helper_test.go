package parser_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
)

// fileMap is a file system in memory. A text that starts with "skip: " is a file that exists and
// must not be read.
type fileMap map[string]string

func (m fileMap) Read(name string) (string, error) {
	text, ok := m[path.Clean(name)]
	if !ok {
		return "", fs.ErrNotExist
	}
	if reason, ok := strings.CutPrefix(text, "skip: "); ok {
		return "", &parser.SkipError{Name: name, Reason: reason}
	}
	if reason, ok := strings.CutPrefix(text, "error: "); ok {
		return "", errors.New(reason)
	}
	return text, nil
}

func (m fileMap) Glob(pattern string) ([]string, error) {
	var names []string
	for name := range m {
		ok, err := path.Match(path.Clean(pattern), name)
		if err != nil {
			return nil, err
		}
		if ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (m fileMap) Abs(dir string) string { return path.Join("/etc/keepalived", dir) }

// outline writes statements one a line: words in brackets where they were quoted, braces as they
// stand, "/}" for a stray one.
func outline(statements []parser.Statement) string {
	var b strings.Builder
	var walk func(s *parser.Statement, indent string)
	walk = func(s *parser.Statement, indent string) {
		var words []string
		for _, w := range s.Words {
			if w.Quoted {
				w.Text = "[" + w.Text + "]"
			}
			words = append(words, w.Text)
		}
		switch {
		case s.StrayClose:
			words = append(words, "/}")
		case s.HasBlock:
			words = append(words, "{")
		}
		b.WriteString(indent + strings.Join(words, " ") + "\n")
		for i := range s.Block {
			walk(&s.Block[i], indent+" ")
		}
		if s.HasBlock && s.Close.Line != 0 {
			b.WriteString(indent + "}\n")
		}
	}
	for i := range statements {
		walk(&statements[i], "")
	}
	return b.String()
}

// keep copies a statement, which is only valid during the call.
func keep(s *parser.Statement) parser.Statement {
	c := *s
	c.Words = slices.Clone(s.Words)
	c.Block = make([]parser.Statement, 0, len(s.Block))
	for i := range s.Block {
		c.Block = append(c.Block, keep(&s.Block[i]))
	}
	return c
}

// parse reads main from files.
func parse(files fileMap, opts parser.Options) ([]parser.Statement, []parser.Problem) {
	opts.Files = files
	var all []parser.Statement
	problems := parser.Parse("main", opts, func(s *parser.Statement) { all = append(all, keep(s)) })
	return all, problems
}

// brief is a problem in one line.
func brief(problems []parser.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%s %s %s\n", p.Pos, p.ID, p.Message)
	}
	return b.String()
}
