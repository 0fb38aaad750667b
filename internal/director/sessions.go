package director

import (
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
)

// Sessions tells the state of BFD sessions: those that have changed, or more. Checks that follow them
// have it as their result. Sessions never blocks.
func (d *Director) Sessions(all []Session) {
	d.mail.post(func() {
		for _, s := range all {
			d.checks.sessions[s.Name] = s
		}
		if d.started {
			d.checks.followAll()
		}
	})
}

// followAll gives each check that follows a session what is known of that.
func (s *schedule) followAll() {
	for _, j := range s.jobs {
		if j.config.Session != "" && !j.suspended {
			s.follow(j)
		}
	}
}

// follow takes the state of a check's session for its result, if it is news. A session of which nothing
// is known leaves the check as it is.
func (s *schedule) follow(j *job) {
	session, known := s.sessions[j.config.Session]
	if !known || j.state.Ran() && j.state.Up() == session.Up {
		return
	}
	result := checkers.Result{OK: session.Up}
	if !session.Up {
		result.Detail = "BFD session " + session.Name + " is down"
	}
	now := time.Now()
	j.last, j.lastAt = result, now
	j.runs++
	_, change := j.state.Step(now, result)
	s.d.result(j, result, change)
}
