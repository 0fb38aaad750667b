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

// tested is one directory: its test functions, the strings in its code, and the text of its other
// files, where tables of tests may stand.
type tested struct {
	functions map[string]bool
	strings   map[string]bool
	data      []string
}

// NewTests reads the directories below root when they are asked for.
func NewTests(root string) *Tests { return &Tests{root: root, packages: map[string]*tested{}} }

// Has tells whether there is a test of that name: directory, dot, function. Of a case behind a slash
// it looks for the text, whole or part by part at its slashes, among the strings of the directory's
// code and in its data.
func (t *Tests) Has(name string) (bool, error) {
	dir, rest, _ := strings.Cut(name, ".Test")
	function, subtest, hasCase := strings.Cut("Test"+rest, "/")
	p, err := t.read(dir)
	if err != nil || !p.functions[function] {
		return false, err
	}
	if !hasCase || p.knows(subtest) {
		return true, nil
	}
	for part := range strings.SplitSeq(subtest, "/") {
		if !p.knows(part) {
			return false, nil
		}
	}
	return true, nil
}

func (p *tested) knows(text string) bool {
	if text == "" || p.strings[text] {
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
	p := &tested{functions: map[string]bool{}, strings: map[string]bool{}}
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
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if isTest && n.Recv == nil && strings.HasPrefix(n.Name.Name, "Test") {
				p.functions[n.Name.Name] = true
			}
		case *ast.BasicLit:
			if s, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
				p.strings[s] = true
			}
		}
		return true
	})
	return nil
}
