package daemon

import "time"

// A child that ran this long starts again at once, whatever went before.
const longRun = time.Minute

// respawn decides how long a dead child waits: not at all the first time, then 1, 2, 4 ... 60 s for
// one that ran less than a minute (keepalived's rule).
type respawn struct {
	deaths int // in a row, each after a short run
}

// after returns the delay for a child that died after it had run for that long.
func (r *respawn) after(ran time.Duration) time.Duration {
	if ran >= longRun {
		r.deaths = 0
	}
	r.deaths++
	if r.deaths == 1 {
		return 0
	}
	return min(time.Second<<min(r.deaths-2, 6), longRun)
}
