package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/vrrp/record"
)

type replayCommand struct {
	Verbose bool   `short:"v" help:"Tell the story, a line for each event and action, with times."`
	JSON    bool   `name:"json" help:"Print the result as JSON."`
	UTC     bool   `name:"utc" help:"Times of --verbose in UTC instead of local time."`
	File    string `arg:"" help:"What holdfast --record=FILE has written; - for standard input. Exit status: 0 this version does exactly the same, 1 it does not, 2 trouble."`
}

func (c *replayCommand) Run(o output) error {
	in := io.Reader(os.Stdin)
	if c.File != stdin {
		f, err := os.Open(c.File)
		if err != nil {
			return fmt.Errorf("open recording: %w", err)
		}
		defer f.Close()
		in = f
	}
	story := record.Story{Out: o.out, In: time.Local}
	if c.UTC {
		story.In = time.UTC
	}
	var tell func(*record.Entry)
	if c.Verbose && !c.JSON {
		tell = story.Tell
	}
	res, err := record.Replay(in, record.Real, tell)
	cut := errors.Is(err, record.ErrTruncated)
	if err != nil && !cut {
		return fmt.Errorf("replay %s: %w", shownName(c.File), err)
	}
	if story.Err() != nil {
		return story.Err()
	}
	if c.JSON {
		err = json.NewEncoder(o.out).Encode(resultOf(shownName(c.File), &res, cut))
	} else {
		err = printReplayed(o.out, &res, cut)
	}
	if err != nil {
		return fmt.Errorf("print result: %w", err)
	}
	if res.Difference != nil {
		return status(exitProblems)
	}
	return nil
}

func resultOf(file string, res *record.Result, cut bool) api.Replay {
	r := api.Replay{
		Schema: api.ReplaySchema, File: file, Runs: res.Runs, Events: res.Events, Reloads: res.Reloads, Actions: res.Actions,
		Seconds: res.Length.Seconds(), Same: res.Difference == nil, Truncated: cut, Ends: append([]string{}, res.Ends...),
	}
	if d := res.Difference; d != nil {
		r.Difference = &api.ReplayDifference{Line: d.Line, Action: d.First + 1, Seconds: d.At.Seconds()}
		if d.First < len(d.Actions) {
			r.Difference.Recorded = json.RawMessage(record.Text(&d.Actions[d.First]))
		}
		if d.First < len(d.Replayed) {
			r.Difference.Replayed = json.RawMessage(record.Text(&d.Replayed[d.First]))
		}
	}
	return r
}

func printReplayed(w io.Writer, res *record.Result, cut bool) error {
	for i, end := range res.Ends {
		switch {
		case i == len(res.Ends)-1 && res.Difference != nil:
		case end == "" && cut && i == len(res.Ends)-1:
			fmt.Fprintf(w, "run %d ends within a line: its process was killed, or the disk was full\n", i+1)
		case end == "":
			fmt.Fprintf(w, "run %d has no end: its process was killed, or runs on\n", i+1)
		case end != "stopped":
			fmt.Fprintf(w, "run %d: the recording ended: %s\n", i+1, end)
		}
	}
	counts := fmt.Sprintf("%s over %s: %s and %s gave %s", plural(res.Runs, "run"), res.Length.Round(time.Millisecond),
		plural(res.Events, "event"), plural(res.Reloads, "reload"), plural(res.Actions, "action"))
	if res.Difference == nil {
		_, err := fmt.Fprintln(w, counts+": exactly the same")
		return err
	}
	_, err := fmt.Fprintf(w, "%s; the first difference:\n%s\n", counts, res.Difference)
	return err
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
