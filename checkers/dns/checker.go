package dns

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
)

// Options says whom to ask for what.
type Options struct {
	dial.Endpoint
	Type string // A, NS, CNAME, SOA, MX, TXT, AAAA, RRSIG or DNSKEY
	Name string // empty: the root
}

// Checker is a DNS_CHECK. It may be used by several goroutines.
type Checker struct{ options Options }

var _ checkers.Checker = (*Checker)(nil)

// New returns the check of a name server.
func New(o Options) *Checker { return &Checker{options: o} }

// Check asks once.
func (c *Checker) Check(ctx context.Context) checkers.Result {
	begin := time.Now()
	return dial.Result(ctx, begin, c.ask(ctx, begin))
}

// maxAnswer is what is read of a datagram: its header decides.
const maxAnswer = 512

// maxStrangers is how many datagrams that are no answer are passed over: nobody keeps a check busy.
const maxStrangers = 64

func (c *Checker) ask(ctx context.Context, begin time.Time) error {
	id := uint16(rand.Uint32())
	query, err := question(id, c.options.Type, c.options.Name)
	if err != nil {
		return err
	}
	conn, err := c.options.Dial(ctx, "udp")
	if err != nil {
		return err
	}
	defer conn.Close()
	stop, err := dial.Expire(ctx, conn, begin.Add(c.options.Limit()))
	if err != nil {
		return err
	}
	defer stop()
	if _, err := conn.Write(query); err != nil {
		return err
	}
	return c.wait(conn.Read, id)
}

// wait reads until the answer is there. What came instead of it is told, if nothing else does.
func (c *Checker) wait(read func([]byte) (int, error), id uint16) error {
	var data [maxAnswer]byte
	instead := ""
	for range maxStrangers {
		n, err := read(data[:])
		switch {
		case err != nil && instead != "":
			return errors.New(instead)
		case err != nil && dial.TimedOut(err):
			return fmt.Errorf("no answer within %v", c.options.Limit())
		case err != nil:
			return err
		}
		v := judge(id, data[:n])
		switch {
		case v.ok:
			return nil
		case v.answer:
			return errors.New(v.detail)
		}
		instead = v.detail
	}
	return fmt.Errorf("%d datagrams without an answer; the last one: %s", maxStrangers, instead)
}
