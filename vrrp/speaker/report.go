package speaker

import (
	"fmt"
	"net/netip"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// What Change.Event says of what is no transition.
const (
	LowerPriority  = "MASTER_RX_LOWER_PRI"
	MasterPriority = "MASTER_PRIORITY"
	BackupPriority = "BACKUP_PRIORITY"
	Noted          = "NOTE"
	// Reloaded: new settings are in force, and all that they changed at once has been told.
	Reloaded = "RELOADED"
	// BadPacket: a packet for the instance is wrong; Reason is vrrp.Counter's name. It is told as seldom
	// as it is logged.
	BadPacket = "BAD_PACKET"
)

// report logs and passes on what the core tells. The texts are keepalived's where scripts look for
// them.
func (l *loop) report(a *vrrp.Action) {
	name, source := "", netip.Addr{}
	if m := l.members[a.Instance]; m != nil {
		name, source = m.Name, m.source
	} else if gone, ok := l.departed[a.Instance]; ok {
		name = gone
	}
	c := Change{
		At: time.Now(), Instance: name, Group: a.Group, From: a.From.String(), To: a.To.String(),
		Priority: int(a.Priority), Reason: a.Reason.String(), Quiet: a.Quiet,
		Source: source,
	}
	if a.Kind == vrrp.Changed && a.To == vrrp.Master {
		c.Became = l.router.Became(a.Instance).String()
	}
	switch a.Kind {
	case vrrp.Changed:
		l.reportChange(a, name)
	case vrrp.PriorityChanged:
		c.Event = BackupPriority
		if a.To == vrrp.Master {
			c.Event = MasterPriority
		}
		l.log.info(fmt.Sprintf("(%s) Changing effective priority from %d to %d", name, a.Before, a.Priority), l.why(a.Instance)...)
	case vrrp.LowerPriorityReceived:
		c.Event, c.Priority = LowerPriority, int(l.router.Priority(a.Instance))
		l.log.info(fmt.Sprintf("(%s) Received advert with lower priority %d, ours %d, forcing new election",
			name, a.Priority, c.Priority))
	case vrrp.Note:
		c.Event = Noted
		l.log.warn(fmt.Sprintf("(%s) %s", name, a.Reason))
	}
	l.settle(a)
	l.changes.put(c)
}

func (l *loop) reportChange(a *vrrp.Action, name string) {
	if a.Group != "" {
		l.orders.put(order{kind: orderGroup, group: a.Group, master: a.To == vrrp.Master, hold: l.yieldHold(a)})
		l.log.info(fmt.Sprintf("VRRP_Group(%s) Syncing instances to %s state", a.Group, a.To))
		return
	}
	reason := zap.Stringer("reason", a.Reason)
	if a.To == vrrp.Init {
		l.log.info(fmt.Sprintf("(%s) Stopped", name), reason)
		return
	}
	fields := []zap.Field{reason}
	switch a.Reason {
	case vrrp.TrackerPending:
		// FAULT in name only: keepalived says nothing of it, and whoever looks for FAULT in a log
		// would find it at each start.
		l.log.info(fmt.Sprintf("(%s) Waiting for the first results of its trackers", name), l.why(a.Instance)...)
		return
	case vrrp.TrackerFailed:
		fields = append(fields, l.why(a.Instance)...)
	}
	l.log.info(fmt.Sprintf("(%s) Entering %s STATE", name, a.To), fields...)
}

// why is what the trackers of an instance say, for the log.
func (l *loop) why(id vrrp.ID) []zap.Field {
	if m := l.members[id]; m != nil && m.why != "" {
		return []zap.Field{zap.String("tracked", m.why)}
	}
	return nil
}

func (l *loop) logLink(lk *link) {
	state := "down"
	if lk.running {
		state = "up"
	}
	l.log.info(fmt.Sprintf("Netlink reports %s %s", lk.name, state))
}
