package checkers

import "time"

// stepOf is Step for a check of several steps, by keepalived's rules for several urls. Each run does one
// of them. The check succeeds when all have succeeded in their order, and fails when one of them
// does, after its retries. From then on only that step is done, without retries; when it has succeeded
// all of them have to.
func (s *State) stepOf(now time.Time, r Result) (next time.Time, c Change) {
	was, ran := s.up, s.ran
	delay := s.timing.DelayLoop
	c.Done, c.Missing = s.step, !s.up
	switch {
	case r.OK:
		s.succeeded(&c)
		if s.timing.FastRecovery && (!s.ran || !s.up) {
			delay = 0
		}
	case s.ran && !s.up:
		delay = s.downDelay()
	case s.failures >= s.timing.Retry:
		s.up, s.ran, s.broken = false, true, true
		delay = s.downDelay()
	default:
		s.failures++
		delay = s.timing.DelayBeforeRetry
		c.Failing = s.up
		s.ran = true
	}
	c.Up = s.up
	c.Health = s.up != was || s.ran != ran && !c.Failing
	return s.next(now, delay), c
}

// succeeded takes the success of a step in.
func (s *State) succeeded(c *Change) {
	s.failures = 0
	last := s.step >= s.timing.Steps-1
	switch {
	case s.broken:
		s.broken, s.step, c.Step = false, 0, true
	case last:
		s.step, s.up, s.ran = 0, true, true
	default:
		s.step++
		c.Step = true
	}
	if !s.ran {
		s.failures = s.timing.Retry // the first failure counts, whichever url it is of
	}
}

// downDelay is the time to the next attempt of a check that is down.
func (s *State) downDelay() time.Duration {
	if s.broken {
		return max(s.timing.DelayLoop, s.timing.DelayBeforeRetry)
	}
	return s.timing.DelayBeforeRetry
}
