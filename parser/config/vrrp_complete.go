package config

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/parser"
)

// completeVRRP resolves references and defaults of everything VRRP, in keepalived's order.
func (d *decoder) completeVRRP() {
	found := len(d.problems)
	d.lvs.scripts.forVRRP = true
	d.completeScripts()
	for _, g := range d.vrrp.groups {
		d.completeSyncGroup(g)
	}
	names := map[string]bool{}
	for _, p := range d.vrrp.instances {
		d.file = p.file
		d.completeInstance(p)
		d.completeVMAC(p, names)
	}
	d.lvs.scripts.forVRRP = false
	d.duplicateVRIDs()
	d.completeStatic()
	d.completeSyncDaemon()
	d.completeFirewall()
	d.dropUntracked()
	d.stopAtMissingInterface(found)
	for _, p := range d.vrrp.instances {
		d.cfg.Instances = append(d.cfg.Instances, p.Instance)
	}
}

// stopAtMissingInterface: keepalived's --config-test goes no further with VRRP where an interface
// is missing. What was found behind that point is told, but does not count.
func (d *decoder) stopAtMissingInterface(found int) {
	missing := func(p parser.Problem) bool {
		return p.StopsRun && strings.HasPrefix(p.ID, "interface-") && p.ID != "interface-none"
	}
	if !slices.ContainsFunc(d.problems, missing) {
		return
	}
	for i := found; i < len(d.problems); i++ {
		if !missing(d.problems[i]) {
			d.problems[i].Class = parser.Logged
		}
	}
	d.lvs.unprotected = nil
}

// completeScripts drops the vrrp_scripts that cannot run, and the lines that track them.
func (d *decoder) completeScripts() {
	if len(d.vrrp.instances) == 0 {
		return // nobody runs them, so nobody looks at them
	}
	kept := d.cfg.Scripts[:0]
	for _, s := range d.cfg.Scripts {
		found := len(d.problems)
		if s.Script = d.checkScript(s.Script, "vrrp_script "+s.Name); s.Script != nil {
			kept = append(kept, s)
			continue
		}
		for i := found; i < len(d.problems); i++ {
			d.problems[i].Class = max(d.problems[i].Class, parser.General) // only logged for other scripts
		}
		for _, p := range d.vrrp.instances {
			d.dropTracks(&p.TrackScripts, s.Name)
		}
		for _, g := range d.vrrp.groups {
			d.dropTracks(&g.TrackScripts, s.Name)
		}
	}
	d.cfg.Scripts = kept
}

// completeInstance resolves one instance. Its problems are those that the whole block shows.
func (d *decoder) completeInstance(p *instanceDraft) {
	d.inheritInstance(p)
	d.completeFamily(p)
	d.completeVRID(p)
	d.completeUnicast(p)
	d.completeInterface(p)
	d.completePriority(p)
	d.completeAuth(p)
	d.completePreempt(p)
	d.completeAdvert(p)
	d.completeAccept(p)
	d.completeHMAC(p)
	d.completeAddresses(p)
	d.completeTracks(p)
	for _, s := range p.notifyScripts() {
		*s.script = d.checkScript(*s.script, s.keyword)
	}
}

