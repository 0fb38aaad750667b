package main

import (
	"fmt"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
)

type handoverCommand struct {
	Name   string        `arg:"" help:"Instance or sync group; a member takes its group along."`
	For    time.Duration `default:"60s" help:"How long this router stands aside afterwards, with priority 1; 0 for until --undo."`
	Undo   bool          `help:"End that: the router has its priority again."`
	Socket string        `default:"/run/holdfast/control.sock" help:"Control socket of the daemon."`
}

// handoverLimit is longer than any handover: it waits for a router whose interval may be 255 s.
const handoverLimit = 10 * time.Minute

func (c *handoverCommand) Run(o output) error {
	if c.For < 0 {
		return fmt.Errorf("--for %s: the time cannot be negative", c.For)
	}
	r := control.Request{Command: control.CommandHandover, Name: c.Name, For: c.For, Undo: c.Undo}
	if _, err := control.Ask(c.Socket, r, handoverLimit); err != nil {
		return err
	}
	switch {
	case c.Undo:
		fmt.Fprintf(o.out, "%s has its priority again\n", c.Name)
	case c.For == 0:
		fmt.Fprintf(o.out, "%s has handed over; it stands aside until holdfastctl handover --undo %s\n", c.Name, c.Name)
	default:
		fmt.Fprintf(o.out, "%s has handed over; it stands aside for %s\n", c.Name, c.For)
	}
	return nil
}
