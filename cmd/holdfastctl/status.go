package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/mail"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

type statusCommand struct {
	Watch  bool          `short:"w" help:"Show it again and again, in place on a terminal."`
	Every  time.Duration `short:"d" default:"1s" help:"How often, with --watch."`
	JSON   bool          `name:"json" help:"Print the state as JSON (docs/json.md)."`
	Socket string        `default:"/run/holdfast/control.sock" help:"Control socket of the daemon."`
}

func (c *statusCommand) Run(o output) error {
	p := paletteFor(o.out)
	once := func(w io.Writer) error { return c.show(w, p) }
	if !c.Watch {
		return once(o.out)
	}
	if c.Every < 100*time.Millisecond {
		return fmt.Errorf("--every %s: at least 100ms", c.Every)
	}
	return repeat(o.out, c.Every, once)
}

func (c *statusCommand) show(w io.Writer, p palette) error {
	reply, err := control.Ask(c.Socket, control.Request{Command: control.CommandStatus}, 10*time.Second)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(w).Encode(api.FromStatus(reply.Status)); err != nil {
			return fmt.Errorf("print status: %w", err)
		}
		return nil
	}
	p.status(w, reply.Status, time.Now())
	return nil
}

// status is the state on one screen.
func (p palette) status(w io.Writer, s *control.Status, now time.Time) {
	fmt.Fprintf(w, "Holdfast %s, pid %d, up %s, %s", s.Version, s.PID, age(s.Since, now), s.ConfigFile)
	if s.Problems > 0 {
		fmt.Fprintf(w, " (%d problems: holdfastctl check %s)", s.Problems, s.ConfigFile)
	}
	fmt.Fprintln(w)
	if s.Reload.Error != "" {
		fmt.Fprintf(w, "The last reload, %s ago, had no effect: %s\n", age(s.Reload.Last, now), s.Reload.Error)
	}
	for _, c := range s.Processes {
		if c.PID == 0 {
			fmt.Fprintf(w, "The %s process does not run (%d restarts)\n", c.Role, c.Restarts)
		} else if c.Restarts > 0 {
			fmt.Fprintf(w, "The %s process was restarted %d times, last %s ago\n", c.Role, c.Restarts, age(c.Since, now))
		}
	}
	p.instances(w, s, now)
	printTracked(w, s, now)
	printSessions(w, s.BFD, now)
	printNotified(w, s)
	p.servers(w, s)
}

