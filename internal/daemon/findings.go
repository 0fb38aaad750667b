package daemon

import (
	"slices"
	"sync"
	"time"

	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/internal/lint"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// known are the problems of the configuration in force, with the findings of its lint, for who looks from
// other goroutines. The zero value has none.
type known struct {
	mu       sync.Mutex
	of       *config.Config
	problems []parser.Problem
}

// lintRest is how long the processor is left to what a new configuration has set going: the file is read once
// more.
const lintRest = time.Second

// judge lints a configuration, beside the loop, some time later and once: it may be large, and nothing waits for
// it.
func (k *known) judge(c *config.Config, file, id string, problems []parser.Problem) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == c {
		return
	}
	k.of, k.problems = c, problems
	time.AfterFunc(lintRest, func() {
		if !k.about(c) {
			return // there is another one by now
		}
		all := withLint(c, file, id, problems)
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.of == c {
			k.problems = all
		}
	})
}

func (k *known) about(c *config.Config) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.of == c
}

// read returns the problems, which nobody may change.
func (k *known) read() []parser.Problem {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.problems
}

// withLint adds what lint finds, as holdfastctl check does, and leaves out what comments in the file keep
// quiet.
func withLint(c *config.Config, file, id string, problems []parser.Problem) []parser.Problem {
	files := map[string]bool{file: true}
	found := lint.Check(lint.Input{Config: c, Host: hostinfo.New(), Statements: func(each func(*parser.Statement)) {
		parser.Parse(file, parserOptions(id), func(st *parser.Statement) {
			filesOf(st, files)
			each(st)
		})
	}})
	all := slices.Concat(problems, parser.Arrange(found, nil, osfiles.Files{}))
	var silences lint.Silences
	for name := range files {
		silences.Read(osfiles.Files{}, name)
	}
	return silences.Apply(all, file)
}

// filesOf notes the files that a statement and its block come from.
func filesOf(st *parser.Statement, files map[string]bool) {
	files[st.Pos.File] = true
	for i := range st.Block {
		filesOf(&st.Block[i], files)
	}
}
