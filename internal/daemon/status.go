package daemon

import (
	"fmt"
	"os"
	"runtime"
	"time"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/ipc"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// statusLimit is how long a child may take to tell its state: with 20,000 real servers a slow machine needs
// seconds.
const statusLimit = 8 * time.Second

// eventsLimit is how long one request waits for events. Whoever wants to wait longer asks again.
const eventsLimit = 30 * time.Second

// answer serves the control socket. It runs on a goroutine of the connection.
func (p *parent) answer(r control.Request) control.Reply {
	switch r.Command {
	case control.CommandStatus:
		s := p.gather(statusRequest{Traffic: true})
		return control.Reply{Status: &s}
	case control.CommandReload:
		ended := make(chan error, 1)
		p.post(func() { p.beginReload(func(err error) { ended <- err }) })
		if err := <-ended; err != nil {
			return control.Reply{Error: err.Error()}
		}
		return control.Reply{}
	case control.CommandHandover:
		return p.noting(r, p.handover)
	case control.CommandOrder:
		return p.noting(r, p.order)
	case control.CommandEvents:
		return control.Reply{Events: p.events.Wait(r.After, min(r.For, eventsLimit))}
	case control.CommandProblems:
		got := make(chan control.Reply, 1)
		p.post(func() { got <- control.Reply{Problems: p.problems} })
		return <-got
	}
	return control.Reply{Error: fmt.Sprintf("unknown command %q: status, reload, handover, order, events or problems", r.Command)}
}

// status asks all processes for their state, and with clear sets their counters to zero. It must not be
// called from the loop.
func (p *parent) status(clear bool) control.Status { return p.gather(statusRequest{Clear: clear}) }

// gather is status as the request says, but for its number.
func (p *parent) gather(request statusRequest) control.Status {
	var s control.Status
	answers := map[Role]chan any{}
	numbers := map[Role]uint64{}
	ready := make(chan struct{})
	p.post(func() {
		s = p.own()
		for _, role := range roles {
			c := p.processes[role]
			if c == nil || c.cmd == nil {
				continue
			}
			p.asked++
			answers[role], numbers[role] = make(chan any, 1), p.asked
			p.pending[p.asked] = answers[role]
			request.Number = p.asked
			p.send(c, outgoing{kind: ipc.StatusRequest, body: request})
		}
		close(ready)
	})
	<-ready
	limit := time.NewTimer(statusLimit)
	defer limit.Stop()
	for role, answer := range answers {
		select {
		case a := <-answer:
			take(&s, role, a)
		case <-limit.C:
			p.post(func() { delete(p.pending, numbers[role]) })
			return s
		}
	}
	return s
}

// take puts a child's answer into the state.
func take(s *control.Status, role Role, answer any) {
	goroutines := 0
	switch a := answer.(type) {
	case statusReply[speaker.Status]:
		s.VRRP, goroutines = &a.Status, a.Goroutines
	case statusReply[director.Status]:
		s.LVS, goroutines = &a.Status, a.Goroutines
	case statusReply[bfdspeaker.Status]:
		s.BFD, goroutines = &a.Status, a.Goroutines
	}
	for i := range s.Processes {
		if s.Processes[i].Role == string(role) {
			s.Processes[i].Goroutines = goroutines
		}
	}
}

// own is what the parent itself knows.
func (p *parent) own() control.Status {
	s := control.Status{
		Version: Version, PID: os.Getpid(), Since: p.since, ConfigFile: p.options.ConfigFile,
		Problems: len(p.problems), Goroutines: runtime.NumGoroutine(),
		Tracking: p.tracker.Status(),
		Notified: p.notifier.Stats(),
		Reload: control.Reload{Count: p.reload.count, Last: p.reload.last, Error: p.reload.error,
			Refused: p.reload.refused, InForce: p.reload.inForce},
	}
	for _, role := range roles {
		c := p.processes[role]
		if c == nil {
			continue
		}
		process := control.Process{Role: string(role), Restarts: c.restarts}
		if c.cmd != nil {
			process.PID, process.Since = c.cmd.Process.Pid, c.since
		}
		s.Processes = append(s.Processes, process)
	}
	return s
}

// replied passes a child's state to whoever asked for it.
func (p *parent) replied(role Role, f ipc.Frame) error {
	switch role {
	case VRRP:
		return answered[speaker.Status](p, f)
	case LVS:
		return answered[director.Status](p, f)
	}
	return answered[bfdspeaker.Status](p, f)
}

func answered[S any](p *parent, f ipc.Frame) error {
	var s statusReply[S]
	if err := f.Decode(&s); err != nil {
		return err
	}
	if waiter := p.pending[s.Number]; waiter != nil {
		delete(p.pending, s.Number)
		waiter <- s
	}
	return nil
}

// changed takes note of a transition in the VRRP process.
func (p *parent) changed(c speaker.Change) {
	if e, is := vrrpEvent(c); is {
		p.happened(e)
	}
	if c.Event == "" && c.Instance != "" && c.Group == "" {
		p.states[c.Instance] = c.To
		if p.ready && !p.stop.running {
			p.notifySystemd(p.statusLine())
		}
	}
	if c.Event == speaker.Reloaded {
		if p.config.Global.FIFOStatesOnReload {
			p.notifier.TellStates()
		}
		return
	}
	p.leftInit(c)
	told := p.notifier.Changed(c)
	p.snmpChanged(c, told)
	if p.dbus != nil && told != "" && c.Group == "" {
		p.dbus.Tell(c.Instance, told)
	}
}
