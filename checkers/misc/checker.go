package misc

import (
	"context"
	"errors"
	"io/fs"
	"syscall"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/internal/script"
)

// Options says what to run.
type Options struct {
	Command script.Command
	Timeout time.Duration // misc_timeout; 0: none
	Dynamic bool          // misc_dynamic: the exit status asks for a weight
}

// Checker is a MISC_CHECK. It may be used by several goroutines.
type Checker struct{ options Options }

var _ checkers.Checker = (*Checker)(nil)

// New returns the check of a script.
func New(o Options) *Checker { return &Checker{options: o} }

// Check runs the script once. It takes at most two seconds longer than its timeout.
func (c *Checker) Check(ctx context.Context) checkers.Result {
	begin := time.Now()
	outcome := script.Run(ctx, c.options.Command, script.Options{Timeout: c.options.Timeout})
	r := Judge(outcome, c.options.Dynamic)
	r.Took = time.Since(begin)
	return r
}

// weightOffset is what misc_dynamic adds to a weight to make an exit status of it, since 0 and 1
// have meanings of their own.
const weightOffset = 2

// Judge is the result that the end of a script stands for. Status 0 is a success; with dynamic
// it takes a weight that was asked for back, and 2 to 255 ask for the weights 0 to 253. A script
// that cannot be executed counts as a success: keepalived's child exits with 0 then.
func Judge(o script.Outcome, dynamic bool) checkers.Result {
	r := checkers.Result{Detail: o.String(), Status: max(o.Status, 0)}
	switch {
	case o.Err != nil:
		r.OK = unusable(o.Err)
	case o.TimedOut || o.Cancelled || o.Signal != 0:
	case o.Status == 0:
		r.OK, r.Detail = true, ""
	case dynamic && o.Status >= weightOffset:
		r.OK, r.Detail = true, ""
		r.HasWeight, r.Weight = true, int64(o.Status-weightOffset)
	}
	return r
}

// unusable tells whether it is the script that is at fault, and not the state of the host.
func unusable(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOEXEC)
}
