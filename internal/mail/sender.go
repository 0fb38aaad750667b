package mail

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"
)

// queueLimit is how many alerts wait at most.
const queueLimit = 256

// pauses are the waits after the attempts to send a mail that failed; after the last attempt it is
// given up.
var pauses = []time.Duration{time.Second, 5 * time.Second, 20 * time.Second, time.Minute}

// Stats count what became of alerts.
type Stats struct {
	Sent    uint64 `json:"sent"`
	Failed  uint64 `json:"failed"`  // given up
	Dropped uint64 `json:"dropped"` // gave way to newer ones
	Waiting int    `json:"waiting"`
}

// waiting is an alert in the queue.
type waiting struct {
	Alert
	attempts int
}

// Sender sends alerts. Its methods may be called from any goroutine and do not wait, but for Stop.
type Sender struct {
	log    *zap.Logger
	pauses []time.Duration
	wake   chan struct{} // has one element while there may be something to do
	ctx    context.Context
	cancel context.CancelFunc
	ended  chan struct{}

	mu       sync.Mutex
	settings Settings
	queue    []waiting
	stats    Stats
	stopping bool
}

// NewSender returns a sender that sends nothing before Use.
func NewSender(log *zap.Logger) *Sender { return newSender(log, pauses) }

func newSender(log *zap.Logger, pauses []time.Duration) *Sender {
	s := &Sender{log: log, pauses: pauses, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	go s.run()
	return s
}

// Use takes settings from the next connection on.
func (s *Sender) Use(settings Settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = settings
	if !settings.enabled() {
		s.queue = nil
	}
	s.signal()
}

// Send queues an alert, if the settings want any mail.
func (s *Sender) Send(a Alert) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping || !s.settings.enabled() {
		return
	}
	s.queue = append(s.queue, waiting{Alert: a})
	s.bound()
	s.signal()
}

// bound lets the oldest give way; s.mu is held.
func (s *Sender) bound() {
	if over := len(s.queue) - queueLimit; over > 0 {
		if s.stats.Dropped == 0 {
			s.log.Warn("mails are dropped: the mail server does not take them as fast as they come")
		}
		s.stats.Dropped += uint64(over)
		s.queue = append([]waiting(nil), s.queue[over:]...)
	}
}

// Stats returns what became of the alerts so far.
func (s *Sender) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Waiting = len(s.queue)
	return stats
}

// Stop lets what waits be sent, for no longer than limit, and ends the sender.
func (s *Sender) Stop(limit time.Duration) {
	s.mu.Lock()
	s.stopping = true
	s.signal()
	s.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-s.ended:
	case <-timer.C:
	}
	s.cancel()
	<-s.ended
	if stats := s.Stats(); stats.Waiting > 0 {
		s.log.Warn("mails could not be sent before the end", zap.Int("mails", stats.Waiting))
	}
}

// signal wakes the sending goroutine; s.mu is held.
func (s *Sender) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run sends until Stop.
func (s *Sender) run() {
	defer close(s.ended)
	for {
		s.mu.Lock()
		settings, batch, stopping := s.settings, s.queue, s.stopping
		s.queue = nil
		s.mu.Unlock()
		if !settings.enabled() {
			batch = nil // a reload wants no mail any more
		}
		if len(batch) == 0 {
			if stopping {
				return
			}
			select {
			case <-s.wake:
			case <-s.ctx.Done():
				return
			}
			continue
		}
		rest, err := s.deliver(&settings, batch)
		if err == nil {
			continue
		}
		if pause, again := s.putBack(rest, err); again && !s.pause(pause) {
			return
		}
	}
}

// putBack returns what could not be sent to the queue, less what is given up. again tells that
// something is left to be tried after the pause.
func (s *Sender) putBack(rest []waiting, cause error) (pause time.Duration, again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kept []waiting
	most := 0
	for _, w := range rest {
		if s.ctx.Err() == nil {
			w.attempts++
		}
		if w.attempts > len(s.pauses) {
			s.stats.Failed++
			s.log.Error("a mail is given up", zap.String("subject", w.Subject), zap.Error(cause))
			continue
		}
		most = max(most, w.attempts)
		kept = append(kept, w)
	}
	s.queue = append(kept, s.queue...)
	s.bound()
	if most == 0 || s.stopping && most > 1 {
		// The end is near: what waits was tried once more.
		return time.Hour, len(kept) > 0
	}
	return s.pauses[most-1], len(kept) > 0
}

// pause waits before the next attempt; false: the sender ends. A stop cuts it short, new alerts do not.
func (s *Sender) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return true
		case <-s.ctx.Done():
			return false
		case <-s.wake:
			s.mu.Lock()
			stopping := s.stopping
			s.mu.Unlock()
			if stopping {
				return true
			}
		}
	}
}

// deliver sends a batch over one connection, and returns what is left of it with the reason.
func (s *Sender) deliver(settings *Settings, batch []waiting) (rest []waiting, err error) {
	c, err := dial(s.ctx, settings)
	if err != nil {
		s.log.Warn("the mail server is not reached", zap.String("server", settings.Server), zap.Error(err))
		return batch, err
	}
	defer c.close()
	for i := range batch {
		err := c.send(settings, &batch[i].Alert)
		var refused *refusal
		switch {
		case errors.As(err, &refused):
			s.log.Error("the mail server refuses a mail", zap.String("subject", batch[i].Subject), zap.Error(err))
			s.count(&s.stats.Failed)
		case err != nil:
			s.log.Warn("a mail could not be sent", zap.String("subject", batch[i].Subject), zap.Error(err))
			return batch[i:], err
		default:
			s.log.Info("SMTP alert successfully sent.", zap.String("subject", batch[i].Subject))
			s.count(&s.stats.Sent)
		}
	}
	return nil, nil
}

func (s *Sender) count(n *uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*n++
}
