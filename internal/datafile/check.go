package datafile

import (
	"net/netip"
	"slices"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// Check writes what follows the global definitions in keepalived_check.data. s may be nil.
func Check(w *Writer, c *config.Config, s *director.Status) {
	d := checkDump{Writer: w, config: c, servers: serverStates(c, s)}
	d.ssl()
	d.Section("LVS Topology")
	d.Line(0, "System is compiled with LVS v%s", ipvsVersion)
	for i := range c.VirtualServerGroups {
		d.group(&c.VirtualServerGroups[i])
	}
	for i := range c.VirtualServers {
		d.virtualServer(&c.VirtualServers[i], &d.servers[i])
	}
	d.checkers()
	d.trackFiles()
	d.trackBFDs()
}

// ipvsVersion is the version of IPVS, which the kernel has not changed since 2002.
const ipvsVersion = "1.2.1"

// checkDump writes the sections of one file.
type checkDump struct {
	*Writer
	config  *config.Config
	servers []serverState // of config.VirtualServers
	regexes map[regexKey]int
}

// ssl is the section of the SSL block, or of the settings that are made up for SSL_GET without one.
func (d *checkDump) ssl() {
	s := d.config.SSL
	own := s != nil && *s != config.SSL{}
	if !own && !slices.ContainsFunc(d.checks(), func(c listedCheck) bool { return c.HTTP != nil && c.HTTP.TLS }) {
		return
	}
	d.Section("SSL definitions")
	if !own {
		d.Line(0, "Using autogen SSL context")
		return
	}
	d.LineIf(s.Password != "", 0, "Password : %s", hidden)
	d.LineIf(s.CA != "", 0, "CA-file : %s", s.CA)
	d.LineIf(s.Certificate != "", 0, "Certificate file : %s", s.Certificate)
	d.LineIf(s.Key != "", 0, "Key file : %s", s.Key)
}

// hidden stands for a password.
const hidden = "(set)"

// listedCheck is a check with what it belongs to.
type listedCheck struct {
	*config.Checker
	server *config.VirtualServer
	real   *config.RealServer
	state  checkState
}

// title is "[192.0.2.1]:tcp:80 -> [192.0.2.10]:tcp:80".
func (c *listedCheck) title() string {
	return wiring.VirtualServerName(c.server) + " -> " + realName(c.server, c.real)
}

func realName(v *config.VirtualServer, r *config.RealServer) string {
	return wiring.RealServerName(r.Addr, v.Protocol, r.Port)
}

// checks lists the checks of all real servers in keepalived's order: a FILE_CHECK comes after all
// others.
func (d *checkDump) checks() []listedCheck {
	var list, files []listedCheck
	for i := range d.config.VirtualServers {
		v := &d.config.VirtualServers[i]
		for j := range v.RealServers {
			r := &v.RealServers[j]
			for k := range r.Checkers {
				c := listedCheck{&r.Checkers[k], v, r, d.servers[i].real[j].checks[k]}
				if c.TrackFile != "" {
					files = append(files, c)
				} else {
					list = append(list, c)
				}
			}
		}
	}
	return append(list, files...)
}

// group is a virtual_server_group: the addresses, then the fwmarks.
func (d *checkDump) group(g *config.VirtualServerGroup) {
	four, six := families(g)
	d.Line(0, "------< Virtual server group >------")
	d.Line(0, "Virtual Server Group = %s, IPv4 = %s, IPv6 = %s", g.Name, yesNo(four), yesNo(six))
	alive := d.alive(g.Name)
	for _, e := range g.Entries {
		switch {
		case !e.First.IsValid():
			continue
		case e.First == e.Last:
			d.Line(1, "VIP = %s, VPORT = %d", e.First, e.Port)
		default:
			d.Line(1, "VIP Range = %s-%s, VPORT = %d", e.First, e.Last, e.Port)
		}
		d.Line(2, "Alive: %d tcp, %d udp, %d sctp", alive["TCP"], alive["UDP"], alive["SCTP"])
		d.Line(2, "reloaded = False")
	}
	for _, e := range g.Entries {
		if e.First.IsValid() {
			continue
		}
		d.Line(1, "FWMARK = %d%s", e.FWMark, map[int]string{4: " IPv4", 6: " IPv6"}[e.Family])
		d.Line(2, "Alive: %d IPv4, %d IPv6", alive["IPv4"], alive["IPv6"])
		d.Line(2, "reloaded = False")
	}
}

// alive counts the servers that the virtual servers of a group have in the kernel for each of its
// entries, by protocol and by the family of the virtual server.
func (d *checkDump) alive(group string) map[string]int {
	n := map[string]int{}
	for i := range d.config.VirtualServers {
		v := &d.config.VirtualServers[i]
		if v.Group != group {
			continue
		}
		n[v.Protocol] += d.servers[i].placed()
		if v.Family == 4 {
			n["IPv4"] += d.servers[i].placed()
		} else {
			n["IPv6"] += d.servers[i].placed()
		}
	}
	return n
}

// families tells which families the entries of a group name.
func families(g *config.VirtualServerGroup) (four, six bool) {
	for _, e := range g.Entries {
		f := e.Family
		if e.First.IsValid() {
			f = familyOf(e.First)
		}
		four, six = four || f == 4, six || f == 6
	}
	return four, six
}

func familyOf(a netip.Addr) int {
	if a.Is4() {
		return 4
	}
	return 6
}
