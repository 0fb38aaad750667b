package bench

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// reloads is what a reload of a file of 1000 x 4 takes.
type reloads struct {
	Same, Changed             float64 // seconds to the end of one without a change, to the write of one with a weight changed
	SameWrites, ChangedWrites int
}

// reloadEnds are what the programs log at the end of a reload.
var reloadEnds = []string{"Reload finished in", "Reload complete"}

// passes is how often each program is started for its reloads, both in turn: what else the machine does comes
// and goes, and is to meet both.
const passes = 2

// measureReloads reloads a file of 1000 virtual servers with and without a change, so often in each pass.
func measureReloads(rounds int) (finding, error) {
	var all [2][]reloads
	for range passes {
		for i, program := range []lab.Program{lab.Keepalived, lab.Holdfast} {
			found, err := measureReload(program, rounds)
			if err != nil {
				return finding{}, fmt.Errorf("%s: %w", program.Name, err)
			}
			all[i] = append(all[i], found...)
		}
	}
	var f finding
	for i := range all {
		f.Reloads[i] = reloads{
			Same:          median(all[i], func(r reloads) float64 { return r.Same }),
			Changed:       median(all[i], func(r reloads) float64 { return r.Changed }),
			SameWrites:    slices.MaxFunc(all[i], func(a, b reloads) int { return a.SameWrites - b.SameWrites }).SameWrites,
			ChangedWrites: slices.MaxFunc(all[i], func(a, b reloads) int { return a.ChangedWrites - b.ChangedWrites }).ChangedWrites,
		}
	}
	return f, nil
}

// measureReload starts a program and reloads it so often.
func measureReload(program lab.Program, rounds int) ([]reloads, error) {
	b, err := newBed()
	if err != nil {
		return nil, err
	}
	defer b.net.Close()
	director := b.one.Direct(program)
	text := services(1000, "")
	if err := director.Start(text); err != nil {
		return nil, err
	}
	defer director.Crash()
	if err := waitForAll(b.one, 4000); err != nil {
		return nil, err
	}
	time.Sleep(4 * time.Second) // the start is over
	trace, err := b.one.Trace()
	if err != nil {
		return nil, err
	}
	defer trace.Stop()
	var all []reloads
	for n := range rounds {
		changed := strings.Replace(text, "weight 3", fmt.Sprintf("weight %d", 30+n), 1)
		found, err := reloadBothWays(director, trace, changed)
		if err != nil {
			return nil, err
		}
		all = append(all, found)
	}
	return all, nil
}

// reloadBothWays reloads without a change, and to a file with one weight changed.
func reloadBothWays(director *lab.Director, trace *lab.Trace, changed string) (found reloads, err error) {
	trace.Mark()
	if found.Same, err = reloadOnce(director); err != nil {
		return reloads{}, err
	}
	found.SameWrites = len(trace.Writes())
	trace.Mark()
	if err := director.Configure(changed); err != nil {
		return reloads{}, err
	}
	begin := time.Now()
	if _, err := reloadOnce(director); err != nil {
		return reloads{}, err
	}
	writes := trace.Writes()
	if len(writes) == 0 {
		return reloads{}, fmt.Errorf("a changed weight was not written: %s", director.Process.Last(5))
	}
	found.Changed, found.ChangedWrites = writes[0].At.Sub(begin).Seconds(), len(writes)
	return found, nil
}

// reloadOnce reloads and returns how long that took, some time after its end.
func reloadOnce(director *lab.Director) (float64, error) {
	before := len(director.Process.Lines())
	begin := time.Now()
	if err := director.Reload(); err != nil {
		return 0, err
	}
	var at time.Time
	err := waitFor("the end of the reload", time.Minute, func() bool {
		for _, l := range director.Process.Lines()[before:] {
			for _, end := range reloadEnds {
				if strings.Contains(l.Text, end) {
					at = l.At
				}
			}
		}
		return !at.IsZero()
	})
	time.Sleep(time.Second) // nothing may come afterwards
	if err == nil && !director.Process.Running() {
		err = fmt.Errorf("the daemon ended: %s", director.Process.Last(10))
	}
	return at.Sub(begin).Seconds(), err
}

// Reload measures reloads, in the lab.
func Reload(holdfast string, runs int) ([]Row, error) {
	found, _, err := inGuest(holdfast, errand{Name: "reload", Runs: runs})
	if err != nil {
		return nil, fmt.Errorf("reload: %w", err)
	}
	theirs, ours := found.Reloads[0], found.Reloads[1]
	return []Row{
		{What: "reload of an unchanged 1000 x 4 file (lab)", Unit: "s", Goal: 0.5, Keepalived: theirs.Same, Holdfast: ours.Same},
		{What: "the same, kernel writes", Unit: "writes", Limit: 0, Keepalived: float64(theirs.SameWrites), Holdfast: float64(ours.SameWrites)},
		{What: "reload with one weight changed, to the write (lab)", Unit: "s", Limit: 1, Keepalived: theirs.Changed, Holdfast: ours.Changed},
		{What: "the same, kernel writes", Unit: "writes", Limit: 1, Keepalived: float64(theirs.ChangedWrites), Holdfast: float64(ours.ChangedWrites)},
	}, nil
}
