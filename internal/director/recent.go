package director

import (
	"math"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
)

// keptRuns is how many runs of a check are kept for who looks: 120 octets a check.
const keptRuns = 30

// recent are the latest runs of a check, in microseconds; those that failed are negative.
type recent struct {
	ring [keptRuns]int32
	runs int // all of them
}

func (r *recent) add(result checkers.Result) {
	us := int32(min(max(result.Took.Microseconds(), 1), math.MaxInt32))
	if !result.OK {
		us = -us
	}
	r.ring[r.runs%keptRuns] = us
	r.runs++
}

// read returns them, the oldest first.
func (r *recent) read() []time.Duration {
	n := min(r.runs, keptRuns)
	all := make([]time.Duration, 0, n)
	for i := r.runs - n; i < r.runs; i++ {
		all = append(all, time.Duration(r.ring[i%keptRuns])*time.Microsecond)
	}
	return all
}
