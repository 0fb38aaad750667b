package director

import (
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/lvs"
)

// result takes the result of a check in: a failure when it counts, a success always, since it may
// ask for a weight. A success that asks for none gives the configured weight back.
func (d *Director) result(j *job, now time.Time, result checkers.Result, change checkers.Change) {
	if change.Health && !result.OK || change.Failing && j.config.LogAllFailures {
		d.log.Info(failureText(j, change, result.Detail), zap.String("detail", result.Detail))
	}
	if result.OK && j.config.HTTP != nil && change.Missing {
		d.log.Info(urlText(j, change.Done))
	}
	if result.OK && change.Health && (j.config.File == nil || j.runs > 1) {
		d.log.Info(successText(j))
	}
	if change.Step {
		return // says nothing yet
	}
	if result.OK || !change.Up {
		d.step(lvs.Event{Kind: lvs.Checked, At: now, Check: j.id, Up: result.OK, Detail: result.Detail,
			HasWeight: result.HasWeight, Relative: result.Relative, Weight: result.Weight})
	}
}

// successText and failureText are what keepalived logs, for scripts that look for it.
func successText(j *job) string {
	switch {
	case j.config.TCP != nil:
		return fmt.Sprintf("TCP connection to %s success.", j.real)
	case j.config.UDP != nil:
		return fmt.Sprintf("UDP connection to %s success.", j.real)
	case j.config.Ping != nil:
		return fmt.Sprintf("ICMP connection to %s success.", j.real)
	case j.config.SMTP != nil:
		return fmt.Sprintf("Remote SMTP server %s succeed on service.", j.real)
	case j.config.Misc != nil:
		return miscText(j) + " succeeded."
	case j.config.Session != "":
		return sessionText(j) + "UP"
	case j.config.HTTP != nil:
		return fmt.Sprintf("Remote Web server %s succeed on service.", j.real)
	case j.config.File != nil:
		return fileText(j) + "leaving FAULT state"
	}
	return fmt.Sprintf("%s on service %s succeeded.", j.config.Name, j.real)
}

func failureText(j *job, change checkers.Change, detail string) string {
	retries := ""
	if change.Health && j.config.Retry > 0 && j.runs > 1 {
		retries = fmt.Sprintf(" after %d retries", j.config.Retry)
	}
	switch {
	case j.config.Session != "":
		return sessionText(j) + "DOWN"
	case j.config.File != nil:
		return fileText(j) + "now FAULT state"
	case j.config.Misc != nil:
		return miscText(j) + " failed" + retries + "."
	case j.config.DNS != nil:
		return fmt.Sprintf("DNS_CHECK (%s) %s%s", j.real, detail, retries)
	case j.config.Ping != nil:
		return fmt.Sprintf("ICMP CHECK on service %s failed%s.", j.real, retries)
	case j.config.HTTP != nil:
		return fmt.Sprintf("%s_CHECK on service %s failed%s.", strings.TrimSuffix(j.config.Name, "_GET"), j.real, retries)
	}
	return fmt.Sprintf("%s on service %s failed%s.", j.config.Name, j.real, retries)
}

func fileText(j *job) string {
	return fmt.Sprintf("(%s): tracked file %s ", j.real, j.config.File.Name)
}

func sessionText(j *job) string {
	return fmt.Sprintf("BFD check of [%s] RS(%s) is ", j.config.Session, j.real)
}

// urlText is what keepalived logs of a url of a real server that is down: the last thing looked at.
func urlText(j *job, step int) string {
	u := &j.config.HTTP.URLs[min(step, len(j.config.HTTP.URLs)-1)]
	what := "HTTP status code"
	switch {
	case u.Regex != "":
		what = "Regex match"
	case u.Digest != "":
		what = "MD5 digest"
	}
	return fmt.Sprintf("%s success to %s url(%s).", what, j.real, u.Path)
}

func miscText(j *job) string {
	return fmt.Sprintf("Misc check for [%s VS %s] by [%s]", j.real, j.server, strings.Join(j.config.Misc.Command.Args, " "))
}

// announce logs changes of the core, runs their scripts and reports them; what checks have found comes
// last. In before what has been removed is found.
func (d *Director) announce(changes []lvs.Change, before directory) {
	if d.holding {
		d.held = append(d.held, announcement{changes, before})
		return
	}
	for _, c := range changes {
		if ce := d.log.Check(zap.InfoLevel, changeText(c)); ce != nil && ce.Message != "" {
			ce.Write()
		}
		switch c.Kind {
		case lvs.RealServerUp, lvs.RealServerDown:
			if !c.Initial || d.settings.RSInitNotifies {
				r := d.realServer(c, before)
				d.scripts.run(c.Server+" "+c.Name, r.script(c.Kind == lvs.RealServerUp))
				d.report(c, c.Kind == lvs.RealServerUp, r.Alert)
			}
		case lvs.QuorumGained, lvs.QuorumLost:
			v := d.virtualServer(c, before)
			d.scripts.run(c.Server, v.script(c.Kind == lvs.QuorumGained))
			d.report(c, c.Kind == lvs.QuorumGained, v.Alert)
		}
	}
	d.reportChecks(changes, before)
}

