package metrics

import (
	"runtime"
	"runtime/debug"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/control"
)

// buildLabels are those that exporters have by custom.
var buildLabels = []string{"branch", "goarch", "goos", "goversion", "revision", "tags", "version"}

// builds sends what program this is.
func (e *emitter) builds(version string) {
	revision := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	for _, s := range []*series{exporterBuild, build} {
		e.set(s, 1, "", runtime.GOARCH, runtime.GOOS, runtime.Version(), revision, "", version)
	}
}

// daemon sends what the parent process tells of itself and of the others.
func (e *emitter) daemon(s *control.Status) {
	e.flag(reloadSuccess, s.Reload.Error == "")
	e.when(reloadTime, s.Reload.InForce)
	e.count(reloads, s.Reload.Count, "success")
	e.count(reloads, s.Reload.Refused, "refused")
	e.set(problems, float64(s.Problems))
	answered := map[string]bool{"vrrp": s.VRRP != nil, "lvs": s.LVS != nil, "bfd": s.BFD != nil}
	for _, p := range s.Processes {
		e.flag(processUp, p.PID != 0 && answered[p.Role], p.Role)
		e.when(processStart, p.Since, p.Role)
		e.count(processRestarts, uint64(p.Restarts), p.Role)
	}
	fifos := once{}
	for _, f := range s.Notified.FIFOs {
		path := fifos.name(f.Path)
		e.count(fifoLines, f.Written, path, "written")
		e.count(fifoLines, f.Dropped, path, "dropped")
	}
	e.count(scriptsDropped, s.Notified.ScriptsDropped)
	e.count(mails, s.Notified.Mail.Sent, "sent")
	e.count(mails, s.Notified.Mail.Failed, "failed")
	e.count(mails, s.Notified.Mail.Dropped, "dropped")
}

// tracking sends what is tracked beside interfaces.
func (e *emitter) tracking(s *control.Status) {
	for i := range s.Tracking.Objects {
		o := &s.Tracking.Objects[i]
		if o.Kind != "file" {
			e.flag(trackedUp, o.Up, o.Kind, o.Name)
		}
		switch o.Kind {
		case "file", "process":
			e.set(trackedValue, float64(o.Value), o.Kind, o.Name)
		case "script":
			e.flag(scriptStatus, o.Up, o.Name)
			state := 0.0
			if o.Running {
				state = 1
			}
			if o.Late {
				state = 2
			}
			e.set(scriptState, state, o.Name)
			ended := o.Runs
			if o.Running && !o.Late { // one that is late has failed already
				ended--
			}
			e.count(scriptRuns, ended-min(ended, o.Failures), o.Name, "success")
			e.count(scriptRuns, o.Failures-min(o.Failures, o.Timeouts), o.Name, "failure")
			e.count(scriptRuns, o.Timeouts, o.Name, "timeout")
			e.count(scriptRuns, o.Skips, o.Name, "skipped")
		}
	}
}

// sessions sends what the BFD process tells.
func (e *emitter) sessions(s *bfdspeaker.Status) {
	for i := range s.Sessions {
		b := &s.Sessions[i]
		e.flag(sessionUp, b.State == "Up", b.Name)
		e.count(sessionDowns, b.Downs, b.Name)
		e.count(sessionPackets, b.Sent, b.Name, "sent")
		e.count(sessionPackets, b.Received, b.Name, "received")
		e.count(sessionPackets, b.Discarded, b.Name, "discarded")
	}
}
