package config

import (
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// reporters are the functions that take the ID of a problem: it is their first text of one word.
var reporters = map[string]bool{
	"problem": true, "problemAt": true, "ignored": true, "warn": true, "drop": true, "wordProblem": true,
	"vsProblem": true, "lostVS": true, "dropCheck": true, "disable": true, "fatal": true, "lost": true, "dropLine": true,
	"lostGroup": true, "loggedVS": true, "giveUp": true,
}

var oneWord = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// idsInSource collects the IDs that the code of a package gives its problems.
func idsInSource(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	literal := func(e ast.Expr) string {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if s, err := strconv.Unquote(l.Value); err == nil && oneWord.MatchString(s) {
				return s
			}
		}
		return ""
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := goparser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				name := ""
				switch f := n.Fun.(type) {
				case *ast.SelectorExpr:
					name = f.Sel.Name
				case *ast.Ident:
					name = f.Name
				}
				if !reporters[name] {
					return true
				}
				for _, a := range n.Args {
					if s := literal(a); s != "" {
						ids[s] = true
						break
					}
				}
			case *ast.KeyValueExpr:
				if k, ok := n.Key.(*ast.Ident); ok && k.Name == "ID" && literal(n.Value) != "" {
					ids[literal(n.Value)] = true
				}
			case *ast.AssignStmt:
				for i, l := range n.Lhs {
					name := ""
					switch l := l.(type) {
					case *ast.SelectorExpr:
						name = l.Sel.Name
					case *ast.Ident:
						name = l.Name
					}
					if (name == "ID" || name == "id") && i < len(n.Rhs) && literal(n.Rhs[i]) != "" {
						ids[literal(n.Rhs[i])] = true
					}
				}
			}
			return true
		})
	}
	return ids
}

// everyReport calls each with the reports of all configurations that the tests of this package have.
func everyReport(t *testing.T, each func(Result)) {
	t.Helper()
	load := func(name, text string) {
		each(LoadText(name, text, parser.Options{ConfigID: "testhost"}, labHost()))
	}
	for _, a := range archives(t, "testdata/golden/*.txtar") {
		for name, text := range a {
			load(name, text)
		}
	}
	host := labHost()
	host.scripts["/usr/bin/plain"] = ScriptStatus{NotExecutable: true, Resolved: "/usr/bin/plain"}
	host.scripts["/usr/bin/open"] = ScriptStatus{Insecure: true, Component: "/usr/bin", Resolved: "/usr/bin/open"}
	for _, a := range archives(t, "testdata/problems.txtar") {
		for name := range a {
			each(Load(name, parser.Options{ConfigID: "testhost", Files: a}, host))
		}
	}
	for _, f := range tableRows(t, "testdata/verdicts.tsv") {
		load("test.conf", verdictText(f[0], f[1]))
	}
	for _, f := range tableRows(t, "testdata/arguments.tsv") {
		for _, args := range strings.Split(f[3], "|") {
			load("test.conf", fmt.Sprintf(surroundings[f[0]], strings.TrimSpace(f[1]+" "+args)))
		}
	}
	paths, corpus := realConfigurations(t)
	for _, path := range paths {
		each(Load(path, parser.Options{ConfigID: "testhost", Files: osfiles.Files{}}, corpus))
	}
	eachDiffTest(t, func(_ string, r Result) { each(r) })
}

// tableRows reads a file of lines with fields between tabs; those that begin with # are comments.
func tableRows(t *testing.T, path string) (rows [][]string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if !strings.HasPrefix(row, "#") {
			rows = append(rows, strings.Split(row, "\t"))
		}
	}
	return rows
}

// archives reads the configurations of txtar files.
func archives(t *testing.T, pattern string) (all []fakeFiles) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
	}
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files := fakeFiles{}
		for _, f := range a.Files {
			if strings.HasSuffix(f.Name, ".conf") {
				files[f.Name] = string(f.Data)
			}
		}
		all = append(all, files)
	}
	return all
}

func TestTheTableOfIDsIsWhole(t *testing.T) {
	inSource := idsInSource(t, ".")
	maps.Copy(inSource, idsInSource(t, ".."))
	if diff := cmp.Diff(slices.Sorted(maps.Keys(inSource)), IDs()); diff != "" {
		t.Errorf("IDs in the code and in the table (-code +table):\n%s", diff)
	}
}

// elsewhereTested are the IDs that other tests cover, most of them those of package parser: they need
// files of a certain kind, or more text than belongs here.
var elsewhereTested = []string{
	"block-limit", "byte-order-mark", "depth-limit", "expansion-length", "expansion-limit", "file-ambiguous", "file-skipped",
	"file-unreadable", "hmac-key-exposed", "include-limit", "include-unreadable", "nesting-limit", "nul-byte", "problem-limit", "size-limit", "syntax",
}

// TestEveryIDIsReportedWell sees each kind of problem at least once, and holds every report of all
// configurations that there are against what a report has to be.
func TestEveryIDIsReportedWell(t *testing.T) {
	seen, reports, problems := map[string]bool{}, 0, 0
	everyReport(t, func(r Result) {
		reports++
		problems += len(r.Problems)
		if err := sound(r); err != nil {
			t.Error(err)
		}
		for _, p := range r.Problems {
			seen[p.ID] = true
		}
	})
	for _, id := range IDs() {
		if !seen[id] && !slices.Contains(elsewhereTested, id) {
			t.Errorf("no configuration has a problem of the kind %s: add one to testdata/problems.txtar", id)
		}
	}
	t.Logf("%d kinds of problems; %d problems in %d reports", len(IDs()), problems, reports)
}
