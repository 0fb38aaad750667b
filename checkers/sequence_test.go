package checkers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
)

// play runs a check of several steps with these results and writes down, for each run, which step it
// was, what changed and how long it waits.
func play(t checkers.Timing, alpha bool, results string) string {
	s := checkers.NewState(t, alpha)
	now := time.Unix(1000, 0)
	var b strings.Builder
	for _, r := range results {
		step := s.Next()
		next, c := s.Step(now, checkers.Result{OK: r == '+'})
		fmt.Fprintf(&b, "%d%c", step, r)
		switch {
		case c.Health && c.Up:
			b.WriteString("UP")
		case c.Health:
			b.WriteString("DOWN")
		case c.Failing:
			b.WriteString("failing")
		case c.Step:
			b.WriteString("step")
		}
		fmt.Fprintf(&b, " %s, ", next.Sub(now))
		now = next
	}
	return strings.TrimSuffix(b.String(), ", ")
}

func TestSeveralURLs(t *testing.T) {
	timing := func(urls, retry int, fast bool) checkers.Timing {
		return checkers.HTTPTiming(checkers.Timing{DelayLoop: 10 * time.Second, DelayBeforeRetry: 3 * time.Second, Retry: retry}, urls, fast)
	}
	tests := []struct {
		name          string
		timing        checkers.Timing
		alpha         bool
		results, want string
	}{
		{"one url goes on", timing(1, 1, false), false, "++", "0+UP 10s, 0+ 10s"},
		{"all of three have to succeed", timing(3, 1, false), false, "++++", "0+step 10s, 1+step 10s, 2+UP 10s, 0+step 10s"},
		{"the very first failure counts", timing(1, 3, false), false, "-", "0-DOWN 10s"},
		{"the first failure counts, of whichever url it is", timing(2, 3, false), false, "+-", "0+step 10s, 1-DOWN 10s"},
		{"later ones have their retries, of the same url", timing(2, 1, false), false, "+++--", "0+step 10s, 1+UP 10s, 0+step 10s, 1-failing 3s, 1-DOWN 10s"},
		{"a success in between gives them back", timing(1, 1, false), false, "+-+-", "0+UP 10s, 0-failing 3s, 0+ 10s, 0-failing 3s"},
		{"only the url that failed is done while it is down", timing(3, 0, false), false, "+---", "0+step 10s, 1-DOWN 10s, 1- 10s, 1- 10s"},
		{"then all from the first on", timing(2, 0, false), false, "+-+++", "0+step 10s, 1-DOWN 10s, 1+step 10s, 0+step 10s, 1+UP 10s"},
		{"one url has to succeed twice", timing(1, 0, false), false, "-++", "0-DOWN 10s, 0+step 10s, 0+UP 10s"},
		{"another failure on the way back", timing(2, 0, false), false, "-+-++", "0-DOWN 10s, 0+step 10s, 0- 3s, 0+step 10s, 1+UP 10s"},
		{"fast recovery does not wait", timing(2, 0, true), false, "++-+++", "0+step 1ms, 1+UP 10s, 0-DOWN 10s, 0+step 1ms, 0+step 1ms, 1+UP 10s"},
		{"fast recovery waits for what is broken", timing(1, 0, true), false, "--", "0-DOWN 10s, 0- 10s"},
		{"alpha comes up when all have succeeded", timing(2, 1, false), true, "++", "0+step 10s, 1+UP 10s"},
	}
	for _, tt := range tests {
		if got := play(tt.timing, tt.alpha, tt.results); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestReloadGoesOnWithTheSameURL(t *testing.T) {
	timing := checkers.HTTPTiming(checkers.Timing{DelayLoop: time.Second}, 2, false)
	s := checkers.NewState(timing, false)
	s.Step(time.Unix(1, 0), checkers.Result{OK: true})
	if kept := s.Resume(timing); kept.Next() != 1 {
		t.Errorf("step %d, want 1", kept.Next())
	}
	if fewer := s.Resume(checkers.HTTPTiming(timing, 1, false)); fewer.Next() != 0 {
		t.Errorf("step %d of one url", fewer.Next())
	}
}
