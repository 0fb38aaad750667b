package checkers

import (
	"context"
	"time"
)

// Checker performs one check. Check must return soon after its context ends and must not leave
// anything running behind.
type Checker interface {
	Check(ctx context.Context) Result
}

// Sequence is a checker of several steps, such as the urls of an HTTP_GET: one run does one of them,
// and which one the State tells. Its Check does them all.
type Sequence interface {
	Checker
	CheckStep(ctx context.Context, step int) Result
}

// Starter is a checker whose runs need no goroutine of their own and end by themselves in time.
type Starter interface {
	Checker
	// Start begins a check and returns at once. done gets the result, once, on another goroutine, which
	// it must not keep waiting. cancel ends the check early, if it has not ended: done is told of that too.
	Start(done func(Result)) (cancel func())
}

// Result is the outcome of one check.
type Result struct {
	OK bool
	// Detail says why, for the log and the mail, e.g. "connection refused".
	Detail string
	// Weight is the weight the check asks for (misc_dynamic); only with HasWeight. Relative: it is
	// added to the configured one (FILE_CHECK).
	Weight    int64
	HasWeight bool
	Relative  bool
	Status    int // exit status of a script; the number in a tracked file
	Took      time.Duration
}