// inheritInstance takes from global_defs what the instance does not say.
func (d *decoder) inheritInstance(p *instanceDraft) {
	g := &d.cfg.Global
	p.Strict = p.strict.or(g.Strict)
	p.LowerPrioNoAdvert = p.lowerPrio.or(g.LowerPrioNoAdvert)
	p.HigherPrioSendAdvert = p.higherPrio.or(g.HigherPrioSendAdvert)
	p.OwnerIgnoreAdverts = p.ownerIgnore.or(g.OwnerIgnoreAdverts)
	p.V3ChecksumAsV2 = p.v3Checksum.or(g.V3ChecksumAsV2)
	p.SkipCheckAdvAddr = p.skipCheck.or(g.SkipCheckAdvAddr)
	p.NotifyPriorityChanges = p.notifyPrio.or(g.NotifyPriorityChanges)
	p.SMTPAlert = p.smtpAlert.or(g.SMTPAlertVRRP.or(g.SMTPAlert == On))
	p.CheckUniSrc = p.checkSrc // keepalived does not look at vrrp_check_unicast_src
	p.LinkbeatPoll = p.LinkbeatPoll || g.LinkbeatPoll
	if !p.downTimerSet {
		p.DownTimerAdverts = g.DownTimerAdverts
	}
	extra, all := p.GARP.ExtraIf, p.GARP.ExtraIfAll
	p.GARP = g.GARP
	if p.extraSet {
		p.GARP.ExtraIf, p.GARP.ExtraIfAll = extra, all
	}
	p.inheritGARP()
	if p.Strict && p.DownTimerAdverts != 3 {
		d.problem("strict-down-timer", p.name, "%s: down_timer_adverts does not go with strict mode", p.Name).Instead = "3 is used"
		p.DownTimerAdverts = 3
	}
	if p.Strict { // RFC 3768 and 5798 have no answer to a lower priority advert
		if p.lowerPrio == Off || p.higherPrio == On {
			d.problem("strict-advert", p.name, "%s: strict mode answers no advert of another priority", p.Name).Instead = "none is answered"
		}
		p.LowerPrioNoAdvert, p.HigherPrioSendAdvert = true, false
		p.GARP.LowerPrioDelay, p.GARP.LowerPrioRep = 0, 0
	}
}

// inheritGARP lays the instance's own GARP settings over the global ones. The settings for lower
// priority adverts never follow the instance's own ones for becoming MASTER.
func (p *instanceDraft) inheritGARP() {
	s := &p.garp
	if s.delay != nil {
		p.GARP.Delay = *s.delay
	}
	if s.repeat != nil {
		p.GARP.Repeat = *s.repeat
	}
	if s.refresh != nil {
		p.GARP.Refresh = *s.refresh
	}
	if s.refreshRepeat != nil {
		p.GARP.RefreshRepeat = *s.refreshRepeat
	}
	if s.lowerDelay != nil {
		p.GARP.LowerPrioDelay = *s.lowerDelay
	}
	if s.lowerPrioReps != nil {
		p.GARP.LowerPrioRep = *s.lowerPrioReps
	}
}

// completeFamily settles the address family and the version.
func (d *decoder) completeFamily(p *instanceDraft) {
	p.Family = p.family
	if p.Family == 0 {
		p.Family = 4
	}
	g := &d.cfg.Global
	switch {
	case p.Family == 6 && p.Version == 2 && p.Strict:
		d.problem("version", p.name, "%s: VRRP version 2 has no IPv6", p.Name).Instead = "version 3 is used"
		p.Version = 3
	case p.Version != 0:
	case p.Family == 6:
		p.Version = 3
	case g.VRRPVersion != 0:
		p.Version = g.VRRPVersion
	default:
		p.Version = 2
	}
	if !p.MulticastDst.IsValid() || family(p.MulticastDst) != p.Family {
		if p.MulticastDst.IsValid() {
			d.ignored("family", p.group, "mcast_dst_ip of %s is not IPv%d", p.Name, p.Family)
		}
		p.MulticastDst = g.MulticastGroup4
		if p.Family == 6 {
			p.MulticastDst = g.MulticastGroup6
		}
	}
}

// fatal reports what keeps the daemon from running.
func (d *decoder) fatal(id string, at parser.Word, format string, args ...any) *parser.Problem {
	p := d.problem(id, at, format, args...)
	p.Severity, p.StopsRun, p.Instead = parser.Error, true, "the daemon does not start"
	return p
}

