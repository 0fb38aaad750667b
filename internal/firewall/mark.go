package firewall

import (
	"cmp"
	"net/netip"
	"slices"
)

// Mark is a firewall mark for what comes in for some addresses.
type Mark struct {
	First, Last netip.Addr // of one family, both included
	Port        uint16     // 0: every port
	Protocol    uint8      // TCP, UDP or SCTP
	Mark        uint32
}

// place is where addresses must not overlap: one map of one table, and one port of it.
type place struct {
	six      bool
	protocol uint8
	port     uint16
}

func (m Mark) place() place { return place{m.First.Is6(), m.Protocol, m.Port} }

// Disjoint returns marks of which no two concern the same packet, in order: the kernel refuses a map whose
// keys overlap. What several of them name gets the mark of the first.
func Disjoint(marks []Mark) []Mark {
	claimed := map[place][]Mark{} // by First
	for _, m := range marks {
		p := m.place()
		claimed[p] = claim(claimed[p], m)
	}
	var all []Mark
	for _, list := range claimed {
		all = append(all, list...)
	}
	slices.SortFunc(all, compareMarks)
	return all
}

func compareMarks(a, b Mark) int {
	return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), a.First.Compare(b.First), cmp.Compare(a.Port, b.Port))
}

// claim puts into a list that is in order what it does not cover yet.
func claim(list []Mark, m Mark) []Mark {
	i, _ := slices.BinarySearchFunc(list, m.First, func(e Mark, a netip.Addr) int { return e.Last.Compare(a) })
	for next := m.First; next.IsValid() && next.Compare(m.Last) <= 0; i++ {
		piece := m
		piece.First = next
		if i < len(list) && list[i].First.Compare(m.Last) <= 0 {
			// Up to the next one that is there; behind it goes on what is left.
			next = list[i].Last.Next()
			if piece.First.Compare(list[i].First) >= 0 {
				continue
			}
			piece.Last = list[i].First.Prev()
			list = slices.Insert(list, i, piece)
			i++
			continue
		}
		return slices.Insert(list, i, piece)
	}
	return list
}
