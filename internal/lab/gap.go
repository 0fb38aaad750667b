package lab

import (
	"fmt"
	"slices"
	"time"
)

// Silence is what a prober found out about one stretch of time.
type Silence struct {
	Longest time.Duration // from one answer to the next
	From    time.Time     // the answer before it
	// Stall is how late the prober itself ran at worst during the longest silence: its
	// measuring error beside its interval.
	Stall time.Duration
	// Sent and Lost count probes; those still under way at the end are not lost.
	Sent, Lost int
}

// Exceeds tells whether nobody answered for longer than limit. Where every probe was answered, the answers
// were late: the guest, which has one processor, had something else to do. What the prober itself was late
// by counts twice, at both ends.
func (s Silence) Exceeds(limit time.Duration) bool {
	return s.Lost > 0 && s.Longest > limit+2*s.Stall
}

func (s Silence) String() string {
	return fmt.Sprintf("longest silence %.1f ms (prober late by %.1f ms at most), %d of %d probes lost",
		ms(s.Longest), ms(s.Stall), s.Lost, s.Sent)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// probe is one question and, if answered, its answer.
type probe struct {
	sent     time.Time
	answered time.Time // zero: not yet
}

// settleTime is how long an answer may take: a probe without one after that is lost.
const settleTime = 100 * time.Millisecond

// silence evaluates probes in the order of sending. interval is the distance at which they were
// meant to go.
func silence(probes []probe, interval time.Duration, end time.Time) Silence {
	s := Silence{Sent: len(probes)}
	var answers []time.Time
	for _, p := range probes {
		switch {
		case !p.answered.IsZero():
			answers = append(answers, p.answered)
		case end.Sub(p.sent) > settleTime:
			s.Lost++
		}
	}
	slices.SortFunc(answers, time.Time.Compare)
	// A silence that has not ended counts up to the end.
	answers = append(answers, end)
	for i := 1; i < len(answers); i++ {
		if d := answers[i].Sub(answers[i-1]); d > s.Longest {
			s.Longest, s.From = d, answers[i-1]
		}
	}
	until := s.From.Add(s.Longest)
	for i, p := range probes {
		// The next probe may be due but not sent yet.
		next := end
		if i+1 < len(probes) {
			next = probes[i+1].sent
		}
		if next.Before(s.From) || p.sent.After(until) {
			continue
		}
		s.Stall = max(s.Stall, next.Sub(p.sent)-interval)
	}
	return s
}
