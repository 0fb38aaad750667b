package firewall

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Marking gives packets marks before IPVS sees them (keepalived's nftables_ipvs): a table for each family
// with a map from address and port to mark for each protocol, and a chain at the input hook. It is safe
// for concurrent use.
type Marking struct {
	netns string

	mu      sync.Mutex
	options Options
	marks   []Mark
	known   bool // the last Set has succeeded
}

// NewMarking makes a Marking that has marked nothing yet, in a network namespace: a name of ip-netns(8) or
// a path; empty: the calling process's own.
func NewMarking(netns string) *Marking { return &Marking{netns: netns} }

const (
	// chunk is how many elements go into one message, which has to stay below 64 KB.
	chunk = 400
	// sendBuffer has to hold a whole transaction, in octets: about 100,000 elements.
	sendBuffer = 16 << 20
)

// Set makes the tables mark this and nothing else, in one transaction: no packet sees half of it. Without
// marks the tables go, and so do those with the names in former. Tables that are right already, such as
// those of an earlier process, are left as they are.
func (m *Marking) Set(o Options, marks []Mark, former ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	marks = Disjoint(marks)
	c, end, err := m.connect()
	if err != nil {
		return err
	}
	defer end()
	if m.known = len(former) == 0 && there(c, o, marks); !m.known {
		if err := replace(c, o, marks, former); err != nil {
			return err
		}
	}
	m.options, m.marks, m.known = o, marks, true
	return nil
}

// Intact reports whether the kernel still has what Set has put there.
func (m *Marking) Intact() (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.known {
		return true, nil
	}
	c, end, err := m.connect()
	if err != nil {
		return false, err
	}
	defer end()
	return there(c, m.options, m.marks), nil
}

// connect makes a connection for one transaction. end gives back what it holds.
func (m *Marking) connect() (c *nftables.Conn, end func(), err error) {
	options := []nftables.ConnOption{nftables.WithSockOptions(func(s *netlink.Conn) error { return s.SetWriteBuffer(sendBuffer) })}
	end = func() {}
	if m.netns != "" {
		fd, err := unix.Open(namespacePath(m.netns), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, nil, fmt.Errorf("open network namespace %s: %w", m.netns, err)
		}
		end = func() { _ = unix.Close(fd) }
		options = append(options, nftables.WithNetNSFd(fd))
	}
	if c, err = nftables.New(options...); err != nil {
		end()
		return nil, nil, fmt.Errorf("open nftables: %w", err)
	}
	return c, end, nil
}

func namespacePath(name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return "/run/netns/" + name
}

// replace does the transaction.
func replace(c *nftables.Conn, o Options, marks []Mark, former []string) error {
	tables, err := c.ListTables()
	if err != nil {
		return told("list tables", err)
	}
	for _, t := range tables {
		ours := t.Name == o.Table || slices.Contains(former, t.Name)
		if ours && (t.Family == nftables.TableFamilyIPv4 || t.Family == nftables.TableFamilyIPv6) {
			c.DelTable(t)
		}
	}
	for _, six := range []bool{false, true} {
		if err := makeMarking(c, o, layout(marks, six), six); err != nil {
			return fmt.Errorf("make table: %w", err)
		}
	}
	if err := c.Flush(); err != nil {
		return told("change tables", err)
	}
	return nil
}

// markMap is a map of a table with what is in it.
type markMap struct {
	name     string
	protocol uint8
	elements []nftables.SetElement
}

// mapNames are the maps by protocol, in the order of their rules; those for every port come after, since
// IPVS too prefers a service of that port.
var mapNames = []struct {
	protocol uint8
	name     string
}{{unix.IPPROTO_TCP, "tcp"}, {unix.IPPROTO_UDP, "udp"}, {unix.IPPROTO_SCTP, "sctp"}}

// layout sorts marks into the maps that the table of a family needs.
func layout(marks []Mark, six bool) []markMap {
	var maps []markMap
	for _, any := range []bool{false, true} {
		for _, p := range mapNames {
			m := markMap{name: p.name + "_map", protocol: p.protocol}
			if any {
				m.name = p.name + "_any_map"
			}
			for _, mark := range marks {
				if mark.First.Is6() == six && mark.Protocol == p.protocol && (mark.Port == 0) == any {
					m.elements = append(m.elements, element(mark))
				}
			}
			if len(m.elements) > 0 {
				maps = append(maps, m)
			}
		}
	}
	return maps
}

func element(m Mark) nftables.SetElement {
	first, last := m.Port, m.Port
	if m.Port == 0 {
		last = 0xffff
	}
	return nftables.SetElement{
		Key: key(m.First, first), KeyEnd: key(m.Last, last), Val: binaryutil.BigEndian.PutUint32(m.Mark),
	}
}

// key is an address and a port as the kernel's registers hold them: each fills whole ones of 4 octets.
func key(a netip.Addr, port uint16) []byte {
	return append(a.AsSlice(), byte(port>>8), byte(port), 0, 0)
}

// makeMarking puts the table of a family into the transaction; none where it would be empty.
func makeMarking(c *nftables.Conn, o Options, maps []markMap, six bool) error {
	if len(maps) == 0 {
		return nil
	}
	family, kind := nftables.TableFamilyIPv4, nftables.TypeIPAddr
	if six {
		family, kind = nftables.TableFamilyIPv6, nftables.TypeIP6Addr
	}
	both, err := nftables.ConcatSetType(kind, nftables.TypeInetService)
	if err != nil {
		return err
	}
	table := c.AddTable(&nftables.Table{Family: family, Name: o.Table})
	accept := nftables.ChainPolicyAccept
	chain := c.AddChain(&nftables.Chain{
		Table: table, Name: "in", Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookInput,
		Priority: nftables.ChainPriorityRef(nftables.ChainPriority(o.Priority)), Policy: &accept,
	})
	for _, m := range maps {
		set := &nftables.Set{
			Table: table, Name: m.name, IsMap: true, Interval: true, Concatenation: true, KeyType: both,
			DataType: nftables.TypeMark, Counter: o.Counters,
		}
		if err := c.AddSet(set, nil); err != nil {
			return err
		}
		for part := range slices.Chunk(m.elements, chunk) {
			if err := c.SetAddElements(set, part); err != nil {
				return err
			}
		}
		c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: markRule(o, set, m.protocol, six)})
	}
	return nil
}

