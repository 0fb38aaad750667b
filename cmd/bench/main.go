// Command bench measures holdfast side by side with keepalived and prints ratios.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"github.com/holdfast-ha/holdfast/internal/bench"
	"github.com/holdfast-ha/holdfast/internal/lab"
)

type options struct {
	Holdfast   string        `help:"Holdfast's program." default:"bin/holdfast" type:"path"`
	Control    string        `help:"holdfastctl." default:"bin/holdfastctl" type:"path"`
	Keepalived string        `help:"keepalived's program." default:"/usr/sbin/keepalived" type:"path"`
	Only       []string      `help:"Measure only these parts." placeholder:"PART"`
	Window     time.Duration `help:"How long a load is measured." default:"10s"`
	Strain     time.Duration `help:"How long a pair with many instances is strained." default:"1m"`
	Errand     string        `hidden:""`
	Times      int           `help:"How often the MASTER is cut off, at each interval, and hands over." default:"100"`
	Runs       int           `help:"How often short things are measured; the median counts." default:"3"`
}

func main() {
	lab.GuestMain()
	var o options
	kong.Parse(&o, kong.Description("Measures holdfast side by side with keepalived. Lower is better; parts: "+bench.PartNames()))
	if o.Errand != "" {
		if err := bench.Errand(o.Errand, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	rows, err := bench.Run(bench.Settings{Holdfast: o.Holdfast, Control: o.Control, Times: o.Times, Strain: o.Strain, Keepalived: o.Keepalived, Only: o.Only, Window: o.Window, Runs: o.Runs, Progress: os.Stderr})
	if printErr := bench.Print(os.Stdout, rows); printErr != nil {
		fmt.Fprintln(os.Stderr, printErr)
		os.Exit(1)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
