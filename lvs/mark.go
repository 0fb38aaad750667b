package lvs

import "net/netip"

// Mark is a firewall mark that packets to some addresses get, so that one service by mark stands for
// all of them. A virtual server group is marked where nftables_ipvs asks for it.
type Mark struct {
	First, Last netip.Addr // of one family, both included
	Port        uint16     // 0: every port
	Protocol    Protocol
	FWMark      uint32
	// Follow is as in GatedService: the addresses of a group need not be of the same instance.
	Follow []Follow
}

// Active applies the gating rule: no one to follow, or any of them is MASTER as far as it is known.
func (d *Director) Active(follow []Follow) bool { return d.masters.active(follow) }

// Marked returns the marks that are active, without what they follow, in their order. known is false
// while some depend on who is MASTER and nobody has said so yet.
func (d *Director) Marked(marks []Mark) (active []Mark, known bool) {
	for _, m := range marks {
		if len(m.Follow) > 0 && !d.masters.known && !d.stopped {
			return nil, false
		}
		if !d.stopped && d.Active(m.Follow) {
			m.Follow = nil
			active = append(active, m)
		}
	}
	return active, true
}
