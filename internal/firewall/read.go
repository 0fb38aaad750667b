package firewall

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
)

// Read reads the tables with these names in a network namespace (as for NewMarking): their sets and what is
// in them. links names interfaces by index. A kernel without nftables has none.
func Read(netns string, links map[int]string, names ...string) ([]Table, error) {
	c, end, err := NewMarking(netns).connect()
	if err != nil {
		return nil, err
	}
	defer end()
	found, err := c.ListTables()
	if err != nil {
		return nil, told("list tables", err)
	}
	var tables []Table
	for _, f := range found {
		six := f.Family == nftables.TableFamilyIPv6
		if !six && f.Family != nftables.TableFamilyIPv4 || !slices.Contains(names, f.Name) {
			continue
		}
		t := Table{Six: six, Name: f.Name}
		sets, err := c.GetSets(f)
		if err != nil {
			return nil, fmt.Errorf("read sets of table %s: %w", t.path(), err)
		}
		for _, s := range sets {
			elements, err := c.GetSetElements(s)
			if err != nil {
				return nil, fmt.Errorf("read set %s of table %s: %w", s.Name, t.path(), err)
			}
			if !s.Anonymous {
				t.Sets = append(t.Sets, Set{Name: s.Name, Elements: words(s.Name, elements, links)})
			}
		}
		sortSets(t.Sets)
		tables = append(tables, t)
	}
	return tables, nil
}

// order is that in which our tables have their sets.
var order = []string{"vips", "vips_link_local", "bases", "tcp_map", "udp_map", "sctp_map", "tcp_any_map", "udp_any_map", "sctp_any_map"}

func sortSets(sets []Set) {
	slices.SortStableFunc(sets, func(a, b Set) int { return slices.Index(order, a.Name) - slices.Index(order, b.Name) })
}

// words are the elements of a set of ours; none of one that is not.
func words(set string, elements []nftables.SetElement, links map[int]string) []string {
	link := func(key []byte) string {
		if len(key) != 4 {
			return strings.TrimRight(string(key), "\x00")
		}
		index := int(binaryutil.NativeEndian.Uint32(key))
		if name, ok := links[index]; ok {
			return name
		}
		return fmt.Sprintf("if%d", index)
	}
	var all []string
	for _, e := range elements {
		switch addr, ok := netip.AddrFromSlice(e.Key); {
		case set == "vips" && ok:
			all = append(all, addr.String())
		case set == "vips_link_local" && len(e.Key) > 16:
			all = append(all, fmt.Sprintf("%s . %q", netip.AddrFrom16([16]byte(e.Key[:16])), link(e.Key[16:])))
		case set == "bases" && len(e.Key) == 4 && len(e.Val) == 4:
			all = append(all, fmt.Sprintf("%q : %q", link(e.Key), link(e.Val)))
		case strings.HasSuffix(set, "_map") && len(e.Key) >= 8 && (len(e.KeyEnd) == 0 || len(e.KeyEnd) == len(e.Key)):
			all = append(all, markWords(e.Key, e.KeyEnd, e.Val))
		}
	}
	return all
}
