package config

import (
	"slices"

	"github.com/holdfast-ha/holdfast/parser"
)

// completeLVS resolves references, defaults and inheritance after the last line.
func (d *decoder) completeLVS() {
	d.cfg.VirtualServers = slices.Concat(d.lvs.chunks...)
	d.lvs.chunks = nil
	d.resolveAlerts()
	d.resolveFollow()
	d.resolveGroups()
	d.resolveScripts()
}

// resolveAlerts settles smtp_alert and log_all_failures, which depend on the globals. Real servers
// send mails where nothing is said, virtual servers do not.
func (d *decoder) resolveAlerts() {
	g := &d.cfg.Global
	global := g.SMTPAlertCheck
	if global == Unset {
		global = g.SMTPAlert
	}
	n := 0
	for i := range d.cfg.VirtualServers {
		v := &d.cfg.VirtualServers[i]
		v.SMTPAlert = d.lvs.waiting[i].alert.or(global.or(false))
		for j := range v.RealServers {
			r := &v.RealServers[j]
			r.SMTPAlert = d.lvs.alerts[n].or(global.or(true))
			n++
			if !g.LogAllFailures {
				continue
			}
			for k := range r.Checkers {
				r.Checkers[k].LogAllFailures = true
			}
		}
	}
}

// resolveGroups finds the groups of virtual servers. One that is missing or of another family costs
// the virtual server; keepalived only logs that.
func (d *decoder) resolveGroups() {
	kept := d.cfg.VirtualServers[:0]
	for i := range d.cfg.VirtualServers {
		v := &d.cfg.VirtualServers[i]
		if v.Group == "" || d.resolveGroup(v, d.lvs.waiting[i].words) {
			kept = append(kept, *v)
		}
	}
	clear(d.cfg.VirtualServers[len(kept):])
	d.cfg.VirtualServers = kept
}

// resolveGroup checks one virtual server against its group.
func (d *decoder) resolveGroup(v *VirtualServer, w vsWords) bool {
	at := slices.IndexFunc(d.cfg.VirtualServerGroups, func(g VirtualServerGroup) bool { return g.Name == v.Group })
	if at < 0 {
		d.loggedVS(v, w, "group-unknown", "define virtual_server_group "+v.Group, "there is no virtual_server_group %s", quote(v.Group))
		return false
	}
	group := &d.cfg.VirtualServerGroups[at]
	four, six, open := group.families()
	switch {
	case four && six && v.Family != 0:
		d.loggedVS(v, w, "group-family", "use TUN for all real servers, or a group for each family", "virtual_server_group %s has IPv4 and IPv6 entries, its real servers are IPv%d", quote(v.Group), v.Family)
		return false
	case four && v.Family == 6 || six && v.Family == 4:
		d.loggedVS(v, w, "group-family", "", "the entries of virtual_server_group %s are not IPv%d as its real servers are", quote(v.Group), v.Family)
		return false
	case v.Family == 0 && four != six:
		v.Family = 4
		if six {
			v.Family = 6
		}
	case v.Family == 0 && open:
		p := d.vsProblem(w.head, v, "group-family-open", "write inet or inet6 behind the fwmark", "nothing tells the address family of virtual_server_group %s", quote(v.Group))
		p.Class, p.Instead = parser.Logged, "IPv4 is used"
		v.Family = 4
	}
	d.checkService(v, w, group)
	return true
}

// loggedVS reports a virtual server that is ignored without touching the exit status of
// --config-test.
func (d *decoder) loggedVS(v *VirtualServer, w vsWords, id, cure, format string, args ...any) {
	p := d.vsProblem(w.head, v, id, cure, format, args...)
	p.Severity, p.Class, p.Instead = parser.Error, parser.Logged, "the virtual server is ignored"
}

// families tells which families the entries of a group have, and whether a fwmark leaves it open.
func (g *VirtualServerGroup) families() (four, six, open bool) {
	for i := range g.Entries {
		e := &g.Entries[i]
		f := e.Family
		if isAddress(*e) {
			f = family(e.First)
		}
		four, six, open = four || f == 4, six || f == 6, open || f == 0
	}
	return four, six, open
}

// resolveFollow checks the names behind follow_vrrp. It runs before resolveGroups, while the virtual
// servers are in step with what waits for them.
func (d *decoder) resolveFollow() {
	for i := range d.cfg.VirtualServers {
		v := &d.cfg.VirtualServers[i]
		name := v.FollowVRRP
		if name == "" || name == "none" ||
			slices.ContainsFunc(d.cfg.Instances, func(x Instance) bool { return x.Name == name }) ||
			slices.ContainsFunc(d.cfg.SyncGroups, func(x SyncGroup) bool { return x.Name == name }) {
			continue
		}
		d.vsProblem(d.lvs.waiting[i].words.follow, v, "follow-vrrp-unknown", "the name of an instance or group of this file, or none",
			"virtual server %s: follow_vrrp %s names neither a vrrp_instance nor a vrrp_sync_group", v.String(), quote(name)).
			Instead = "the holder of the address is followed"
		v.FollowVRRP = ""
	}
}

// resolveScripts applies the rules for scripts; a MISC_CHECK whose script cannot run is removed.
func (d *decoder) resolveScripts() {
	for i := range d.cfg.VirtualServers {
		v := &d.cfg.VirtualServers[i]
		v.QuorumUp = d.checkScript(v.QuorumUp, "quorum_up")
		v.QuorumDown = d.checkScript(v.QuorumDown, "quorum_down")
		for j := range v.RealServers {
			r := &v.RealServers[j]
			r.NotifyUp = d.checkScript(r.NotifyUp, "notify_up")
			r.NotifyDown = d.checkScript(r.NotifyDown, "notify_down")
			if slices.ContainsFunc(r.Checkers, func(c Checker) bool { return c.MiscScript != nil }) {
				r.Checkers = d.runnable(r.Checkers)
			}
		}
	}
}

// runnable removes the checkers whose script cannot run.
func (d *decoder) runnable(list []Checker) []Checker {
	return slices.DeleteFunc(list, func(c Checker) bool {
		return c.MiscScript != nil && d.checkScript(c.MiscScript, "misc_path") == nil
	})
}
