package track

import "time"

// scriptDue runs a script, unless its last run still goes on.
func (c *Core) scriptDue(o *object) {
	s := &o.script
	// Counted from when it was due, so that lateness does not add up.
	if s.due += o.Interval; s.due <= c.now {
		s.due = c.now + o.Interval
	}
	if s.running {
		s.skips++
		if !s.skipped {
			s.skipped = true
			c.out = append(c.out, Action{Kind: Skipped, Object: o.id})
		}
		return
	}
	s.running, s.late, s.skipped = true, false, false
	s.limit = c.now + o.Timeout
	s.runs++
	c.out = append(c.out, Action{Kind: Run, Object: o.id})
}

// overdue: a run takes too long. That counts at once, whenever it lets itself be ended.
func (c *Core) overdue(o *object) {
	s := &o.script
	s.limit = never
	s.late = true
	s.timeouts++
	c.judge(o, Outcome{End: TimedOut})
}

// scriptDone: a run has ended.
func (c *Core) scriptDone(o *object, outcome Outcome) {
	s := &o.script
	if !s.running {
		return
	}
	s.running, s.limit = false, never
	if s.late {
		return // it has counted
	}
	if outcome.End == TimedOut {
		s.timeouts++
	}
	if outcome.End == Exited && outcome.Code != s.lastStatus {
		s.lastStatus = outcome.Code
		c.out = append(c.out, Action{Kind: Returned, Object: o.id, Outcome: outcome})
	}
	c.judge(o, outcome)
}

// judge counts a result. The first one decides; later ones have to agree Rise or Fall times.
func (c *Core) judge(o *object, outcome Outcome) {
	s := &o.script
	s.last = outcome
	up := outcome.OK()
	if !up {
		s.failures++
	}
	switch {
	case o.known && up == o.up:
		s.against = 0
		return
	case o.known:
		s.against++
		if up && s.against < o.Rise || !up && s.against < o.Fall {
			return
		}
	}
	o.known, o.up, s.against = true, up, 0
	c.turned(o)
}

// begin makes a script that is new run at once.
func (o *object) begin(now time.Duration) {
	if o.Kind == Script {
		o.script.due = now
	}
}
