package notify

import (
	"strconv"

	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// Scripts are the notify scripts of one instance or sync group; nil: none.
type Scripts struct {
	Master, Backup, Fault, Stop *script.Command
	Deleted                     *script.Command
	Any                         *script.Command // "notify"
	LowerPriority               *script.Command // notify_master_rx_lower_pri
	// TellDeleted: an instance that a reload removes is DELETED (notify_deleted), else in FAULT.
	TellDeleted bool
}

// Plan holds the scripts of a configuration by name.
type Plan struct {
	instances, groups map[string]Scripts
}

// NewPlan collects the scripts of a configuration; command makes a script ready to run.
func NewPlan(c *config.Config, command func(*config.Script) *script.Command) Plan {
	p := Plan{instances: map[string]Scripts{}, groups: map[string]Scripts{}}
	ready := func(s *config.Script) *script.Command {
		if s == nil || len(s.Args) == 0 {
			return nil
		}
		return command(s)
	}
	for i := range c.Instances {
		in := &c.Instances[i]
		p.instances[in.Name] = Scripts{
			Master: ready(in.NotifyMaster), Backup: ready(in.NotifyBackup), Fault: ready(in.NotifyFault),
			Stop: ready(in.NotifyStop), Any: ready(in.Notify), LowerPriority: ready(in.NotifyMasterRxLowerPri),
			Deleted: ready(in.NotifyDeleted), TellDeleted: in.NotifyDeletedSet,
		}
	}
	for i := range c.SyncGroups {
		g := &c.SyncGroups[i]
		p.groups[g.Name] = Scripts{
			Master: ready(g.NotifyMaster), Backup: ready(g.NotifyBackup), Fault: ready(g.NotifyFault),
			Stop: ready(g.NotifyStop), Any: ready(g.Notify),
		}
	}
	return p
}

// Commands returns what to run for a change, in order: the state's own script, then "notify" with
// INSTANCE or GROUP, name, state and priority (0 for groups). A change that keepalived keeps quiet
// about has none.
func (p Plan) Commands(c speaker.Change) []script.Command {
	kind, name, priority, s := "INSTANCE", c.Instance, c.Priority, p.instances[c.Instance]
	if c.Group != "" {
		kind, name, priority, s = "GROUP", c.Group, 0, p.groups[c.Group]
	}
	switch {
	case c.Event == "MASTER_RX_LOWER_PRI" && s.LowerPriority != nil:
		return []script.Command{*s.LowerPriority}
	case c.Event != "" || c.Quiet:
		return nil
	}
	state := s.told(&c)
	if state == "" {
		return nil
	}
	own := s.of(state)
	var commands []script.Command
	if own != nil {
		commands = append(commands, *own)
	}
	if s.Any != nil {
		commands = append(commands, s.Any.With(kind, name, state, strconv.Itoa(priority)))
	}
	return commands
}

// told is the state of which scripts are told, or none. As keepalived, the end of the daemon is STOP,
// and an instance that a reload removes is in FAULT unless notify_deleted says otherwise.
func (s *Scripts) told(c *speaker.Change) string {
	switch removed := c.Reason == vrrp.Removed.String(); {
	case c.To != vrrp.Init.String():
		return c.To
	case !removed:
		return "STOP"
	case s.TellDeleted:
		return "DELETED"
	case c.From == vrrp.Fault.String():
		return "" // where it is already
	}
	return vrrp.Fault.String()
}

// of is the script for a state alone, nil: none.
func (s *Scripts) of(state string) *script.Command {
	switch state {
	case "MASTER":
		return s.Master
	case "BACKUP":
		return s.Backup
	case "FAULT":
		return s.Fault
	case "STOP":
		return s.Stop
	case "DELETED":
		return s.Deleted
	}
	return nil
}

// has tells whether an instance or group is in the configuration.
func (p Plan) has(c *speaker.Change) bool {
	if c.Group != "" {
		_, ok := p.groups[c.Group]
		return ok
	}
	_, ok := p.instances[c.Instance]
	return ok
}
