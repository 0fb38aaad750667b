package tcp

import (
	"context"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
)

// DefaultTimeout is keepalived's connect_timeout.
const DefaultTimeout = dial.DefaultTimeout

// Options says what to connect to and from where.
type Options = dial.Endpoint

// Checker is a TCP_CHECK. It may be used by several goroutines.
type Checker struct {
	options Options
	pool    *Pool
}

var _ checkers.Starter = (*Checker)(nil)

// Checker returns the check of a target, whose connections the pool makes.
func (p *Pool) Checker(o Options) *Checker {
	o.Timeout = o.Limit()
	return &Checker{options: o, pool: p}
}

// Start begins to connect. The connection is closed at once when it is there; the close does not wait
// for the other end.
func (c *Checker) Start(done func(checkers.Result)) (cancel func()) {
	a := &attempt{options: &c.options, done: done, fd: -1}
	c.pool.begin(a)
	return func() { c.pool.cancel(a) }
}

// Check is Start for a caller that waits.
func (c *Checker) Check(ctx context.Context) checkers.Result {
	if ctx.Err() != nil {
		return checkers.Result{Detail: context.Cause(ctx).Error(), Took: time.Nanosecond}
	}
	result := make(chan checkers.Result, 1)
	cancel := c.Start(func(r checkers.Result) { result <- r })
	select {
	case r := <-result:
		return r
	case <-ctx.Done():
		cancel()
		r := <-result
		if !r.OK {
			r.Detail = context.Cause(ctx).Error()
		}
		return r
	}
}
