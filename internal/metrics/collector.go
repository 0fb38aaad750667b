package metrics

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/holdfast-ha/holdfast/internal/control"
)

// Sources are whom a Collector asks.
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

// Collector turns the state into series, for each scrape anew.
type Collector struct{ sources Sources }

var _ prometheus.Collector = (*Collector)(nil)

// NewCollector returns a Collector.
func NewCollector(s Sources) *Collector { return &Collector{s} }

// Describe implements prometheus.Collector.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, g := range groups {
		for _, s := range g.series {
			ch <- s.desc
		}
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), snapshotLimit)
	defer cancel()
	e := emitter{ch}
	e.builds(c.sources.Version)
	s, err := c.sources.Snapshot(ctx)
	if err != nil {
		e.set(up, 0)
		return
	}
	e.set(up, 1)
	e.daemon(s)
	e.tracking(s)
	if s.VRRP != nil {
		var here map[netip.Addr]bool
		if c.sources.Addresses != nil {
			here = c.sources.Addresses()
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

// emitter sends values.
type emitter struct{ ch chan<- prometheus.Metric }

// set sends one value. Labels are names that somebody chose: octets that are no UTF-8 are replaced.
func (e emitter) set(s *series, v float64, labels ...string) {
	clean(labels)
	e.ch <- prometheus.MustNewConstMetric(s.desc, s.kind.value(), v, labels...)
}

func (e emitter) count(s *series, n uint64, labels ...string) { e.set(s, float64(n), labels...) }

func (e emitter) flag(s *series, is bool, labels ...string) {
	v := 0.0
	if is {
		v = 1
	}
	e.set(s, v, labels...)
}

// when sends a time; none is not sent.
func (e emitter) when(s *series, t time.Time, labels ...string) {
	if !t.IsZero() {
		e.set(s, float64(t.UnixNano())/1e9, labels...)
	}
}

// sum sends a sum of times and how many there were.
func (e emitter) sum(s *series, n uint64, took time.Duration, labels ...string) {
	clean(labels)
	e.ch <- prometheus.MustNewConstSummary(s.desc, n, took.Seconds(), nil, labels...)
}

func clean(labels []string) {
	for i := range labels {
		labels[i] = strings.ToValidUTF8(labels[i], "\uFFFD")
	}
}

// once keeps names apart that are to be labels: two equal ones would make the whole scrape fail.
type once map[string]int

// name returns the name, for a second one with a number behind.
func (o once) name(name string) string {
	o[name]++
	if n := o[name]; n > 1 {
		return o.name(fmt.Sprintf("%s#%d", name, n))
	}
	return name
}