func (d *decoder) completeVRID(p *instanceDraft) {
	if p.VRID == 0 {
		what := "no virtual_router_id"
		if p.vrid.Text != "" {
			what = "no usable virtual_router_id"
		}
		d.fatal("vrid-missing", p.name, "vrrp_instance %s has %s", p.Name, what).
			Cure = "write virtual_router_id and a number from 1 to 255"
	}
}

// completeUnicast decides between unicast and multicast.
func (d *decoder) completeUnicast(p *instanceDraft) {
	p.Unicast = len(p.UnicastPeers) > 0
	switch {
	case p.Unicast:
	case p.FaultNoPeer:
		p.Unicast = true
		p.disable("no unicast peers")
		if p.UnicastTTL >= 0 {
			d.ignored("unicast-no-peer", p.ttl, "unicast_ttl of %s needs unicast_peer", p.Name)
			p.UnicastTTL = -1
		}
	case p.unicastUsed || p.unicastBlock:
		p.UnicastIgnored = true
		q := d.problem("unicast-no-peer", p.name, "%s has unicast settings but no unicast_peer", p.Name)
		q.Instead, q.Cure = "multicast is used", "list the other routers in unicast_peer"
	}
	if p.Unicast {
		if p.group.Text != "" && len(p.UnicastPeers) > 0 {
			d.ignored("unicast-group", p.group, "%s: mcast_dst_ip does not go with unicast_peer", p.Name)
		}
		if p.UnicastSrc.IsValid() {
			return
		}
		p.UnicastSrc = p.MulticastSrc
		return
	}
	if !p.MulticastSrc.IsValid() {
		p.MulticastSrc = p.UnicastSrc
	}
}

// completeInterface demands an interface that VRRP can use.
func (d *decoder) completeInterface(p *instanceDraft) {
	if p.Interface == "" {
		switch {
		case p.VMAC != nil && p.vmac.Text != "":
			d.fatal("vmac-interface", p.vmac, "use_vmac of %s needs an interface", p.Name)
		case !p.Unicast || !p.UnicastSrc.IsValid():
			d.fatal("interface-none", p.name, "vrrp_instance %s has no interface", p.Name).
				Cure = "write interface and its name, or use unicast_peer with unicast_src_ip"
		case p.UnicastSrc.IsLinkLocalUnicast() && p.UnicastSrc.Is6():
			d.fatal("interface-none", p.src, "%s: a link-local unicast_src_ip needs an interface", p.Name)
		}
		return
	}
	if p.VRF != "" {
		d.problem("vrf", p.name, "vrf of %s goes with unicast without an interface only", p.Name).Instead = "it is ignored"
		p.VRF = ""
	}
	i, ok := d.host.Interface(p.Interface)
	if !ok {
		return
	}
	if len(p.UnicastPeers) > 0 && p.Strict && i.Multicast {
		d.fatal("unicast-strict", p.name, "%s: strict mode allows no unicast on an interface that does multicast", p.Name)
	}
	if len(p.UnicastPeers) == 0 && !i.Multicast {
		q := d.problem("interface-multicast", p.iface, "interface %s of %s does not do multicast", p.Interface, p.Name)
		q.Instead, q.Cure = "the instance stays in FAULT", "list the other routers in unicast_peer"
		p.disable("interface without multicast")
	}
}

// completePriority settles state and priority with each other.
func (d *decoder) completePriority(p *instanceDraft) {
	if p.State == Master && !p.prioritySet {
		p.Priority = 255
		q := d.problem("master-owner", p.name, "%s: state MASTER without priority makes it the owner of the address", p.Name)
		hint(q).Instead = "priority 255 is used"
		q.Cure = "write the priority that you mean"
	}
	if p.Priority == 255 && !p.StateSet {
		p.State = Master
	}
	if p.Strict && (p.State == Master) != (p.Priority == 255) {
		d.problem("strict-owner", p.name, "%s: strict mode wants state MASTER for priority 255 and only for it", p.Name)
		p.State = Backup
		if p.Priority == 255 {
			p.State = Master
		}
	}
	if p.Priority == 255 && p.ownerIgnore == Off {
		d.problem("owner-ignore", p.name, "%s: owner_ignore_adverts cannot be off with priority 255", p.Name).Instead = "it is on"
		p.OwnerIgnoreAdverts = true
	}
}

