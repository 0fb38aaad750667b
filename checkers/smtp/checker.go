package smtp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
)

// Options says whom to ask and as whom.
type Options struct {
	dial.Endpoint
	Helo string // helo_name
}

// Waits is how often a check waits for the server: for the connection and for three replies.
const Waits = 4

// Checker is an SMTP_CHECK. It may be used by several goroutines.
type Checker struct{ options Options }

var _ checkers.Checker = (*Checker)(nil)

// New returns the check of a mail server.
func New(o Options) *Checker { return &Checker{options: o} }

// Check talks to the server once.
func (c *Checker) Check(ctx context.Context) checkers.Result {
	begin := time.Now()
	return dial.Result(ctx, begin, c.talk(ctx))
}

func (c *Checker) talk(ctx context.Context) error {
	conn, err := c.options.Dial(ctx, "tcp")
	if err != nil {
		return err
	}
	defer conn.Close()
	d := newDialogue(c.options.Helo)
	stop, err := dial.Expire(ctx, conn, time.Now().Add(c.options.Limit()))
	if err != nil {
		return err
	}
	defer func() { stop() }()
	var data [512]byte
	for {
		n, err := conn.Read(data[:])
		send, done, bad := d.feed(data[:n])
		switch {
		case bad != nil:
			return bad
		case done:
			return nil
		case err != nil:
			return c.missing(d, err)
		case send == "":
			continue
		}
		stop()
		if stop, err = dial.Expire(ctx, conn, time.Now().Add(c.options.Limit())); err != nil {
			return err
		}
		if _, err := conn.Write([]byte(send)); err != nil {
			return fmt.Errorf("send: %w", err)
		}
	}
}

// missing says what did not come.
func (c *Checker) missing(d *dialogue, err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("closed the connection without a %s", d.what())
	case dial.TimedOut(err):
		return fmt.Errorf("no %s within %v", d.what(), c.options.Limit())
	}
	return fmt.Errorf("no %s: %s", d.what(), dial.Detail(err))
}
