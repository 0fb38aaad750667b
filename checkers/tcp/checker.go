package tcp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
)

// DefaultTimeout is keepalived's connect_timeout.
const DefaultTimeout = dial.DefaultTimeout

// Options says what to connect to and from where.
type Options = dial.Endpoint

// Checker is a TCP_CHECK. It may be used by several goroutines.
type Checker struct{ options Options }

var _ checkers.Checker = (*Checker)(nil)

// New returns the check of a target.
func New(o Options) *Checker {
	o.Timeout = o.Limit()
	return &Checker{options: o}
}

// Check connects and closes at once. The close does not wait for the other end.
func (c *Checker) Check(ctx context.Context) checkers.Result {
	begin := time.Now()
	err := c.connect(ctx, begin)
	r := checkers.Result{OK: err == nil, Took: time.Since(begin)}
	if err != nil {
		r.Detail = detail(err)
	}
	return r
}

// detail is the text of an error for a log line.
func detail(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, unix.ETIMEDOUT) {
		return "connection timed out"
	}
	return err.Error()
}

// connect opens a connection within the timeout, counted from begin, and closes it.
func (c *Checker) connect(ctx context.Context, begin time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	remote, err := dial.Sockaddr(c.options.Target)
	if err != nil {
		return err
	}
	fd, err := c.options.Socket(unix.SOCK_STREAM, unix.IPPROTO_TCP)
	if err != nil {
		return err
	}
	// The first attempt comes before the poller knows the socket: a refusal by the local host or
	// a missing route needs no poller at all.
	err = unix.Connect(fd, remote)
	if !pending(err) {
		unix.Close(fd)
		return err
	}
	return c.wait(ctx, begin, fd, remote)
}

// wait waits until a connection under way is there, has failed, or has taken too long.
func (c *Checker) wait(ctx context.Context, begin time.Time, fd int, remote unix.Sockaddr) error {
	f := os.NewFile(uintptr(fd), "tcp check")
	defer f.Close()
	if err := f.SetWriteDeadline(begin.Add(c.options.Timeout)); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() { _ = f.SetWriteDeadline(time.Unix(1, 0)) })
		defer stop()
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return fmt.Errorf("get raw connection: %w", err)
	}
	var outcome error
	connected := func(uintptr) bool {
		// A second connect tells how far the first one is.
		outcome = unix.Connect(fd, remote)
		return !pending(outcome)
	}
	err = raw.Write(connected)
	if dial.TimedOut(err) && ctx.Err() == nil && f.SetWriteDeadline(time.Now().Add(dial.Grace)) == nil && ctx.Err() == nil {
		err = raw.Write(connected) // this process may be the one that is late
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	case errors.Is(outcome, unix.EISCONN):
		return nil
	}
	return outcome
}

// pending tells whether a connect is still under way.
func pending(err error) bool {
	return err == unix.EINPROGRESS || err == unix.EALREADY || err == unix.EINTR
}
