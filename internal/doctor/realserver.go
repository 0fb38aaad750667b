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
			redirected := x.facts.Redirected(s)
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

// virtualAddress asks whether the address is there, where it belongs, and kept from ARP.
func (x *exam) virtualAddress(s Service, r *config.RealServer) {
	link := x.facts.Holder(s.Addr)
	if link == nil {
		x.find("rs-vip-missing", parser.Error, r.Pos, fmt.Sprintf("%s is on no interface of this real server", s.Addr),
			"it drops what the director sends by "+r.Method.Forward.String(), "holdfastctl realserver apply")
		return
	}
	if x.role.Director && slices.Contains(x.addresses(), s.Addr) && !link.Quiet() {
		return // the MASTER has it, and is to answer
	}
	x.removers(link.Name, r.Pos)
	if !link.Quiet() && !x.facts.ARPDropped(s.Addr) {
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

// arp looks at what answers and what asks.
func (x *exam) arp(a netip.Addr, r *config.RealServer) {
	if x.facts.ARPDropped(a) {
		return
	}
	for _, l := range x.facts.Links {
		if l.Quiet() || !l.Up {
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

// Tunnel is what unpacks a tunnel.
type Tunnel struct {
	Kinds          []string // of links that do
	Device, Module string   // the kernel's own device, and what brings it
	Protocol       int      // of IP
}

// TunnelOf is what unpacks what the director sends to a real server.
func TunnelOf(r *config.RealServer) Tunnel {
	switch {
	case r.Method.Tunnel == "gre" && r.Addr.Is4():
		return Tunnel{[]string{"gre"}, "gre0", "ip_gre", 47}
	case r.Method.Tunnel == "gre":
		return Tunnel{[]string{"ip6gre"}, "ip6gre0", "ip6_gre", 47}
	case r.Method.Tunnel == "gue":
		return Tunnel{[]string{"ipip", "ip6tnl"}, "tunl0", "ipip", 17}
	case r.Addr.Is6():
		return Tunnel{[]string{"ip6tnl"}, "ip6tnl0", "ip6_tunnel", 41}
	}
	return Tunnel{[]string{"ipip"}, "tunl0", "ipip", 4}
}

// tunnel asks whether packets in packets are taken.
func (x *exam) tunnel(r *config.RealServer) {
	t := TunnelOf(r)
	i := slices.IndexFunc(x.facts.Links, func(l Link) bool { return slices.Contains(t.Kinds, l.Kind) && l.Up })
	if i < 0 {
		x.find("rs-tunnel-missing", parser.Error, r.Pos, "there is no device that unpacks what comes by tunnel, or it is down",
			"all that the director sends here is dropped", fmt.Sprintf("modprobe %s; ip link set %s up; or: holdfastctl realserver apply", t.Module, t.Device))
		return
	}
	l := &x.facts.Links[i]
	if x.facts.conf(l.Name, "rp_filter") == 1 && r.Addr.Is4() {
		x.find("rs-tunnel-rp-filter", parser.Error, r.Pos, "rp_filter of "+l.Name+" is 1 (the greater of all and the interface's own counts)",
			"the way back to the client is another one: the kernel drops what is unpacked", fmt.Sprintf("sysctl -w net.ipv4.conf.%s.rp_filter=2", l.Name))
	}
	p := Packet{Hook: "input", Proto: t.Protocol, In: x.arrives(r.Addr), Dst: r.Addr, Port: r.Method.Port}
	if rule := Drops(x.facts.Chains, p); rule != "" {
		x.find("rs-tunnel-filtered", parser.Error, r.Pos, fmt.Sprintf("the firewall drops IP protocol %d, which the tunnel is made of (%s)", t.Protocol, rule),
			"all that the director sends here is dropped", fmt.Sprintf("%s -I INPUT -p %d -j ACCEPT", iptablesFor(r.Addr), t.Protocol))
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
	if t := TunnelOf(r); r.Method.Forward == config.TUN {
		for _, l := range x.facts.Links { // what is unpacked comes in there
			if slices.Contains(t.Kinds, l.Kind) {
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
