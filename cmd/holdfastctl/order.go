package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
)

// realServerOf is a real server on the command line.
type realServerOf struct {
	VS     string `arg:"" name:"vs" help:"Virtual server: ADDR:PORT, with /tcp, /udp or /sctp where there are several; fwmark:N; or the name of its virtual_server_group."`
	RS     string `arg:"" name:"rs" help:"Real server: ADDR:PORT, or ADDR where the virtual server has one of that address."`
	Socket string `default:"/run/holdfast/control.sock" help:"Control socket of the daemon."`
}

type drainCommand struct {
	realServerOf
	Wait    bool          `help:"Return when the real server has no connection left."`
	Timeout time.Duration `help:"Give up waiting after that time: exit status 1, and it stays drained."`
}

type undrainCommand struct{ realServerOf }

type weightCommand struct {
	realServerOf
	Weight *uint32 `arg:"" optional:"" help:"Weight from 0 to 65535."`
	Clear  bool    `help:"Have the weight of the configuration and of the checks again."`
}

// orderTimeout is longer than the daemon takes to say that the LVS process does not answer.
const orderTimeout = 20 * time.Second

// pollInterval is how often --wait looks at the connections.
const pollInterval = time.Second

func (c *realServerOf) order(kind director.OrderKind, weight uint32) (*director.Ordered, error) {
	o := director.Order{Kind: kind, VirtualServer: c.VS, RealServer: c.RS, Weight: weight}
	reply, err := control.Ask(c.Socket, control.Request{Command: control.CommandOrder, Order: &o}, orderTimeout)
	if err == nil && reply.Ordered == nil {
		err = fmt.Errorf("the daemon says nothing of %s", c.RS)
	}
	return reply.Ordered, err
}

func (c *drainCommand) Run(o output) error {
	if c.Timeout != 0 && !c.Wait {
		return fmt.Errorf("--timeout %s: only with --wait", c.Timeout)
	}
	if c.Timeout < 0 {
		return fmt.Errorf("--timeout %s: the time cannot be negative", c.Timeout)
	}
	done, err := c.order(director.Drain, 0)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "%s is drained: no new connections; %s\n", done.RealServer.Label, connections(done.Connections))
	remarks(o, done)
	if !c.Wait {
		return nil
	}
	return c.wait(o, done)
}

// wait looks until there are no connections. Templates of persistence are none: they carry nothing.
func (c *drainCommand) wait(o output, done *director.Ordered) (err error) {
	begin := time.Now()
	for left(done.Connections) > 0 {
		pause := pollInterval
		if c.Timeout > 0 {
			pause = min(pause, c.Timeout-time.Since(begin))
		}
		if pause <= 0 {
			fmt.Fprintf(o.err, "holdfastctl: after %s %s; %s stays drained\n", c.Timeout, connections(done.Connections), done.RealServer.Label)
			return status(exitProblems)
		}
		time.Sleep(pause)
		if done, err = c.order(director.Look, 0); err != nil {
			return err
		}
		if !done.RealServer.Drained {
			return fmt.Errorf("%s was undrained meanwhile", done.RealServer.Label)
		}
	}
	fmt.Fprintf(o.out, "%s has no connections left\n", done.RealServer.Label)
	return nil
}

func (c *undrainCommand) Run(o output) error {
	done, err := c.order(director.Undrain, 0)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "%s is not drained: %s\n", done.RealServer.Label, weightNow(done))
	remarks(o, done)
	return nil
}

func (c *weightCommand) Run(o output) error {
	switch {
	case c.Clear && c.Weight != nil:
		return fmt.Errorf("--clear takes no weight")
	case !c.Clear && c.Weight == nil:
		return fmt.Errorf("say a weight, or --clear")
	case !c.Clear && *c.Weight > lvs.MaxOverride:
		return fmt.Errorf("weight %d: the largest is %d", *c.Weight, lvs.MaxOverride)
	}
	kind, weight := director.ClearWeight, uint32(0)
	if !c.Clear {
		kind, weight = director.SetWeight, *c.Weight
	}
	done, err := c.order(kind, weight)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "%s: %s\n", done.RealServer.Label, weightNow(done))
	remarks(o, done)
	return nil
}

// weightNow tells the weight and what decides it.
func weightNow(done *director.Ordered) string {
	r := &done.RealServer
	switch {
	case r.Drained:
		return "weight 0, " + overrideText(r)
	case r.HasOverride:
		return overrideText(r)
	}
	return fmt.Sprintf("weight %d", r.Weight)
}

// remarks tell what the operator may not have in mind.
func remarks(o output, done *director.Ordered) {
	r := &done.RealServer
	if !r.Up {
		fmt.Fprintf(o.out, "Note: %s is down: its checks decide when it is back\n", r.Label)
	}
	if !done.Active {
		fmt.Fprintf(o.out, "Note: %s is not active on this router (%s): say it on the one that is MASTER as well\n", done.VirtualServer, done.Why)
	}
	switch {
	case done.Sorry:
		fmt.Fprintf(o.out, "Note: %s has no quorum: the sorry server has taken over\n", done.VirtualServer)
	case !done.Quorum:
		fmt.Fprintf(o.out, "Note: %s has no quorum\n", done.VirtualServer)
	}
}

func left(c lvs.Connections) uint32 { return c.Active + c.Inactive }

func connections(c lvs.Connections) string {
	if left(c) == 0 {
		return "it has no connections"
	}
	many := "connections"
	if left(c) == 1 {
		many = "connection"
	}
	return fmt.Sprintf("it has %d %s (%d active, %d inactive)", left(c), many, c.Active, c.Inactive)
}

// whyWeight tells what has changed the weight of a real server.
func whyWeight(r *director.RealServerStatus) string {
	why := overrideText(r)
	if r.Up && r.Current < r.Weight {
		why = strings.TrimPrefix(why+fmt.Sprintf(", slow start: weight %d so far", r.Current), ", ")
	}
	return why
}

// overrideText tells what is ordered of a real server; empty where nothing is.
func overrideText(r *director.RealServerStatus) string {
	var words []string
	if r.Drained {
		words = append(words, "drained by command")
	}
	if r.HasOverride {
		words = append(words, fmt.Sprintf("weight %d by command (configured: %d)", r.Override, r.Configured))
	}
	return strings.Join(words, ", ")
}

// namesCommand lists the names that drain, undrain and weight take, for completion.
type namesCommand struct {
	VS     string `arg:"" optional:"" help:"Virtual server whose real servers are listed."`
	More   string `arg:"" optional:"" hidden:""`
	Socket string `default:"/run/holdfast/control.sock" help:"Control socket of the daemon."`
}

func (c *namesCommand) Run(o output) error {
	reply, err := control.Ask(c.Socket, control.Request{Command: control.CommandStatus}, 5*time.Second)
	if err != nil || reply.Status.LVS == nil || c.More != "" {
		return err
	}
	for _, v := range reply.Status.LVS.VirtualServers {
		if c.VS == "" {
			fmt.Fprintln(o.out, v.Label)
			continue
		}
		if c.VS != v.Label && c.VS+"/tcp" != v.Label && c.VS+"/udp" != v.Label && c.VS+"/sctp" != v.Label {
			continue
		}
		for _, r := range v.RealServers {
			fmt.Fprintln(o.out, r.Label)
		}
	}
	return nil
}
