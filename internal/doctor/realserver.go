package doctor

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// realServers looks at a host as a real server.
func (x *exam) realServers() {
	for _, s := range Services(x.config) {
		for _, r := range x.facts.Local(s.Server) {
			if r.Method.Forward == config.NAT {
				x.natGateway(r)
				x.listens(s, r, r.Addr, r.Port)
				continue
			}
			if !s.Addr.IsValid() {
				continue
			}
			redirected := x.redirected(s)
			if !redirected {
				x.virtualAddress(s, r)
			}
			if r.Method.Forward == config.TUN {
				x.tunnel(r)
			}
			x.serviceHere(s, r, redirected)
		}
	}
}

// redirected tells whether rules hand packets to the address to this host's own.
func (x *exam) redirected(s Service) bool {
	for _, c := range x.facts.Chains {
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

// virtualAddress asks whether the address is there, where it belongs, and kept from ARP.
func (x *exam) virtualAddress(s Service, r *config.RealServer) {
	link := x.facts.Holder(s.Addr)
	if link == nil {
		x.find("rs-vip-missing", parser.Error, r.Pos, fmt.Sprintf("%s is on no interface of this real server", s.Addr),
			"it drops what the director sends by "+r.Method.Forward.String(), "holdfastctl realserver apply")
		return
	}
	if x.role.Director && slices.Contains(x.addresses(), s.Addr) && !link.quiet() {
		return // the MASTER has it, and is to answer
	}
	x.removers(link.Name, r.Pos)
	if !link.quiet() && !x.arpDropped(s.Addr) {
		x.find("rs-vip-link", parser.Error, r.Pos, fmt.Sprintf("%s is on %s, where this host answers ARP for it", s.Addr, link.Name),
			"clients find the real server instead of the director", fmt.Sprintf("ip address del %s dev %s; holdfastctl realserver apply", s.Addr, link.Name))
		return
	}
	for _, p := range link.Addresses {
		if p.Addr() == s.Addr && !p.IsSingleIP() && link.Loopback {
			x.find("rs-vip-mask", parser.Error, r.Pos, fmt.Sprintf("%s on %s is not a /%d", p, link.Name, p.Addr().BitLen()),
				"this host takes the whole network for its own and reaches nobody in it",
				fmt.Sprintf("ip address del %s dev %s; ip address add %s/%d dev %s", p, link.Name, p.Addr(), p.Addr().BitLen(), link.Name))
		}
	}
	if s.Addr.Is4() {
		x.arp(s.Addr, r)
	}
}

// quiet tells whether addresses of a link are on none that clients ask.
func (l *Link) quiet() bool {
	return l.Loopback || slices.Contains([]string{"dummy", "ipip", "ip6tnl", "gre", "ip6gre", "sit", "tunnel"}, l.Kind)
}

// arpDropped tells whether a rule drops ARP requests for an address.
func (x *exam) arpDropped(a netip.Addr) bool {
	for _, c := range x.facts.ARP {
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

// arp looks at what answers and what asks.
func (x *exam) arp(a netip.Addr, r *config.RealServer) {
	if x.arpDropped(a) {
		return
	}
	for _, l := range x.facts.Links {
		if l.quiet() || !l.Up {
			continue
		}
		if n := x.facts.conf(l.Name, "arp_ignore"); n == 0 {
			x.find("rs-arp-ignore", parser.Error, r.Pos, fmt.Sprintf("arp_ignore of %s is 0: this real server answers ARP for %s", l.Name, a),
				"clients find the real server instead of the director", "sysctl -w net.ipv4.conf.all.arp_ignore=1")
		}
		if n := x.facts.conf(l.Name, "arp_announce"); n >= 0 && n < 2 {
			x.find("rs-arp-announce", parser.Error, r.Pos, fmt.Sprintf("arp_announce of %s is %d: this real server may ask by ARP from %s", l.Name, n, a),
				"routers learn the real server's MAC address for the virtual address", "sysctl -w net.ipv4.conf.all.arp_announce=2")
		}
	}
}

// tunnelKinds are the devices that unpack, by tunnel type and family of the outer header.
func tunnelKinds(r *config.RealServer) (kinds []string, device, module string, proto int) {
	switch {
	case r.Method.Tunnel == "gre" && r.Addr.Is4():
		return []string{"gre"}, "gre0", "ip_gre", 47
	case r.Method.Tunnel == "gre":
		return []string{"ip6gre"}, "ip6gre0", "ip6_gre", 47
	case r.Method.Tunnel == "gue":
		return []string{"ipip", "ip6tnl"}, "tunl0", "fou", 17
	case r.Addr.Is6():
		return []string{"ip6tnl"}, "ip6tnl0", "ip6_tunnel", 41
	}
	return []string{"ipip", "tunnel"}, "tunl0", "ipip", 4
}

// tunnel asks whether packets in packets are taken.
func (x *exam) tunnel(r *config.RealServer) {
	kinds, device, module, proto := tunnelKinds(r)
	i := slices.IndexFunc(x.facts.Links, func(l Link) bool { return slices.Contains(kinds, l.Kind) && l.Up })
	if i < 0 {
		x.find("rs-tunnel-missing", parser.Error, r.Pos, "there is no device that unpacks what comes by tunnel, or it is down",
			"all that the director sends here is dropped", fmt.Sprintf("modprobe %s; ip link set %s up; or: holdfastctl realserver apply", module, device))
		return
	}
	l := &x.facts.Links[i]
	if x.facts.conf(l.Name, "rp_filter") == 1 && r.Addr.Is4() {
		x.find("rs-tunnel-rp-filter", parser.Error, r.Pos, "rp_filter of "+l.Name+" is 1 (the greater of all and the interface's own counts)",
			"the way back to the client is another one: the kernel drops what is unpacked", fmt.Sprintf("sysctl -w net.ipv4.conf.%s.rp_filter=2", l.Name))
	}
	p := Packet{Hook: "input", Proto: proto, In: x.arrives(r.Addr), Dst: r.Addr, Port: r.Method.Port}
	if rule := Drops(x.facts.Chains, p); rule != "" {
		x.find("rs-tunnel-filtered", parser.Error, r.Pos, fmt.Sprintf("the firewall drops IP protocol %d, which the tunnel is made of (%s)", proto, rule),
			"all that the director sends here is dropped", fmt.Sprintf("%s -I INPUT -p %d -j ACCEPT", iptablesFor(r.Addr), proto))
	}
	x.segmentSize(r)
}

// segmentSize: a client that sends full segments makes packets that do not fit into the tunnel.
func (x *exam) segmentSize(r *config.RealServer) {
	for _, route := range x.facts.Routes {
		l := x.facts.link(route.Link)
		if route.Gateway.Is4() != r.Addr.Is4() || l == nil || l.MTU > 1500 || x.facts.clampsMSS() {
			continue
		}
		if route.AdvMSS == 0 || route.AdvMSS > l.MTU-60 {
			x.find("rs-tunnel-mss", parser.Warning, r.Pos, fmt.Sprintf("the default route announces full segments (MTU %d), and the tunnel takes 20 octets or more of them", l.MTU),
				"uploads hang where ICMP is filtered on the way to the client",
				fmt.Sprintf("ip route change default via %s dev %s advmss %d", route.Gateway, route.Link, l.MTU-80))
		}
	}
}

// serviceHere asks whether something answers at the virtual address.
func (x *exam) serviceHere(s Service, r *config.RealServer, redirected bool) {
	own := s.Addr
	if redirected {
		own = r.Addr
	}
	x.listens(s, r, own, s.Port)
	p := Packet{Hook: "input", Proto: transport(s.Server.Protocol), In: x.arrives(r.Addr), Dst: own, Port: s.Port}
	if kinds, _, _, _ := tunnelKinds(r); r.Method.Forward == config.TUN {
		for _, l := range x.facts.Links { // what is unpacked comes in there
			if slices.Contains(kinds, l.Kind) {
				p.In = l.Name
			}
		}
	}
	if rule := Drops(x.facts.Chains, p); rule != "" {
		x.find("rs-service-filtered", parser.Error, r.Pos, fmt.Sprintf("the firewall drops what comes for %s (%s)", at(own, s.Port), rule),
			"what the director sends here gets no answer", x.accept("input", strings.ToLower(s.Server.Protocol), p, s.Port))
	}
}

// listens compares the sockets of this host with what comes.
func (x *exam) listens(s Service, r *config.RealServer, a netip.Addr, port uint16) {
	protocol := s.Server.Protocol
	if port == 0 || x.facts.Sockets == nil || protocol != "TCP" && protocol != "UDP" {
		return
	}
	var wildcard, exact bool
	var others, ports []string
	for _, k := range x.facts.Sockets {
		if k.Protocol != protocol {
			continue
		}
		takes := k.Addr.IsUnspecified() && (k.Addr.Is4() == a.Is4() || k.DualStack)
		switch {
		case k.Port != port:
			if takes || k.Addr == a {
				ports = append(ports, fmt.Sprint(k.Port))
			}
		case k.Addr == a:
			exact = true
		case takes:
			wildcard = true
		default:
			others = append(others, k.Addr.String())
		}
	}
	switch {
	case exact:
	case wildcard && protocol == "UDP" && a != r.Addr:
		x.find("rs-udp-wildcard", parser.Warning, r.Pos, fmt.Sprintf("the UDP server on port %d is bound to every address", port),
			"unless it takes care, its answers leave from this host's own address, and clients drop them", fmt.Sprintf("bind it to %s", a))
	case wildcard:
	case len(others) > 0:
		x.find("rs-own-address", parser.Error, r.Pos, fmt.Sprintf("the server on port %d listens on %s, not on %s", port, strings.Join(others, " and "), a),
			"connections to the virtual address are refused", fmt.Sprintf("bind it to %s or to every address", a))
	default:
		follows := "connections are refused"
		if len(ports) > 0 && len(ports) <= 8 {
			slices.Sort(ports)
			follows += "; servers are on port " + strings.Join(slices.Compact(ports), ", ")
		}
		x.find("rs-not-listening", parser.Error, r.Pos, fmt.Sprintf("nothing listens on port %d (%s)", port, protocol), follows,
			"start the server there: DR and TUN cannot change the port, NAT can")
	}
}

// natGateway: with NAT, answers have to go back through the director.
func (x *exam) natGateway(r *config.RealServer) {
	var inside []string
	for _, a := range x.addresses() {
		if l := x.facts.Toward(a); l != nil && a.Is4() == r.Addr.Is4() {
			inside = append(inside, a.String())
		}
	}
	if len(inside) == 0 {
		return // the file does not tell where the director is
	}
	for _, route := range x.facts.Routes {
		if route.Gateway.Is4() == r.Addr.Is4() && slices.Contains(inside, route.Gateway.String()) {
			return
		}
	}
	x.find("rs-nat-gateway", parser.Error, r.Pos, "the default route does not lead to the director",
		"answers go to the client past the director, which drops them as foreign", "ip route replace default via "+inside[0])
}
