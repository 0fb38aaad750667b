package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/internal/control"
)

type topCommand struct {
	Every  time.Duration `short:"d" default:"2s" help:"How long one interval is."`
	Count  int           `short:"n" help:"End after so many intervals; 0 for never."`
	Sort   string        `enum:"connections,traffic,name" default:"connections" help:"What the virtual servers are in the order of: connections, traffic or name."`
	JSON   bool          `name:"json" help:"Print an object of JSON for each interval (docs/json.md)."`
	Socket string        `default:"/run/holdfast/control.sock" help:"Control socket of the daemon."`
}

func (c *topCommand) Run(o output) error {
	if c.Every < 100*time.Millisecond {
		return fmt.Errorf("--every %s: at least 100ms", c.Every)
	}
	before, from, err := c.state()
	if err != nil {
		return err
	}
	shown := 0
	p := paletteFor(o.out)
	next := func(w io.Writer) error {
		after, to, err := c.state()
		if err != nil {
			return err
		}
		t := api.Between(&before, &after, from, to)
		before, from = after, to
		c.order(&t)
		shown++
		if c.JSON {
			return json.NewEncoder(w).Encode(t)
		}
		printTop(w, p, &t)
		return nil
	}
	if _, live := terminal(o.out); live && !c.JSON && c.Count == 0 {
		time.Sleep(min(c.Every, time.Second)) // the first screen need not be empty for long
		return repeat(o.out, c.Every, next)
	}
	for c.Count == 0 || shown < c.Count {
		time.Sleep(c.Every)
		if err := next(o.out); err != nil {
			return err
		}
	}
	return nil
}

func (c *topCommand) state() (api.Status, time.Time, error) {
	reply, err := control.Ask(c.Socket, control.Request{Command: control.CommandStatus}, 10*time.Second)
	if err != nil {
		return api.Status{}, time.Time{}, err
	}
	return api.FromStatus(reply.Status), time.Now(), nil
}

// order puts the busiest first.
func (c *topCommand) order(t *api.Top) {
	weight := func(r *api.Rate) float64 {
		switch c.Sort {
		case "traffic":
			return r.BytesIn + r.BytesOut
		case "connections":
			return r.Connections
		}
		return 0
	}
	slices.SortStableFunc(t.VirtualServers, func(a, b api.Rate) int {
		if wa, wb := weight(&a), weight(&b); wa != wb {
			if wa > wb {
				return -1
			}
			return 1
		}
		if a.Label < b.Label {
			return -1
		}
		return 1
	})
}

// printTop is what passed in an interval.
func printTop(w io.Writer, p palette, t *api.Top) {
	var all api.Rate
	for i := range t.VirtualServers {
		v := &t.VirtualServers[i]
		all.Connections += v.Connections
		all.BytesIn += v.BytesIn
		all.BytesOut += v.BytesOut
		all.Active += v.Active
	}
	fmt.Fprintf(w, "%s  %s connections/s, %sB/s in, %sB/s out, %d established, in %.1f s\n\n", t.At.Local().Format("15:04:05"),
		short(all.Connections), short(all.BytesIn), short(all.BytesOut), all.Active, t.Seconds)
	if len(t.VirtualServers) == 0 {
		fmt.Fprintln(w, "No virtual server is in the kernel's table of this router.")
		return
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tab, "CONN/s\tPKT/s IN\tPKT/s OUT\tB/s IN\tB/s OUT\tACTIVE\tINACTIVE\tWEIGHT\t  SERVER\n")
	for i := range t.VirtualServers {
		v := &t.VirtualServers[i]
		topRow(tab, v, "", "  "+p.paint(topColour(v.Up), v.Label))
		for j := range v.RealServers {
			r := &v.RealServers[j]
			topRow(tab, r, fmt.Sprint(r.Weight), "    "+p.paint(topColour(r.Up), r.Label))
		}
	}
	tab.Flush()
}

func topColour(up bool) colour {
	if up {
		return plain
	}
	return red
}

func topRow(w io.Writer, r *api.Rate, weight, name string) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\n", short(r.Connections), short(r.PacketsIn), short(r.PacketsOut),
		short(r.BytesIn), short(r.BytesOut), r.Active, r.Inactive, weight, name)
}

// short is a number with three figures and k, M or G.
func short(n float64) string {
	for _, unit := range []string{"", "k", "M", "G"} {
		if n < 999.5 || unit == "G" {
			if unit == "" && n >= 10 || n >= 100 || n == 0 {
				return fmt.Sprintf("%.0f%s", n, unit)
			}
			return fmt.Sprintf("%.1f%s", n, unit)
		}
		n /= 1000
	}
	return ""
}
