package notify

import (
	"fmt"
	"strconv"

	"github.com/holdfast-ha/holdfast/internal/mail"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// Notice is what follows from one change, in the order in which it is told: the scripts, the line for
// FIFOs, the mail.
type Notice struct {
	Owner   string // scripts of one owner run one after the other
	Scripts []script.Command
	Line    string // with its end; empty: none
	State   string // that is told, of a transition; empty: none
	Mail    *mail.Alert
}

// Teller decides what is told of changes of VRRP. It does not do it.
type Teller struct {
	plan   Plan
	before Plan // of the configuration before, for what a reload removes
	mailed map[owner]string
	states map[owner]standing
}

// standing is the state that was told last.
type standing struct {
	state    string
	priority int
}

// NewTeller returns a teller with nobody to tell: see Use.
func NewTeller() *Teller {
	return &Teller{mailed: map[owner]string{}, states: map[owner]standing{}}
}

// Use takes the plan of a configuration from now on. What was mailed last is remembered.
func (t *Teller) Use(p Plan) { t.plan, t.before = p, t.plan }

// Tell returns what to tell of a change. A change that keepalived keeps quiet about has nothing.
func (t *Teller) Tell(c speaker.Change) Notice {
	o := owner{c.Instance, false}
	if c.Group != "" {
		o, c.Priority = owner{c.Group, true}, 0
	}
	n := Notice{Owner: "I" + o.name}
	if o.group {
		n.Owner = "G" + o.name
	}
	l, ok := t.plan.of(o)
	if !ok {
		if l, ok = t.before.of(o); !ok {
			return n
		}
	}
	if c.Event != "" {
		t.event(&n, o, l, c)
		return n
	}
	state := l.told(&c)
	if c.Quiet || state == "" {
		return n
	}
	t.states[o] = standing{state, c.Priority}
	n.State = state
	if own := l.script(state); own != nil {
		n.Scripts = append(n.Scripts, *own)
	}
	kind := "INSTANCE"
	if o.group {
		kind = "GROUP"
	}
	if l.Any != nil {
		n.Scripts = append(n.Scripts, l.Any.With(kind, o.name, state, strconv.Itoa(c.Priority)))
	}
	n.Line = line(o, state, c.Priority)
	n.Mail = t.mail(o, l, state, c)
	if state == "STOP" || state == "DELETED" || c.To == vrrp.Init.String() {
		delete(t.states, o)
		delete(t.mailed, o)
	}
	return n
}

// event is what is told of a change that is no transition.
func (t *Teller) event(n *Notice, o owner, l Listener, c speaker.Change) {
	switch c.Event {
	case speaker.LowerPriority:
		if l.LowerPriority != nil {
			n.Scripts = []script.Command{*l.LowerPriority}
		}
		n.Line = line(o, c.Event, c.Priority)
	case speaker.MasterPriority, speaker.BackupPriority:
		if s, ok := t.states[o]; ok {
			t.states[o] = standing{s.state, c.Priority}
		}
		if l.Priorities {
			n.Line = line(o, c.Event, c.Priority)
		}
	}
}

// line is keepalived's line for FIFOs.
func line(o owner, state string, priority int) string {
	kind := "INSTANCE"
	if o.group {
		kind = "GROUP"
	}
	return fmt.Sprintf("%s \"%s\" %s %d\n", kind, o.name, state, priority)
}

// told is the state that is told, or none. As keepalived, the end of the daemon is STOP, and an
// instance that a reload removes is in FAULT unless notify_deleted says otherwise.
func (l *Listener) told(c *speaker.Change) string {
	switch removed := c.Reason == vrrp.Removed.String(); {
	case c.To != vrrp.Init.String():
		return c.To
	case !removed:
		return "STOP"
	case l.TellDeleted:
		return "DELETED"
	case c.From == vrrp.Fault.String():
		return "" // where it is already
	}
	return vrrp.Fault.String()
}

// Texts of mails, keepalived's.
var (
	instanceBodies = map[string]string{
		"MASTER":  "=> VRRP Instance is now owning VRRP VIPs <=",
		"BACKUP":  "=> VRRP Instance is no longer owning VRRP VIPs <=",
		"FAULT":   "=> VRRP Instance is no longer owning VRRP VIPs <=",
		"DELETED": "=> VRRP Deleted at reload <=",
	}
	groupBodies = map[string]string{
		"MASTER": "=> All VRRP group instances are now in MASTER state <=",
		"BACKUP": "=> All VRRP group instances are now in BACKUP state <=",
		"FAULT":  "=> All VRRP group instances are now in FAULT state <=",
	}
)

// mail is the mail about a state, nil: none. A state is not mailed twice in a row, and the end of the
// daemon not at all: keepalived has one for it, but ends before it is sent.
func (t *Teller) mail(o owner, l Listener, state string, c speaker.Change) *mail.Alert {
	kind, bodies := "Instance", instanceBodies
	if o.group {
		kind, bodies = "Group", groupBodies
	}
	body := bodies[state]
	switch {
	case !l.Mail, body == "", t.mailed[o] == state, state == "FAULT" && t.plan.quietFaults:
		return nil
	}
	t.mailed[o] = state
	happened := "Entering " + state + " state"
	if state == "DELETED" {
		happened = "Deleted"
	}
	return &mail.Alert{At: c.At, Body: body,
		Subject: fmt.Sprintf("[%s] VRRP %s %s - %s", t.plan.routerID, kind, o.name, happened)}
}

// Standings returns the lines that tell the states as they are, groups first, of those that were in
// the configuration before as well: the others have told theirs themselves.
func (t *Teller) Standings() []string {
	var lines []string
	for _, o := range t.plan.order {
		if _, was := t.before.of(o); !was {
			continue
		}
		if s, ok := t.states[o]; ok {
			lines = append(lines, line(o, s.state, s.priority))
		}
	}
	return lines
}
