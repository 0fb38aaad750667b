package speaker

import (
	"net/netip"
	"time"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/record"
)

// How long a planned stop goes on forwarding after the successor's first advertisement, at most: the
// successor adds its addresses and announces them only after that, and when it has, it is soon over
// (vrrp.HandoverSettle). Measured with keepalived 2.2.7: 1 ms for one address, 16 ms for a thousand; one
// of ours programs IPVS before, for which it may take Settings.LVSWait. An announcement that is not heard
// costs the rest of this time. Both having the address that long harms nobody who has heard it.
const (
	handoverBase       = 250 * time.Millisecond
	handoverPerAddress = 50 * time.Microsecond
)

// configs are the core's part of settings.
func configs(s *Settings) []vrrp.Config {
	all := make([]vrrp.Config, 0, len(s.Instances))
	for i := range s.Instances {
		in := &s.Instances[i]
		c := in.Config
		if c.HandoverHold == 0 {
			c.HandoverHold = s.holdFor(in)
		}
		all = append(all, c)
	}
	return all
}

// configure makes members of settings, keeping those that were there, and gives them sockets.
func (l *loop) configure(s *Settings) {
	l.settings = s
	l.devices = make(map[string]bool, len(s.Devices))
	l.macs = make(map[string][6]byte, len(s.Devices))
	for _, d := range s.Devices {
		l.devices[d.Name], l.macs[d.Name] = true, d.MAC
	}
	slots := l.state.assign(s.Instances)
	members := make(map[vrrp.ID]*member, len(s.Instances))
	l.virtual = map[netip.Addr]bool{}
	l.moderation = maxModeration
	for i := range s.Instances {
		in := s.Instances[i]
		m := l.members[in.ID]
		if m == nil {
			m = &member{}
		}
		m.Instance, m.built = in, false
		m.slot = slots[keyOf(&in)]
		m.shown, m.shownExcluded = words(in.VIPs), words(in.Excluded)
		members[in.ID] = m
		for _, a := range addressesOf(&in) {
			l.virtual[a.Prefix.Addr()] = true
		}
		l.moderation = min(l.moderation, in.AdvertInt/moderationPart)
	}
	l.members = members
	l.followLinkbeat(s.Linkbeat)
	l.assign()
	for _, m := range members {
		m.address()
	}
	for _, st := range l.stations {
		l.open(st)
	}
}

// Frequent packets are read together, this long after the last ones: a part of the shortest
// interval. Timers do not notice, as each packet counts from when the kernel got it; what notices is
// a MASTER that has to go, this much later. Measured with 255 instances at 0.1 s: 90 wake-ups a
// second for 2550 advertisements.
const (
	maxModeration  = 10 * time.Millisecond
	moderationPart = 10
)

// begin tells the core the world as it is and starts it.
func (l *loop) begin() {
	if l.stopping {
		return
	}
	for _, id := range l.ids() {
		l.setSource(l.members[id], l.chooseSource(l.members[id]))
	}
	l.event = vrrp.Event{Kind: vrrp.Start}
	l.step()
}

// prepareReload replaces the settings once their devices are there, so that no instance sees its own one
// missing.
func (l *loop) prepareReload(s *Settings) {
	if len(s.Devices) == 0 {
		l.pending = nil
		l.reload(s)
		return
	}
	l.pending = s
	l.orders.put(order{kind: orderPrepare, settings: s, prepared: func(links []rtnl.Link) {
		l.commands.put(func() {
			if l.pending != s {
				return // a later one takes its place
			}
			l.pending = nil
			for i := range links {
				l.linkChanged(&links[i])
			}
			l.reload(s)
		})
	}})
}

// reload replaces the settings. Instances that are gone say farewell through the sockets that they
// have; then sockets and addresses follow, and what is new is started.
func (l *loop) reload(s *Settings) {
	if l.stopping {
		return
	}
	keep := make(map[vrrp.ID]bool, len(s.Instances))
	for i := range s.Instances {
		keep[s.Instances[i].ID] = true
	}
	l.departed = map[vrrp.ID]string{}
	for id, m := range l.members {
		if !keep[id] {
			l.departed[id] = m.Name
		}
	}
	cores := configs(s)
	for i := range cores {
		cores[i].StartupDelay = 0 // it is for the start of the daemon, not for instances that come later
	}
	now := l.now()
	actions := l.router.Reload(now, cores, s.Groups, nil)
	l.record.configured(record.Reloaded, now, cores, s.Groups, actions)
	var departing, staying []vrrp.Action
	for _, a := range actions {
		if _, gone := l.departed[a.Instance]; gone {
			departing = append(departing, a)
		} else {
			staying = append(staying, a)
		}
	}
	l.execute(departing)
	l.configure(s)
	l.orders.put(order{kind: orderConfigure, settings: s})
	l.execute(staying)
	l.track(s.Tracked)
	l.begin()
	l.departed = nil
	l.changes.put(Change{At: time.Now(), Event: Reloaded})
}
