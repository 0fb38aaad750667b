package speaker

import "github.com/holdfast-ha/holdfast/internal/poller"

// Busy says that the caller's process begins work that may take some milliseconds, until the returned
// function is called: meanwhile the loop does not let its processor go. Otherwise its goroutine, when a
// deadline comes, might wait for one in the Go scheduler, 10 ms or more.
func (sp *Speaker) Busy() (over func()) {
	p := sp.loop.poller
	p.Hold()
	return p.Release
}

// claim is what a goroutine says of its own work.
type claim struct {
	poller *poller.Poller // nil: there is no loop
	busy   bool
}

// set says whether there is much to do.
func (c *claim) set(busy bool) {
	if busy == c.busy || c.poller == nil {
		return
	}
	c.busy = busy
	if busy {
		c.poller.Hold()
	} else {
		c.poller.Release()
	}
}
