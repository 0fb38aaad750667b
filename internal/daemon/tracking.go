package daemon

import (
	"time"

	"github.com/holdfast-ha/holdfast/internal/ipc"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// trackedRetry is when a VRRP process that does not read is told again.
const trackedRetry = 100 * time.Millisecond

// track has the tracker watch what the configuration in force asks for. Without a VRRP process that
// is nothing.
func (p *parent) track() {
	p.makeFiles()
	var s tracking.Settings
	if p.wants(VRRP) {
		s = wiring.Tracking(p.config, &p.ids, p.wiringOptions())
	}
	p.tracker.Use(s)
	p.followSessions()
}

// tellTracked tells the VRRP process of the sums that have changed. While it does not run there is
// nobody to tell: the next one gets all of them with its configuration.
func (p *parent) tellTracked() {
	c := p.processes[VRRP]
	if c == nil || c.cmd == nil {
		p.tracker.Take()
		return
	}
	if len(c.outbox) == cap(c.outbox) {
		// Nothing may be lost: what waits is added up meanwhile.
		time.AfterFunc(trackedRetry, func() { p.post(p.tellTracked) })
		return
	}
	if sums := p.tracker.Take(); len(sums) > 0 {
		p.send(c, outgoing{kind: ipc.Tracked, body: tracked(sums)})
	}
}

// tracked puts sums into the words of the VRRP process.
func tracked(sums []tracking.Sum) []speaker.Tracked {
	all := make([]speaker.Tracked, 0, len(sums))
	for _, s := range sums {
		all = append(all, speaker.Tracked{ID: vrrp.ID(s.Instance), Weight: s.Weight, Down: s.Down, Pending: s.Pending, Why: s.Why})
	}
	return all
}
