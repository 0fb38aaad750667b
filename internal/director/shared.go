package director

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
)

// probe is one run of a check, for a job or, with share_probes, for all that are equal.
type probe struct {
	jobs   []*job   // the first one runs it
	runs   []uint64 // job.run of each: a job whose number has moved on wants no result any more
	open   int      // how many still wait for it
	ended  bool     // its result is there
	cancel func()
}

// shareKey tells in every setting what is done and when: checks of equal keys may share a probe. It is
// empty for what is told and not run.
type shareKey struct {
	identity string
	timing   checkers.Timing
	timeout  time.Duration
	http     string // what an HTTP_GET has beside
}

func newShareKey(c Check) shareKey {
	if c.told() || c.Unsupported {
		return shareKey{}
	}
	key := shareKey{identity: identity(c), timing: timing(c), timeout: c.timeout()}
	if c.HTTP != nil {
		key.http = fmt.Sprintf("%#v", c.HTTP.URLs)
		if c.HTTP.SSL != nil {
			key.http += fmt.Sprintf(" %#v", *c.HTTP.SSL)
		}
	}
	return key
}

// sharers are the jobs for which a run of j counts, j first. One that has a failure to confirm waits for
// its own time: delay_before_retry is to pass. One at another step of several has its own probe.
func (s *schedule) sharers(j *job, now time.Time) []*job {
	list := []*job{j}
	if !s.d.settings.ShareProbes || j.key == (shareKey{}) {
		return list
	}
	for _, other := range s.equal[j.key] {
		switch {
		case other == j || other.running || other.removed || other.suspended:
		case other.state.Next() != j.state.Next():
		case other.state.Confirming() && s.late(other, now) < 0:
		default:
			list = append(list, other)
		}
	}
	return list
}

// begin starts a run for jobs, which are equal.
func (s *schedule) begin(list []*job, now time.Time) {
	s.running++
	s.probes++
	first := list[0]
	limit := first.timeout() + overtime
	p := &probe{jobs: list, open: len(list)}
	for _, j := range list {
		s.pull(j)
		s.lateness.add(s.late(j, now))
		j.running, j.waiting, j.probe = true, false, p
		j.run++
		j.state.Start(now)
		p.runs = append(p.runs, j.run)
		s.push(j, now.Add(limit+stuck))
	}
	if starter, ok := first.checker.(checkers.Starter); ok {
		p.cancel = starter.Start(func(result checkers.Result) { s.d.mail.post(func() { s.finished(p, result) }) })
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, limit)
	p.cancel = cancel
	go first.check(ctx, first.checker, first.state.Next(), func(result checkers.Result) {
		cancel()
		s.d.mail.post(func() { s.finished(p, result) })
	})
}

// finished takes a result in, from the mailbox: for each job by its own rules. All that a turn of the loop
// takes in ended now: reading the clock for each of a thousand would cost more than it tells.
func (s *schedule) finished(p *probe, result checkers.Result) {
	now := s.d.now
	p.ended = true
	for i, j := range p.jobs {
		if j.run != p.runs[i] {
			j.abandoned--
			continue
		}
		s.pull(j)
		s.settle(j, now, result)
	}
}

// leave ends a job's part in its run. With the last one the run's place is free; a run that nobody
// waits for any more is ended.
func (s *schedule) leave(j *job, now time.Time) {
	p := j.probe
	j.running, j.probe = false, nil
	if p.open--; p.open == 0 {
		p.stop()
		s.running--
		s.refill(now)
	}
}

// stop ends a run whose result nobody waits for.
func (p *probe) stop() {
	if !p.ended {
		p.cancel()
	}
}

func (p *probe) allRemoved() bool {
	return !slices.ContainsFunc(p.jobs, func(j *job) bool { return !j.removed })
}

// abandon ends a job's part in a run whose result it does not want.
func (s *schedule) abandon(j *job, now time.Time) {
	j.run++
	j.abandoned++
	s.leave(j, now)
}
