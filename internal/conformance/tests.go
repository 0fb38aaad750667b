package conformance

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Tests knows the tests of a source tree.
type Tests struct {
	root     string
	packages map[string]*tested
}

// tested is one directory: the strings in each test function, those in the rest of its code, and the
// text of its data files. Tables of tests stand in all of these.
type tested struct {
	functions map[string]map[string]bool
	strings   map[string]bool
	data      []string
}

// NewTests reads the directories below root when they are asked for.
func NewTests(root string) *Tests { return &Tests{root: root, packages: map[string]*tested{}} }

// Has tells whether there is a test of that name: directory, dot, function. Of a case behind a slash
// it looks for the text, whole or part by part at its slashes, among the strings of the function, those
// outside of other tests, and in the data.
func (t *Tests) Has(name string) (bool, error) {
	dir, rest, _ := strings.Cut(name, ".Test")
	function, subtest, hasCase := strings.Cut("Test"+rest, "/")
	p, err := t.read(dir)
	if err != nil || p.functions[function] == nil {
		return false, err
	}
	if !hasCase || p.knows(function, subtest) {
		return true, nil
	}
	for part := range strings.SplitSeq(subtest, "/") {
		if !p.knows(function, part) {
			return false, nil
		}
	}
	return true, nil
}

func (p *tested) knows(function, text string) bool {
	if text == "" || p.strings[text] || p.functions[function][text] {
		return text != ""
	}
	for _, d := range p.data {
		if strings.Contains(d, text) {
			return true
		}
	}
	return false
}

func (t *Tests) read(dir string) (*tested, error) {
	if p := t.packages[dir]; p != nil {
		return p, nil
	}
	p := &tested{functions: map[string]map[string]bool{}, strings: map[string]bool{}}
	t.packages[dir] = p
	base := filepath.Join(t.root, dir)
	entries, err := os.ReadDir(base)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(base, e.Name())
		switch {
		case e.IsDir() && (e.Name() == "testdata" || e.Name() == "explain"):
			err = p.readData(path)
		case filepath.Ext(path) == ".go":
			err = p.readCode(path)
		}
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

// readData reads the files of a directory of data, but for fuzz corpora below it.
func (p *tested) readData(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		p.data = append(p.data, string(b))
	}
	return nil
}

func (p *tested) readCode(path string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	isTest := strings.HasSuffix(path, "_test.go")
	for _, d := range file.Decls {
		into := p.strings
		if f, ok := d.(*ast.FuncDecl); ok && isTest && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
			into = map[string]bool{}
			p.functions[f.Name.Name] = into
		}
		ast.Inspect(d, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if text, err := strconv.Unquote(l.Value); err == nil {
					into[text] = true
				}
			}
			return true
		})
	}
	return nil
}
