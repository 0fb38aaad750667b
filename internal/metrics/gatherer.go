package metrics

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/holdfast-ha/holdfast/internal/control"
)

// Sources are whom a Gatherer asks.
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

// Gatherer turns the state into series, for each scrape anew. It makes the library's families itself instead
// of being registered as a collector: a registry sorts and checks each of some 20,000 values on the way,
// which takes ten times as long. That no two are the same is seen to by once, and by a test.
type Gatherer struct{ sources Sources }

var _ prometheus.Gatherer = (*Gatherer)(nil)

// NewGatherer returns a Gatherer.
func NewGatherer(s Sources) *Gatherer { return &Gatherer{s} }

// Gather implements prometheus.Gatherer. It never fails: of a state that nobody tells it says so.
func (g *Gatherer) Gather() ([]*dto.MetricFamily, error) {
	ctx, cancel := context.WithTimeout(context.Background(), snapshotLimit)
	defer cancel()
	e := newEmitter()
	e.builds(g.sources.Version)
	s, err := g.sources.Snapshot(ctx)
	e.flag(up, err == nil)
	if err != nil {
		return e.families(), nil
	}
	e.daemon(s)
	e.tracking(s)
	if s.VRRP != nil {
		var here map[netip.Addr]bool
		if g.sources.Addresses != nil {
			here = g.sources.Addresses()
		}
		e.vrrp(s.VRRP, here)
	}
	if s.BFD != nil {
		e.sessions(s.BFD)
	}
	if s.LVS != nil {
		e.servers(s.LVS)
	}
	return e.families(), nil
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
