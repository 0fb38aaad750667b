package http

import (
	"context"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/checkers/http/answer"
)

// Options says what to ask for and where.
type Options struct {
	Endpoint dial.Endpoint
	Protocol answer.Protocol
	URLs     []URL
	TLS      *Identity // of an SSL_GET; nil: no encryption
}

// URL is one page that is asked for.
type URL struct {
	Path string
	Host string // Host header
	Want answer.Want
	// ServerName is sent in the TLS handshake (SNI); empty: none.
	ServerName string
	// CloseNotify ends a TLS connection as the standard demands (tls_compliant); without it the
	// connection is closed as it is.
	CloseNotify bool
}

// Checker is an HTTP_GET or SSL_GET. It may be used by several goroutines.
type Checker struct {
	options  Options
	requests [][]byte // of the urls
}

var _ checkers.Sequence = (*Checker)(nil)

// New returns the check of these urls.
func New(o Options) *Checker {
	o.Endpoint.Timeout = o.Endpoint.Limit()
	c := &Checker{options: o}
	for _, u := range o.URLs {
		c.requests = append(c.requests, answer.Request{Path: u.Path, Host: u.Host, Protocol: o.Protocol}.Append(nil))
	}
	return c
}

// waits is how many times connect_timeout a check may take in all.
const waits = 4

// Limit is how long one url may take if each wait for the server may take so long.
func Limit(timeout time.Duration) time.Duration {
	e := dial.Endpoint{Timeout: timeout}
	return waits * e.Limit()
}

// Check asks for all pages, in their order, up to the first that is wrong.
func (c *Checker) Check(ctx context.Context) checkers.Result {
	r := checkers.Result{OK: true}
	for i := range c.options.URLs {
		took := r.Took
		r = c.CheckStep(ctx, i)
		r.Took += took
		if !r.OK {
			break
		}
	}
	return r
}

// CheckStep asks for one page.
func (c *Checker) CheckStep(ctx context.Context, step int) checkers.Result {
	begin := time.Now()
	u := &c.options.URLs[step]
	a := answer.New(&u.Want)
	wrong := ""
	if err := c.get(ctx, step, a, begin); err != nil {
		wrong = err.Error()
	} else {
		wrong = a.Judge(&u.Want)
	}
	r := checkers.Result{OK: wrong == "", Took: time.Since(begin)}
	if !r.OK {
		r.Detail = "url " + u.Path + ": " + wrong
	}
	return r
}

// Get asks for the first page and takes the answer in, whatever it is worth.
func (c *Checker) Get(ctx context.Context, a *answer.Answer) error {
	return c.get(ctx, 0, a, time.Now())
}
