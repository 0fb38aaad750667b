package udp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
)

// defaultPayload is what keepalived sends where payload says nothing.
var defaultPayload = []byte("keepalived check - keepalived ch")

// Options says what to send where, and what has to come back.
type Options struct {
	dial.Endpoint
	Payload      []byte // nil: the default
	RequireReply bool
	Wanted       Wanted // with RequireReply
}

// Checker is a UDP_CHECK. It may be used by several goroutines.
type Checker struct{ options Options }

var _ checkers.Checker = (*Checker)(nil)

// New returns the check of a UDP service.
func New(o Options) *Checker {
	if o.Payload == nil {
		o.Payload = defaultPayload
	}
	return &Checker{options: o}
}

// Check sends once and waits.
func (c *Checker) Check(ctx context.Context) checkers.Result {
	begin := time.Now()
	return dial.Result(ctx, begin, c.ask(ctx, begin))
}

func (c *Checker) ask(ctx context.Context, begin time.Time) error {
	o := &c.options
	conn, err := o.Dial(ctx, "udp")
	if err != nil {
		return err
	}
	defer conn.Close()
	stop, err := dial.Expire(ctx, conn, begin.Add(o.Limit()))
	if err != nil {
		return err
	}
	defer stop()
	if _, err := conn.Write(o.Payload); err != nil {
		return err
	}
	// With a byte more than may come what is longer is seen to be.
	data := make([]byte, max(len(o.Wanted.Octets), o.Wanted.MaxLen)+1)
	n, err := conn.Read(data)
	switch {
	case err == nil && o.RequireReply:
		if wrong := o.Wanted.judge(data[:n]); wrong != "" {
			return errors.New(wrong)
		}
		return nil
	case err == nil:
		return nil
	case dial.TimedOut(err) && ctx.Err() == nil && !o.RequireReply:
		return nil // no ICMP error has come
	case dial.TimedOut(err):
		return fmt.Errorf("no reply within %v", o.Limit())
	}
	return err
}
