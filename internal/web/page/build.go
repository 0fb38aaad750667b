package page

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// What a View holds at most: a browser has to lay it out again and again.
const (
	maxServers  = 500
	maxReal     = 1000
	maxChecks   = 2000
	maxDown     = 200 // of a virtual server that has more than there is room for
	maxFindings = 200
)

// build makes the view of a state.
func build(s *control.Status, findings []parser.Problem) *View {
	v := &View{
		Schema: Schema, Version: s.Version, PID: s.PID, Since: s.Since, ConfigFile: s.ConfigFile,
		Reload:   Reload{Count: s.Reload.Count, Last: s.Reload.Last, Error: s.Reload.Error},
		Tracked:  make([]Tracked, 0, len(s.Tracking.Objects)),
		Sessions: []Session{},
	}
	told := map[string]bool{"vrrp": s.VRRP != nil, "lvs": s.LVS != nil, "bfd": s.BFD != nil}
	v.Processes = make([]Process, 0, len(s.Processes))
	for _, p := range s.Processes {
		v.Processes = append(v.Processes, Process{Role: p.Role, PID: p.PID, Since: p.Since, Restarts: p.Restarts,
			Silent: p.PID != 0 && !told[p.Role]})
	}
	v.Instances, v.Groups = routers(s.VRRP)
	v.serve(s.LVS)
	for _, o := range s.Tracking.Objects {
		v.Tracked = append(v.Tracked, tracked(o))
	}
	if s.BFD != nil {
		for i := range s.BFD.Sessions {
			v.Sessions = append(v.Sessions, session(&s.BFD.Sessions[i]))
		}
	}
	v.find(findings)
	return v
}

func routers(s *speaker.Status) ([]Instance, []Group) {
	if s == nil {
		return []Instance{}, []Group{}
	}
	groups := make([]Group, 0, len(s.Groups))
	member := map[string]string{}
	for _, g := range s.Groups {
		groups = append(groups, Group{Name: g.Name, State: g.State, Members: slices.Clone(g.Members)})
		for _, name := range g.Members {
			member[name] = g.Name
		}
	}
	instances := make([]Instance, 0, len(s.Instances))
	for i := range s.Instances {
		in := &s.Instances[i]
		instances = append(instances, Instance{
			Name: in.Name, Group: member[in.Name], Interface: in.Interface, VRID: int(in.VRID), Family: in.Family,
			State: in.State, Reason: in.Reason, Since: in.Since, Priority: in.Priority, Base: in.BasePriority, Why: in.Why,
			Leaving: in.Leaving, Aside: in.Aside, AsideUntil: in.AsideUntil,
			Master: words(in.MasterAddr), MasterPriority: in.MasterPriority, Source: words(in.Source),
			Addresses: slices.Concat([]string{}, in.Addresses, in.Excluded), Held: in.Held,
		})
	}
	return instances, groups
}

// words is an address, empty where there is none.
func words(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func tracked(o tracking.ObjectStatus) Tracked {
	t := Tracked{Kind: o.Kind, Name: o.Name, State: o.State, Known: o.Known, Up: o.Up, Since: o.Since}
	if o.Kind == "script" && o.Known && !o.Up && o.Result != "" {
		t.State = o.Result
	}
	return t
}

func session(s *bfdspeaker.SessionStatus) Session {
	return Session{Name: s.Name, Neighbour: words(s.Neighbour), State: s.State, Diagnostic: s.Diag, Since: s.Since}
}

// find takes the problems in, the gravest first. The line of the file is not shown: it may hold a
// password.
func (v *View) find(problems []parser.Problem) {
	sorted := slices.Clone(problems)
	slices.SortStableFunc(sorted, func(a, b parser.Problem) int { return cmp.Compare(b.Severity, a.Severity) })
	shown := min(len(sorted), maxFindings)
	v.Findings, v.FindingsLeftOut = make([]Finding, 0, shown), len(sorted)-shown
	for _, p := range sorted[:shown] {
		v.Findings = append(v.Findings, Finding{
			Severity: p.Severity.String(), ID: p.ID, At: strings.TrimSpace(p.Pos.String()),
			Message: p.Message, Instead: p.Instead, Cure: p.Cure,
		})
	}
}
