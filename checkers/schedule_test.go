package checkers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/checkers"
)

var start = time.Unix(1_000_000, 0)

// run feeds results, each of which takes took, and writes when each check ended and what changed.
// A result is + for a success, - for a failure, or a misc_dynamic weight.
func run(s *checkers.State, took time.Duration, results ...string) string {
	var b strings.Builder
	now := s.First(start, 0.5)
	for _, text := range results {
		s.Start(now)
		now = now.Add(took)
		r := checkers.Result{OK: text != "-"}
		if n, err := fmt.Sscanf(text, "%d", &r.Weight); err == nil && n == 1 {
			r.HasWeight = true
		}
		next, c := s.Step(now, r)
		fmt.Fprintf(&b, "%v", now.Sub(start))
		if c.Health {
			b.WriteString(map[bool]string{true: " UP", false: " DOWN"}[c.Up])
		}
		if c.Failing {
			b.WriteString(" failing")
		}
		if c.Reweighed {
			fmt.Fprintf(&b, " weight %v %d", c.HasWeight, c.Weight)
		}
		b.WriteByte('\n')
		now = next
	}
	return b.String()
}

// The times are those that keepalived 2.2.7 was seen to keep.
func TestChecksComeWhenKeepalivedMakesThem(t *testing.T) {
	timing := checkers.Timing{DelayLoop: 3 * time.Second, DelayBeforeRetry: time.Second, Retry: 2, Warmup: 2 * time.Second}
	cases := []struct {
		name    string
		timing  checkers.Timing
		alpha   bool
		took    time.Duration
		results []string
		want    []string
	}{
		{"first failure counts at once", checkers.TCPTiming(timing), false, 0,
			[]string{"-", "-", "-", "-", "-"}, []string{"2s DOWN", "5s", "6s", "7s", "10s"}},
		{"failures are retried", checkers.TCPTiming(timing), false, 0,
			[]string{"+", "+", "-", "-", "-", "-", "-", "-", "-", "+"},
			[]string{"2s UP", "5s", "8s failing", "9s failing", "10s DOWN", "13s", "14s", "15s", "18s", "19s UP"}},
		{"a success in between starts the count again", checkers.TCPTiming(timing), false, 0,
			[]string{"+", "-", "+", "-", "-", "-"},
			[]string{"2s UP", "5s failing", "6s", "9s failing", "10s failing", "11s DOWN"}},
		{"a datagram to what is down is not sent again at once", checkers.DatagramTiming(timing), false, 500 * time.Millisecond,
			[]string{"+", "-", "-", "-", "-", "-", "+"},
			[]string{"2.5s UP", "6s failing", "7.5s failing", "9s DOWN", "12.5s", "16s", "19.5s UP"}},
		{"a script that is down is not retried", checkers.MiscTiming(timing), false, 0,
			[]string{"+", "-", "-", "-", "-", "-", "+"},
			[]string{"2s UP", "5s failing", "6s failing", "7s DOWN", "10s", "13s", "16s UP"}},
		{"time counts from the end of a connection", checkers.TCPTiming(timing), false, 500 * time.Millisecond,
			[]string{"+", "+", "-"}, []string{"2.5s UP", "6s", "9.5s failing"}},
		{"time counts from the start of a script", checkers.MiscTiming(timing), false, 500 * time.Millisecond,
			[]string{"+", "+", "-"}, []string{"2.5s UP", "5.5s", "8.5s failing"}},
		{"a script that takes longer than delay_loop comes again at once", checkers.MiscTiming(timing), false, 5 * time.Second,
			[]string{"+", "+"}, []string{"7s UP", "12.001s"}},
		{"alpha is down until a success", checkers.TCPTiming(timing), true, 0,
			[]string{"-", "+"}, []string{"2s DOWN", "5s UP"}},
		{"weights", checkers.MiscTiming(timing), false, 0,
			[]string{"10", "10", "0", "+", "7", "-", "7"},
			[]string{"2s UP weight true 10", "5s", "8s weight true 0", "11s weight false 0", "14s weight true 7", "17s failing", "18s"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := checkers.NewState(c.timing, c.alpha)
			want := strings.Join(c.want, "\n") + "\n"
			if diff := cmp.Diff(want, run(&s, c.took, c.results...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestFirstCheckComesWithinTheWarmup(t *testing.T) {
	s := checkers.NewState(checkers.Timing{Warmup: 10 * time.Second}, false)
	for random, want := range map[float64]time.Duration{0: time.Second, 0.25: 3500 * time.Millisecond, 0.999: 10990 * time.Millisecond} {
		if got := s.First(start, random).Sub(start); got != want {
			t.Errorf("random %v: %v, want %v", random, got, want)
		}
	}
	s = checkers.NewState(checkers.Timing{Warmup: -1}, false)
	if got := s.First(start, 0.9).Sub(start); got != time.Second {
		t.Errorf("no warm-up: %v", got)
	}
}

func TestReloadKeepsHealthWeightAndCount(t *testing.T) {
	s := checkers.NewState(checkers.MiscTiming(checkers.Timing{Retry: 1}), false)
	s.Step(start, checkers.Result{OK: true, HasWeight: true, Weight: 7})
	s.Step(start, checkers.Result{})
	s = s.Resume(checkers.MiscTiming(checkers.Timing{Retry: 3}))
	if w, ok := s.Weight(); !s.Up() || !s.Ran() || w != 7 || !ok {
		t.Fatalf("up %v, ran %v, weight %d %v", s.Up(), s.Ran(), w, ok)
	}
	if _, c := s.Step(start, checkers.Result{}); !c.Health || c.Up {
		t.Error("a count of failures that was full did not stay full")
	}
}

// TestHealthFollowsResults holds for any results: a success makes the check up; it is down only
// after Retry+1 failures in a row, or by a failure as the very first result; the next check is
// always later.
func TestHealthFollowsResults(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		timing := checkers.Timing{
			DelayLoop:        time.Duration(rapid.Int64Range(0, 5e9).Draw(t, "loop")),
			DelayBeforeRetry: time.Duration(rapid.Int64Range(0, 5e9).Draw(t, "retry delay")),
			Retry:            rapid.IntRange(0, 4).Draw(t, "retry"),
			FromStart:        rapid.Bool().Draw(t, "from start"),
			RetryDown:        rapid.Bool().Draw(t, "retry down"),
		}
		s := checkers.NewState(timing, rapid.Bool().Draw(t, "alpha"))
		up := s.Up()
		now, row := start, timing.Retry
		for range rapid.IntRange(1, 30).Draw(t, "results") {
			s.Start(now)
			now = now.Add(time.Duration(rapid.Int64Range(0, 3e9).Draw(t, "took")))
			r := checkers.Result{OK: rapid.Bool().Draw(t, "ok")}
			next, c := s.Step(now, r)
			if row++; r.OK {
				row = 0
			}
			switch {
			case r.OK:
				up = true
			case row > timing.Retry:
				up = false
			}
			if s.Up() != up || c.Up != up {
				t.Fatalf("up %v, want %v after %d failures", s.Up(), up, row)
			}
			if !next.After(now) {
				t.Fatalf("next check at %v, now %v", next, now)
			}
			now = next
		}
	})
}
