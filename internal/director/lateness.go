package director

import (
	"slices"
	"time"
)

// lateness is how late the latest checks began.
type lateness struct {
	recent [4096]time.Duration
	count  uint64
}

func (l *lateness) add(d time.Duration) {
	l.recent[l.count%uint64(len(l.recent))] = max(d, 0)
	l.count++
}

// load is what all checks amount to.
func (s *schedule) load() CheckLoad {
	l := CheckLoad{Running: s.running, Probes: s.probes}
	l.LateP99, l.LateWorst = s.lateness.read()
	for _, j := range s.jobs {
		switch {
		case j.config.told() || j.suspended:
			continue
		case j.waiting:
			l.Waiting++
		}
		l.Scheduled++
	}
	return l
}

// read returns the 99th percentile and the worst of those.
func (l *lateness) read() (p99, worst time.Duration) {
	n := int(min(l.count, uint64(len(l.recent))))
	if n == 0 {
		return 0, 0
	}
	sorted := slices.Sorted(slices.Values(l.recent[:n]))
	return sorted[(n-1)*99/100], sorted[n-1]
}
