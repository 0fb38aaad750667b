package director

import (
	"time"

	"github.com/holdfast-ha/holdfast/lvs"
)

// backlog are the checks that are due and have not begun. They wait for a place among those that run or,
// after the loop was held up (a large table to be written, a machine that stood still), for their turn: what
// has become due meanwhile would begin in one moment, drown in its own packets, and come as a herd again
// after each delay_loop. So it is made up for little by little, in the order in which it was due.
type backlog struct {
	list   []*job
	share  int       // how many become due in a moment of the grid (coarse) on average
	credit int       // how many of the list may begin now
	paced  time.Time // when the passing of time last gave credit
}

const (
	// tardy is how late a check may be and begin at once.
	tardy = 100 * time.Millisecond
	// catchUp is how many of those that wait begin in a moment of the grid, beside the average share and as
	// many as become due in time: a few hundred checks are made up for in half a second.
	catchUp = 16
)

// expect takes over how often all checks are to be made.
func (b *backlog) expect(jobs map[lvs.CheckID]*job) {
	var share float64
	for _, j := range jobs {
		if !j.config.told() {
			share += float64(coarse) / float64(max(j.config.DelayLoop, coarse))
		}
	}
	b.share = int(share)
}

// add lets a job wait that is so late.
func (b *backlog) add(j *job, late time.Duration) {
	j.waiting = true
	if late <= tardy {
		b.credit++ // for the one whose place it takes
	}
	b.list = append(b.list, j)
}

// take returns the next one that may begin; nil: none, now.
func (b *backlog) take(now time.Time) *job {
	if now.Sub(b.paced) >= coarse {
		b.credit += b.share + catchUp
		b.paced = now
	}
	for len(b.list) > 0 && b.credit > 0 {
		j := b.list[0]
		b.list[0] = nil
		b.list = b.list[1:]
		if j.waiting && !j.removed && !j.suspended {
			b.credit--
			return j
		}
	}
	if len(b.list) == 0 {
		b.list, b.credit = nil, 0
	}
	return nil
}

// next is when there is credit again; zero: nobody waits.
func (b *backlog) next() time.Time {
	if len(b.list) == 0 {
		return time.Time{}
	}
	return b.paced.Add(coarse)
}
