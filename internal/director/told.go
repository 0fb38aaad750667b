package director

import (
	"maps"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/file"
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

// Files tells what is in tracked files, by path: those that have changed, or more. Checks that go by them
// have their result from it. Files never blocks.
func (d *Director) Files(contents map[string]string) {
	d.mail.post(func() {
		maps.Copy(d.checks.files, contents)
		if d.started {
			d.checks.followAll()
		}
	})
}

// followAll gives each check that is told its result what is known of it.
func (s *schedule) followAll() {
	for _, j := range s.jobs {
		if j.config.told() && !j.suspended {
			s.follow(j)
		}
	}
}

// follow takes what a check has been told for its result, if it is news. One that has been told nothing
// stays as it is.
func (s *schedule) follow(j *job) {
	result, known := s.toldOf(&j.config)
	weight, weighs := j.state.Weight()
	if !known || j.state.Ran() && j.state.Up() == result.OK && (!result.OK || weighs == result.HasWeight && weight == result.Weight) {
		return
	}
	now := time.Now()
	j.last, j.lastAt = result, now
	j.runs++
	_, change := j.state.Step(now, result)
	s.d.result(j, now, result, change)
}

// toldOf is what a session or a file says.
func (s *schedule) toldOf(c *Check) (result checkers.Result, known bool) {
	if c.File != nil {
		content, known := s.files[c.File.Path]
		return file.Judge(c.File.Name, content, c.File.Weight, c.File.Reverse), known
	}
	session, known := s.sessions[c.Session]
	result.OK = session.Up
	if !session.Up {
		result.Detail = "BFD session " + session.Name + " is down"
	}
	return result, known
}
