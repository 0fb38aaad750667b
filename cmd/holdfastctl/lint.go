package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/internal/lint"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/parser/osfiles"
)

// reading is one file with what there is to say of it.
type reading struct {
	file       string
	result     config.Result
	problems   []parser.Problem
	statements func(func(*parser.Statement))
}

// inspect reads all files, lints them and, where they are several, compares them as the routers of
// one segment. What the files ask to be quiet about is left out.
func (c *checkCommand) inspect() ([]report, error) {
	for _, id := range c.Ignore {
		if lint.Explain(id) == nil {
			return nil, fmt.Errorf("--ignore %s: there is no such finding; holdfastctl explain lists them", id)
		}
	}
	var readings []reading
	var silences lint.Silences
	for _, file := range c.Files {
		readings = append(readings, c.read(file, &silences))
	}
	between, paired := c.compare(readings)
	between = silences.Apply(between, "")
	for i := range readings {
		readings[i].problems = silences.Apply(readings[i].problems, readings[i].file)
	}
	if c.Lint {
		unused := silences.Unused(paired)
		for i := range readings {
			r := &readings[i]
			mine := func(p parser.Problem) bool { return p.Pos.File == r.file || i == len(readings)-1 }
			for _, p := range unused {
				if mine(p) {
					r.problems = append(r.problems, p)
				}
			}
			unused = slices.DeleteFunc(unused, mine)
		}
	}
	var reports []report
	for i := range readings {
		r := summarize(readings[i].file, c.heard(readings[i].problems))
		r.Test = readings[i].result.TestStatus()
		reports = append(reports, r)
	}
	if paired {
		r := summarize(strings.Join(c.Files, " + "), c.heard(between))
		r.Pair = c.Files
		reports = append(reports, r)
	}
	return reports, nil
}

// read loads one file and lints it.
func (c *checkCommand) read(file string, silences *lint.Silences) reading {
	r := reading{file: file, result: loadConfig(file, c.ConfigID)}
	seen := map[string]bool{}
	r.statements = func(each func(*parser.Statement)) {
		parser.Parse(file, textOptions(c.ConfigID), func(st *parser.Statement) {
			noteFiles(st, seen)
			each(st)
		})
	}
	r.problems = slices.Concat(r.result.Problems, wiring.Gaps(r.result.Config), wiring.Remarks(r.result.Config))
	if c.Lint {
		found := lint.Check(lint.Input{Config: r.result.Config, Host: hostinfo.New(), Statements: r.statements})
		r.problems = append(r.problems, parser.Arrange(found, nil, osfiles.Files{})...)
	}
	for i := range r.problems {
		if name := r.problems[i].Pos.File; name != "" {
			seen[name] = true
		}
	}
	silences.Read(osfiles.Files{}, file)
	for _, name := range sortedKeys(seen) {
		silences.Read(osfiles.Files{}, name)
	}
	return r
}

// noteFiles notes the files that a statement and its block come from.
func noteFiles(st *parser.Statement, seen map[string]bool) {
	seen[st.Pos.File] = true
	for i := range st.Block {
		noteFiles(&st.Block[i], seen)
	}
}

func sortedKeys(m map[string]bool) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// compare looks for what does not go together in several files; paired tells whether they have a
// virtual router in common.
func (c *checkCommand) compare(readings []reading) (problems []parser.Problem, paired bool) {
	if len(readings) < 2 || !c.Pair || !c.Lint {
		return nil, false
	}
	var routers []lint.Router
	for _, r := range readings {
		routers = append(routers, lint.Router{Name: r.file, Config: r.result.Config, Statements: r.statements})
	}
	problems, paired = lint.Compare(routers)
	return parser.Arrange(problems, nil, osfiles.Files{}), paired
}

// heard leaves out what --ignore names. Errors stay.
func (c *checkCommand) heard(problems []parser.Problem) []parser.Problem {
	return slices.DeleteFunc(problems, func(p parser.Problem) bool {
		return p.Severity != parser.Error && slices.Contains(c.Ignore, p.ID)
	})
}

// textOptions is what the text of a configuration may depend on.
func textOptions(id string) parser.Options {
	if id == "" {
		if name, err := os.Hostname(); err == nil {
			id, _, _ = strings.Cut(name, ".")
		}
	}
	return parser.Options{ConfigID: id, Env: os.LookupEnv, Files: osfiles.Files{}}
}
