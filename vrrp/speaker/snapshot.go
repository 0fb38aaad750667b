package speaker

import (
	"fmt"
	"strings"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// status copies what there is to know.
func (l *loop) status() Status {
	s := Status{UnknownVRID: l.unknownVRID, BadProtocol: l.badProtocol, SendFailures: l.sendFailures, Lateness: l.lateness.read()}
	groups := l.router.Groups()
	instances := l.router.Instances()
	s.Instances = make([]InstanceStatus, 0, len(instances))
	for _, v := range instances {
		m := l.members[v.ID]
		if m == nil {
			continue
		}
		in := InstanceStatus{
			ID: v.ID, Name: v.Name, Interface: m.Interface, VRID: m.VRID, Family: m.Family,
			State: v.State.String(), Wanted: wanted(&v, m, groups), Reason: v.Reason.String(), Since: l.epoch.Add(v.Since),
			BasePriority: int(v.BasePriority), Priority: int(v.Priority), GARPDelay: m.GARP.Delay, Why: why(v.Links, m.why),
			MasterAddr: v.MasterAddr, MasterPriority: int(v.MasterPriority), Source: m.source,
			Heard: v.Heard, HeardPriority: int(v.HeardPriority), MasterInterval: v.MasterInterval, Became: v.Became.String(),
			Aside: v.Aside, Leaving: v.Leaving,
			Held: m.master, Stats: stats(&v.Stats),
		}
		if m.protocolError != vrrp.NoError {
			in.ProtocolError = m.protocolError.String()
		}
		if v.AsideUntil != 0 {
			in.AsideUntil = l.epoch.Add(v.AsideUntil)
		}
		in.Stats.AddressesReasserted = m.reasserted
		in.Addresses, in.Excluded = m.shown, m.shownExcluded
		in.Stats.SumPlain, in.Stats.SumPseudo, in.Stats.SumOld = m.sums[packet.Plain], m.sums[packet.Pseudo], m.sums[packet.PseudoGroup]
		s.Instances = append(s.Instances, in)
	}
	for _, g := range groups {
		group := GroupStatus{Name: g.Name, State: g.State.String()}
		for _, id := range g.Members {
			if m := l.members[id]; m != nil {
				group.Members = append(group.Members, m.Name)
			}
		}
		s.Groups = append(s.Groups, group)
	}
	return s
}

// wanted is the state that an instance heads for, as keepalived has it: that of a MASTER and of FAULT is
// their own, in a sync group it is the group's, else the one in the file.
func wanted(v *vrrp.Status, m *member, groups []vrrp.GroupStatus) string {
	switch {
	case v.State == vrrp.Master || v.State == vrrp.Fault:
		return v.State.String()
	case v.Group != "":
		for i := range groups {
			if groups[i].Name == v.Group {
				return groups[i].State.String()
			}
		}
	case m.StartMaster:
		return vrrp.Master.String()
	}
	return vrrp.Backup.String()
}

// words are addresses as they are shown.
func words(addresses []Address) []string {
	all := make([]string, 0, len(addresses))
	for _, a := range addresses {
		all = append(all, a.String())
	}
	return all
}

// why puts what interfaces and other trackers say into one line.
func why(links []vrrp.LinkEffect, tracked string) string {
	var parts []string
	for _, l := range links {
		state := "down"
		if l.Up {
			state = "up"
		}
		if l.Fault {
			parts = append(parts, fmt.Sprintf("interface %s %s: FAULT", l.Name, state))
		} else {
			parts = append(parts, fmt.Sprintf("interface %s %s %+d", l.Name, state, l.Weight))
		}
	}
	if tracked != "" {
		parts = append(parts, tracked)
	}
	return strings.Join(parts, ", ")
}

func stats(c *vrrp.Stats) Stats {
	return Stats{
		AdvertReceived: c.AdvertReceived, AdvertSent: c.AdvertSent,
		BecameMaster: c.BecameMaster, ReleasedMaster: c.ReleasedMaster,
		OtherMasters:         c.OtherMasters,
		PriorityZeroReceived: c.PriorityZeroReceived, PriorityZeroSent: c.PriorityZeroSent,
		LengthErrors: c.Errors[vrrp.LengthError], TTLErrors: c.Errors[vrrp.TTLError],
		TypeErrors: c.Errors[vrrp.TypeError], IntervalErrors: c.Errors[vrrp.IntervalError],
		AddressErrors: c.Errors[vrrp.AddressError], VersionErrors: c.Errors[vrrp.VersionError],
		ChecksumErrors: c.Errors[vrrp.ChecksumError], SourceErrors: c.Errors[vrrp.SourceError],
		AuthInvalidType: c.Errors[vrrp.AuthTypeInvalid], AuthTypeMismatch: c.Errors[vrrp.AuthTypeMismatch],
		AuthFailure: c.Errors[vrrp.AuthFailure], AuthReplay: c.Errors[vrrp.AuthReplay],
		AuthExtMissing: c.Errors[vrrp.AuthExtMissing], AuthExtMalformed: c.Errors[vrrp.AuthExtMalformed],
		AuthExtUnknownKey: c.Errors[vrrp.AuthExtUnknownKey], AuthExtInvalid: c.Errors[vrrp.AuthExtInvalid],
		AuthExtStale: c.Errors[vrrp.AuthExtStale], AuthExtReplay: c.Errors[vrrp.AuthExtReplay],
	}
}

func (l *loop) clearStats() {
	l.router.ClearStats()
	for _, m := range l.members {
		m.reasserted, m.sums = 0, [len(m.sums)]uint64{}
	}
	l.unknownVRID, l.badProtocol = 0, 0
}
