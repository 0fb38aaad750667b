package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/internal/doctor"
	"github.com/holdfast-ha/holdfast/internal/doctor/collect"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

type doctorCommand struct {
	Config   string        `short:"f" default:"/etc/keepalived/keepalived.conf" placeholder:"FILE" help:"Configuration that the host is for. Exit status: 0 sound, 1 with errors (--strict: or warnings), 2 not readable."`
	As       string        `enum:"auto,director,realserver,both" default:"auto" help:"What this host is: auto, director, realserver or both. auto: a real server if it has the address of one, and a director if it is none or if the daemon runs."`
	Wait     time.Duration `default:"0s" help:"Listen on the segments of the instances for this long, and ask by ARP who has the virtual addresses (default: do not)."`
	Probe    bool          `default:"true" negatable:"" help:"Try connections to the real servers (default)."`
	Strict   bool          `help:"Count warnings as errors."`
	JSON     bool          `name:"json" help:"Print the findings as JSON (docs/json.md)."`
	ConfigID string        `name:"config-id" short:"i" help:"Name for lines that begin with @ (default: the host name)."`
	Socket   string        `default:"/run/holdfast/control.sock" help:"Control socket of the running daemon."`
}

func (c *doctorCommand) Run(o output) error {
	cfg, err := hostConfig(c.Config, c.ConfigID, o)
	if err != nil {
		return err
	}
	facts := collect.Host(cfg, collect.Options{Wait: c.Wait, Instances: watched(cfg), Probe: c.Probe && c.As != "realserver", Socket: c.Socket})
	role := doctor.RoleOf(cfg, &facts)
	switch c.As {
	case "director":
		role = doctor.Role{Director: true}
	case "realserver":
		role = doctor.Role{RealServer: true}
	case "both":
		role = doctor.Role{Director: true, RealServer: true}
	}
	if !role.Director {
		facts.Probes = nil // other real servers are none of its business
	}
	return printFindings(o, c.Config, doctor.Examine(cfg, &facts, role), c.JSON, c.Strict)
}

// hostConfig reads the configuration that a host is for. It may be that of another host: a real server
// has not the interfaces and scripts of the director.
func hostConfig(file, id string, o output) (*config.Config, error) {
	r := config.Load(file, textOptions(id), config.AnyHost{})
	read := summarize(file, r.Problems)
	if read.unreadable() {
		return nil, fmt.Errorf("read configuration: %s", r.Problems[0].Message)
	}
	if read.Errors > 0 {
		fmt.Fprintf(o.err, "holdfastctl: %s has errors, and counts as keepalived reads it: 'holdfastctl check %s' explains them\n", file, file)
	}
	return r.Config, nil
}

// printFindings prints what is wrong with a host as check prints what is wrong with a file.
func printFindings(o output, file string, problems []parser.Problem, asJSON, strict bool) error {
	r := summarize(file, problems)
	if asJSON {
		d := api.HostReport{Schema: api.DoctorSchema, File: r.File, Errors: r.Errors, Warnings: r.Warnings, Hints: r.Hints, Problems: r.Problems}
		if err := json.NewEncoder(o.out).Encode(d); err != nil {
			return fmt.Errorf("print findings: %w", err)
		}
	} else {
		for i := range r.problems {
			fmt.Fprint(o.out, parser.Render(r.problems[i]))
		}
		fmt.Fprintf(o.out, "this host, for %s: %s\n", file, r.verdict())
	}
	if code := r.status(strict); code != exitOK {
		return status(code)
	}
	return nil
}
