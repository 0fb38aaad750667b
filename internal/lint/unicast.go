package lint

import (
	"net/netip"

	"github.com/holdfast-ha/holdfast/parser"
)

// unicastRules are about the sources and peers of adverts.
var unicastRules = []Rule{
	{ID: "unicast-unsigned", Severity: parser.Hint, model: unicastUnsigned},
	{ID: "unicast-self", Severity: parser.Warning, model: unicastSelf},
	{ID: "unicast-peer-vip", Severity: parser.Warning, model: unicastPeerVIP},
	{ID: "source-vip", Severity: parser.Warning, model: sourceVIP},
}

func unicastUnsigned(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		if !in.Unicast || in.HMAC != nil {
			continue
		}
		f := s.add(in.Pos, "unicast_peer", "%s: unicast adverts can come from anywhere a route leads to, and nothing signs these", in.Name)
		f.Instead = "who can send packets to this host can take the addresses away"
		f.Cure = "accept protocol 112 from the peers alone by a firewall rule; auth_hmac on all routers once all of them know it (keepalived 2.4.2)"
		return // once in a file
	}
}

func unicastSelf(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		for _, p := range in.UnicastPeers {
			own := p.Addr == in.UnicastSrc || s.host != nil && !in.UnicastSrc.IsValid() && s.local(p.Addr)
			if own {
				f := s.add(in.Pos, "unicast_peer", "%s: the peer %s is this router itself", in.Name, p.Addr)
				f.Instead = "adverts are sent to itself"
				f.Cure = "list the other routers only"
			}
		}
	}
}

// local tells whether the machine has an address.
func (s *sight) local(a netip.Addr) bool {
	if s.host == nil {
		return false
	}
	for _, b := range s.host.Addresses() {
		if a == b.WithZone("") {
			return true
		}
	}
	return false
}

// holder returns the name of the instance that has a virtual address, "" for none.
func (s *sight) holder(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	if s.holders == nil {
		s.holders = map[netip.Addr]string{}
		for i := range s.cfg.Instances {
			for _, v := range vips(&s.cfg.Instances[i]) {
				if ip := v.Prefix.Addr(); s.holders[ip] == "" {
					s.holders[ip] = s.cfg.Instances[i].Name
				}
			}
		}
	}
	return s.holders[a]
}

func unicastPeerVIP(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		for _, p := range in.UnicastPeers {
			if name := s.holder(p.Addr); name != "" {
				f := s.add(in.Pos, "unicast_peer", "%s: the peer %s is a virtual address of %s", in.Name, p.Addr, name)
				f.Instead = "the adverts of the MASTER go to itself"
				f.Cure = "list the addresses that the other routers have all the time"
			}
		}
	}
}

func sourceVIP(s *sight) {
	for i := range s.cfg.Instances {
		in := &s.cfg.Instances[i]
		source, keyword := in.MulticastSrc, "mcast_src_ip"
		if in.Unicast {
			source, keyword = in.UnicastSrc, "unicast_src_ip|mcast_src_ip"
		}
		if name := s.holder(source); name != "" && in.Priority != owner {
			f := s.add(in.Pos, keyword, "%s: the source %s of its adverts is a virtual address of %s", in.Name, source, name)
			f.Instead = "a BACKUP does not have it and cannot send"
			f.Cure = "use an address that this router has all the time"
		}
	}
}
