package doctor

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// director looks at a host as a director.
func (x *exam) director() {
	for i := range x.config.Instances {
		x.instance(&x.config.Instances[i])
	}
	x.heard()
	x.answers()
	if len(x.config.VirtualServers) == 0 {
		return
	}
	x.modules()
	x.forwarding()
	for _, s := range Services(x.config) {
		x.service(s)
	}
	for i := range x.config.VirtualServers {
		x.servers(&x.config.VirtualServers[i])
	}
	x.largeReceive()
	x.natTracking()
	x.probes()
}

// instance asks whether adverts pass the firewall, and the addresses stay.
func (x *exam) instance(in *config.Instance) {
	proto := 112
	if in.Auth == config.AH {
		proto = 51
	}
	x.removers(in.Interface, in.Pos)
	for _, p := range x.adverts(in, proto) {
		rule := Drops(x.facts.Chains, p)
		if rule == "" {
			continue
		}
		way, follows := "from "+in.Interface, "this router hears no other and becomes MASTER beside it"
		if p.Hook == "output" {
			way, follows = "to "+in.Interface, "no other router hears this one: both are MASTER"
		}
		name := "vrrp"
		if proto == 51 {
			name = "ah"
		}
		x.find("vrrp-filtered", parser.Error, in.Pos, fmt.Sprintf("%s: the firewall drops advertisements %s (%s)", in.Name, way, rule),
			follows, x.accept(p.Hook, name, p, 0))
	}
}

// adverts are the packets that an instance receives and sends.
func (x *exam) adverts(in *config.Instance, proto int) (all []Packet) {
	if !in.Unicast {
		return []Packet{
			{Hook: "input", Proto: proto, In: in.Interface, Dst: in.MulticastDst},
			{Hook: "output", Proto: proto, Out: in.Interface, Dst: in.MulticastDst},
		}
	}
	own := in.UnicastSrc
	for _, peer := range in.UnicastPeers {
		if !own.IsValid() {
			if l := x.facts.link(in.Interface); l != nil {
				for _, p := range l.Addresses {
					if p.Addr().Is4() == peer.Addr.Is4() && !own.IsValid() {
						own = p.Addr()
					}
				}
			}
		}
		if own.IsValid() {
			all = append(all, Packet{Hook: "input", Proto: proto, In: in.Interface, Src: peer.Addr, Dst: own})
		}
		all = append(all, Packet{Hook: "output", Proto: proto, Out: in.Interface, Src: own, Dst: peer.Addr})
	}
	return all
}

// accept is the command that lets a packet in: in the words of the firewall that is there.
func (x *exam) accept(hook, proto string, p Packet, port uint16) string {
	six := p.Dst.Is6()
	for _, c := range x.facts.Chains {
		if c.Hook == hook && c.Type != "nat" && c.Table != "filter" && c.sees(p) && len(c.Rules) > 0 {
			words := []string{"nft insert rule", c.Family, c.Table, c.Name}
			if port != 0 {
				words = append(words, proto, "dport", fmt.Sprint(port))
			} else {
				words = append(words, "meta l4proto", proto)
			}
			return strings.Join(append(words, "accept"), " ")
		}
	}
	program := "iptables"
	if six {
		program = "ip6tables"
	}
	cure := program + " -I " + strings.ToUpper(hook) + " -p " + proto
	if port != 0 {
		cure += fmt.Sprintf(" --dport %d", port)
	}
	return cure + " -j ACCEPT"
}

// heard passes on what was wrong on the segments.
func (x *exam) heard() {
	for _, h := range x.facts.Heard {
		message := fmt.Sprintf("%s: VRID %d: %s", h.Link, h.VRID, h.Text)
		switch {
		case h.ID == "two-masters":
			x.find("masters-heard", parser.Error, parser.Pos{}, message, "hosts find the addresses now here and now there",
				"holdfastctl watch --changes "+h.Link)
		case h.ID == "config-addresses" || h.ID == "config-auth" || h.ID == "config-version":
			x.find("vrid-in-use", parser.Error, parser.Pos{}, message, "it is another group of routers with the same VRID, or a peer with another file: they do not elect one MASTER",
				"choose another virtual_router_id, or compare the files: holdfastctl check a.conf b.conf")
		default:
			x.find("adverts-odd", parser.Warning, parser.Pos{}, message+" ["+h.ID+"]", "a router may drop these advertisements", "holdfastctl watch "+h.Link)
		}
	}
}

// answers tells of addresses that somebody else has.
func (x *exam) answers() {
	for _, s := range x.addresses() {
		macs := x.facts.Answers[s]
		own := x.facts.Holder(s)
		if len(macs) == 0 || own == nil && len(macs) < 2 {
			continue
		}
		x.find("address-in-use", parser.Error, parser.Pos{}, fmt.Sprintf("%s: %s as well answers ARP for this address", s, strings.Join(macs, " and ")),
			"clients reach now one and now the other host; a real server by DR or TUN that answers ARP takes all that is for the director",
			"find it (ip neigh show to "+s.String()+"); on a real server: holdfastctl realserver apply")
	}
}

