package record

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// Core is what a replay needs of a vrrp.Router.
type Core interface {
	Step(now time.Duration, ev vrrp.Event, out []vrrp.Action) []vrrp.Action
	Reload(now time.Duration, instances []vrrp.Config, groups []vrrp.GroupConfig, out []vrrp.Action) []vrrp.Action
}

// Real makes the core itself.
func Real(instances []vrrp.Config, groups []vrrp.GroupConfig) Core {
	return vrrp.New(instances, groups)
}

// Difference is where a core did something else than was recorded. The core goes its own way from
// there on, so that there is only the first one.
type Difference struct {
	Entry
	// Replayed is what the core does; Entry.Actions is what was recorded.
	Replayed []vrrp.Action
	// First is the index of the first action that differs, in the longer list.
	First int
}

// Result is what came of a replay.
type Result struct {
	Runs, Events, Reloads, Actions int
	// Length is the virtual time of all runs.
	Length time.Duration
	// Ends says of each run why it ended; empty: it was cut short.
	Ends []string
	// Difference is nil if all is the same.
	Difference *Difference
}

// Replay gives what was recorded to cores that create makes, and compares. tell, if there is one,
// sees each entry before it is judged. At the first difference it ends. The error says what is wrong
// with the recording; the result is then that of what comes before.
func Replay(in io.Reader, create func([]vrrp.Config, []vrrp.GroupConfig) Core, tell func(*Entry)) (Result, error) {
	var res Result
	var core Core
	var last time.Duration // of this run
	var out []vrrp.Action
	r := NewReader(in)
	for res.Difference == nil {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return res, nil
		}
		if err != nil {
			return res, err
		}
		if tell != nil {
			tell(&e)
		}
		switch e.Kind {
		case Began:
			res.Runs++
			res.Ends = append(res.Ends, "")
			core, last = nil, 0
		case Started:
			core = create(e.Instances, e.Groups)
		case Ended:
			res.Ends[len(res.Ends)-1] = e.Reason
			core = nil
		default:
			if core == nil {
				return res, &LineError{Line: e.Line, Err: errors.New("there is no start before it")}
			}
			out = res.compare(core, &e, out)
			res.Length += max(e.At-last, 0)
			last = max(e.At, last)
		}
	}
	return res, nil
}

// compare has the core do what e asks for.
func (res *Result) compare(core Core, e *Entry, out []vrrp.Action) []vrrp.Action {
	if e.Kind == Reloaded {
		res.Reloads++
		out = core.Reload(e.At, e.Instances, e.Groups, out[:0])
	} else {
		res.Events++
		out = core.Step(e.At, e.Event, out[:0])
	}
	res.Actions += len(out)
	if !slices.Equal(out, e.Actions) {
		res.Difference = &Difference{Entry: *e, Replayed: slices.Clone(out), First: firstDifference(out, e.Actions)}
	}
	return out
}

func firstDifference(a, b []vrrp.Action) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// String tells the difference in a few lines.
func (d *Difference) String() string {
	at := func(list []vrrp.Action) string {
		if d.First < len(list) {
			return Text(&list[d.First])
		}
		return "nothing"
	}
	return fmt.Sprintf("line %d, action %d:\n  recorded  %s\n  replayed  %s", d.Line, d.First+1, at(d.Actions), at(d.Replayed))
}
