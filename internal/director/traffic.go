package director

import (
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/lvs"
)

// TrafficCounter is a Kernel that tells what it has counted of services; of one that it has not it tells
// nothing.
type TrafficCounter interface {
	Counts(want map[lvs.ServiceKey]struct{}) (map[lvs.ServiceKey]lvs.Counts, error)
}

const (
	// trafficAge is how old counters may be that are shown again: a large table takes a while to read.
	trafficAge = time.Second
	// trafficWait is how long a status waits for them. Then it has the ones before.
	trafficWait = time.Second
)

// traffic is what the kernel has counted when it was asked last.
type traffic struct {
	mu      sync.Mutex
	at      time.Time
	counts  map[lvs.ServiceKey]lvs.Counts
	running chan struct{} // closed when the asking that is under way is over; nil: none is
}

// StatusWithTraffic is Status with what the kernel has counted. The kernel is asked beside the loop, and at
// most every trafficAge.
func (d *Director) StatusWithTraffic() Status {
	var status Status
	var services [][]lvs.ServiceKey
	var places [][][]lvs.Placement
	present := map[lvs.ServiceKey]struct{}{}
	d.call(func() {
		status, services, places = d.status(), d.core.ServicesOf(), d.core.AllPlacements()
		for _, keys := range services {
			for _, key := range keys {
				if _, ok := d.table.have[key]; ok {
					present[key] = struct{}{}
				}
			}
		}
	})
	counts := d.counts(present)
	for i := range status.VirtualServers {
		status.VirtualServers[i].count(counts, services[i], places[i])
	}
	return status
}

// counts asks the kernel, once for all who want to know at the same time.
func (d *Director) counts(want map[lvs.ServiceKey]struct{}) map[lvs.ServiceKey]lvs.Counts {
	counter, ok := d.deps.Kernel.(TrafficCounter)
	if !ok {
		return nil
	}
	t := &d.traffic
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.at) < trafficAge {
		return t.counts
	}
	if t.running == nil {
		t.running = make(chan struct{})
		go d.ask(counter, want)
	}
	running := t.running
	t.mu.Unlock()
	limit := time.NewTimer(trafficWait)
	defer limit.Stop()
	select {
	case <-running:
	case <-limit.C:
	}
	t.mu.Lock()
	return t.counts
}

func (d *Director) ask(counter TrafficCounter, want map[lvs.ServiceKey]struct{}) {
	counts, err := counter.Counts(want)
	if err != nil {
		d.log.Debug("what IPVS has counted cannot be read", zap.Error(err))
	}
	t := &d.traffic
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at, t.counts = time.Now(), counts
	close(t.running)
	t.running = nil
}

// count adds up what the kernel has counted of the services of a virtual server.
func (v *VirtualServerStatus) count(counts map[lvs.ServiceKey]lvs.Counts, services []lvs.ServiceKey, places [][]lvs.Placement) {
	for _, key := range services {
		if c, ok := counts[key]; ok {
			v.Counted = true
			v.Traffic = v.Traffic.Plus(c.Traffic)
			for _, dest := range c.Destinations { // the sorry server as well
				v.Connections = v.Connections.Plus(dest.Connections)
			}
		}
	}
	for i := range v.RealServers {
		r := &v.RealServers[i]
		for _, p := range places[i] {
			if dest, ok := counts[p.Service].Destinations[p.Destination]; ok {
				r.Counted = true
				r.Traffic = r.Traffic.Plus(dest.Traffic)
				r.Connections = r.Connections.Plus(dest.Connections)
			}
		}
	}
}
