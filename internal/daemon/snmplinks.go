package daemon

import (
	"net/netip"

	"github.com/holdfast-ha/holdfast/internal/hostinfo"
	"github.com/holdfast-ha/holdfast/internal/mib"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// mibLinks are the host's interfaces. What cannot be read is left out.
func mibLinks(c *config.Config) map[string]mib.Link {
	virtual := map[netip.Addr]bool{}
	for i := range c.Instances {
		in := &c.Instances[i]
		for _, list := range [][]config.Address{in.Addresses, in.Excluded} {
			for j := range list {
				virtual[list[j].Prefix.Addr()] = true
			}
		}
	}
	host := hostinfo.New()
	addresses, _ := hostinfo.InterfaceAddresses()
	interfaces := host.Interfaces()
	links := make(map[string]mib.Link, len(interfaces))
	for name, i := range interfaces {
		l := mib.Link{Index: i.Index, Hardware: i.Hardware}
		if i.Kind == "macvlan" || i.Kind == "ipvlan" {
			l.Base = interfaces[i.Base].Index
		}
		for _, a := range addresses[i.Index] {
			switch {
			case virtual[a]:
			case a.Is4() && !l.IPv4.IsValid():
				l.IPv4 = a
			case a.Is6() && a.IsLinkLocalUnicast() && !l.IPv6.IsValid():
				l.IPv6 = a
			}
		}
		links[name] = l
	}
	return links
}
