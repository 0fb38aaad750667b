package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/checkers"
)

// Result is the result of a check that began then and ended now, with an error or without.
func Result(ctx context.Context, begin time.Time, err error) checkers.Result {
	r := checkers.Result{OK: err == nil, Took: time.Since(begin)}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		r.Detail = context.Cause(ctx).Error()
	default:
		r.Detail = Detail(err)
	}
	return r
}

// TimedOut tells whether an error is that the peer took too long.
func TimedOut(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, unix.ETIMEDOUT)
}

// Detail is the text of an error of a socket for a log line.
func Detail(err error) string {
	var op *net.OpError
	var call *os.SyscallError
	switch {
	case TimedOut(err):
		return "connection timed out"
	case errors.As(err, &call):
		return call.Err.Error()
	case errors.As(err, &op):
		return op.Err.Error()
	}
	return err.Error()
}

// Expire ends what is under way on a connection at the deadline, or with the context. The caller calls
// stop before it sets another deadline.
func Expire(ctx context.Context, c interface{ SetDeadline(time.Time) error }, deadline time.Time) (stop func() bool, err error) {
	if err := c.SetDeadline(deadline); err != nil {
		return func() bool { return true }, fmt.Errorf("set deadline: %w", err)
	}
	return context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) }), nil
}