func (p palette) instances(w io.Writer, s *control.Status, now time.Time) {
	if s.VRRP == nil || len(s.VRRP.Instances) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nINSTANCE\t"+p.paint(plain, "STATE")+"\tSINCE\tPRIORITY\tINTERFACE\tVRID\tMASTER\tWHY")
	for i := range s.VRRP.Instances {
		in := &s.VRRP.Instances[i]
		priority := priorityOf(in)
		master := "-"
		if in.MasterAddr.IsValid() {
			master = fmt.Sprintf("%s (%d)", in.MasterAddr, in.MasterPriority)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", in.Name, p.paint(stateColour(in.State), in.State), age(in.Since, now), priority, in.Interface, in.VRID, master, why(in, now))
	}
	t.Flush()
	for i := range s.VRRP.Instances {
		if in := &s.VRRP.Instances[i]; in.Why != "" {
			fmt.Fprintf(w, "%s: priority %s: %s\n", in.Name, priorityOf(in), in.Why)
		}
	}
	if n := s.VRRP.EventsLost; n > 0 {
		fmt.Fprintf(w, "Changes in the network were lost %d times and read anew (vrrp_netlink_monitor_rcv_bufs)\n", n)
	}
	for _, g := range s.VRRP.Groups {
		fmt.Fprintf(w, "Sync group %s: %s (%s)\n", g.Name, p.paint(stateColour(g.State), g.State), strings.Join(g.Members, ", "))
	}
}

// why is the reason for the state, and for a priority that a command has lowered.
func why(in *speaker.InstanceStatus, now time.Time) string {
	switch {
	case in.Leaving:
		return "hands over"
	case in.Aside && in.AsideUntil.IsZero():
		return in.Reason + ", stands aside (holdfastctl handover --undo " + in.Name + ")"
	case in.Aside:
		return in.Reason + ", stands aside for " + age(now, in.AsideUntil)
	}
	return in.Reason
}

// priorityOf is the effective priority, beside the configured one where that is another.
func priorityOf(in *speaker.InstanceStatus) string {
	if in.Priority == in.BasePriority {
		return fmt.Sprint(in.Priority)
	}
	return fmt.Sprintf("%d (of %d)", in.Priority, in.BasePriority)
}

// printTracked lists what is tracked beside interfaces.
func printTracked(w io.Writer, s *control.Status, now time.Time) {
	if len(s.Tracking.Objects) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nTRACKED\tNAME\tSTATE\tSINCE\tRUNS\tFAILED\tTIMED OUT\tSKIPPED")
	for _, o := range s.Tracking.Objects {
		state := o.State
		if o.Kind == "script" && o.Known && !o.Up && o.Result != "" {
			state = o.Result
		}
		counters := "-\t-\t-\t-"
		if o.Kind == "script" {
			counters = fmt.Sprintf("%d\t%d\t%d\t%d", o.Runs, o.Failures, o.Timeouts, o.Skips)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", o.Kind, o.Name, state, age(o.Since, now), counters)
	}
	t.Flush()
	if s.Tracking.Processes != "" {
		fmt.Fprintf(w, "Processes are counted by: %s\n", s.Tracking.Processes)
	}
}

// printNotified tells what FIFOs and mail got, where there are any.
func printNotified(w io.Writer, s *control.Status) {
	for _, f := range s.Notified.FIFOs {
		fmt.Fprintf(w, "\nNotify FIFO %s: %d lines written, %d dropped\n", f.Path, f.Written, f.Dropped)
	}
	if m := s.Notified.Mail; m != (mail.Stats{}) {
		fmt.Fprintf(w, "\nMails: %d sent, %d waiting, %d given up, %d dropped\n", m.Sent, m.Waiting, m.Failed, m.Dropped)
	}
	if n := s.Notified.ScriptsDropped; n > 0 {
		fmt.Fprintf(w, "\nNotify scripts: %d were left out because one hung\n", n)
	}
}

func (p palette) servers(w io.Writer, s *control.Status) {
	if s.LVS == nil || len(s.LVS.VirtualServers) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nVIRTUAL SERVER\t"+p.paint(plain, "STATE")+"\tWEIGHT\tWHY")
	for _, v := range s.LVS.VirtualServers {
		state := "inactive"
		if v.Active {
			state = "active"
		}
		switch {
		case v.Sorry:
			state += ", sorry server"
		case !v.Quorum:
			state += ", no quorum"
		}
		fmt.Fprintf(t, "%s\t%s\t\t%s\n", v.Name, p.paint(stateColour(state), state), v.Why)
		for _, r := range v.RealServers {
			state, why := "up", ""
			if !r.Up {
				state = "down"
			}
			for _, c := range r.Checks {
				if !c.Up {
					why = strings.TrimSpace(c.Name + " " + c.Detail)
				}
			}
			if r.Drained {
				state += ", drained"
			}
			why = strings.TrimPrefix(strings.TrimSuffix(whyWeight(&r)+"; "+why, "; "), "; ")
			fmt.Fprintf(t, "  %s\t%s\t%d\t%s\n", r.Name, p.paint(stateColour(state), state), r.Weight, why)
		}
	}
	t.Flush()
	if c := s.LVS.Checks; c.Scheduled > 0 {
		fmt.Fprintf(w, "Checks: %d, %d running, %d waiting for a place; the latest began %s late at p99, %s at worst\n",
			c.Scheduled, c.Running, c.Waiting, c.LateP99.Round(time.Millisecond), c.LateWorst.Round(time.Millisecond))
	}
	if s.LVS.Drift > 0 {
		fmt.Fprintf(w, "IPVS: changed by somebody else and put right %d times, the last time %s ago: %s\n",
			s.LVS.Drift, age(s.LVS.LastDrift, time.Now()), s.LVS.LastRepair)
	}
	if s.LVS.LastError != "" {
		fmt.Fprintln(w, "IPVS:", s.LVS.LastError)
	}
}

// age is a time that has passed, in the largest two units.
func age(since, now time.Time) string {
	if since.IsZero() {
		return "-"
	}
	d := now.Sub(since).Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}
