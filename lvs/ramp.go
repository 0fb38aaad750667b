package lvs

import "time"

// rampStep is the shortest time between two steps of a growing weight: at most one write a second for
// each real server.
const rampStep = time.Second

// ramp is the growth of a real server's weight after a recovery (slow_start). Its zero value is none.
type ramp struct {
	from time.Time     // zero: the weight is whole
	done time.Duration // how much of slow_start the weight in the kernel stands for
	next time.Time     // of the next step
}

func (p ramp) growing() bool { return !p.from.IsZero() }

// grow lets the weight of a real server that is back begin at 1.
func (d *Director) grow(s *server, r *realServer, now time.Time) {
	if r.config.SlowStart <= 0 || !r.up() {
		return
	}
	r.ramp = ramp{from: now, next: now.Add(r.interval())}
	d.growing[r] = s
}

// whole ends the growth.
func (d *Director) whole(r *realServer) {
	r.ramp = ramp{}
	delete(d.growing, r)
}

// interval is the time between two steps: that in which the weight grows by 1, or rampStep.
func (r *realServer) interval() time.Duration {
	return max(rampStep, r.config.SlowStart/time.Duration(max(r.weight()-1, 1)))
}

// current is the weight that the kernel is to have now. The quorum counts the whole one.
func (r *realServer) current() int64 {
	weight, whole := r.weight(), r.config.SlowStart
	if !r.ramp.growing() || weight <= 1 || r.ramp.done >= whole {
		return weight
	}
	// weight and the milliseconds of slow_start are below 2^17 and 2^27: no overflow.
	return 1 + (weight-1)*r.ramp.done.Milliseconds()/max(whole.Milliseconds(), 1)
}

// tick takes the steps that are due.
func (d *Director) tick(now time.Time) {
	for r, s := range d.growing {
		if now.Before(r.ramp.next) {
			continue
		}
		was := r.current()
		r.ramp.done, r.ramp.next = now.Sub(r.ramp.from), now.Add(r.interval())
		if r.ramp.done >= r.config.SlowStart {
			d.whole(r)
		}
		if r.current() != was {
			s.destinations = nil
			d.mark(s)
		}
	}
}

// Next is when the core wants to be told the time by a Ticked; zero: never.
func (d *Director) Next() time.Time {
	var next time.Time
	for r := range d.growing {
		if next.IsZero() || r.ramp.next.Before(next) {
			next = r.ramp.next
		}
	}
	return next
}

// regrow finds what grows after a reload.
func (d *Director) regrow() {
	clear(d.growing)
	for _, s := range d.servers {
		for _, r := range s.real {
			switch {
			case !r.ramp.growing():
			case r.config.SlowStart <= 0 || !r.up():
				r.ramp = ramp{}
			default:
				d.growing[r] = s
			}
		}
	}
}
