package control

import (
	"context"
	"sync"
	"time"
)

// Age of what a Source hands out.
const (
	// SnapshotAge is how old a state may be that is handed out again.
	SnapshotAge = 250 * time.Millisecond
	// freshAge is the same after something has happened: who is woken by an event wants to see it. It
	// bounds what many events in a row cost.
	freshAge = 50 * time.Millisecond
)

// Source hands out the state of the daemon to any number of askers for the price of one: the processes are
// asked at most every SnapshotAge, or freshAge while things happen, and never twice at a time.
type Source struct {
	ask func() Status
	now func() time.Time

	mu      sync.Mutex
	latest  *Status
	number  uint64        // of the latest
	begun   uint64        // how often asking has begun
	at      time.Time     // when it began last
	stale   bool          // something has happened since
	running chan struct{} // closed when the asking that is under way is over; nil: none is
}

// NewSource returns a Source. ask may take its time.
func NewSource(ask func() Status) *Source { return &Source{ask: ask, now: time.Now} }

// Stale says that something has happened: what is handed out from now on has it.
func (s *Source) Stale() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stale = true
}

// Snapshot returns the state, which the caller must not change. All that Stale was told of before is in
// it. It waits until ctx is done at most.
func (s *Source) Snapshot(ctx context.Context) (*Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	young := s.now().Sub(s.at) < SnapshotAge
	for known := s.begun; ; {
		if s.latest != nil && (s.number > known || s.number == s.begun && young && !s.stale) {
			return s.latest, nil
		}
		if s.running == nil {
			s.running = make(chan struct{})
			go s.refresh(max(freshAge-s.now().Sub(s.at), 0))
		}
		wait := s.running
		s.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
		}
		s.mu.Lock()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// refresh asks after a pause.
func (s *Source) refresh(pause time.Duration) {
	if pause > 0 {
		time.Sleep(pause)
	}
	s.mu.Lock()
	s.at, s.stale = s.now(), false
	s.begun++
	s.mu.Unlock()
	status := s.ask()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest, s.number = &status, s.begun
	close(s.running)
	s.running = nil
}
