package daemon

import (
	"fmt"
	"time"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// happened notes an event for who looks. It may be called by any goroutine.
func (p *parent) happened(e control.Event) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	p.events.Add(e)
	p.source.Stale()
}

// noting does what somebody asks for and notes that it was done.
func (p *parent) noting(r control.Request, do func(control.Request) control.Reply) control.Reply {
	reply := do(r)
	e := control.Event{Kind: control.EventCommand, Name: r.Name, To: "DONE", Reason: r.Command}
	if r.Undo {
		e.Reason += " undone"
	}
	looks := false
	if o := r.Order; o != nil {
		e.Name, e.RealServer, e.Reason, looks = o.VirtualServer, o.RealServer, o.Kind.String(), o.Kind == director.Look
	}
	if reply.Error == "" && !looks {
		p.happened(e)
	}
	return reply
}

// vrrpEvent is a change of VRRP as an event; false: it is none.
func vrrpEvent(c speaker.Change) (control.Event, bool) {
	e := control.Event{At: c.At, Kind: control.EventInstance, Name: c.Instance, From: c.From, To: c.To, Priority: c.Priority, Reason: c.Reason}
	if c.Group != "" {
		e.Kind, e.Name = control.EventGroup, c.Group
	}
	switch c.Event {
	case "":
		return e, e.From != e.To
	case speaker.Reloaded:
		return e, false // the reload itself is one
	case speaker.Noted:
		e.From, e.To = "", "NOTE"
	default:
		e.From, e.To = "", c.Event
	}
	return e, e.Name != ""
}

// lvsEvent is a change of a virtual or real server as an event.
func lvsEvent(c director.Change) control.Event {
	e := control.Event{At: c.At, Name: c.VirtualServer, RealServer: c.RealServer, To: upDown(c.Up), Reason: c.Detail}
	switch c.Kind {
	case lvs.QuorumGained, lvs.QuorumLost:
		e.Kind = control.EventVirtualServer
		e.Reason = fmt.Sprintf("quorum %d, weight %d", c.Quorum, c.Weight)
	case lvs.CheckUp, lvs.CheckDown:
		e.Kind, e.Reason, e.To = control.EventCheck, c.Check+" "+c.Detail, upDown(c.Kind == lvs.CheckUp)
	default:
		e.Kind = control.EventRealServer
	}
	switch {
	case c.Stopping:
		e.Reason = "the process stops"
	case c.Removed:
		e.Reason = "it has left the configuration"
	case c.Initial && e.Kind == control.EventRealServer:
		e.Reason = "at the start"
	}
	return e
}

// bfdEvent is a session that has gone up or down as an event.
func bfdEvent(s bfdspeaker.Session) control.Event {
	return control.Event{Kind: control.EventBFD, Name: s.Name, To: upDown(s.Up)}
}

func upDown(up bool) string {
	if up {
		return "UP"
	}
	return "DOWN"
}
