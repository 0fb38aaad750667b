package lint_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/lint"
)

// anID is what ids look like; other literals stand where a function has an id elsewhere.
var anID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// sources are the packages that make problems.
var sources = []string{"../../parser", "../../parser/config", "../wiring", "../doctor", "."}

// idsInCode finds every id that the code of some packages can give to a problem: what is passed for a
// parameter named id, and what is assigned to a field ID.
func idsInCode(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, dir := range sources {
		var files []*ast.File
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no sources in %s: %v", dir, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		takes := map[string][]int{} // functions by name: which arguments are ids
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool { noteFunction(n, takes); return true })
		}
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool { ids = append(ids, idsAt(n, takes)...); return true })
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// noteFunction notes a function that takes an id.
func noteFunction(n ast.Node, takes map[string][]int) {
	switch x := n.(type) {
	case *ast.FuncDecl:
		noteParameters(x.Name.Name, x.Type, takes)
	case *ast.AssignStmt:
		for i, r := range x.Rhs {
			if lit, ok := r.(*ast.FuncLit); ok {
				if name, ok := x.Lhs[i].(*ast.Ident); ok {
					noteParameters(name.Name, lit.Type, takes)
				}
			}
		}
	}
}

func noteParameters(name string, f *ast.FuncType, takes map[string][]int) {
	at := 0
	for _, field := range f.Params.List {
		for _, p := range field.Names {
			if typ, ok := field.Type.(*ast.Ident); ok && p.Name == "id" && typ.Name == "string" && !slices.Contains(takes[name], at) {
				takes[name] = append(takes[name], at)
			}
			at++
		}
	}
}

// idsAt are the ids that a node of the code names.
func idsAt(n ast.Node, takes map[string][]int) (ids []string) {
	literal := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && anID.MatchString(s) {
				ids = append(ids, s)
			}
		}
	}
	switch x := n.(type) {
	case *ast.CallExpr:
		name := ""
		switch f := x.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		for _, at := range takes[name] {
			if at < len(x.Args) {
				literal(x.Args[at])
			}
		}
	case *ast.KeyValueExpr:
		if key, ok := x.Key.(*ast.Ident); ok && key.Name == "ID" {
			literal(x.Value)
		}
	case *ast.AssignStmt:
		for i, l := range x.Lhs {
			if sel, ok := l.(*ast.SelectorExpr); ok && sel.Sel.Name == "ID" && i < len(x.Rhs) {
				literal(x.Rhs[i])
			}
			if name, ok := l.(*ast.Ident); ok && name.Name == "id" && i < len(x.Rhs) {
				literal(x.Rhs[i])
			}
		}
	}
	return ids
}

func TestEveryIDThatTheCodeKnowsIsExplained(t *testing.T) {
	ids := idsInCode(t)
	if len(ids) < 250 {
		t.Fatalf("only %d ids found in the code: the search does not work", len(ids))
	}
	explained := map[string]bool{}
	for _, e := range lint.Explanations() {
		if explained[e.ID] {
			t.Errorf("%s is explained twice", e.ID)
		}
		explained[e.ID] = true
		if !slices.Contains(ids, e.ID) {
			t.Errorf("%s is explained, but nothing has that id", e.ID)
		}
	}
	for _, id := range ids {
		if !explained[id] {
			t.Errorf("%s is not explained", id)
		}
	}
}
