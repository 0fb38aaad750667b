package parser

// WithLimits lowers the limits on hostile input, so that tests reach them soon.
func WithLimits(o Options, produced, statements int) Options {
	o.limits = limits{produced: produced, statements: statements}
	return o
}

// Bounded lowers the limits so far that no input takes long: a run of the fuzzer counts one that
// takes seconds as hanging, and what happens at the limits does not depend on where they are.
func Bounded(o Options) Options { return WithLimits(o, 50_000, 40_000) }

// StatementSeeds are the texts that fuzzing starts from.
var StatementSeeds = statementSeeds