// addresses are those that the instances hold.
func (x *exam) addresses() (all []netip.Addr) {
	for i := range x.config.Instances {
		for _, a := range x.config.Instances[i].Addresses {
			all = append(all, a.Prefix.Addr())
		}
	}
	return all
}

// modules tells what the kernel lacks.
func (x *exam) modules() {
	if x.facts.Modules == nil {
		return
	}
	first := x.config.VirtualServers[0].Pos
	if !x.facts.IPVS && !x.facts.Modules["ip_vs"] {
		x.find("ipvs-missing", parser.Error, first, "this kernel has no IPVS: there is no module ip_vs",
			"no virtual server works", "install the kernel's package of modules, then: modprobe ip_vs")
		return
	}
	for i := range x.config.VirtualServers {
		v := &x.config.VirtualServers[i]
		for _, name := range []string{v.Scheduler, v.PersistenceEngine} {
			module := "ip_vs_" + name
			if name == v.PersistenceEngine {
				module = "ip_vs_pe_" + name
			}
			if name != "" && !x.facts.Modules[module] {
				x.find("scheduler-module", parser.Error, v.Pos, "this kernel has no module "+module, "the kernel refuses "+v.String(),
					"modprobe "+module+", or choose another")
			}
		}
	}
}

// forwarding looks at ip_forward.
func (x *exam) forwarding() {
	for _, family := range []struct {
		six                bool
		path, name, sysctl string
	}{
		{false, "net/ipv4/ip_forward", "ip_forward", "net.ipv4.ip_forward"},
		{true, "net/ipv6/conf/all/forwarding", "forwarding of IPv6", "net.ipv6.conf.all.forwarding"},
	} {
		if x.facts.Number(family.path) != 0 {
			continue
		}
		for i := range x.config.VirtualServers {
			v := &x.config.VirtualServers[i]
			if (v.Family == 6) != family.six {
				continue
			}
			nat := slices.ContainsFunc(v.RealServers, func(r config.RealServer) bool { return r.Method.Forward == config.NAT })
			if nat {
				x.find("ip-forward", parser.Error, v.Pos, family.name+" is off, and real servers are reached by NAT",
					"their answers are not passed on to clients", "sysctl -w "+family.sysctl+"=1")
			} else {
				x.find("ip-forward", parser.Hint, v.Pos, family.name+" is off: DR and TUN do without",
					"only what goes through this host to elsewhere is not passed on", "sysctl -w "+family.sysctl+"=1")
			}
			break
		}
	}
}

// service looks at one address of a virtual server.
func (x *exam) service(s Service) {
	if !s.Addr.IsValid() {
		return
	}
	if !slices.Contains(x.addresses(), s.Addr) && x.facts.Holder(s.Addr) == nil && !x.elsewhere(s.Addr) {
		cure := "name it in virtual_ipaddress of an instance"
		if l := x.facts.Toward(s.Addr); l != nil {
			cure += fmt.Sprintf(", or: ip address add %s/32 dev %s", s.Addr, l.Name)
		}
		x.find("vip-nowhere", parser.Error, s.Server.Pos, fmt.Sprintf("%s is on no interface, and no instance holds it", s.Addr),
			"nobody answers ARP for it, and this host's own ARP requests from it go unanswered: no client comes here", cure)
	}
	p := Packet{Hook: "input", Proto: transport(s.Server.Protocol), In: x.arrives(s.Addr), Dst: s.Addr, Port: s.Port}
	if rule := Drops(x.facts.Chains, p); rule != "" {
		x.find("service-filtered", parser.Error, s.Server.Pos, fmt.Sprintf("the firewall drops what comes for %s (%s)", at(s.Addr, s.Port), rule),
			"IPVS sees packets behind the input chain: it never sees these", x.accept("input", strings.ToLower(s.Server.Protocol), p, s.Port))
	}
}

// arrives is the interface on which packets to an address come in, "" if that is not known.
func (x *exam) arrives(a netip.Addr) string {
	for i := range x.config.Instances {
		in := &x.config.Instances[i]
		if slices.ContainsFunc(in.Addresses, func(e config.Address) bool { return e.Prefix.Addr() == a }) {
			return in.Interface
		}
	}
	if l := x.facts.Toward(a); l != nil {
		return l.Name
	}
	return ""
}

// elsewhere tells whether an address is one of excluded or static ones.
func (x *exam) elsewhere(a netip.Addr) bool {
	has := func(all []config.Address) bool {
		return slices.ContainsFunc(all, func(e config.Address) bool { return e.Prefix.Addr() == a })
	}
	return has(x.config.StaticAddresses) || slices.ContainsFunc(x.config.Instances, func(in config.Instance) bool { return has(in.Excluded) })
}

