package firewall

import (
	"errors"
	"fmt"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Steered is a macvlan with a virtual MAC address, and the link that it stands on.
type Steered struct {
	Index, Base int
}

// suffix is what the name of the tables for macvlans ends in.
const suffix = "_vmac"

// Types of ICMPv6 by which a host tells of its multicast groups (RFC 2710, RFC 3810).
var listenerReports = []byte{131, 132, 143}

// Steer lets what the kernel tells switches of multicast groups by macvlans (IGMP, MLD) leave by their bases
// instead: a BACKUP that sent from the virtual MAC address would draw the frames for it to its own port.
// The tables of an earlier call, or of an earlier process, are replaced in one transaction; without
// macvlans there are none.
func (f *Firewall) Steer(o Options, macvlans []Steered) error {
	if slices.Equal(macvlans, f.steered) && f.steers {
		return nil
	}
	err := f.steer(o, macvlans, true)
	if errors.Is(err, unix.ENOENT) {
		err = f.steer(o, macvlans, false) // the kernel cannot duplicate packets: they are dropped alone
	}
	if err == nil {
		f.steers, f.steered = true, slices.Clone(macvlans)
	}
	return err
}

func (f *Firewall) steer(o Options, macvlans []Steered, dup bool) error {
	c, err := without(o.Table + suffix)
	if err != nil {
		return err
	}
	if len(macvlans) > 0 {
		for _, six := range []bool{false, true} {
			if err := makeSteering(c, o, macvlans, six, dup); err != nil {
				return fmt.Errorf("make table: %w", err)
			}
		}
	}
	if err := c.Flush(); err != nil {
		return told("change tables", err)
	}
	return nil
}

// makeSteering puts the table of a family into the transaction: a map from macvlan to base, and a chain for
// what goes out.
func makeSteering(c *nftables.Conn, o Options, macvlans []Steered, six, dup bool) error {
	kind := nftables.TableFamilyIPv4
	if six {
		kind = nftables.TableFamilyIPv6
	}
	table := c.AddTable(&nftables.Table{Family: kind, Name: o.Table + suffix})
	bases := &nftables.Set{Table: table, Name: "bases", IsMap: true, KeyType: nftables.TypeIFIndex, DataType: nftables.TypeIFIndex}
	var elements []nftables.SetElement
	for _, m := range macvlans {
		elements = append(elements, nftables.SetElement{
			Key: binaryutil.NativeEndian.PutUint32(uint32(m.Index)), Val: binaryutil.NativeEndian.PutUint32(uint32(m.Base)),
		})
	}
	if err := c.AddSet(bases, elements); err != nil {
		return err
	}
	accept := nftables.ChainPolicyAccept
	chain := c.AddChain(&nftables.Chain{
		Table: table, Name: "out", Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookOutput,
		Priority: nftables.ChainPriorityRef(nftables.ChainPriority(o.Priority)), Policy: &accept,
	})
	for _, match := range reports(six) {
		exprs := append(match,
			&expr.Meta{Key: expr.MetaKeyOIF, Register: second},
			&expr.Lookup{SourceRegister: second, DestRegister: second, IsDestRegSet: true, SetName: bases.Name, SetID: bases.ID})
		if dup {
			offset, size := uint32(16), uint32(4)
			if six {
				offset, size = 24, 16
			}
			exprs = append(exprs, address(offset, size), &expr.Dup{RegAddr: first, RegDev: second, IsRegDevSet: true})
		}
		if o.Counters {
			exprs = append(exprs, &expr.Counter{})
		}
		c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: append(exprs, &expr.Verdict{Kind: expr.VerdictDrop})})
	}
	return nil
}

// reports match what tells of multicast groups.
func reports(six bool) [][]expr.Any {
	protocol := func(p byte) []expr.Any {
		return []expr.Any{
			&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: first},
			&expr.Cmp{Op: expr.CmpOpEq, Register: first, Data: []byte{p}},
		}
	}
	if !six {
		return [][]expr.Any{protocol(unix.IPPROTO_IGMP)}
	}
	var all [][]expr.Any
	for _, kind := range listenerReports {
		all = append(all, append(protocol(unix.IPPROTO_ICMPV6),
			&expr.Payload{DestRegister: first, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 1},
			&expr.Cmp{Op: expr.CmpOpEq, Register: first, Data: []byte{kind}}))
	}
	return all
}
