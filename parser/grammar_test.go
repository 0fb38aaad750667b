package parser

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
	"github.com/google/go-cmp/cmp"
)

// The same grammar as struct tags, interpreted by participle: slow, and plain to read.

type plainFile struct {
	Statements []*plainStatement `parser:"@@*"`
}

type plainStatement struct {
	Pos   lexer.Position
	Head  *plainHead `parser:"(  @@"`
	Body  *plainBody `parser:"   @@?"`
	Bare  *plainBody `parser:" | @@"`
	Stray *plainMark `parser:" | @@ )"`
}

type plainHead struct {
	Pos  lexer.Position
	Text string `parser:"@Line"`
}

type plainMark struct {
	Pos  lexer.Position
	Text string `parser:"@Stray"`
}

type plainClose struct {
	Pos  lexer.Position
	Text string `parser:"@Close"`
}

type plainBody struct {
	Pos        lexer.Position
	Open       string            `parser:"@Open"`
	Statements []*plainStatement `parser:"@@*"`
	Close      *plainClose       `parser:"@@?"`
}

// statement is the Statement that a plain one stands for.
func (p *plainStatement) statement(spread []fragment) Statement {
	s := Statement{Pos: posOf(p.Pos)}
	body := p.Bare
	switch {
	case p.Stray != nil:
		s.StrayClose = true
	case p.Head != nil:
		body = p.Body
		new(space).head(&s, &lexer.Token{Value: p.Head.Text, Pos: p.Head.Pos})
		settle(&s, spread)
	}
	if body != nil {
		s.HasBlock, s.Open = true, posOf(body.Pos)
		if body.Close != nil {
			s.Close = posOf(body.Close.Pos)
		}
		for _, inner := range body.Statements {
			s.Block = append(s.Block, inner.statement(spread))
		}
	}
	return s
}

// bothWays parses a file with the fast parser, which gets it byte by byte, and with the plain grammar.
func bothWays(t *testing.T, name string, opts Options) (fast, plain []Statement) {
	t.Helper()
	trickling := opts
	trickling.Files = trickle{Files: opts.Files, by: slowly["byte by byte"]}
	Parse(name, trickling, func(s *Statement) { fast = append(fast, deepCopy(s)) })

	slow := participle.MustBuild[plainFile](participle.Lexer(definitionOf{}), participle.UseLookahead(2))
	s := newScanner(opts)
	if !s.openMain(name) {
		t.Fatalf("cannot open %s: %v", name, s.problems)
	}
	lex, err := lexer.Upgrade(s)
	if err != nil {
		t.Fatalf("lex %s: %v", name, err)
	}
	tree, err := slow.ParseFromLexer(lex)
	if err != nil {
		t.Fatalf("parse %s with the plain grammar: %v", name, err)
	}
	for _, p := range tree.Statements {
		plain = append(plain, p.statement(s.spread))
	}
	return fast, plain
}

func deepCopy(s *Statement) Statement {
	c := *s
	c.Words, c.Block = slices.Clone(s.Words), nil
	for i := range s.Block {
		c.Block = append(c.Block, deepCopy(&s.Block[i]))
	}
	return c
}

// diskFiles reads a corpus from the disk, whatever the mode of its files.
type diskFiles struct{ fs.FS }

func (d diskFiles) Read(name string) (string, error) {
	b, err := fs.ReadFile(d.FS, filepath.Clean(name))
	return string(b), err
}
func (d diskFiles) Glob(pattern string) ([]string, error) {
	return fs.Glob(d.FS, filepath.Clean(pattern))
}
func (diskFiles) Abs(dir string) string { return "/" + filepath.Clean(dir) }

// corpora are the directories with configurations to be parsed: our own, and that of real
// configurations where the environment names one or it lies beside the repository.
func corpora(t *testing.T) []string {
	t.Helper()
	dirs := []string{filepath.Join("testdata", "conf")}
	if dir := os.Getenv("HOLDFAST_CORPUS"); dir != "" {
		return append(dirs, dir)
	}
	for up := ".."; len(up) < 30; up = filepath.Join(up, "..") {
		dir := filepath.Join(up, "shared", "corpus", "conf")
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return append(dirs, dir)
		}
	}
	t.Log("no corpus of real configurations (HOLDFAST_CORPUS): only our own files are parsed")
	return dirs
}

func TestFastParserAgreesWithPlainGrammar(t *testing.T) {
	for _, dir := range corpora(t) {
		names, err := filepath.Glob(filepath.Join(dir, "*.conf"))
		if err != nil || len(names) < 5 {
			t.Fatalf("%d files in %s, error %v", len(names), dir, err)
		}
		for _, name := range names {
			for _, id := range []string{"one", "other"} {
				opts := Options{ConfigID: id, Files: diskFiles{os.DirFS(dir)}}
				fast, plain := bothWays(t, filepath.Base(name), opts)
				if diff := cmp.Diff(plain, fast); diff != "" {
					t.Errorf("%s as %s (-plain +fast):\n%s", filepath.Base(name), id, diff)
				}
			}
		}
	}
}

func FuzzFastParserAgreesWithPlainGrammar(f *testing.F) {
	for _, text := range statementSeeds {
		f.Add(text)
	}
	f.Add("a { b } c\n{ d\n}")
	f.Add("$M=a { \\\n b \\\n }\n~SEQ(X,2) $M \"q\" }")
	f.Fuzz(func(t *testing.T, text string) {
		if IsLarge(text) {
			return
		}
		fast, plain := bothWays(t, "main", Bounded(Options{ConfigID: "me", Files: oneFile{"main", text}}))
		// What cmp takes to compare doubles with each block within a block.
		if !reflect.DeepEqual(plain, fast) {
			t.Errorf("plain:\n%+v\nfast:\n%+v", plain, fast)
		}
	})
}