// servers looks at the way to the real servers.
func (x *exam) servers(v *config.VirtualServer) {
	for i := range v.RealServers {
		r := &v.RealServers[i]
		if x.facts.Holder(r.Addr) != nil {
			continue
		}
		link := x.facts.Toward(r.Addr)
		switch r.Method.Forward {
		case config.DR:
			if link == nil && len(x.facts.Links) > 0 {
				x.find("real-server-routed", parser.Error, r.Pos, fmt.Sprintf("%s is on no network of this host, and is reached by DR", r.Addr),
					"DR changes the MAC address alone: a router on the way sends the packets back here", "lb_kind TUN, or NAT, or an interface in its network")
			}
		case config.NAT:
			p := Packet{Hook: "forward", Proto: transport(v.Protocol), Src: r.Addr, State: "invalid"}
			if link != nil {
				p.In = link.Name
			}
			if x.facts.Number("net/ipv4/vs/conntrack") == 1 {
				p.State = "established"
			}
			if rule := Drops(x.facts.Chains, p); rule != "" {
				x.find("reply-filtered", parser.Error, r.Pos, fmt.Sprintf("the firewall drops what %s answers (%s)", r.Addr, rule),
					"clients wait for answers", fmt.Sprintf("%s -I FORWARD -s %s -j ACCEPT", iptablesFor(r.Addr), r.Addr))
			}
		case config.TUN:
			x.tunnelMTU(r, link)
		}
	}
}

func iptablesFor(a netip.Addr) string {
	if a.Is6() {
		return "ip6tables"
	}
	return "iptables"
}

// tunnelMTU: what clients send in full packets does not fit with another header around it.
func (x *exam) tunnelMTU(r *config.RealServer, link *Link) {
	mtu := 0
	if link != nil {
		mtu = link.MTU
	} else if l := x.facts.gatewayLink(r.Addr); l != nil {
		mtu = l.MTU
	}
	if mtu == 0 || mtu > 1500 || x.facts.clampsMSS() {
		return
	}
	if x.facts.Number("net/ipv4/vs/pmtu_disc") == 0 {
		x.find("tunnel-pmtu", parser.Warning, r.Pos, fmt.Sprintf("the way to %s has an MTU of %d, and net.ipv4.vs.pmtu_disc is 0", r.Addr, mtu),
			"full packets of clients are sent in fragments", "sysctl -w net.ipv4.vs.pmtu_disc=1")
	}
}

// gatewayLink is the interface of the default route.
func (f *Facts) gatewayLink(a netip.Addr) *Link {
	for _, r := range f.Routes {
		if r.Gateway.Is4() == a.Is4() {
			return f.link(r.Link)
		}
	}
	return nil
}

// clampsMSS tells whether a rule changes the segment size of TCP.
func (f *Facts) clampsMSS() bool {
	return slices.ContainsFunc(f.Chains, func(c Chain) bool {
		return slices.ContainsFunc(c.Rules, func(r Rule) bool { return r.Target == "TCPMSS" || strings.Contains(r.Text, "tcp option maxseg") })
	})
}

// largeReceive: packets that the card has joined are too long to be sent on.
func (x *exam) largeReceive() {
	for _, l := range x.facts.Links {
		if l.LRO && l.Up {
			x.find("lro", parser.Error, parser.Pos{}, l.Name+": large receive offload is on",
				"packets that are joined by the card cannot be forwarded, and connections crawl", "ethtool -K "+l.Name+" lro off")
		}
	}
}

// natTracking: rules of the nat table do not see what IPVS does unless it tracks connections.
func (x *exam) natTracking() {
	if x.facts.Number("net/ipv4/vs/conntrack") != 0 || !x.uses(config.NAT) {
		return
	}
	for _, c := range x.facts.Chains {
		for _, r := range c.Rules {
			if c.Hook == "postrouting" && r.Verdict == "nat" {
				x.find("conntrack-off", parser.Warning, parser.Pos{}, "there are rules of source NAT ("+r.Text+"), and net.ipv4.vs.conntrack is 0",
					"they do not apply to what goes through IPVS", "sysctl -w net.ipv4.vs.conntrack=1")
			}
		}
	}
}

// probes tells which real servers did not answer.
func (x *exam) probes() {
	for _, p := range x.facts.Probes {
		pos := x.posOf(p)
		switch p.Outcome {
		case "":
		case "refused":
			x.find("real-server-refuses", parser.Error, pos, at(p.Addr, p.Port)+" refuses connections", "nothing listens on that port there, or on another address only",
				"on the real server: holdfastctl doctor; ss -ltn")
		default:
			x.find("real-server-unreachable", parser.Error, pos, at(p.Addr, p.Port)+" cannot be reached: "+p.Outcome, "it gets no connections",
				"ping "+p.Addr.String()+"; ip route get "+p.Addr.String())
		}
	}
}

func (x *exam) posOf(p Probe) parser.Pos {
	for i := range x.config.VirtualServers {
		for _, r := range x.config.VirtualServers[i].RealServers {
			if r.Addr == p.Addr && r.Port == p.Port {
				return r.Pos
			}
		}
	}
	return parser.Pos{}
}
