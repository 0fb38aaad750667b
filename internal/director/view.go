package director

import (
	"maps"

	"github.com/holdfast-ha/holdfast/lvs"
)

// Status returns a snapshot. It waits for the loop, and for its start.
func (d *Director) Status() Status {
	var status Status
	d.call(func() { status = d.status() })
	return status
}

func (d *Director) status() Status {
	s := Status{
		Operations: maps.Clone(d.table.operations),
		Drift:      d.table.drift.count,
		LastDrift:  d.table.drift.last,
		LastRepair: d.table.drift.what,
		LastError:  d.table.lastError,
		LastRead:   d.table.lastRead,
		Reads:      d.table.reads, ReadErrors: d.table.readErrors, ReadTook: d.table.readTook,
		Checks: d.checks.load(),
	}
	for _, v := range d.core.State() {
		vs := VirtualServerStatus{Name: v.Name, Label: v.Label, Active: v.Active, Why: v.Why, Quorum: v.Quorum, Sorry: v.Sorry}
		if d.alone {
			vs.Why += " (held: the VRRP process is gone)"
		}
		for _, r := range v.Real {
			rs := RealServerStatus{Name: r.Name, Label: r.Key.String(), Up: r.Up, Weight: r.Weight, Current: r.Current, Configured: r.Configured,
				Drained: r.Override.Drained, HasOverride: r.Override.HasWeight, Override: r.Override.Weight}
			for _, c := range r.Checks {
				rs.Checks = append(rs.Checks, d.checkStatus(lvs.CheckID{Server: v.Name, Real: r.Key, Check: c.ID}, c))
			}
			vs.RealServers = append(vs.RealServers, rs)
		}
		s.VirtualServers = append(s.VirtualServers, vs)
	}
	return s
}

func (d *Director) checkStatus(id lvs.CheckID, c lvs.CheckState) CheckStatus {
	status := CheckStatus{Name: c.ID, Up: c.Up}
	if j := d.checks.jobs[id]; j != nil {
		status.Name, status.Recent = j.config.Name, j.recent.read()
		status.Detail, status.Last, status.Took, status.Runs = j.last.Detail, j.lastAt, j.last.Took, j.runs
		status.Failed, status.TookAll = j.failed, j.took
		status.Suspended, status.Failures, status.Status = j.suspended, j.state.Failures(), j.last.Status
		status.Weight, status.HasWeight = j.state.Weight()
		status.Relative = j.config.File != nil
	}
	return status
}
