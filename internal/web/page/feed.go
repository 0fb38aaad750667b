package page

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/parser"
)

// Daemon is what the page shows, and whom it asks to do something.
type Daemon struct {
	Host     string // name of this machine
	Snapshot func(context.Context) (*control.Status, error)
	Events   *control.Events
	// Findings are the problems of the configuration in force. It may be called by any goroutine.
	Findings func() []parser.Problem
	// Actions tells whether something can be done, and Do does it: it may take its time.
	Actions func() bool
	Do      func(control.Request) control.Reply
}

// feed makes the view of a state once for all who look.
type feed struct {
	daemon Daemon

	mu      sync.Mutex
	of      *control.Status // what encoded shows
	encoded []byte
}

// latest returns the state as JSON. All that has happened before is in it.
func (f *feed) latest(ctx context.Context) ([]byte, error) {
	s, err := f.daemon.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of == s { // findings and actions follow with the next one, a moment later
		return f.encoded, nil
	}
	v := build(s, f.daemon.Findings())
	v.Host, v.Actions = f.daemon.Host, f.daemon.Actions()
	encoded, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	f.of, f.encoded = s, encoded
	return encoded, nil
}

// pause is how long to wait before a state of that many bytes, which took so long to have, is sent again: with
// thousands of real servers the daemon has other things to do as well.
func pause(least time.Duration, size int, took time.Duration) time.Duration {
	const perSecond = 256 << 10
	return max(least, time.Duration(size)*time.Second/perSecond, 3*took)
}
