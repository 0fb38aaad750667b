package lint

import (
	"fmt"
	"maps"
	"slices"
)

// shared is where two virtual servers meet.
type shared struct{ winner, loser claim }

// serviceTwice looks for services that two virtual servers name.
func serviceTwice(s *sight) {
	found := map[int]shared{}
	meet(claims(s.cfg), func(a, b claim) {
		if old, there := found[b.rank]; !there || a.rank < old.winner.rank {
			found[b.rank] = shared{a, b}
		}
	})
	for _, rank := range slices.Sorted(maps.Keys(found)) {
		found[rank].tell(s)
	}
}

func (m shared) tell(s *sight) {
	v, other := m.loser.server, m.winner.server
	f := s.add(v.Pos, "", "virtual servers %s (%s) and %s both name the service %s", other, place(other.Pos, v.Pos), v, m.service())
	f.Instead = "it belongs to the first alone: none of its clients is sent to the real servers of this one"
	switch {
	case !m.winner.marked:
		f.Instead += "; keepalived puts those of both into it"
	case !m.loser.marked:
		f.Instead = "nftables_ipvs marks its packets for the group: none of its clients is sent to the real servers of this one"
	}
	f.Cure = "put all real servers into one of the two, or give this one another address, port or protocol"
	if m.loser.mark != 0 {
		f.Cure = "put all real servers into one of the two, or give this one another fwmark"
	}
}

// service names what two virtual servers share: the addresses of both.
func (m shared) service() string {
	if !m.loser.first.IsValid() {
		return fmt.Sprintf("fwmark %d (IPv%d)", m.loser.mark, m.loser.family)
	}
	first, last := m.loser.first, m.loser.last
	if first.Less(m.winner.first) {
		first = m.winner.first
	}
	if m.winner.last.Less(last) {
		last = m.winner.last
	}
	addresses := first.String()
	if first != last {
		addresses += "-" + last.String()
	}
	return fmt.Sprintf("%s %d %s", addresses, m.loser.port, m.loser.protocol)
}
