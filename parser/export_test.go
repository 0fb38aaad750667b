package parser

// WithLimits lowers the limits on hostile input, so that tests reach them soon.
func WithLimits(o Options, produced, statements int) Options {
	o.limits = limits{produced: produced, statements: statements}
	return o
}

// StatementSeeds are the texts that fuzzing starts from.
var StatementSeeds = statementSeeds
