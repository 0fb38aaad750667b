package datafile

import (
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// virtualServer is a virtual_server with its real servers.
func (d *checkDump) virtualServer(v *config.VirtualServer, s *serverState) {
	d.Line(0, "------< Virtual server >------")
	switch {
	case v.Group != "":
		d.Line(0, "VS GROUP = %s", wiring.VirtualServerName(v))
	case v.Addr.IsValid():
		d.Line(0, "VS VIP = %s, VPORT = %d", v.Addr, v.Port)
	default:
		d.Line(0, "VS FWMARK = %d", v.FWMark)
	}
	d.LineIf(v.VirtualHost != "", 1, "VirtualHost = %s", v.VirtualHost)
	d.LineIf(v.SNMPName != "", 1, "SNMP name = '%s'", v.SNMPName)
	d.Line(1, "Address family = %s", d.family(v))
	d.Line(1, "connection timeout = %s", seconds(v.ConnectTimeout))
	d.Line(1, "delay_loop = %s", seconds(v.DelayLoop))
	d.balance(v)
	protocol := v.Protocol
	if protocol == "" {
		protocol = "none"
	}
	d.Line(1, "protocol = %s", protocol)
	d.Line(1, "alpha is %s", onOff(v.Alpha))
	d.Line(1, "omega is %s", onOff(v.Omega))
	d.inherited(v.Retry, v.DelayBeforeRetry, v.Warmup)
	d.Line(1, "Inhibit on failure is %s", onOff(v.Inhibit))
	d.Line(1, "quorum = %d, hysteresis = %d", v.Quorum, v.Hysteresis)
	d.script(1, "Quorum up notify script", v.QuorumUp)
	d.script(1, "Quorum down notify script", v.QuorumDown)
	d.LineIf(v.HASuspend, 1, "Using HA suspend")
	d.Line(1, "Using smtp notification = %s", yesNo(v.SMTPAlert))
	d.Line(1, "default forwarding method = %s", method(v.Method))
	if r := v.SorryServer; r != nil {
		d.Line(1, "sorry server = %s", realName(v, r))
		d.Line(2, "forwarding method = %s", method(r.Method))
		d.Line(2, "Inhibit on failure is %s", onOff(r.Inhibit))
		d.Line(2, "set = %s", oneZero(s.sorrySet))
		d.Line(2, "alive = %s", oneZero(s.sorry))
	}
	d.Line(1, "VS alive = %s", oneZero(s.active))
	d.Line(1, "quorum_state_up = %s", oneZero(s.quorum))
	d.Line(1, "reloaded = 0")
	for i := range v.RealServers {
		d.realServer(&v.RealServers[i], &s.real[i])
	}
}

// family is that of the virtual server; a group of both families with tunnels has none of its own.
func (d *checkDump) family(v *config.VirtualServer) string {
	switch v.Family {
	case 4:
		return "inet"
	case 6:
		return "inet6"
	}
	for i := range d.config.VirtualServerGroups {
		if g := &d.config.VirtualServerGroups[i]; g.Name == v.Group {
			if four, six := families(g); four && six {
				return "IPv4 & IPv6"
			}
		}
	}
	return "unknown"
}

// balance is how connections are spread. "Hashed" is the kernel's own mark and never set here.
func (d *checkDump) balance(v *config.VirtualServer) {
	d.Line(1, "lvs_sched = %s", v.Scheduler)
	d.Line(1, "Hashed = %s", enabled(v.Hashed))
	switch v.Scheduler {
	case "sh", "mh":
		d.Line(1, "%s-port = %s", v.Scheduler, enabled(v.Flag2))
		d.Line(1, "%s-fallback = %s", v.Scheduler, enabled(v.Flag1))
	default:
		d.Line(1, "flag-1 = %s", enabled(v.Flag1))
		d.Line(1, "flag-2 = %s", enabled(v.Flag2))
		d.Line(1, "flag-3 = %s", enabled(v.Flag3))
	}
	d.Line(1, "One packet scheduling = %s", enabled(v.OPS))
	d.LineIf(v.Persistence > 0, 1, "persistence timeout = %d", whole(v.Persistence))
	if mask := granularity(v); v.Persistence > 0 {
		d.LineIf(mask != "", 1, "persistence granularity = %s", mask)
	}
}

// granularity is the persistence mask; empty for that of a single client.
func granularity(v *config.VirtualServer) string {
	switch {
	case v.Granularity.IsValid() && v.Granularity.String() != "255.255.255.255":
		return v.Granularity.String()
	case v.Granularity6 > 0 && v.Granularity6 < 128:
		return strconv.Itoa(v.Granularity6)
	}
	return ""
}

// inherited are the settings that checkers take over where they are given.
func (d *checkDump) inherited(retry int64, delay, warmup time.Duration) {
	d.LineIf(retry >= 0, 1, "Retry count = %d", retry)
	d.LineIf(delay >= 0, 1, "Retry delay = %s", seconds(delay))
	d.LineIf(warmup >= 0, 1, "Warmup = %s", seconds(warmup))
}

// script is a line for a script, if there is one.
func (d *checkDump) script(depth int, what string, s *config.Script) {
	if s != nil {
		d.Line(depth, "%s = %s, uid:gid %d:%d", what, command(s), s.UID, s.GID)
	}
}

// method is a forwarding method with the options of its tunnel.
func method(m config.Method) string {
	switch m.Forward {
	case config.NAT:
		return "NAT"
	case config.DR:
		return "DR"
	}
	text := "TUN, type = " + strings.ToUpper(m.Tunnel)
	switch {
	case m.Tunnel == "gue":
		text += ", port = " + strconv.Itoa(int(m.Port))
	case m.Tunnel != "gre":
		return text
	}
	return text + map[string]string{"": ", no checksum", "nocsum": ", no checksum", "csum": ", checksum", "remcsum": ", remote checksum"}[m.Checksum]
}

// realServer is a real_server.
func (d *checkDump) realServer(r *config.RealServer, s *realState) {
	d.Line(1, "------< Real server >------")
	d.Line(1, "RIP = %s, RPORT = %d, WEIGHT = %d EFF WEIGHT = %d", r.Addr, r.Port, s.weight, s.weight)
	d.Line(1, "forwarding method = %s", method(r.Method))
	d.Line(1, "Alpha is %s", onOff(r.Alpha))
	d.Line(1, "connection timeout = %s", seconds(r.ConnectTimeout))
	d.Line(1, "connection limit range = %d -> %d", r.LThreshold, r.UThreshold)
	d.Line(1, "Delay loop = %s", seconds(r.DelayLoop))
	d.inherited(r.Retry, r.DelayBeforeRetry, r.Warmup)
	d.Line(1, "Inhibit on failure is %s", onOff(r.Inhibit))
	d.script(2, "RS up notify script", r.NotifyUp)
	d.script(2, "RS down notify script", r.NotifyDown)
	d.LineIf(r.VirtualHost != "", 1, " VirtualHost = '%s'", r.VirtualHost) // keepalived's odd blank
	d.LineIf(r.SNMPName != "", 1, "SNMP name = %s", r.SNMPName)
	d.Line(1, "Using smtp notification = %s", yesNo(r.SMTPAlert))
	d.Line(1, "initial weight = %d", r.Weight)
	d.Line(1, "effective weight = %d", s.weight)
	d.Line(1, "previous effective_weight = 0")
	d.Line(1, "alive = %s", oneZero(s.up))
	d.Line(1, "num failed checkers = %d", s.failed)
	d.Line(1, "RS set = %s", oneZero(s.set))
	d.Line(1, "reloaded = 0")
	d.tracked(r)
}

// tracked lists what a real server follows besides its checks.
func (d *checkDump) tracked(r *config.RealServer) {
	title := "Tracked Files"
	for i := range r.Checkers {
		if c := &r.Checkers[i]; c.TrackFile != "" {
			d.LineIf(title != "", 1, "%s", title)
			d.Line(2, "%s, weight %s", c.TrackFile, fileWeight(c))
			title = ""
		}
	}
	title = "Tracked BFDs"
	for i := range r.Checkers {
		if c := &r.Checkers[i]; c.BFD != "" {
			d.LineIf(title != "", 1, "%s", title)
			d.Line(2, "%s", c.BFD)
			title = ""
		}
	}
}
