package doctor

import (
	"net/netip"
	"slices"
	"strconv"
)

// Facts are what is known of a host. What could not be learnt is empty, and named in Unknown.
type Facts struct {
	Links []Link
	// Sysctls are values by path below /proc/sys, e.g. "net/ipv4/conf/eth0/rp_filter".
	Sysctls map[string]string
	// IPVS: the kernel has it, loaded or built in.
	IPVS bool
	// Modules are those that are loaded, are built in or can be loaded; nil: not known.
	Modules map[string]bool
	// Chains are those of nftables and iptables, ARP those of the arp family and of arptables.
	Chains, ARP []Chain
	// Sockets are those that take connections, or packets of UDP; Port 0 never.
	Sockets []Socket
	Routes  []Route
	// FOU are the ports of UDP at which tunnels are unpacked.
	FOU []uint16
	// Units are running services that configure networks.
	Units []Unit
	// Probes are connections that were tried to real servers.
	Probes []Probe
	// Heard is what was seen on the segments, nil where nobody listened.
	Heard []Heard
	// Answers are the hardware addresses that answered an ARP request for an address.
	Answers map[netip.Addr][]string
	// OldSysctls are lines of sysctl.conf that set what today's kernels lack, with the file's name.
	OldSysctls []string
	// Daemon: a director's daemon runs here.
	Daemon bool
	// Unknown is what could not be looked at, with the reason.
	Unknown []string
}

// Link is a network interface.
type Link struct {
	Name      string
	Index     int
	Kind      string // "ipip", "dummy"; empty for a physical one
	MTU       int
	Up        bool
	Loopback  bool
	LRO       bool
	Addresses []netip.Prefix // host bits kept
}

// Socket is a server's.
type Socket struct {
	Protocol string // TCP, UDP
	Addr     netip.Addr
	Port     uint16
	// DualStack: bound to :: and takes IPv4 too.
	DualStack bool
}

// Route is a default route.
type Route struct {
	Gateway netip.Addr
	Link    string
	// AdvMSS is the TCP segment size that the route announces, 0 for that of the MTU.
	AdvMSS int
}

// Unit is a service that configures networks.
type Unit struct {
	Name  string   // systemd-networkd, NetworkManager
	Links []string // those that it configures
}

// Probe is an attempt to reach a real server.
type Probe struct {
	Addr netip.Addr
	Port uint16
	// Outcome is "" for reached, "refused", or why it cannot be reached.
	Outcome string
}

// Heard is something that vrrp/watch says of advertisements on a segment.
type Heard struct {
	Link, ID, Text string
	VRID           int
}

// Number is a sysctl, -1 if it is not there.
func (f *Facts) Number(path string) int {
	n, err := strconv.Atoi(f.Sysctls[path])
	if err != nil {
		return -1
	}
	return n
}

// conf is what counts of net/ipv4/conf: the greater of all and the interface's own; -1 if neither is
// known.
func (f *Facts) conf(link, name string) int {
	return max(f.Number("net/ipv4/conf/all/"+name), f.Number("net/ipv4/conf/"+link+"/"+name))
}

// Holder is the link that has an address, nil for none.
func (f *Facts) Holder(a netip.Addr) *Link {
	for i := range f.Links {
		if slices.ContainsFunc(f.Links[i].Addresses, func(p netip.Prefix) bool { return p.Addr() == a }) {
			return &f.Links[i]
		}
	}
	return nil
}

// Toward is the link on whose network an address is, nil where a router stands between. A host route
// and the loopback's addresses make no network.
func (f *Facts) Toward(a netip.Addr) *Link {
	for i := range f.Links {
		l := &f.Links[i]
		if !l.Loopback && slices.ContainsFunc(l.Addresses, func(p netip.Prefix) bool { return !p.IsSingleIP() && p.Contains(a) }) {
			return l
		}
	}
	return nil
}

// link finds an interface by its name.
func (f *Facts) link(name string) *Link {
	if i := slices.IndexFunc(f.Links, func(l Link) bool { return l.Name == name }); i >= 0 {
		return &f.Links[i]
	}
	return nil
}

// Quiet tells whether nobody asks by ARP for the addresses of a link.
func (l *Link) Quiet() bool {
	return l.Loopback || slices.Contains([]string{"dummy", "ipip", "ip6tnl", "gre", "ip6gre", "sit"}, l.Kind)
}

// ARPDropped tells whether a rule drops ARP requests for an address.
func (f *Facts) ARPDropped(a netip.Addr) bool {
	for _, c := range f.ARP {
		if c.Hook != "input" && c.Hook != "" {
			continue
		}
		for _, r := range c.Rules {
			if r.Verdict == "drop" && slices.ContainsFunc(r.Dst, func(p netip.Prefix) bool { return p.Contains(a) }) {
				return true
			}
		}
	}
	return false
}

// Redirected tells whether rules hand what comes for a service to this host's own address.
func (f *Facts) Redirected(s Service) bool {
	for _, c := range f.Chains {
		if c.Hook != "prerouting" {
			continue
		}
		for i := range c.Rules {
			r := &c.Rules[i]
			matches, sure := r.matches(Packet{Proto: transport(s.Server.Protocol), Dst: s.Addr, Port: s.Port})
			if matches && sure && r.Verdict == "nat" && len(r.Dst) > 0 {
				return true
			}
		}
	}
	return false
}
