package metrics

import (
	"maps"
	"slices"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
)

// servers sends what the LVS process tells.
func (e *emitter) servers(s *director.Status) {
	names := once{}
	for i := range s.VirtualServers {
		v := &s.VirtualServers[i]
		vs := names.name(v.Label)
		e.flag(serverActive, v.Active, vs)
		e.flag(serverQuorum, v.Quorum, vs)
		e.flag(serverSorry, v.Sorry, vs)
		if v.Counted {
			e.traffic(v.Traffic, v.Connections, serverConns, serverPackets, serverBytes, serverOpen, vs)
		}
		reals := once{}
		for j := range v.RealServers {
			r := &v.RealServers[j]
			e.real(r, vs, reals.name(r.Label))
		}
	}
	e.load(&s.Checks)
	for _, verb := range slices.Sorted(maps.Keys(s.Operations)) {
		e.count(ipvsOps, s.Operations[verb], verb)
	}
	e.count(ipvsDrift, s.Drift)
	e.sum(ipvsReads, s.Reads, s.ReadTook)
	e.count(ipvsErrors, s.ReadErrors)
	e.flag(ipvsAgrees, s.LastError == "")
	e.when(ipvsLastCheck, s.LastRead)
}

func (e *emitter) real(r *director.RealServerStatus, vs, rs string) {
	e.flag(realUp, r.Up, vs, rs)
	weight := r.Current
	if !r.Up {
		weight = 0
	}
	e.set(realWeight, float64(weight), vs, rs)
	e.set(realConfigured, float64(r.Configured), vs, rs)
	e.flag(realDrained, r.Drained, vs, rs)
	if r.Counted {
		e.traffic(r.Traffic, r.Connections, realConns, realPackets, realBytes, realOpen, vs, rs)
	}
	names := once{}
	for i := range r.Checks {
		c := &r.Checks[i]
		check := names.name(c.Name)
		e.flag(checkUp, c.Up, vs, rs, check)
		e.count(checks, c.Runs-c.Failed, vs, rs, check, "success")
		e.count(checks, c.Failed, vs, rs, check, "failure")
		e.sum(checkDuration, c.Runs, c.TookAll, vs, rs, check)
		e.when(checkLast, c.Last, vs, rs, check)
		if !c.Last.IsZero() {
			e.set(checkLastTook, c.Took.Seconds(), vs, rs, check)
		}
	}
}

// traffic sends what the kernel has counted.
func (e *emitter) traffic(t lvs.Traffic, c lvs.Connections, connections, packets, bytes, open *series, labels ...string) {
	with := func(last string) []string { return append(append([]string{}, labels...), last) }
	e.count(connections, t.Connections, labels...)
	e.count(packets, t.PacketsIn, with("in")...)
	e.count(packets, t.PacketsOut, with("out")...)
	e.count(bytes, t.BytesIn, with("in")...)
	e.count(bytes, t.BytesOut, with("out")...)
	e.set(open, float64(c.Active), with("active")...)
	e.set(open, float64(c.Inactive), with("inactive")...)
	e.set(open, float64(c.Persistent), with("persistent")...)
}

func (e *emitter) load(l *director.CheckLoad) {
	e.set(checksScheduled, float64(l.Scheduled))
	e.set(checksRunning, float64(l.Running))
	e.set(checksWaiting, float64(l.Waiting))
	e.set(checksLate, l.LateP99.Seconds())
}
