package speaker

import (
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// overruns counts how often events of the network were lost, and says so. A flood loses some many times
// a second: it is not to flood the log as well.
type overruns struct {
	count atomic.Uint64
	said  time.Time // the monitor's own
}

func (l *overruns) note(log *reporter) {
	n := l.count.Add(1)
	if now := time.Now(); now.Sub(l.said) >= logInterval {
		l.said = now
		log.warn("netlink events were lost, reading everything anew", zap.Uint64("times", n))
	}
}