// markRule looks address and port up and, where they are there, sets the mark and is done. The maps have
// marks in network order: without being told so, which the library cannot, nft would show them the wrong
// way round.
func markRule(o Options, set *nftables.Set, protocol uint8, six bool) []expr.Any {
	offset, size := uint32(16), uint32(4)
	if six {
		offset, size = 24, 16
	}
	// Registers of 4 octets count from 8.
	port := uint32(unix.NFT_REG32_00 + size/4)
	rule := []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: first},
		&expr.Cmp{Op: expr.CmpOpEq, Register: first, Data: []byte{protocol}},
		address(offset, size),
		&expr.Payload{DestRegister: port, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Lookup{SourceRegister: first, DestRegister: first, IsDestRegSet: true, SetName: set.Name, SetID: set.ID},
		&expr.Byteorder{SourceRegister: first, DestRegister: first, Op: expr.ByteorderNtoh, Len: 4, Size: 4},
		&expr.Meta{Key: expr.MetaKeyMARK, Register: first, SourceRegister: true},
	}
	if o.Counters {
		rule = append(rule, &expr.Counter{})
	}
	return append(rule, &expr.Verdict{Kind: expr.VerdictReturn})
}

// there reports whether the kernel has these tables.
func there(c *nftables.Conn, o Options, marks []Mark) bool {
	tables, err := c.ListTables()
	if err != nil {
		return false
	}
	for i, family := range []nftables.TableFamily{nftables.TableFamilyIPv4, nftables.TableFamilyIPv6} {
		maps := layout(marks, i == 1)
		at := slices.IndexFunc(tables, func(t *nftables.Table) bool { return t.Name == o.Table && t.Family == family })
		if (at >= 0) != (len(maps) > 0) || at >= 0 && !holds(c, tables[at], o, maps) {
			return false
		}
	}
	return true
}

// holds reports whether a table has these maps, a chain of that priority, and a rule for each map.
func holds(c *nftables.Conn, t *nftables.Table, o Options, maps []markMap) bool {
	sets, err := c.GetSets(t)
	if err != nil || len(sets) != len(maps) {
		return false
	}
	for _, m := range maps {
		i := slices.IndexFunc(sets, func(s *nftables.Set) bool { return s.Name == m.name })
		if i < 0 {
			return false
		}
		found, err := c.GetSetElements(sets[i])
		if err != nil || !sameElements(found, m.elements) {
			return false
		}
	}
	chains, err := c.ListChainsOfTableFamily(t.Family)
	if err != nil {
		return false
	}
	chains = slices.DeleteFunc(chains, func(c *nftables.Chain) bool { return c.Table.Name != t.Name })
	if len(chains) != 1 || chains[0].Priority == nil || int32(*chains[0].Priority) != o.Priority {
		return false
	}
	rules, err := c.GetRules(t, chains[0])
	return err == nil && sameRules(rules, maps, o)
}

// sameRules compares by what rules look up: that alone makes them differ.
func sameRules(rules []*nftables.Rule, maps []markMap, o Options) bool {
	return slices.EqualFunc(rules, maps, func(r *nftables.Rule, m markMap) bool {
		looks, counts := false, false
		for _, e := range r.Exprs {
			switch e := e.(type) {
			case *expr.Lookup:
				looks = e.SetName == m.name
			case *expr.Counter:
				counts = true
			}
		}
		return looks && counts == o.Counters
	})
}

func sameElements(found, want []nftables.SetElement) bool {
	order := func(a, b nftables.SetElement) int { return bytes.Compare(a.Key, b.Key) }
	found, want = slices.SortedFunc(slices.Values(found), order), slices.SortedFunc(slices.Values(want), order)
	return slices.EqualFunc(found, want, func(a, b nftables.SetElement) bool {
		end := a.KeyEnd
		if len(end) == 0 { // the kernel does not say it where it is the beginning
			end = a.Key
		}
		return bytes.Equal(a.Key, b.Key) && bytes.Equal(end, b.KeyEnd) && bytes.Equal(a.Val, b.Val)
	})
}
