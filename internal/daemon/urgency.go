package daemon

import (
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// urgency raises a process to real-time priority, step by step, when it is late: its timers, by more than
// min_auto_priority_delay, or its advertisements, by an interval. max_auto_priority is as far as it goes.
type urgency struct {
	mu       sync.Mutex
	sched    schedSettings
	limit    int // 0: nothing is raised
	priority int // as raised so far
	watching bool
	apply    func(schedSettings) error
	// rest sleeps and returns how long that took.
	rest func(time.Duration) time.Duration
	log  *zap.Logger
}

func newUrgency(log *zap.Logger) *urgency {
	return &urgency{log: log, apply: schedSettings.apply, rest: func(d time.Duration) time.Duration {
		begin := time.Now()
		time.Sleep(d)
		return time.Since(begin)
	}}
}

// limitTo takes over what the configuration allows. What has been raised stays so.
func (u *urgency) limitTo(s schedSettings) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sched, u.limit = s, s.MaxAuto
	u.priority = max(u.priority, s.RTPriority)
	if !u.watching && u.priority < u.limit {
		u.watching = true
		go u.watch()
	}
}

// Bounds of how often the timers are looked at: a delay beyond a second is seen for certain, a shorter one
// where it meets a look.
const (
	leastLook = 20 * time.Millisecond
	mostLook  = 250 * time.Millisecond
)

// watch looks at the timers for as long as there is something to raise.
func (u *urgency) watch() {
	for {
		u.mu.Lock()
		delay := u.sched.AutoDelay
		u.watching = u.priority < u.limit
		more := u.watching
		u.mu.Unlock()
		if !more {
			return
		}
		wanted := min(max(delay/2, leastLook), mostLook)
		if late := u.rest(wanted) - wanted; late > delay {
			u.raise(fmt.Sprintf("A timer expired %.6f seconds ago", late.Seconds()))
		}
	}
}

// heard looks whether a change says that an advertisement was late.
func (u *urgency) heard(c speaker.Change) {
	if c.Event == speaker.Noted && c.Reason == vrrp.AdvertLate.String() {
		u.raise("advertisements are late")
	}
}

func (u *urgency) raise(why string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.priority >= u.limit {
		return
	}
	u.priority++
	if err := u.apply(schedSettings{RTPriority: u.priority, RTTime: u.sched.RTTime}); err != nil {
		u.log.Warn("cannot raise the priority", zap.Error(err))
		u.limit = 0
		return
	}
	u.log.Info(fmt.Sprintf("%s: Set realtime priority %d", why, u.priority), zap.Int("limit", u.limit))
}
