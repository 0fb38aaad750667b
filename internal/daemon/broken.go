package daemon

import (
	"slices"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// structural are the problems after which nobody knows which lines the file has lost: braces that
// do not pair, a quote without its partner, text that could not be read or was cut.
var structural = []string{
	"missing-open", "missing-close", "extra-close", "unexpected-open",
	"quote-unterminated", "nul-byte", "line-length", "syntax",
	"include-missing", "include-unreadable", "include-loop", "file-unreadable",
	"definition-loop", "sequence-invalid",
	"size-limit", "include-limit", "problem-limit", "nesting-limit", "expansion-limit", "expansion-length", "depth-limit", "block-limit",
}

// broken returns the first problem that makes a file unfit to replace one that is in force: it was
// probably saved half way. At the start keepalived's leniency holds, since any service is better
// than none; at a reload the service of the old file is better than what the ruin of a new one says.
func broken(r *config.Result) *parser.Problem {
	i := slices.IndexFunc(r.Problems, func(p parser.Problem) bool { return slices.Contains(structural, p.ID) })
	if i < 0 {
		return nil
	}
	return &r.Problems[i]
}
