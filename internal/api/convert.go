package api

import (
	"maps"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// FromStatus puts a state into the words of the schema. Lists that are empty are there, empty.
func FromStatus(s *control.Status) Status {
	out := Status{
		Schema: StatusSchema, Version: s.Version, PID: s.PID, Since: s.Since, ConfigFile: s.ConfigFile, Problems: s.Problems,
		Reload:    Reload{Count: s.Reload.Count, Refused: s.Reload.Refused, Last: s.Reload.Last, Error: s.Reload.Error, InForce: s.Reload.InForce},
		Processes: []Process{}, Instances: []Instance{}, SyncGroups: []SyncGroup{}, VirtualServers: []VirtualServer{},
		Tracked: []Tracked{}, BFDSessions: []BFDSession{},
	}
	for _, p := range s.Processes {
		out.Processes = append(out.Processes, Process{Role: p.Role, PID: p.PID, Since: p.Since, Restarts: p.Restarts})
	}
	if s.VRRP != nil {
		for i := range s.VRRP.Instances {
			out.Instances = append(out.Instances, instance(&s.VRRP.Instances[i]))
		}
		for _, g := range s.VRRP.Groups {
			out.SyncGroups = append(out.SyncGroups, SyncGroup{Name: g.Name, State: g.State, Members: some(g.Members)})
		}
	}
	if s.LVS != nil {
		out.IPVS = &IPVS{Operations: map[string]uint64{}, Drift: s.LVS.Drift, LastRepair: s.LVS.LastRepair, LastError: s.LVS.LastError, LastRead: s.LVS.LastRead}
		maps.Copy(out.IPVS.Operations, s.LVS.Operations)
		for i := range s.LVS.VirtualServers {
			out.VirtualServers = append(out.VirtualServers, virtualServer(&s.LVS.VirtualServers[i]))
		}
	}
	for _, o := range s.Tracking.Objects {
		out.Tracked = append(out.Tracked, Tracked{
			Kind: o.Kind, Name: o.Name, State: o.State, Known: o.Known, Up: o.Up, Value: o.Value, Since: o.Since, Runs: o.Runs, Fails: o.Failures,
		})
	}
	if s.BFD != nil {
		for _, b := range s.BFD.Sessions {
			out.BFDSessions = append(out.BFDSessions, BFDSession{
				Name: b.Name, Neighbour: b.Neighbour.String(), State: b.State, Remote: b.RemoteState, Since: b.Since, Downs: b.Downs,
			})
		}
	}
	return out
}

// some is a list that is there even if it is empty.
func some(list []string) []string { return append([]string{}, list...) }

func instance(in *speaker.InstanceStatus) Instance {
	out := Instance{
		Name: in.Name, Interface: in.Interface, VRID: in.VRID, Family: in.Family, State: in.State, Reason: in.Reason, Since: in.Since,
		Priority: in.Priority, BasePriority: in.BasePriority, Why: in.Why, Leaving: in.Leaving, Aside: in.Aside, AsideUntil: in.AsideUntil,
		MasterPriority: in.MasterPriority, Addresses: append(some(in.Addresses), in.Excluded...), Held: in.Held,
		AdvertSent: in.Stats.AdvertSent, AdvertReceived: in.Stats.AdvertReceived, BecameMaster: in.Stats.BecameMaster,
		ReleasedMaster: in.Stats.ReleasedMaster, Reasserted: in.Stats.AddressesReasserted, OtherMasters: in.Stats.OtherMasters,
	}
	if in.MasterAddr.IsValid() {
		out.Master = in.MasterAddr.String()
	}
	return out
}

func virtualServer(v *director.VirtualServerStatus) VirtualServer {
	out := VirtualServer{
		Name: v.Name, Label: v.Label, Active: v.Active, Why: v.Why, Quorum: v.Quorum, Sorry: v.Sorry, RealServers: []RealServer{},
		Traffic: traffic(v.Counted, v.Traffic, v.Connections),
	}
	for i := range v.RealServers {
		out.RealServers = append(out.RealServers, realServer(&v.RealServers[i]))
	}
	return out
}

func realServer(r *director.RealServerStatus) RealServer {
	out := RealServer{
		Name: r.Name, Label: r.Label, Up: r.Up, Weight: r.Weight, Current: r.Current, Configured: r.Configured, Drained: r.Drained,
		Checks: []Check{}, Traffic: traffic(r.Counted, r.Traffic, r.Connections),
	}
	if r.HasOverride {
		out.Override = &r.Override
	}
	for i := range r.Checks {
		c := &r.Checks[i]
		out.Checks = append(out.Checks, Check{
			Name: c.Name, Up: c.Up, Detail: c.Detail, Last: c.Last, Took: c.Took.Seconds(), Runs: c.Runs, Failed: c.Failed, Inactive: c.Suspended,
		})
	}
	return out
}

func traffic(counted bool, t lvs.Traffic, c lvs.Connections) *Traffic {
	if !counted {
		return nil
	}
	return &Traffic{
		Connections: t.Connections, PacketsIn: t.PacketsIn, PacketsOut: t.PacketsOut, BytesIn: t.BytesIn, BytesOut: t.BytesOut,
		Active: c.Active, Inactive: c.Inactive, Persistent: c.Persistent,
	}
}

// FromEvent puts an event into the words of the schema.
func FromEvent(e *control.Event) Event {
	return Event{
		Schema: EventSchema, Number: e.Number, At: e.At, Kind: e.Kind, Name: e.Name, RealServer: e.RealServer,
		From: e.From, To: e.To, Priority: e.Priority, Reason: e.Reason,
	}
}
