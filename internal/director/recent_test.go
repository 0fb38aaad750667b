package director

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/checkers"
)

func TestLatestRunsAreKeptInOrder(t *testing.T) {
	var r recent
	if got := r.read(); len(got) != 0 {
		t.Errorf("before the first run: %v", got)
	}
	r.add(checkers.Result{OK: true, Took: 3 * time.Millisecond})
	r.add(checkers.Result{Took: 2 * time.Second})
	r.add(checkers.Result{}) // a failure that took no time is still one
	if diff := cmp.Diff([]time.Duration{3 * time.Millisecond, -2 * time.Second, -time.Microsecond}, r.read()); diff != "" {
		t.Error(diff)
	}
	for i := range keptRuns {
		r.add(checkers.Result{OK: true, Took: time.Duration(i+1) * time.Second})
	}
	got := r.read()
	if len(got) != keptRuns || got[0] != time.Second || got[keptRuns-1] != keptRuns*time.Second {
		t.Errorf("after %d more: %v", keptRuns, got)
	}
	r.add(checkers.Result{OK: true, Took: time.Hour})
	if got := r.read(); got[keptRuns-1] != math.MaxInt32*time.Microsecond {
		t.Errorf("a run that took an hour counts as %v", got[keptRuns-1])
	}
}
