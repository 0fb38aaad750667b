package rtnl

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Attributes and actions of fib_rules.h that golang.org/x/sys/unix does not have.
const (
	fraDst         = 1
	fraSrc         = 2
	fraIIF         = 3
	fraGoto        = 4
	fraPriority    = 6
	fraMark        = 10
	fraFlow        = 11
	fraTunnelID    = 12
	fraNoIfGroup   = 13 // FRA_SUPPRESS_IFGROUP
	fraNoPrefixLen = 14 // FRA_SUPPRESS_PREFIXLEN
	fraTable       = 15
	fraMask        = 16
	fraOIF         = 17
	fraL3MDev      = 19
	fraUIDRange    = 20
	fraProtocol    = 21
	fraIPProto     = 22
	fraSourcePort  = 23
	fraDestPort    = 24
	sizeofRule     = 12 // struct fib_rule_hdr
	invert         = 2  // FIB_RULE_INVERT
)

// Actions of a rule (FR_ACT_*).
const (
	ToTable     = 1
	Goto        = 2
	Nop         = 3
	Blackhole   = 6
	Unreachable = 7
	Prohibit    = 8
)

// Rule is a rule of the routing policy. Rules are comparable: what the kernel tells of a rule that
// was put is equal to it.
type Rule struct {
	Six      bool
	Not      bool
	From, To netip.Prefix // invalid for all
	IIF, OIF string
	TOS      uint8
	Action   uint8
	Protocol uint8
	// Table is 0 with l3mdev and where Action is not ToTable.
	Table    uint32
	Priority uint32
	Goto     uint32
	// Mark is compared under Mask; there is no comparison where MarkSet is not.
	Mark, Mask uint32
	MarkSet    bool
	Realms     uint32
	TunnelID   uint64
	L3MDev     bool
	IPProto    uint8
	UIDs       *Range // nil for all
	Source     PortRange
	Dest       PortRange
	// SuppressPrefix and SuppressGroup are -1 for none.
	SuppressPrefix, SuppressGroup int32
}

// Range is an interval with both ends.
type Range struct{ First, Last uint32 }

// PortRange is an interval of ports with both ends; the zero value is none.
type PortRange struct{ First, Last uint16 }

// appendRule appends an RTM_NEWRULE or RTM_DELRULE message for r.
func appendRule(b []byte, kind, flags uint16, sequence uint32, r *Rule) []byte {
	if kind == unix.RTM_NEWRULE {
		flags |= unix.NLM_F_CREATE | unix.NLM_F_EXCL
	}
	b, start := openMessage(b, kind, flags, sequence)
	table := byte(unix.RT_TABLE_UNSPEC)
	if r.Table < 256 {
		table = byte(r.Table)
	}
	var ruleFlags uint32
	if r.Not {
		ruleFlags = invert
	}
	// struct fib_rule_hdr
	b = append(b, family(r.Six), bits(r.To), bits(r.From), r.TOS, table, 0, 0, r.Action)
	b = binary.NativeEndian.AppendUint32(b, ruleFlags)
	b = appendU32(b, fraPriority, r.Priority)
	b = appendAttribute(b, fraProtocol, []byte{r.Protocol})
	b = appendPrefix(b, fraDst, r.To)
	b = appendPrefix(b, fraSrc, r.From)
	if r.Table >= 256 {
		b = appendU32(b, fraTable, r.Table)
	}
	if r.Action == Goto {
		b = appendU32(b, fraGoto, r.Goto)
	}
	b = r.appendSelectors(b)
	return closeMessage(b, start)
}

