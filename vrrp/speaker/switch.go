package speaker

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// ErrStopped is returned by Switch and SwitchBack when Run ends before they are done, or does not run.
var ErrStopped = errors.New("the VRRP process stops")

// Switch makes a MASTER hand over, with its sync group, and stay as BACKUP: it stands aside for hold,
// 0: until SwitchBack. It returns when that is over: nil, or why the instance has not handed over.
func (sp *Speaker) Switch(id vrrp.ID, hold time.Duration) error {
	return sp.ask(func(answer chan error) { sp.loop.switchAway(id, hold, answer) })
}

// SwitchBack ends the time for which an instance and its sync group stand aside.
func (sp *Speaker) SwitchBack(id vrrp.ID) error {
	return sp.ask(func(answer chan error) { answer <- sp.loop.switchBack(id) })
}

func (sp *Speaker) ask(f func(answer chan error)) error {
	if !sp.running.Load() {
		return ErrStopped
	}
	answer := make(chan error, 1)
	sp.loop.commands.put(func() { f(answer) })
	select {
	case err := <-answer:
		return err
	case <-sp.ended:
		return ErrStopped
	}
}

func (l *loop) switchAway(id vrrp.ID, hold time.Duration, answer chan error) {
	m := l.members[id]
	switch reason := l.router.Switchable(id); {
	case m == nil:
		answer <- errors.New("there is no such instance any more")
	case reason == vrrp.NotMaster:
		answer <- fmt.Errorf("%s is %s, not MASTER", m.Name, l.router.State(id))
	case reason == vrrp.Stopped:
		answer <- fmt.Errorf("%s hands over already", m.Name)
	case reason != vrrp.NoReason:
		answer <- fmt.Errorf("%s: %s", m.Name, reason)
	default:
		l.log.info(fmt.Sprintf("(%s) handing over by command", m.Name), zap.Duration("stands aside for", hold))
		l.switches[id] = answer
		l.tell(vrrp.Event{Kind: vrrp.Switch, Instance: id, For: hold})
		l.expectSuccessors()
	}
}

func (l *loop) switchBack(id vrrp.ID) error {
	s, ok := l.router.Status(id)
	switch {
	case !ok:
		return errors.New("there is no such instance any more")
	case !s.Aside && !s.Leaving:
		return fmt.Errorf("%s does not stand aside", s.Name)
	}
	l.tell(vrrp.Event{Kind: vrrp.SwitchBack, Instance: id})
	l.expectSuccessors()
	if s, _ = l.router.Status(id); !s.Leaving {
		l.answer(id, fmt.Errorf("the handover of %s was taken back", s.Name))
	}
	return nil
}

// settle answers whoever waits for a switch that a is the end of.
func (l *loop) settle(a *vrrp.Action) {
	switch {
	case a.Instance == 0 || len(l.switches) == 0:
	case a.Kind == vrrp.Note && a.Reason == vrrp.NoSuccessor:
		l.expectSuccessors()
		l.answer(a.Instance, errors.New("no other router took over: still MASTER, and nothing was lost; is a BACKUP running?"))
	case a.Kind != vrrp.Changed:
	case a.Reason == vrrp.SwitchedAway:
		l.answer(a.Instance, nil)
	default:
		l.answer(a.Instance, fmt.Errorf("it has become %s: %s", a.To, a.Reason))
	}
}

func (l *loop) answer(id vrrp.ID, err error) {
	if c := l.switches[id]; c != nil {
		delete(l.switches, id)
		c <- err
	}
}

// Announce announces the addresses of a MASTER once more, as SendGarp of D-Bus asks for. Of an instance
// that is not MASTER nothing is announced.
func (sp *Speaker) Announce(id vrrp.ID) error {
	return sp.ask(func(answer chan error) { answer <- sp.loop.announceOnce(id) })
}

func (l *loop) announceOnce(id vrrp.ID) error {
	m := l.members[id]
	if m == nil {
		return errors.New("there is no such instance any more")
	}
	if l.router.State(id) == vrrp.Master {
		l.log.info(fmt.Sprintf("(%s) Sending garps on request", m.Name))
		l.orders.put(order{kind: orderAnnounce, id: id, count: 1})
	}
	return nil
}
