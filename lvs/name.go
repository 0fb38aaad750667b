package lvs

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Target is a real server of a virtual server, found by the names that an operator gave.
type Target struct {
	Server string // VirtualServer.Name
	Real   DestinationKey
	Name   string // of the real server
}

// Find looks a real server up. The virtual server is named as it is configured: ADDR:PORT, with /tcp,
// /udp or /sctp where both are there, fwmark:N or the name of its group; or as it is shown. An address
// of a group names the group's. The real server is ADDR:PORT, or ADDR where that is one server.
func (d *Director) Find(server, real string) (Target, error) {
	s, err := d.findServer(server)
	if err != nil {
		return Target{}, err
	}
	var found []*realServer
	for _, r := range s.real {
		if r.named(real) && s.find(r.config.Destination.DestinationKey) == r {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 1:
		r := found[0].config
		return Target{Server: s.config.Name, Real: r.Destination.DestinationKey, Name: r.Name}, nil
	case 0:
		return Target{}, fmt.Errorf("virtual server %s has no real server %q%s", s.label(), real, thereAre(s.realLabels()))
	}
	return Target{}, fmt.Errorf("virtual server %s has more than one real server %q: add the port", s.label(), real)
}

func (d *Director) findServer(name string) (*server, error) {
	var found []*server
	for _, s := range d.servers {
		if s.named(name) && d.byName[s.config.Name] == s {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("there is no virtual server %q%s", name, thereAre(d.serverLabels()))
	}
	labels := make([]string, len(found))
	for i, s := range found {
		labels[i] = s.label()
	}
	return nil, fmt.Errorf("virtual server %q is more than one: say %s", name, strings.Join(labels, " or "))
}

// mostNamed is how many names a message lists.
const mostNamed = 10

// thereAre lists the names that would have been right.
func thereAre(labels []string) string {
	switch {
	case len(labels) == 0:
		return ""
	case len(labels) > mostNamed:
		return fmt.Sprintf("; there are %d: holdfastctl status shows them", len(labels))
	}
	return "; there are: " + strings.Join(labels, ", ")
}

// named reports whether an operator's name means this virtual server.
func (s *server) named(name string) bool {
	if name == s.config.Name || name != "" && name == s.groupName() {
		return true
	}
	name = strings.ToLower(name)
	bare, protocol, _ := strings.Cut(name, "/")
	addr, err := netip.ParseAddrPort(bare)
	isAddr := err == nil
	mark, isMark := fwmark(name)
	for _, g := range s.config.Services {
		key := g.Service.ServiceKey
		switch {
		case isMark && key.IsFWMark() && key.FWMark == mark:
			return true
		case isAddr && !key.IsFWMark() && key.Addr == addr.Addr().Unmap() && key.Port == addr.Port() &&
			(protocol == "" || protocol == key.Protocol.String()):
			return true
		}
	}
	return false
}

// fwmark reads "fwmark:4", "fwmark 4" and what keepalived prints, "FWM 4".
func fwmark(name string) (uint32, bool) {
	for _, prefix := range []string{"fwmark:", "fwmark ", "fwmark=", "fwm "} {
		if digits, ok := strings.CutPrefix(name, prefix); ok {
			n, err := strconv.ParseUint(strings.TrimSpace(digits), 0, 32)
			return uint32(n), err == nil
		}
	}
	return 0, false
}

// groupName is the name of the group in "[group]:0"; empty for other virtual servers.
func (s *server) groupName() string {
	name, ok := strings.CutPrefix(s.config.Name, "[")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "]")
	if _, err := netip.ParseAddr(name); err == nil {
		return ""
	}
	return name
}

// label is the shortest name of the virtual server that findServer understands and nothing else has:
// "192.0.2.1:80/tcp", "fwmark:4", the name of its group.
func (s *server) label() string {
	if group := s.groupName(); group != "" {
		return group
	}
	if len(s.config.Services) == 0 {
		return s.config.Name
	}
	key := s.config.Services[0].Service.ServiceKey
	if key.IsFWMark() {
		return "fwmark:" + strconv.FormatUint(uint64(key.FWMark), 10)
	}
	return netip.AddrPortFrom(key.Addr, key.Port).String() + "/" + key.Protocol.String()
}

// realLabels are the names of the real servers that Find understands.
func (s *server) realLabels() []string {
	var labels []string
	for _, r := range s.real {
		labels = append(labels, r.config.Destination.DestinationKey.String())
	}
	return slices.Compact(labels)
}

// serverLabels are the names of the virtual servers that Find understands.
func (d *Director) serverLabels() []string {
	var labels []string
	for _, s := range d.servers {
		labels = append(labels, s.label())
	}
	return labels
}

// named reports whether an operator's name means this real server.
func (r *realServer) named(name string) bool {
	key := r.config.Destination.DestinationKey
	if name == r.config.Name || name == key.String() {
		return true
	}
	if addr, err := netip.ParseAddrPort(name); err == nil {
		return key == DestinationKey{Addr: addr.Addr().Unmap(), Port: addr.Port()}
	}
	addr, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && addr.Unmap() == key.Addr
}
