package lint

import (
	"cmp"
	"container/heap"
	"net/netip"
	"slices"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// claim is what one line names for a virtual server: the services of a range of addresses, or that of a
// firewall mark.
type claim struct {
	kind
	first, last netip.Addr // invalid for a mark
	rank        int        // of two claims to one service the lower has it
	server      *config.VirtualServer
	marked      bool // by nftables_ipvs: the packets reach the service of a mark instead
}

// kind is what the services of a claim have in common.
type kind struct {
	mark     uint32
	family   int // of a mark
	port     uint16
	protocol string
}

func (k kind) compare(o kind) int {
	return cmp.Or(cmp.Compare(k.mark, o.mark), cmp.Compare(k.family, o.family), cmp.Compare(k.port, o.port), cmp.Compare(k.protocol, o.protocol))
}

// claims are all of a configuration. A virtual server whose packets nftables marks goes before those that
// want them unmarked, whatever their order: IPVS looks for a mark first.
func claims(c *config.Config) []claim {
	groups := c.ServerGroups()
	var all []claim
	for i := range c.VirtualServers {
		v := &c.VirtualServers[i]
		entries := []config.GroupEntry{{First: v.Addr, Last: v.Addr, Port: v.Port, FWMark: v.FWMark}}
		if v.Group != "" {
			entries = nil
			if g := groups[v.Group]; g != nil {
				entries = g.Entries
			}
		}
		marked := c.Global.NFTablesIPVS != "" && v.Group != "" && !slices.ContainsFunc(entries, func(e config.GroupEntry) bool { return !e.First.IsValid() })
		rank := i
		if !marked {
			rank += len(c.VirtualServers)
		}
		for _, e := range entries {
			k := kind{mark: e.FWMark, family: cmp.Or(e.Family, v.Family)}
			if e.First.IsValid() {
				k = kind{port: e.Port, protocol: v.Protocol}
			}
			all = append(all, claim{k, e.First, e.Last, rank, v, marked})
		}
	}
	return all
}

// meet calls found for claims of two virtual servers that overlap, the winner first, at least once for
// each virtual server that loses something. It goes along the starts of the claims, so that a range costs no
// more than an address: of the claims that reach so far one wins, and the others have lost to it already.
func meet(list []claim, found func(winner, loser claim)) {
	slices.SortFunc(list, func(a, b claim) int {
		return cmp.Or(a.kind.compare(b.kind), a.first.Compare(b.first), cmp.Compare(a.rank, b.rank))
	})
	var open byRank
	for _, c := range list {
		for len(open) > 0 && (open[0].kind != c.kind || open[0].last.Less(c.first)) {
			heap.Pop(&open)
		}
		switch {
		case len(open) == 0:
		case open[0].rank < c.rank:
			found(open[0], c)
		case open[0].rank > c.rank:
			found(c, open[0])
		}
		heap.Push(&open, c)
	}
}

// byRank has the claim of the lowest rank in front, for container/heap.
type byRank []claim

func (h byRank) Len() int           { return len(h) }
func (h byRank) Less(i, j int) bool { return h[i].rank < h[j].rank }
func (h byRank) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *byRank) Push(x any)        { *h = append(*h, x.(claim)) }

func (h *byRank) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
