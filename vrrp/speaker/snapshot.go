package speaker

import (
	"fmt"
	"strings"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// status copies what there is to know.
func (l *loop) status() Status {
	s := Status{UnknownVRID: l.unknownVRID, BadProtocol: l.badProtocol}
	for _, v := range l.router.Instances() {
		m := l.members[v.ID]
		if m == nil {
			continue
		}
		in := InstanceStatus{
			ID: v.ID, Name: v.Name, Interface: m.Interface, VRID: m.VRID, Family: m.Family,
			State: v.State.String(), Reason: v.Reason.String(), Since: l.epoch.Add(v.Since),
			BasePriority: int(v.BasePriority), Priority: int(v.Priority), Why: why(v.Links, m.why),
			MasterAddr: v.MasterAddr, MasterPriority: int(v.MasterPriority), Source: m.source,
			Aside: v.Aside, Leaving: v.Leaving,
			Held: m.master, Stats: stats(&v.Stats),
		}
		if v.AsideUntil != 0 {
			in.AsideUntil = l.epoch.Add(v.AsideUntil)
		}
		in.Stats.AddressesReasserted = m.reasserted
		for _, a := range m.VIPs {
			in.Addresses = append(in.Addresses, a.String())
		}
		s.Instances = append(s.Instances, in)
	}
	for _, g := range l.router.Groups() {
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
		m.reasserted = 0
	}
	l.unknownVRID, l.badProtocol = 0, 0
}
