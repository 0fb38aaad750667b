package daemon

import (
	"time"

	"github.com/holdfast-ha/holdfast/internal/ipc"
)

// stopping is the state of the daemon's end.
type stopping struct {
	running bool
	over    bool
	status  int  // the exit status
	stage   int  // of stopOrder
	told    bool // the process of this stage was told
	killed  bool // and killed
	timer   *time.Timer
}

// stopOrder is VRRP first: while it hands over, the IPVS table and the sessions are still needed.
var stopOrder = []Role{VRRP, LVS, BFD}

// beginStop ends the daemon with that exit status.
func (p *parent) beginStop(status int) {
	if p.stop.running {
		return
	}
	p.stop.running, p.stop.status = true, status
	p.log.Info("Stopping")
	p.notifySystemd("STOPPING=1\nSTATUS=handing over and stopping")
	p.advanceStop()
}

// advanceStop goes on to the next process when the one before has ended.
func (p *parent) advanceStop() {
	s := &p.stop
	for ; s.stage < len(stopOrder); s.stage, s.told, s.killed = s.stage+1, false, false {
		c := p.processes[stopOrder[s.stage]]
		if c == nil || c.cmd == nil {
			if s.timer != nil {
				s.timer.Stop()
			}
			if c != nil && c.role == VRRP && (s.killed || !s.told) {
				// It could not take its addresses off itself.
				p.releaseAddresses()
			}
			continue
		}
		if !s.told {
			s.told = true
			p.send(c, outgoing{kind: ipc.Stop, body: ipc.StopOrder{Planned: p.config.Global.Handover}})
			s.timer = time.AfterFunc(p.stopLimit(c.role), func() {
				p.post(func() {
					if !s.over && !s.killed && c.cmd != nil && stopOrder[s.stage] == c.role {
						s.killed = true
						p.kill(c)
					}
				})
			})
		}
		return
	}
	s.over = true
}

// stopLimit is how long a process may take to stop: child_wait_time, and for VRRP the time that a
// handover takes with the longest interval there is.
func (p *parent) stopLimit(role Role) time.Duration {
	limit := p.config.Global.ChildWaitTime
	if limit <= 0 {
		limit = 5 * time.Second
	}
	if role == VRRP && p.config.Global.Handover {
		var longest time.Duration
		for i := range p.config.Instances {
			longest = max(longest, p.config.Instances[i].AdvertInt)
		}
		limit += 2 * longest
	}
	return limit
}
