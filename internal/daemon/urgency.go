package daemon

import (
	"sync"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// urgency raises a process to real-time priority, step by step, when its advertisements are late
// (max_auto_priority). Where the configuration gives a priority itself there is nothing to raise.
type urgency struct {
	mu       sync.Mutex
	limit    int // 0: nothing is raised
	priority int // as raised so far
	apply    func(schedSettings) error
	log      *zap.Logger
}

// limitTo takes over what the configuration allows.
func (u *urgency) limitTo(s schedSettings) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.limit = s.MaxAuto
	if s.RTPriority > 0 {
		u.limit = 0
	}
}

// heard looks whether a change says that an advertisement was late.
func (u *urgency) heard(c speaker.Change) {
	if c.Event != speaker.Noted || c.Reason != vrrp.AdvertLate.String() {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.priority >= u.limit {
		return
	}
	u.priority++
	if err := u.apply(schedSettings{RTPriority: u.priority}); err != nil {
		u.log.Warn("cannot raise the priority", zap.Error(err))
		u.limit = 0
		return
	}
	u.log.Info("advertisements are late: real-time priority raised", zap.Int("priority", u.priority), zap.Int("limit", u.limit))
}