// reportChecks reports the verdicts of checks that are to be mailed.
func (d *Director) reportChecks(changes []lvs.Change, before directory) {
	for _, c := range changes {
		if c.Kind != lvs.CheckUp && c.Kind != lvs.CheckDown || !d.realServer(c, before).Alert {
			continue
		}
		changed, up := false, false
		for _, other := range changes {
			if other.Server == c.Server && other.Real == c.Real && (other.Kind == lvs.RealServerUp || other.Kind == lvs.RealServerDown) {
				changed, up = true, other.Kind == lvs.RealServerUp
			}
		}
		if changed || !d.settings.NoCheckAlerts {
			// Where the real server did not change it is down: another check keeps it there.
			d.report(c, up, true)
		}
	}
}

func (d *Director) report(c lvs.Change, up, alert bool) {
	change := Change{At: time.Now(), VirtualServer: c.Server, RealServer: c.Name, Kind: c.Kind, Up: up, Detail: c.Detail,
		Initial: c.Initial, Removed: c.Removed, Stopping: d.stopping, Alert: alert,
		Weight: c.Weight, Quorum: c.Quorum, Hysteresis: c.Hysteresis}
	if j := d.checks.jobs[lvs.CheckID{Server: c.Server, Real: c.Real, Check: c.Check}]; j != nil {
		change.Check = j.config.Name
	}
	d.deps.Changed(change)
}

// changeText is what keepalived logs for a change; empty where it logs nothing.
func changeText(c lvs.Change) string {
	in, out := "Adding", "Removing"
	if c.Inhibit {
		in, out = "Enabling", "Disabling"
	}
	if c.Initial && (c.Kind == lvs.RealServerUp || c.Kind == lvs.RealServerDown) {
		return ""
	}
	switch c.Kind {
	case lvs.RealServerUp:
		return fmt.Sprintf("%s service %s to VS %s", in, c.Name, c.Server)
	case lvs.RealServerDown:
		return fmt.Sprintf("%s service %s from VS %s", out, c.Name, c.Server)
	case lvs.WeightChanged:
		state := "inactive"
		if c.Up {
			state = "active"
		}
		return fmt.Sprintf("Changing weight from %d to %d for %s service %s of VS %s", c.From, c.To, state, c.Name, c.Server)
	case lvs.QuorumGained:
		return fmt.Sprintf("Gained quorum %d+%d=%d <= %d for VS %s", c.Quorum, c.Hysteresis,
			int64(c.Quorum)+int64(c.Hysteresis), c.Weight, c.Server)
	case lvs.QuorumLost:
		return fmt.Sprintf("Lost quorum %d-%d=%d > %d for VS %s", c.Quorum, c.Hysteresis,
			int64(c.Quorum)-int64(c.Hysteresis), c.Weight, c.Server)
	case lvs.SorryAdded:
		return fmt.Sprintf("%s sorry server %s to VS %s", in, c.Name, c.Server)
	case lvs.SorryRemoved:
		return fmt.Sprintf("%s sorry server %s from VS %s", out, c.Name, c.Server)
	}
	return ""
}

// realServer finds a real server in the settings that still have it; an empty one where none does.
func (d *Director) realServer(c lvs.Change, before directory) RealServer {
	for _, names := range []directory{d.names, before} {
		v := names[c.Server]
		if v == nil {
			continue
		}
		for i, r := range v.VirtualServer.RealServers {
			if r.Destination.DestinationKey == c.Real && i < len(v.RealServers) {
				return v.RealServers[i]
			}
		}
	}
	return RealServer{}
}

// virtualServer is the same for a virtual server.
func (d *Director) virtualServer(c lvs.Change, before directory) VirtualServer {
	for _, names := range []directory{d.names, before} {
		if v := names[c.Server]; v != nil {
			return *v
		}
	}
	return VirtualServer{}
}

func (r *RealServer) script(up bool) *script.Command {
	if up {
		return r.NotifyUp
	}
	return r.NotifyDown
}

func (v *VirtualServer) script(up bool) *script.Command {
	if up {
		return v.QuorumUp
	}
	return v.QuorumDown
}
