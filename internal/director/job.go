package director

import (
	"context"
	"fmt"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/internal/due"
	"github.com/holdfast-ha/holdfast/lvs"
)

// A check ends itself after its timeout. overtime is how much later its context ends, and stuck how
// much later still it is given up.
const (
	overtime = time.Second
	stuck    = 5 * time.Second
	// leastTimeout is granted to a check that names none.
	leastTimeout = 5 * time.Second
)

// job is one check at work.
type job struct {
	id      lvs.CheckID
	server  string // name of the virtual server
	real    string // name of the real server
	config  Check
	checker checkers.Checker
	state   checkers.State

	// due is when it is to be run or, while it runs, when it counts as stuck, by the schedule's epoch.
	due     due.Entry[job]
	running bool
	waiting bool // for a place among those that run
	// run numbers the runs: a result of an earlier one, that was given up, is ignored.
	run   uint64
	probe *probe // while it runs
	key   shareKey
	// abandoned are runs that were given up and have not returned.
	abandoned int
	removed   bool
	suspended bool

	last   checkers.Result
	lastAt time.Time
	runs   uint64
	failed uint64        // of runs
	took   time.Duration // of all runs
	recent recent
}

// timing is that part of a check's settings which its state needs.
func timing(c Check) checkers.Timing {
	t := checkers.Timing{DelayLoop: c.DelayLoop, DelayBeforeRetry: c.DelayBeforeRetry, Retry: c.Retry, Warmup: c.Warmup}
	switch {
	case c.Misc != nil:
		return checkers.MiscTiming(t)
	case c.HTTP != nil:
		return checkers.HTTPTiming(t, len(c.HTTP.URLs), c.HTTP.FastRecovery)
	case c.DNS != nil || c.UDP != nil || c.Ping != nil:
		return checkers.DatagramTiming(t)
	}
	return checkers.TCPTiming(t)
}

// timeout is how long one run may take by its own rules.
func (j *job) timeout() time.Duration {
	t := j.config.timeout()
	if t <= 0 {
		t = max(j.config.DelayLoop, leastTimeout)
	}
	return t
}

// check runs the check, or one step of it, once and posts the result.
func (j *job) check(ctx context.Context, checker checkers.Checker, step int, post func(checkers.Result)) {
	begin := time.Now()
	result := safely(ctx, checker, step)
	if result.Took == 0 {
		result.Took = time.Since(begin)
	}
	post(result)
}

// safely turns a checker's panic into a failure of that check: a fault in one kind of check must
// not take the table down with it.
func safely(ctx context.Context, c checkers.Checker, step int) (result checkers.Result) {
	defer func() {
		if p := recover(); p != nil {
			result = checkers.Result{Detail: fmt.Sprintf("fault in the checker: %v", p)}
		}
	}()
	if s, ok := c.(checkers.Sequence); ok {
		return s.CheckStep(ctx, step)
	}
	return c.Check(ctx)
}
