package checkers

import "time"

// Timing is when a check runs. The kinds of checks differ in two points, as they do in keepalived:
// TCPTiming and MiscTiming set them.
type Timing struct {
	DelayLoop        time.Duration // between checks
	DelayBeforeRetry time.Duration // after a failure that does not count yet
	Retry            int           // failures in a row that do not count yet
	Warmup           time.Duration // the first check comes within this time
	// FromStart counts the delays from the start of a check and not from its end.
	FromStart bool
	// RetryDown retries after a failure while the check is down, too; without it a check that is
	// down comes every DelayLoop.
	RetryDown bool
	// Steps is how many steps a check has, each a run of its own; 0 for a check of one run.
	Steps int
	// FastRecovery leaves no time between the steps of a check that has no result yet, or whose
	// failed step has succeeded again.
	FastRecovery bool
}

// TCPTiming is the timing of a check of the network, such as TCP_CHECK.
func TCPTiming(t Timing) Timing {
	t.FromStart, t.RetryDown = false, true
	return t
}

// DatagramTiming is the timing of a check that sends one datagram: DNS_CHECK, UDP_CHECK, PING_CHECK.
func DatagramTiming(t Timing) Timing {
	t.FromStart, t.RetryDown = false, false
	return t
}

// MiscTiming is the timing of a MISC_CHECK.
func MiscTiming(t Timing) Timing {
	t.FromStart, t.RetryDown = true, false
	return t
}

// HTTPTiming is the timing of an HTTP_GET or SSL_GET with so many urls.
func HTTPTiming(t Timing, urls int, fastRecovery bool) Timing {
	t.FromStart, t.RetryDown, t.Steps, t.FastRecovery = false, false, urls, fastRecovery
	return t
}

// minDelay keeps a wrong setting from turning a check into a busy loop.
const minDelay = time.Millisecond

// State is the running state of one check. Its zero value is not usable; NewState makes one.
type State struct {
	timing Timing
	up     bool
	ran    bool // at least one check has ended
	// failures counts failures in a row, up to Timing.Retry. It starts full, so that the very first
	// failure counts.
	failures  int
	weight    int64 // asked for by misc_dynamic
	hasWeight bool
	started   time.Time
	step      int  // to be done next, from 0
	broken    bool // this step has failed: it has to succeed before all are done again
}

// Change is what a result means for the real server.
type Change struct {
	// Health: Up differs from before, or is known for the first time.
	Health bool
	Up     bool
	// Reweighed: the weight that the check asks for differs from before; without HasWeight it asks
	// for none, which restores the configured weight.
	Reweighed bool
	HasWeight bool
	Weight    int64
	// Step: a step has succeeded that says nothing of the whole yet. Done is the step that was done,
	// and Missing that the check was down then.
	Step, Missing bool
	Done          int
	// Failing: a failure that does not count yet, worth a log line with checker_log_all_failures.
	Failing bool
}

// NewState starts a check. alpha makes it down until it has succeeded once; else the real server
// counts as up until the check fails.
func NewState(t Timing, alpha bool) State {
	return State{timing: t, up: !alpha, failures: t.Retry}
}

// Resume is the state of a check that a reload has kept: health, weight and failures stay, the
// timing is the new one.
func (s State) Resume(t Timing) State {
	if s.failures >= s.timing.Retry {
		s.failures = t.Retry
	}
	s.timing = t
	if s.step >= max(t.Steps, 1) {
		s.step, s.broken = 0, false
	}
	return s
}

// Next is the step that the next run is to do.
func (s *State) Next() int { return s.step }

// First is the time of the first check: a second after now, and within the warm-up time at a
// place that random, a number of [0, 1), decides.
func (s *State) First(now time.Time, random float64) time.Time {
	return now.Add(time.Second + time.Duration(random*float64(max(s.timing.Warmup, 0))))
}

// Start notes that a check begins.
func (s *State) Start(now time.Time) { s.started = now }

// Up tells whether the check lets the real server be up.
func (s *State) Up() bool { return s.up }

// Ran tells whether a result has been seen.
func (s *State) Ran() bool { return s.ran }

// Failures counts the failures in a row that did not count yet; it starts at Timing.Retry.
func (s *State) Failures() int { return s.failures }

// Confirming tells whether a failure has been seen that does not count yet: the next run decides.
func (s *State) Confirming() bool { return s.ran && s.up && s.failures > 0 }

// Weight is the weight that the check asks for, if it does.
func (s *State) Weight() (weight int64, ok bool) { return s.weight, s.hasWeight }

// Step takes the result of the check that has ended now and returns when to check next and what
// has changed. A success counts at once; a failure only after Timing.Retry others in a row.
func (s *State) Step(now time.Time, r Result) (next time.Time, c Change) {
	if s.timing.Steps > 0 {
		return s.stepOf(now, r)
	}
	was := s.up
	delay := s.timing.DelayLoop
	switch {
	case r.OK:
		s.up, s.failures = true, 0
	case s.failures >= s.timing.Retry:
		s.up = false
		if s.timing.RetryDown {
			s.failures = 0
		}
	case s.up || s.timing.RetryDown:
		s.failures++
		delay = s.timing.DelayBeforeRetry
		c.Failing = s.up
	}
	c.Up = s.up
	c.Health = s.up != was || !s.ran && !c.Failing
	s.ran = true
	s.reweigh(r, &c)
	return s.next(now, delay), c
}

// reweigh follows the weight that a check asks for. A failure leaves it as it is: the real server
// goes, or the check has failures to spare.
func (s *State) reweigh(r Result, c *Change) {
	if r.OK {
		c.Reweighed = r.HasWeight != s.hasWeight || r.HasWeight && r.Weight != s.weight
		s.hasWeight, s.weight = r.HasWeight, r.Weight
	}
	c.HasWeight, c.Weight = s.hasWeight, s.weight
}

// next is a delay from now, or from the start of the check that has just ended if that counts.
func (s *State) next(now time.Time, delay time.Duration) time.Time {
	from := now
	if s.timing.FromStart && !s.started.IsZero() {
		from = s.started
	}
	t := from.Add(delay)
	if first := now.Add(minDelay); t.Before(first) {
		return first
	}
	return t
}
