package http

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/checkers/http/answer"
)

// get asks for a page and takes the answer in. An error says what went wrong on the way.
func (c *Checker) get(ctx context.Context, step int, a *answer.Answer, begin time.Time) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	wait := c.options.Endpoint.Limit()
	raw, err := c.options.Endpoint.Dial(ctx, "tcp")
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return errors.New(dial.Detail(err))
	}
	defer raw.Close()
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	end := begin.Add(Limit(wait))
	e := &exchange{ctx: ctx, conn: dial.Patient{Conn: raw, Ctx: ctx, End: end.Add(dial.Grace)}, wait: wait, end: end}
	if c.options.TLS != nil {
		u := &c.options.URLs[step]
		conn, err := e.encrypt(c.options.TLS, u)
		if err != nil {
			return err
		}
		if u.CloseNotify {
			defer conn.Close()
		}
		e.conn, e.encrypted = conn, true
	}
	if err := e.send(c.requests[step]); err != nil {
		return err
	}
	return e.receive(a)
}

// exchange is one request under way.
type exchange struct {
	ctx       context.Context
	conn      net.Conn
	encrypted bool
	wait      time.Duration // for the server to do something
	end       time.Time     // of all
}

// extend gives the server the next span of time. After the context has ended it fails: the deadline
// that the context has set would be lost else.
func (e *exchange) extend(until time.Time) error {
	if until.After(e.end) {
		until = e.end
	}
	if err := e.conn.SetDeadline(until); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	if e.ctx.Err() != nil {
		return context.Cause(e.ctx)
	}
	return nil
}

// encrypt makes the TLS handshake.
func (e *exchange) encrypt(id *Identity, u *URL) (*tls.Conn, error) {
	config, err := id.config(u.ServerName)
	if err != nil {
		return nil, err
	}
	if err := e.extend(time.Now().Add(e.wait)); err != nil {
		return nil, err
	}
	conn := tls.Client(e.conn, config)
	if err := conn.Handshake(); err != nil {
		return nil, fmt.Errorf("TLS handshake: %w", e.explain(err))
	}
	return conn, nil
}

func (e *exchange) send(request []byte) error {
	if err := e.extend(time.Now().Add(e.wait)); err != nil {
		return err
	}
	if _, err := e.conn.Write(request); err != nil {
		return fmt.Errorf("send the request: %w", e.explain(err))
	}
	return nil
}

// chunk is how much is read at a time. The buffers are shared: thousands of checks may be under way.
const chunk = 16 << 10

var buffers = sync.Pool{New: func() any { return new([chunk]byte) }}

// receive takes the answer in, to its end.
func (e *exchange) receive(a *answer.Answer) error {
	buffer := buffers.Get().(*[chunk]byte)
	defer buffers.Put(buffer)
	for !a.Complete() {
		if time.Now().After(e.end) {
			return e.late(a)
		}
		if err := e.extend(time.Now().Add(e.wait)); err != nil {
			return err
		}
		n, err := e.conn.Read(buffer[:])
		if n > 0 {
			if _, err := a.Write(buffer[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return e.late(a)
		case e.encrypted && a.Head:
			return nil // ended without a good-bye: what has come counts, as in keepalived
		default:
			return fmt.Errorf("read the answer: %w", e.explain(err))
		}
	}
	return nil
}

// late says what a server did not do in time.
func (e *exchange) late(a *answer.Answer) error {
	switch {
	case e.ctx.Err() != nil:
		return context.Cause(e.ctx)
	case !time.Now().Before(e.end):
		return fmt.Errorf("the answer took longer than %s, %d octets came", waits*e.wait, a.Received)
	case !a.Head:
		return fmt.Errorf("no answer within %s", e.wait)
	}
	return fmt.Errorf("the answer stalled for %s after %d octets", e.wait, a.Received)
}

// explain is an error in the words of the log.
func (e *exchange) explain(err error) error {
	if e.ctx.Err() != nil {
		return context.Cause(e.ctx)
	}
	return errors.New(dial.Detail(err))
}
