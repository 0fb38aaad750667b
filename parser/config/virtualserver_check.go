package config

import "slices"

// checkService settles what depends on how the virtual server is addressed: by an address, by a
// firewall mark, or by the entries of a group.
func (d *decoder) checkService(v *VirtualServer, w vsWords, group *VirtualServerGroup) {
	addresses, marks := v.FWMark == 0, v.FWMark != 0
	if group != nil {
		marks = slices.ContainsFunc(group.Entries, isMark)
		addresses = slices.ContainsFunc(group.Entries, isAddress)
	}
	if v.HASuspend && marks {
		d.vsProblem(w.suspend, v, "ha-suspend-fwmark", "remove ha_suspend", "virtual server %s: ha_suspend does not go with firewall marks", v.String()).
			Instead = "ha_suspend is off"
		v.HASuspend = false
	}
	if addresses {
		d.checkAddressed(v, w, group)
	}
	if v.Protocol != "" && marks && !addresses {
		d.vsProblem(w.protocol, v, "protocol-fwmark", "remove protocol", "virtual server %s: a firewall mark has no protocol", v.String()).
			Instead = "protocol is ignored"
		v.Protocol = ""
	}
	if group != nil {
		d.checkGroupPorts(v, group)
	} else {
		d.checkPorts(v)
	}
	v.fillCheckPorts()
}

// isMark tells whether an entry of a group is a firewall mark.
func isMark(e GroupEntry) bool { return !e.First.IsValid() }

// isAddress tells whether an entry of a group is an address or a range.
func isAddress(e GroupEntry) bool { return e.First.IsValid() }

// checkAddressed settles protocol, one packet scheduling and the persistence of port 0.
func (d *decoder) checkAddressed(v *VirtualServer, w vsWords, group *VirtualServerGroup) {
	if v.Protocol == "" {
		d.vsProblem(w.head, v, "protocol-missing", "write protocol TCP, UDP or SCTP", "virtual server %s names no protocol", v.String()).
			Instead = "UDP is used"
		v.Protocol = "UDP"
	}
	if v.OPS && v.Protocol != "UDP" {
		d.vsProblem(w.ops, v, "ops-protocol", "remove ops, or write protocol UDP", "virtual server %s: ops goes with UDP only", v.String()).
			Instead = "ops is off"
		v.OPS = false
	}
	noPort := v.Port == 0
	if group != nil {
		noPort = slices.ContainsFunc(group.Entries, func(e GroupEntry) bool { return isAddress(e) && e.Port == 0 })
	}
	if v.Persistence == 0 && noPort {
		d.vsProblem(w.head, v, "port-zero", "write a port, or persistence_timeout", "virtual server %s: all ports (port 0) go with persistence only", v.String()).
			Instead = "persistence_timeout 360 is used"
		v.Persistence = defaultPersistence
	}
}

// checkPorts gives servers the port of the virtual server where the method keeps it: only NAT
// changes ports. A firewall mark has none.
func (d *decoder) checkPorts(v *VirtualServer) {
	for i := range v.RealServers {
		d.checkPort(v, &v.RealServers[i], "real_server", "real server")
	}
	if s := v.SorryServer; s != nil && s.Method.Forward != NAT {
		d.checkPort(v, s, "sorry_server", "sorry server")
	}
}

// checkPort settles the port of one server.
func (d *decoder) checkPort(v *VirtualServer, r *RealServer, keyword, what string) {
	switch {
	case r.Method.Forward == NAT:
		if v.FWMark == 0 && r.Port == 0 {
			r.Port = v.Port
		}
	case v.FWMark != 0 && r.Port != 0:
		p := d.problemAt(r.Pos, parserWord(keyword), "port-fwmark", "virtual server %s, %s %s: only NAT changes ports, and a firewall mark has none", v.String(), what, r.Addr)
		p.Instead, p.Cure = "the port is ignored", "leave the port out"
		r.Port = 0
	case v.FWMark != 0:
	case r.Port == 0:
		r.Port = v.Port
	case r.Port != v.Port:
		p := d.problemAt(r.Pos, parserWord(keyword), "port-mismatch", "virtual server %s, %s %s: only NAT changes ports, port %d cannot be reached", v.String(), what, r.Addr, r.Port)
		p.Instead, p.Cure = "the port of the virtual server is used", "write the same port, or lb_kind NAT"
		r.Port = v.Port
	}
}

// checkGroupPorts reports servers whose port an entry of the group cannot have. keepalived leaves
// the ports as they are.
func (d *decoder) checkGroupPorts(v *VirtualServer, group *VirtualServerGroup) {
	for i := range v.RealServers {
		d.checkGroupPort(v, &v.RealServers[i], group, "real_server", "real server")
	}
	if v.SorryServer != nil {
		d.checkGroupPort(v, v.SorryServer, group, "sorry_server", "sorry server")
	}
}

// checkGroupPort compares one server's port with every entry; the first that differs is reported.
func (d *decoder) checkGroupPort(v *VirtualServer, r *RealServer, group *VirtualServerGroup, keyword, what string) {
	if r.Method.Forward == NAT || r.Port == 0 {
		return
	}
	at := slices.IndexFunc(group.Entries, func(e GroupEntry) bool { return isMark(e) || e.Port != r.Port })
	if at < 0 {
		return
	}
	e := group.Entries[at]
	if isMark(e) {
		p := d.problemAt(r.Pos, parserWord(keyword), "port-fwmark", "virtual server %s, %s %s: only NAT changes ports, and firewall mark %d has none", v.String(), what, r.Addr, e.FWMark)
		p.Instead, p.Cure = "the port is ignored there", "leave the port out"
		return
	}
	p := d.problemAt(r.Pos, parserWord(keyword), "port-mismatch", "virtual server %s, %s %s: only NAT changes ports, port %d cannot be reached through %s %d", v.String(), what, r.Addr, r.Port, e.First, e.Port)
	p.Instead, p.Cure = "the port of the entry is used there", "write the same port, or lb_kind NAT"
}

// fillCheckPorts gives the checkers that name no port the real server's, which may have come from
// the virtual server.
func (v *VirtualServer) fillCheckPorts() {
	for i := range v.RealServers {
		r := &v.RealServers[i]
		for j := range r.Checkers {
			if c := &r.Checkers[j]; c.ConnectPort == 0 && c.ConnectAddr.IsValid() {
				c.ConnectPort = r.Port
			}
		}
	}
}
