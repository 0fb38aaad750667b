package main

import (
	"fmt"
	"net"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// planLinks lists the interfaces to make (use_vmac, use_ipvlan), as ip(8) commands. Those that are not
// wanted any more are the running daemon's to know.
func planLinks(devices []speaker.Device, have []rtnl.Link) []string {
	links := make(map[string]rtnl.Link, len(have))
	for _, l := range have {
		links[l.Name] = l
	}
	lines := []string{}
	for i := range devices {
		d := &devices[i]
		if d.Stands(links) {
			continue
		}
		if d.IPVLAN {
			lines = append(lines, fmt.Sprintf("ip link add %s link %s type ipvlan mode l2%s", d.Name, d.Base, ipvlanWords[d.Flags]))
			continue
		}
		lines = append(lines, fmt.Sprintf("ip link add %s link %s address %s type macvlan mode private", d.Name, d.Base, net.HardwareAddr(d.MAC[:])))
	}
	return lines
}

var ipvlanWords = map[uint16]string{rtnl.IPVLANPrivate: " private", rtnl.IPVLANVEPA: " vepa"}
