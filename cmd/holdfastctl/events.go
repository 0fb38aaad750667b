package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/internal/control"
)

type eventsCommand struct {
	Follow bool   `short:"f" help:"Go on with what happens from now on."`
	Lines  int    `short:"n" default:"-1" help:"Only the last so many of those that have happened; -1 for all that the daemon remembers, 1024 at most."`
	JSON   bool   `name:"json" help:"Print an object of JSON a line (docs/json.md)."`
	Socket string `default:"/run/holdfast/control.sock" help:"Control socket of the daemon."`
}

// eventsRetry is how often a daemon that is gone is looked for.
const eventsRetry = 200 * time.Millisecond

// gone tells whether an error is that of a daemon that has just ended, or is not there yet.
func gone(err error) bool {
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, os.ErrNotExist, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// eventsWait is how long one request waits for something to happen.
const eventsWait = 20 * time.Second

func (c *eventsCommand) Run(o output) error {
	p := paletteFor(o.out)
	var last uint64
	for first := true; ; first = false {
		r := control.Request{Command: control.CommandEvents, After: last}
		if !first {
			r.For = eventsWait
		}
		reply, err := control.Ask(c.Socket, r, eventsWait+10*time.Second)
		if c.Follow && !first && gone(err) {
			if last > 0 {
				fmt.Fprintln(o.err, "the daemon is gone; waiting for the next one")
			}
			last = 0 // it counts anew
			time.Sleep(eventsRetry)
			continue
		}
		if err != nil {
			return err
		}
		events := reply.Events
		if first && c.Lines >= 0 {
			events = events[max(0, len(events)-c.Lines):]
		}
		for i := range events {
			if err := c.print(o.out, p, &events[i]); err != nil {
				return err
			}
		}
		if n := len(reply.Events); n > 0 {
			last = reply.Events[n-1].Number
		}
		if !c.Follow {
			return nil
		}
	}
}

func (c *eventsCommand) print(w io.Writer, p palette, e *control.Event) error {
	if c.JSON {
		return json.NewEncoder(w).Encode(api.FromEvent(e))
	}
	_, err := fmt.Fprintln(w, eventLine(p, e))
	return err
}

// eventLine is an event in one line.
func eventLine(p palette, e *control.Event) string {
	name := e.Name
	if e.RealServer != "" {
		name += " " + e.RealServer
	}
	change := p.paint(stateColour(e.To), e.To)
	if e.From != "" && e.From != e.To {
		change = e.From + " → " + change
	}
	parts := []string{e.At.Local().Format("2006-01-02 15:04:05.000"), strings.ReplaceAll(e.Kind, "_", " "), name + ":", change}
	if e.Priority > 0 {
		parts = append(parts, fmt.Sprintf("priority %d", e.Priority))
	}
	if e.Reason != "" {
		parts = append(parts, "("+e.Reason+")")
	}
	return strings.Join(parts, " ")
}
