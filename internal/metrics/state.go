package metrics

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
)

// Sources are whom a scrape asks.
type Sources struct {
	// Snapshot returns the state.
	Snapshot func(context.Context) (*control.Status, error)
	// Addresses returns those that this host has; nil: not known.
	Addresses func() map[netip.Addr]bool
	// Version is that of the program.
	Version string
}

// snapshotLimit is how long a scrape waits for the state.
const snapshotLimit = 5 * time.Second

// state sends the state. It never fails: of a state that nobody tells it says so.
func (e *emitter) state(from Sources) {
	ctx, cancel := context.WithTimeout(context.Background(), snapshotLimit)
	defer cancel()
	e.builds(from.Version)
	s, err := from.Snapshot(ctx)
	e.flag(up, err == nil)
	if err != nil {
		return
	}
	e.daemon(s)
	e.tracking(s)
	if s.VRRP != nil {
		var here map[netip.Addr]bool
		if from.Addresses != nil {
			here = from.Addresses()
		}
		e.vrrp(s.VRRP, here)
	}
	if s.BFD != nil {
		e.sessions(s.BFD)
	}
	if s.LVS != nil {
		e.servers(s.LVS)
	}
}

// once keeps names apart that are to be labels: two equal ones would be the same series.
type once map[string]int

// name returns the name, for a second one with a number behind.
func (o once) name(name string) string {
	o[name]++
	if n := o[name]; n > 1 {
		return o.name(fmt.Sprintf("%s#%d", name, n))
	}
	return name
}
