package speaker

import "time"

// latenessBounds are the upper ends of the buckets of Lateness. A millisecond is what sending together
// is allowed to cost; a centisecond is the shortest interval that there is.
var latenessBounds = [...]time.Duration{
	50 * time.Microsecond, 100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond,
	25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond,
	time.Second,
}

// Lateness is how late the deadlines of VRRP were seen: advertisements, master down timers and the like.
// Those that fall together count once.
type Lateness struct {
	Bounds []time.Duration `json:"bounds_ns"`
	Counts []uint64        `json:"counts"` // up to each bound and above the one before; the last: above all
	Sum    time.Duration   `json:"sum_ns"`
	Worst  time.Duration   `json:"worst_ns"`
}

// lateness counts without allocating.
type lateness struct {
	counts     [len(latenessBounds) + 1]uint64
	sum, worst time.Duration
}

func (l *lateness) add(d time.Duration) {
	i := 0
	for i < len(latenessBounds) && d > latenessBounds[i] {
		i++
	}
	l.counts[i]++
	l.sum += d
	l.worst = max(l.worst, d)
}

func (l *lateness) read() Lateness {
	counts := l.counts
	return Lateness{Bounds: latenessBounds[:], Counts: counts[:], Sum: l.sum, Worst: l.worst}
}
