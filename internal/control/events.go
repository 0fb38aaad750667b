package control

import (
	"sync"
	"time"
)

// Kinds of events.
const (
	EventInstance      = "instance"       // a vrrp_instance has changed its state, or its priority
	EventGroup         = "sync_group"     // the same of a vrrp_sync_group
	EventVirtualServer = "virtual_server" // it has gained or lost its quorum
	EventRealServer    = "real_server"    // it is UP or DOWN now
	EventCheck         = "check"          // the same of one check, where there are mails for it
	EventBFD           = "bfd"            // a BFD session is UP or DOWN now
	EventProcess       = "process"        // a process has been STARTED or has DIED
	EventReload        = "reload"         // a reload is DONE or was REFUSED
	EventCommand       = "command"        // somebody has asked for something that has been DONE
)

// Event is something that has happened.
type Event struct {
	// Number counts from 1 since the start of the daemon.
	Number uint64    `json:"number"`
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	Name   string    `json:"name"`
	// RealServer is that of a real server or a check; Name is then its virtual server.
	RealServer string `json:"real_server,omitempty"`
	// From is the state before, where that is known, To the one since.
	From string `json:"from,omitempty"`
	To   string `json:"to"`
	// Priority is that of an instance.
	Priority int    `json:"priority,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// keptEvents is how many events are kept.
const keptEvents = 1024

// Events are the latest events. It may be used by several goroutines.
type Events struct {
	mu      sync.Mutex
	ring    [keptEvents]Event
	last    uint64 // the number of the last one
	waiting map[chan struct{}]struct{}
}

// Add notes an event, gives it its number and wakes all subscribers. It does not wait.
func (e *Events) Add(ev Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last++
	ev.Number = e.last
	e.ring[e.last%keptEvents] = ev
	for c := range e.waiting {
		select {
		case c <- struct{}{}:
		default: // it has not looked yet
		}
	}
}

// After returns the events with a higher number that are still kept, the oldest first.
func (e *Events) After(number uint64) []Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	first := number + 1
	if e.last >= keptEvents {
		first = max(first, e.last-keptEvents+1)
	}
	if number >= e.last {
		return nil
	}
	all := make([]Event, 0, e.last-first+1)
	for n := first; n <= e.last; n++ {
		all = append(all, e.ring[n%keptEvents])
	}
	return all
}

// Wait returns After, or what there is as soon as there is anything, or nothing after limit.
func (e *Events) Wait(number uint64, limit time.Duration) []Event {
	woken, end := e.Subscribe()
	defer end()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		if all := e.After(number); len(all) > 0 {
			return all
		}
		select {
		case <-woken:
		case <-timer.C:
			return nil
		}
	}
}

// Subscribe returns a channel that gets a value after each event, or one for several. end must be called.
func (e *Events) Subscribe() (woken <-chan struct{}, end func()) {
	c := make(chan struct{}, 1)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiting == nil {
		e.waiting = map[chan struct{}]struct{}{}
	}
	e.waiting[c] = struct{}{}
	return c, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.waiting, c)
	}
}
