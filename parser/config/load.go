package config

import (
	"fmt"
	"math"
	"slices"

	"github.com/holdfast-ha/holdfast/parser"
)

// Result is what Load makes of a configuration file.
type Result struct {
	// Config is never nil; with StopsRun problems it is what a daemon would have refused to run.
	Config   *Config // of Check only what the validation of the whole needed
	Problems []parser.Problem

	trace *parser.Trace
}

// Add puts further findings about the configuration among its problems, in order, none twice and
// with their lines, which are read from files again.
func (r *Result) Add(files parser.Files, found ...parser.Problem) {
	r.Problems = parser.Arrange(append(r.Problems, found...), r.trace, files)
	cure(r.Problems)
}

// Load reads a configuration file with all that it includes and makes the model of it. It never
// fails: whatever is wrong is in the problems, sorted by place.
func Load(name string, text parser.Options, host Host) Result {
	return readTwice(text, host, func(text parser.Options) Result { return newDecoder(language, host).load(name, text) })
}

// readTwice reads a configuration, and once more where what it says of itself counts before the place
// that says it: random_seed, and the directories of iproute2's names. keepalived knows global_defs when
// it reads the rest.
func readTwice(text parser.Options, host Host, read func(parser.Options) Result) Result {
	drawn := false
	first := text
	if random := text.Random; random != nil {
		first.Random = func(low, high int64) int64 { drawn = true; return random(low, high) }
	}
	r := read(first)
	g := &r.Config.Global
	seeded := drawn && g.RandomSeedSet
	names, has := host.(interface{ NamesIn(etc, usr string) })
	if has = has && (g.IPRouteEtcDir != "" || g.IPRouteUsrDir != ""); has {
		names.NamesIn(g.IPRouteEtcDir, g.IPRouteUsrDir)
	}
	if !seeded && !has {
		return r
	}
	if seeded {
		text.Random = newGenerator(uint32(g.RandomSeed)).between
	}
	if text.Trace != nil {
		*text.Trace = parser.Trace{}
	}
	return read(text)
}

// Check is Load for those who want to know of the problems and of nothing else, as --config-test
// does. Of the virtual servers it keeps only those that the end of the configuration needs and those
// that keep asks for, nil for none, so that memory does not grow with their number. keep must not hold
// on to what it is shown.
func Check(name string, text parser.Options, host Host, keep func(*VirtualServer) bool) Result {
	if keep == nil {
		keep = func(*VirtualServer) bool { return false }
	}
	return readTwice(text, host, func(text parser.Options) Result {
		d := newDecoder(language, host)
		d.lvs.keep = keep
		return d.load(name, text)
	})
}

// load reads a file with all that it includes.
func (d *decoder) load(name string, text parser.Options) Result {
	if text.Trace == nil {
		text.Trace = &parser.Trace{}
	}
	r := d.decode(text.Trace, func(each func(*parser.Statement)) []parser.Problem {
		return parser.Parse(name, text, each)
	})
	r.trace = text.Trace
	r.Add(text.Files)
	return r
}

// LoadText is Load for a text that includes nothing.
func LoadText(name, text string, opts parser.Options, host Host) Result {
	opts.Files = parser.OneFile(name, text)
	return Load(name, opts, host)
}

// TestStatus is the exit status of --config-test, as keepalived 2.4.3 gives it.
func (r Result) TestStatus() int {
	status := 0
	for i := range r.Problems {
		switch r.Problems[i].Class {
		case parser.MissingParameter:
			return 2
		case parser.MissingInclude:
			return 6
		case parser.Security:
			status = max(status, 6)
		case parser.General:
			status = max(status, 5)
		case parser.Fatal:
			status = max(status, 4)
		}
	}
	return status
}

// DaemonStatus is the exit status of a daemon started with the file: 0 when it would run.
func (r Result) DaemonStatus() int {
	for i := range r.Problems {
		p := &r.Problems[i]
		switch {
		case p.Class == parser.MissingInclude:
			return 6
		case p.StopsRun:
			return 2
		}
	}
	return 0
}

// Errors tells how many problems are at least as grave as s.
func (r Result) Errors(s parser.Severity) int {
	n := 0
	for i := range r.Problems {
		if r.Problems[i].Severity >= s {
			n++
		}
	}
	return n
}

// language is the grammar. It never changes.
var language = newGrammar()

// decode reads the statements that each passes on, and the problems it found, into a Result.
func (d *decoder) decode(trace *parser.Trace, each func(func(*parser.Statement)) []parser.Problem) Result {
	lexical := each(d.topStatement)
	required := slices.ContainsFunc(lexical, func(p parser.Problem) bool { return p.Class == parser.MissingInclude })
	if !required {
		d.finish()
	}
	problems := d.problems
	if !d.stopped {
		problems = append(lexical, problems...)
	} else {
		// Reading ended at a missing parameter: what the parser found behind it was never seen.
		problems = append(before(trace, lexical, d.problems[len(d.problems)-1].Pos), problems...)
	}
	if d.dropped > 0 {
		problems = append(problems, parser.Problem{
			Severity: parser.Warning, Class: parser.Logged, ID: "problem-limit",
			Message: fmt.Sprintf("more than %d problems", maxProblems),
			Instead: fmt.Sprintf("%d are not listed", d.dropped), Cure: "put the first ones right and check again",
		})
	}
	return Result{Config: d.cfg, Problems: problems}
}

// before returns the problems that are not behind the line of a place.
func before(trace *parser.Trace, all []parser.Problem, at parser.Pos) []parser.Problem {
	at.Col = math.MaxInt32
	return slices.DeleteFunc(all, func(p parser.Problem) bool {
		return p.Pos.Line > 0 && trace.Compare(p.Pos, at) > 0
	})
}