// completePreempt clears what contradicts itself.
func (d *decoder) completePreempt(p *instanceDraft) {
	owner := p.State == Master || p.Priority == 255
	if p.NoPreempt && owner {
		q := d.problem("nopreempt-master", p.name, "%s: nopreempt does not go with state MASTER or priority 255", p.Name)
		q.Instead, q.Cure = "nopreempt is ignored", "write state BACKUP on both routers"
		p.NoPreempt = false
	}
	if p.PreemptDelay != 0 {
		why := ""
		switch {
		case p.Strict:
			why = "strict mode"
		case p.State == Master:
			why = "state MASTER"
		case p.NoPreempt:
			why = "nopreempt"
		}
		if why != "" {
			d.problem("preempt-delay", p.preempt, "%s: preempt_delay does not go with %s", p.Name, why).Instead = "it is ignored"
			p.PreemptDelay = 0
		}
	}
	if p.TimerExpiredBackup != 0 && !p.NoPreempt {
		d.problem("timer-expired", p.timerBackup, "%s: %s needs nopreempt", p.Name, p.timerBackup.Text).Instead = "it is ignored"
		p.TimerExpiredBackup = 0
	}
}

// completeAdvert fits the advert interval to the version.
func (d *decoder) completeAdvert(p *instanceDraft) {
	const step, longest = 10 * time.Millisecond, 40950 * time.Millisecond
	t := p.AdvertInt
	switch {
	case p.Version == 2 && t%time.Second != 0:
		t = max(t.Round(time.Second), time.Second)
		d.problem("advert-rounded", p.advert, "advert_int %s: VRRP version 2 has whole seconds", p.advert.Text).
			Cure = "write a whole number, or version 3 on both routers"
	case p.Version == 3 && t > longest:
		t = longest
		d.problem("advert-rounded", p.advert, "advert_int %s: VRRP version 3 has at most 40.95 seconds", p.advert.Text)
	case p.Version == 3 && t%step != 0:
		t = max(t.Round(step), step)
		d.problem("advert-rounded", p.advert, "advert_int %s: VRRP version 3 has steps of 0.01 seconds", p.advert.Text)
	default:
		return
	}
	d.problems[len(d.problems)-1].Instead = plain(t, time.Second) + " is used"
	p.AdvertInt = t
}

// completeAccept settles whether packets to the addresses are taken.
func (d *decoder) completeAccept(p *instanceDraft) {
	switch {
	case p.Strict && p.Accept && p.Version == 2:
		d.problem("strict-accept", p.name, "%s: accept does not go with strict mode and VRRP version 2", p.Name).Instead = "it is ignored"
		p.Accept, p.NoAccept = false, p.Priority != 255
	case p.acceptSet:
	case p.Strict:
		p.Accept, p.NoAccept = false, p.Priority != 255
	default:
		p.Accept = true
	}
}

// completeTracks drops what may not be tracked.
func (d *decoder) completeTracks(p *instanceDraft) {
	for _, t := range p.TrackInterfaces {
		if t.Name == p.Interface {
			d.ignored("track-own", d.trackWord(t), "%s tracks its own interface %s", p.Name, t.Name)
			p.TrackInterfaces = slices.DeleteFunc(p.TrackInterfaces, func(o Track) bool { return o.Name == t.Name })
			break
		}
	}
	d.trackedTwice(p)
	why := ""
	switch {
	case p.Priority == 255:
		why = "an owner's priority 255 never changes"
	case p.inGroup != nil && !p.inGroup.TrackingWeight:
		why = "the weights of a sync group's members must be equal"
	default:
		return
	}
	for _, t := range p.trackLists().dropWeighted() {
		q := d.ignored("track-weight", d.trackWord(t), "%s tracks %s with a weight, but %s", p.Name, t.Name, why)
		if p.Priority != 255 {
			q.Cure = "write sync_group_tracking_weight in the group"
		}
	}
}

