package main

import (
	"fmt"
	"strings"

	"github.com/holdfast-ha/holdfast/internal/doctor"
	"github.com/holdfast-ha/holdfast/internal/doctor/collect"
	"github.com/holdfast-ha/holdfast/internal/realserver"
	"github.com/holdfast-ha/holdfast/internal/realserver/apply"
)

type realserverCommand struct {
	Apply  rsApply  `cmd:"" help:"Set this host up as a real server by DR or TUN, from the directors' configuration."`
	Check  rsCheck  `cmd:"" help:"Find what is wrong with this host as a real server; what doctor --as realserver does."`
	Remove rsRemove `cmd:"" help:"Undo what apply has done."`
}

type rsApply struct {
	Config   string `short:"f" default:"/etc/keepalived/keepalived.conf" placeholder:"FILE" help:"Configuration of the directors."`
	Way      string `enum:"lo,dummy,arptables,redirect" default:"lo" help:"How the host keeps quiet about virtual addresses by DR: lo, dummy, arptables or redirect."`
	DryRun   bool   `short:"n" help:"Print what would be done, and do nothing."`
	ConfigID string `name:"config-id" short:"i" help:"Name for lines that begin with @ (default: the host name)."`
	State    string `default:"/run/holdfast/realserver.json" placeholder:"FILE" help:"Where is kept how to undo it."`
}

func (c *rsApply) Run(o output) error {
	cfg, err := hostConfig(c.Config, c.ConfigID, o)
	if err != nil {
		return err
	}
	facts := collect.Host(cfg, collect.Options{})
	plan := realserver.Make(cfg, &facts, realserver.Way(c.Way))
	if len(plan.Servers) > 0 {
		fmt.Fprintln(o.out, "# real server of "+strings.Join(plan.Servers, ", "))
	}
	for _, n := range plan.Notes {
		fmt.Fprintln(o.out, "# note: "+n)
	}
	if len(plan.Steps) == 0 {
		fmt.Fprintln(o.out, "# nothing to do")
		return nil
	}
	tell := func(line string) { fmt.Fprintln(o.out, line) }
	if c.DryRun {
		for _, s := range plan.Steps {
			tell(s.String())
		}
		return nil
	}
	if err := apply.Do(plan.Steps, c.State, tell); err != nil {
		return permitted(fmt.Errorf("%w\n'holdfastctl realserver remove' undoes what was done", err))
	}
	return nil
}

type rsCheck struct {
	Config   string `short:"f" default:"/etc/keepalived/keepalived.conf" placeholder:"FILE" help:"Configuration of the directors. Exit status: 0 sound, 1 with errors (--strict: or warnings), 2 not readable."`
	Strict   bool   `help:"Count warnings as errors."`
	JSON     bool   `name:"json" help:"Print the findings as JSON (docs/json.md)."`
	ConfigID string `name:"config-id" short:"i" help:"Name for lines that begin with @ (default: the host name)."`
}

func (c *rsCheck) Run(o output) error {
	cfg, err := hostConfig(c.Config, c.ConfigID, o)
	if err != nil {
		return err
	}
	facts := collect.Host(cfg, collect.Options{})
	return printFindings(o, c.Config, doctor.Examine(cfg, &facts, doctor.Role{RealServer: true}), c.JSON, c.Strict)
}

type rsRemove struct {
	State string `default:"/run/holdfast/realserver.json" placeholder:"FILE" help:"Where is kept how to undo it."`
}

func (c *rsRemove) Run(o output) error {
	some, err := apply.Applied(c.State)
	if err != nil {
		return permitted(err)
	}
	if !some {
		fmt.Fprintln(o.out, "# nothing was set up")
		return nil
	}
	return permitted(apply.Undo(c.State, func(line string) { fmt.Fprintln(o.out, line) }))
}
