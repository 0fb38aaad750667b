package daemon

import (
	"fmt"
	"slices"

	"github.com/holdfast-ha/holdfast/bfd"
	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/ipc"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// sessionsChanged takes the state of BFD sessions in and tells those who follow them.
func (p *parent) sessionsChanged(all []bfdspeaker.Session) {
	for _, s := range all {
		if up, known := p.sessions[s.Name]; !known || up != s.Up {
			state := bfd.Down
			if s.Up {
				state = bfd.Up
			}
			p.happened(bfdEvent(s))
			p.log.Info(fmt.Sprintf("Received BFD event: instance %s is in state %s", s.Name, state))
		}
		p.sessions[s.Name] = s.Up
		p.tracker.Tell(s.Name, s.Up)
	}
	p.tellLVSOfSessions()
}

// sessionsLost: nobody watches any session, which is no better than a session that is down.
func (p *parent) sessionsLost() {
	var all []bfdspeaker.Session
	for i := range p.config.BFDs {
		all = append(all, bfdspeaker.Session{Name: p.config.BFDs[i].Name})
	}
	p.sessionsChanged(all)
}

// followSessions forgets sessions that a reload has removed. Without a BFD process all are down, as in
// keepalived.
func (p *parent) followSessions() {
	for name := range p.sessions {
		if !slices.ContainsFunc(p.config.BFDs, func(b config.BFD) bool { return b.Name == name }) {
			delete(p.sessions, name)
		}
	}
	if p.excluded(BFD) {
		p.sessionsLost()
	}
}

// tellLVSOfSessions tells the LVS process how the sessions stand that checks may follow.
func (p *parent) tellLVSOfSessions() {
	var all []director.Session
	for i := range p.config.BFDs {
		b := &p.config.BFDs[i]
		if up, known := p.sessions[b.Name]; known && b.Checker {
			all = append(all, director.Session{Name: b.Name, Up: up})
		}
	}
	if len(all) > 0 {
		p.send(p.processes[LVS], outgoing{kind: ipc.Sessions, body: all})
	}
}