func (r *Rule) appendSelectors(b []byte) []byte {
	for _, n := range []struct {
		kind uint16
		name string
	}{{fraIIF, r.IIF}, {fraOIF, r.OIF}} {
		if n.name != "" {
			b = appendAttribute(b, n.kind, append([]byte(n.name), 0))
		}
	}
	if r.MarkSet {
		b = appendU32(b, fraMark, r.Mark)
		b = appendU32(b, fraMask, r.Mask)
	}
	if r.Realms != 0 {
		b = appendU32(b, fraFlow, r.Realms)
	}
	if r.TunnelID != 0 {
		b = appendAttribute(b, fraTunnelID, binary.BigEndian.AppendUint64(nil, r.TunnelID))
	}
	if r.L3MDev {
		b = appendAttribute(b, fraL3MDev, []byte{1})
	}
	if r.UIDs != nil {
		b = appendAttribute(b, fraUIDRange, binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint32(nil, r.UIDs.First), r.UIDs.Last))
	}
	if r.IPProto != 0 {
		b = appendAttribute(b, fraIPProto, []byte{r.IPProto})
	}
	b = r.Source.append(b, fraSourcePort)
	b = r.Dest.append(b, fraDestPort)
	if r.SuppressPrefix >= 0 {
		b = appendU32(b, fraNoPrefixLen, uint32(r.SuppressPrefix))
	}
	if r.SuppressGroup >= 0 {
		b = appendU32(b, fraNoIfGroup, uint32(r.SuppressGroup))
	}
	return b
}

func (p PortRange) append(b []byte, kind uint16) []byte {
	if p == (PortRange{}) {
		return b
	}
	return appendAttribute(b, kind, binary.NativeEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, p.First), p.Last))
}

// Equal reports whether have, as the kernel tells it, is r.
func (r *Rule) Equal(have *Rule) bool {
	a, b := *r, *have
	if a.UIDs != nil && b.UIDs != nil && *a.UIDs == *b.UIDs {
		a.UIDs, b.UIDs = nil, nil
	}
	for _, x := range []*Rule{&a, &b} {
		x.From, x.To = network(x.From), network(x.To)
		if x.Mark == 0 && x.Mask == 0 {
			x.MarkSet = false // the kernel does not keep them apart
		}
	}
	return a == b
}

// decodeRule reads the body of RTM_NEWRULE or RTM_DELRULE: struct fib_rule_hdr and attributes.
func decodeRule(b []byte) (Rule, error) {
	if len(b) < sizeofRule {
		return Rule{}, errShort
	}
	r := Rule{
		Six: b[0] == unix.AF_INET6, TOS: b[3], Table: uint32(b[4]), Action: b[7],
		Not:            binary.NativeEndian.Uint32(b[8:])&invert != 0,
		SuppressPrefix: -1, SuppressGroup: -1,
	}
	toBits, fromBits := int(b[1]), int(b[2])
	err := attributes(b[sizeofRule:], func(kind uint16, v []byte) {
		switch kind {
		case fraDst:
			r.To = prefixOf(v, toBits)
		case fraSrc:
			r.From = prefixOf(v, fromBits)
		case fraPriority:
			r.Priority = u32(v)
		case fraTable:
			r.Table = u32(v)
		case fraGoto:
			r.Goto = u32(v)
		case fraIIF:
			r.IIF = text(v)
		case fraOIF:
			r.OIF = text(v)
		default:
			r.decodeSelector(kind, v)
		}
	})
	return r, err
}

func (r *Rule) decodeSelector(kind uint16, v []byte) {
	switch kind {
	case fraMark:
		r.Mark, r.MarkSet = u32(v), true
	case fraMask:
		r.Mask, r.MarkSet = u32(v), true
	case fraFlow:
		r.Realms = u32(v)
	case fraTunnelID:
		if len(v) == 8 {
			r.TunnelID = binary.BigEndian.Uint64(v)
		}
	case fraUIDRange:
		if len(v) == 8 {
			r.UIDs = &Range{u32(v), u32(v[4:])}
		}
	case fraNoPrefixLen:
		r.SuppressPrefix = int32(u32(v))
	case fraNoIfGroup:
		r.SuppressGroup = int32(u32(v))
	case fraSourcePort:
		r.Source = decodePorts(v)
	case fraDestPort:
		r.Dest = decodePorts(v)
	case fraL3MDev, fraProtocol, fraIPProto:
		r.decodeOctet(kind, v)
	}
}

func (r *Rule) decodeOctet(kind uint16, v []byte) {
	if len(v) == 0 {
		return
	}
	switch kind {
	case fraL3MDev:
		r.L3MDev = v[0] != 0
	case fraProtocol:
		r.Protocol = v[0]
	case fraIPProto:
		r.IPProto = v[0]
	}
}

func decodePorts(v []byte) PortRange {
	if len(v) < 4 {
		return PortRange{}
	}
	return PortRange{u16(v), u16(v[2:])}
}
