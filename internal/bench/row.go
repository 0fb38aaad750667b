package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Row is one line of the result: the same thing measured on both, lower is better.
type Row struct {
	What       string
	Unit       string // "ms", "s", "us", "MB", "%", "writes"
	Keepalived float64
	Holdfast   float64
	// Goal is the highest ratio holdfast/keepalived wanted; 0 where Limit counts instead.
	Goal float64
	// Limit is the highest value wanted for Holdfast, in Unit; 0 where Goal counts.
	Limit float64
	// NoReference: keepalived has no figure for it.
	NoReference bool
	Note        string
}

// Ratio is holdfast/keepalived; 0 without a reference.
func (r Row) Ratio() float64 {
	if r.NoReference || r.Keepalived == 0 {
		return 0
	}
	return r.Holdfast / r.Keepalived
}

// Met tells whether the goal is reached.
func (r Row) Met() bool {
	if r.Goal > 0 {
		return r.Keepalived > 0 && r.Ratio() <= r.Goal
	}
	return r.Holdfast <= r.Limit
}

// Print writes rows as a table.
func Print(w io.Writer, rows []Row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tkeepalived\tholdfast\tratio\tgoal\treached\t")
	for _, r := range rows {
		reference, ratio, goal, met := "-", "-", "", "no"
		if !r.NoReference {
			reference = fmt.Sprintf("%.4g %s", r.Keepalived, r.Unit)
			ratio = fmt.Sprintf("%.2f", r.Ratio())
		}
		if r.Goal > 0 {
			goal = fmt.Sprintf("ratio <= %.2f", r.Goal)
		} else {
			goal = fmt.Sprintf("<= %.4g %s", r.Limit, r.Unit)
		}
		if r.Met() {
			met = "yes"
		}
		fmt.Fprintf(t, "%s\t%s\t%.4g %s\t%s\t%s\t%s\t%s\n", r.What, reference, r.Holdfast, r.Unit, ratio, goal, met, r.Note)
	}
	return t.Flush()
}
