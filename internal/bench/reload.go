package bench

import (
	"fmt"
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

// measureReload reloads a file of 1000 virtual servers with and without a change.
func measureReload(program lab.Program) (finding, error) {
	b, err := newBed()
	if err != nil {
		return finding{}, err
	}
	defer b.net.Close()
	director := b.one.Direct(program)
	text := services(1000, "")
	if err := director.Start(text); err != nil {
		return finding{}, err
	}
	defer director.Crash()
	if err := waitForAll(b.one, 4000); err != nil {
		return finding{}, err
	}
	time.Sleep(4 * time.Second) // the start is over
	trace, err := b.one.Trace()
	if err != nil {
		return finding{}, err
	}
	defer trace.Stop()
	var found reloads
	if found.Same, err = reloadOnce(director); err != nil {
		return finding{}, err
	}
	found.SameWrites = len(trace.Writes())
	trace.Mark()
	if err := director.Configure(strings.Replace(text, "weight 3", "weight 30", 1)); err != nil {
		return finding{}, err
	}
	begin := time.Now()
	if _, err := reloadOnce(director); err != nil {
		return finding{}, err
	}
	writes := trace.Writes()
	if len(writes) == 0 {
		return finding{}, fmt.Errorf("a changed weight was not written: %s", director.Process.Last(5))
	}
	found.Changed, found.ChangedWrites = writes[0].At.Sub(begin).Seconds(), len(writes)
	return finding{Reloads: found}, nil
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
func Reload(holdfast string) ([]Row, error) {
	same := Row{What: "reload of an unchanged 1000 x 4 file (lab)", Unit: "s", Goal: 0.5}
	sameWrites := Row{What: "the same, kernel writes", Unit: "writes", Limit: 0}
	changed := Row{What: "reload with one weight changed, to the write (lab)", Unit: "s", Limit: 1}
	changedWrites := Row{What: "the same, kernel writes", Unit: "writes", Limit: 1}
	for _, one := range []struct {
		program string
		into    [4]*float64
	}{
		{"keepalived", [4]*float64{&same.Keepalived, &sameWrites.Keepalived, &changed.Keepalived, &changedWrites.Keepalived}},
		{"holdfast", [4]*float64{&same.Holdfast, &sameWrites.Holdfast, &changed.Holdfast, &changedWrites.Holdfast}},
	} {
		found, _, err := inGuest(holdfast, errand{Name: "reload", Program: one.program})
		if err != nil {
			return nil, fmt.Errorf("reload, %s: %w", one.program, err)
		}
		r := found.Reloads
		for i, v := range []float64{r.Same, float64(r.SameWrites), r.Changed, float64(r.ChangedWrites)} {
			*one.into[i] = v
		}
	}
	return []Row{same, sameWrites, changed, changedWrites}, nil
}