// trackedTwice reports what an instance tracks as well as its sync group.
func (d *decoder) trackedTwice(p *instanceDraft) {
	if p.inGroup == nil {
		return
	}
	for _, t := range p.TrackInterfaces {
		if slices.ContainsFunc(p.inGroup.TrackInterfaces, func(u Track) bool { return u.Name == t.Name }) {
			d.problem("track-twice", d.trackWord(t), "interface %s is tracked by %s and by its vrrp_sync_group %s", t.Name, p.Name, p.inGroup.Name).
				Cure = "remove one of them"
		}
	}
}

// duplicateVRIDs looks for instances that would hear each other's adverts.
func (d *decoder) duplicateVRIDs() {
	type key struct {
		iface  string
		vmac   bool // IPv6 on an interface of its own
		family int
		vrid   uint8
		to     netip.Addr // the group, or a unicast peer
	}
	seen := map[key]*instanceDraft{}
	for _, p := range d.vrrp.instances {
		if p.VRID == 0 || p.Interface == "" {
			continue
		}
		to := []netip.Addr{p.MulticastDst}
		if len(p.UnicastPeers) > 0 {
			to = nil
			for _, peer := range p.UnicastPeers {
				to = append(to, peer.Addr)
			}
		}
		for _, a := range to {
			k := key{p.Interface, p.Family == 6 && p.vmac.Text != "", p.Family, p.VRID, a}
			if q := seen[k]; q != nil {
				d.file = p.file
				d.fatal("vrid-duplicate", p.vrid, "%s and %s both use virtual_router_id %d with IPv%d on interface %s", q.Name, p.Name, p.VRID, p.Family, p.Interface).
					Cure = "give one of them another number"
				break
			}
			seen[k] = p
		}
	}
}

// completeFirewall names the table that keeps packets from the addresses, where one is needed and
// none is configured.
func (d *decoder) completeFirewall() {
	g := &d.cfg.Global
	for _, p := range d.vrrp.instances {
		if g.NFTables == "" && (p.NoAccept || p.vmac.Text != "") {
			g.NFTables = "keepalived"
		}
	}
}

// dropUntracked drops the vrrp_scripts that nothing tracks: they never run.
func (d *decoder) dropUntracked() {
	d.cfg.Scripts = slices.DeleteFunc(d.cfg.Scripts, func(s VRRPScript) bool {
		tracks := func(list []Track) bool {
			return slices.ContainsFunc(list, func(t Track) bool { return t.Name == s.Name })
		}
		for _, p := range d.vrrp.instances {
			if tracks(p.TrackScripts) {
				return false
			}
		}
		for _, g := range d.vrrp.groups {
			if tracks(g.TrackScripts) {
				return false
			}
		}
		hint(d.problemAt(s.Pos, d.wordAt(s.Name, s.Pos), "script-untracked", "vrrp_script %s is not tracked", s.Name)).Instead = "it never runs"
		return true
	})
}

// completeSyncDaemon looks the instance of lvs_sync_daemon up. The old lvs_sync_daemon_interface of
// an instance stands for one.
func (d *decoder) completeSyncDaemon() {
	for _, p := range d.vrrp.instances {
		if p.LVSSyncInterface != "" && d.cfg.Global.LVSSync == nil {
			d.cfg.Global.LVSSync = &LVSSync{Interface: p.LVSSyncInterface, Instance: p.Name}
		}
	}
	s := d.cfg.Global.LVSSync
	if s == nil {
		return
	}
	if p := d.instance(s.Instance); p != nil && s.ID < 0 {
		s.ID = int(p.VRID)
	}
	if s.ID < 0 {
		s.ID = 0
	}
}
