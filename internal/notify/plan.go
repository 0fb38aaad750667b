package notify

import (
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Listener is what one instance or sync group wants to be told; a nil script: none.
type Listener struct {
	Master, Backup, Fault, Stop *script.Command
	Deleted                     *script.Command
	Any                         *script.Command // "notify"
	LowerPriority               *script.Command // notify_master_rx_lower_pri
	// TellDeleted: an instance that a reload removes is DELETED (notify_deleted), else in FAULT.
	TellDeleted bool
	// Priorities: FIFOs are told of changes of the priority (notify_priority_changes).
	Priorities bool
	Mail       bool // smtp_alert
}

// Plan says who is told of what in a configuration.
type Plan struct {
	instances, groups map[string]Listener
	// order names the groups and then the instances, as in the file.
	order    []owner
	routerID string
	// quietFaults: no mail about FAULT (no_email_faults).
	quietFaults bool
}

// owner is an instance or a sync group.
type owner struct {
	name  string
	group bool
}

// NewPlan collects what a configuration wants told; command makes a script ready to run. routerID
// stands in the subjects of mails.
func NewPlan(c *config.Config, routerID string, command func(*config.Script) *script.Command) Plan {
	p := Plan{
		instances: map[string]Listener{}, groups: map[string]Listener{},
		routerID: routerID, quietFaults: c.Global.NoEmailFaults,
	}
	ready := func(s *config.Script) *script.Command {
		if s == nil || len(s.Args) == 0 {
			return nil
		}
		return command(s)
	}
	priorities := map[string]bool{} // by member
	for i := range c.SyncGroups {
		g := &c.SyncGroups[i]
		p.order = append(p.order, owner{g.Name, true})
		p.groups[g.Name] = Listener{
			Master: ready(g.NotifyMaster), Backup: ready(g.NotifyBackup), Fault: ready(g.NotifyFault),
			Stop: ready(g.NotifyStop), Any: ready(g.Notify), Mail: g.SMTPAlert,
		}
		for _, m := range g.Members {
			priorities[m] = priorities[m] || g.NotifyPriorityChange
		}
	}
	for i := range c.Instances {
		in := &c.Instances[i]
		p.order = append(p.order, owner{in.Name, false})
		p.instances[in.Name] = Listener{
			Master: ready(in.NotifyMaster), Backup: ready(in.NotifyBackup), Fault: ready(in.NotifyFault),
			Stop: ready(in.NotifyStop), Any: ready(in.Notify), LowerPriority: ready(in.NotifyMasterRxLowerPri),
			Deleted: ready(in.NotifyDeleted), TellDeleted: in.NotifyDeletedSet,
			Priorities: in.NotifyPriorityChanges || priorities[in.Name], Mail: in.SMTPAlert,
		}
	}
	return p
}

// of finds what an owner wants.
func (p *Plan) of(o owner) (Listener, bool) {
	if o.group {
		l, ok := p.groups[o.name]
		return l, ok
	}
	l, ok := p.instances[o.name]
	return l, ok
}

// script is the one for a state alone, nil: none.
func (l *Listener) script(state string) *script.Command {
	switch state {
	case "MASTER":
		return l.Master
	case "BACKUP":
		return l.Backup
	case "FAULT":
		return l.Fault
	case "STOP":
		return l.Stop
	case "DELETED":
		return l.Deleted
	}
	return nil
}
