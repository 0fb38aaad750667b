package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/capture"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/watch"
)

type watchCommand struct {
	Read       string   `short:"r" placeholder:"FILE" help:"Read a capture of tcpdump or wireshark (pcap, pcapng) instead of the wire; - for standard input."`
	Config     string   `short:"f" placeholder:"FILE" help:"Configuration that advertisements are compared with (default: /etc/keepalived/keepalived.conf where it is there, none with --read)."`
	ConfigID   string   `name:"config-id" short:"i" help:"Name for lines that begin with @ (default: the host name)."`
	Count      int      `short:"c" help:"End after this many advertisements."`
	Changes    bool     `help:"Show only what changes and what begins to be wrong."`
	JSON       bool     `name:"json" help:"Print an object of JSON a line."`
	UTC        bool     `name:"utc" help:"Times in UTC instead of local time."`
	Interfaces []string `arg:"" optional:"" name:"interface" help:"Interfaces; none for all. Exit status: 0 nothing was wrong, 1 something was, 2 trouble."`
}

// defaultConfig is the configuration that is compared with where it is there.
const defaultConfig = "/etc/keepalived/keepalived.conf"

func (c *watchCommand) Run(o output) error {
	if c.Count < 0 {
		return fmt.Errorf("--count %d: it cannot be negative", c.Count)
	}
	if c.Read != "" && len(c.Interfaces) > 0 {
		return errors.New("--read and interfaces exclude one another")
	}
	instances, err := c.instances(o)
	if err != nil {
		return err
	}
	out := &watchPrinter{out: o.out, changes: c.Changes, json: c.JSON, zone: time.Local}
	if c.UTC {
		out.zone = time.UTC
	}
	a := watch.New(instances)
	if c.Read != "" {
		err = c.readFile(a, out)
	} else {
		err = c.listen(a, out)
	}
	if err == nil {
		err = out.err
	}
	if err != nil {
		return err
	}
	if a.Adverts == 0 {
		fmt.Fprintln(o.err, "holdfastctl: no VRRP was seen")
	}
	if a.Problems > 0 {
		return status(exitProblems)
	}
	return nil
}

// instances are those of the configuration, if there is one. A file is taken to be from a host that has
// what the configuration names.
func (c *watchCommand) instances(o output) ([]watch.Instance, error) {
	file := c.Config
	if file == "" {
		if _, err := os.Stat(defaultConfig); c.Read != "" || err != nil {
			return nil, nil
		}
		file = defaultConfig
	}
	r := config.Load(file, textOptions(c.ConfigID), config.AnyHost{})
	report := summarize(file, r.Problems)
	if report.unreadable() {
		return nil, fmt.Errorf("read configuration: %s", r.Problems[0].Message)
	}
	if report.Errors > 0 {
		fmt.Fprintf(o.err, "holdfastctl: %s has errors, and counts as keepalived reads it: 'holdfastctl check %s' explains them\n", file, file)
	}
	return watched(r.Config), nil
}

// watched are the instances to compare with.
func watched(c *config.Config) []watch.Instance {
	all := wiring.Speaker(c, &wiring.IDs{}, wiring.Options{VRRP: true}).Instances
	instances := make([]watch.Instance, len(all))
	for i := range all {
		in := &c.Instances[i]
		instances[i] = watch.Instance{Config: all[i].Config, Link: in.Interface, VMAC: in.VMAC != nil && in.VMAC.Use}
	}
	return instances
}

func (c *watchCommand) done(a *watch.Analyser) bool { return c.Count > 0 && a.Adverts >= c.Count }

// readFile judges a file; time goes on with its packets.
func (c *watchCommand) readFile(a *watch.Analyser, out *watchPrinter) error {
	in := io.Reader(os.Stdin)
	if c.Read != stdin {
		f, err := os.Open(c.Read)
		if err != nil {
			return fmt.Errorf("open capture: %w", err)
		}
		defer f.Close()
		in = f
	}
	file, err := capture.NewFile(in)
	if err != nil {
		return fmt.Errorf("%s: %w", shownName(c.Read), err)
	}
	for !c.done(a) && out.err == nil {
		p, err := file.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", shownName(c.Read), err)
		}
		out.notices(a.Advance(p.At))
		r := a.Packet(&p)
		out.report(&r)
	}
	return nil
}

// listen judges what passes on the wire until it is interrupted.
func (c *watchCommand) listen(a *watch.Analyser, out *watchPrinter) error {
	ctx, cancel := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM)
	defer cancel()
	live, err := capture.Open(c.Interfaces)
	if err != nil {
		return permitted(err)
	}
	defer live.Close()
	for !c.done(a) && out.err == nil && ctx.Err() == nil {
		p, err := live.Next()
		switch {
		case errors.Is(err, capture.ErrTimeout):
			out.notices(a.Advance(time.Now()))
			continue
		case err != nil:
			return err
		}
		out.notices(a.Advance(p.At))
		r := a.Packet(&p)
		out.report(&r)
	}
	return nil
}

// permitted adds the cure where a right is missing.
func permitted(err error) error {
	if errors.Is(err, unix.EPERM) {
		return fmt.Errorf("%w: run it as root", err)
	}
	return err
}
