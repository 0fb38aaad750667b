package firewall

import (
	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

const (
	ifNameSize = 16
	// Registers of 16 octets; the second continues the first.
	first, second = 1, 2
	// Types of ICMPv6 (RFC 4861).
	neighbourSolicitation  = 135
	neighbourAdvertisement = 136
)

// direction is what differs between the chains for what comes in and what goes out.
type direction struct {
	name          string
	hook          *nftables.ChainHook
	offset4       uint32 // of the address in the header
	offset6       uint32
	name6, index6 expr.MetaKey
}

var directions = []direction{
	{"in", nftables.ChainHookInput, 16, 24, expr.MetaKeyIIFNAME, expr.MetaKeyIIF},
	{"out", nftables.ChainHookOutput, 12, 8, expr.MetaKeyOIFNAME, expr.MetaKeyOIF},
}

// make puts the table of a family with its sets, chains and rules into the transaction.
func (f *Firewall) make(c *nftables.Conn, fam *family, six bool) error {
	kind, key := nftables.TableFamilyIPv4, nftables.TypeIPAddr
	if six {
		kind, key = nftables.TableFamilyIPv6, nftables.TypeIP6Addr
	}
	fam.table = c.AddTable(&nftables.Table{Family: kind, Name: f.options.Table})
	fam.vips = &nftables.Set{Table: fam.table, Name: "vips", KeyType: key}
	if err := c.AddSet(fam.vips, nil); err != nil {
		return err
	}
	if six {
		link := nftables.TypeIFName
		if f.options.ByIndex {
			link = nftables.TypeIFIndex
		}
		both, err := nftables.ConcatSetType(key, link)
		if err != nil {
			return err
		}
		fam.linkers = &nftables.Set{Table: fam.table, Name: "vips_link_local", KeyType: both, Concatenation: true}
		if err := c.AddSet(fam.linkers, nil); err != nil {
			return err
		}
	}
	for _, d := range directions {
		accept := nftables.ChainPolicyAccept
		chain := c.AddChain(&nftables.Chain{
			Table: fam.table, Name: d.name, Type: nftables.ChainTypeFilter, Hooknum: d.hook,
			Priority: nftables.ChainPriorityRef(nftables.ChainPriority(f.options.Priority)), Policy: &accept,
		})
		for _, exprs := range f.rules(fam, six, d) {
			c.AddRule(&nftables.Rule{Table: fam.table, Chain: chain, Exprs: exprs})
		}
	}
	return nil
}

// rules are those of a chain: neighbour discovery passes, what concerns a shut address does not.
func (f *Firewall) rules(fam *family, six bool, d direction) [][]expr.Any {
	if !six {
		return [][]expr.Any{f.verdict(expr.VerdictDrop, address(d.offset4, 4), lookup(fam.vips))}
	}
	meta := &expr.Meta{Key: d.name6, Register: second}
	if f.options.ByIndex {
		meta.Key = d.index6
	}
	return [][]expr.Any{
		f.verdict(expr.VerdictAccept,
			&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: first},
			&expr.Cmp{Op: expr.CmpOpEq, Register: first, Data: []byte{unix.IPPROTO_ICMPV6}},
			&expr.Payload{DestRegister: first, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 1},
			&expr.Cmp{Op: expr.CmpOpGte, Register: first, Data: []byte{neighbourSolicitation}},
			&expr.Cmp{Op: expr.CmpOpLte, Register: first, Data: []byte{neighbourAdvertisement}}),
		f.verdict(expr.VerdictDrop, address(d.offset6, 16), meta, lookup(fam.linkers)),
		f.verdict(expr.VerdictDrop, address(d.offset6, 16), lookup(fam.vips)),
	}
}

func address(offset, size uint32) expr.Any {
	return &expr.Payload{DestRegister: first, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: size}
}

func lookup(s *nftables.Set) expr.Any {
	return &expr.Lookup{SourceRegister: first, SetName: s.Name, SetID: s.ID}
}

// verdict ends a rule, with a counter before it where they are wanted.
func (f *Firewall) verdict(kind expr.VerdictKind, match ...expr.Any) []expr.Any {
	if f.options.Counters {
		match = append(match, &expr.Counter{})
	}
	return append(match, &expr.Verdict{Kind: kind})
}

// linkKey is a link as the set of link-local addresses has it.
func (f *Firewall) linkKey(a Address) []byte {
	if f.options.ByIndex {
		return binaryutil.NativeEndian.PutUint32(uint32(a.Index))
	}
	name := make([]byte, ifNameSize)
	copy(name, a.Link)
	return name
}
