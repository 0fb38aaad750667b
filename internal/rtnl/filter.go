package rtnl

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// What the instructions of a filter end in.
const (
	keep   = 1 << 20
	refuse = 0
)

// filter lets the kernel drop what nobody wants to hear of before it wakes us: new routes and rules,
// the end of those that are not of Keepalived, and new addresses of the protocol own unless it is 0.
func (m *Monitor) filter(own uint8) error {
	var program []bpf.Instruction
	add := func(more ...bpf.Instruction) { program = append(program, more...) }
	// Each part reads the type of the message and passes to the next where it is another one.
	when := func(kind uint16, then ...bpf.Instruction) {
		add(bpf.LoadAbsolute{Off: 4, Size: 2}, // nlmsg_type
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: loaded(kind), SkipFalse: uint8(len(then))})
		add(then...)
	}
	when(unix.RTM_NEWROUTE, bpf.RetConstant{Val: refuse})
	when(unix.RTM_NEWRULE, bpf.RetConstant{Val: refuse})
	when(unix.RTM_DELROUTE,
		bpf.LoadAbsolute{Off: unix.SizeofNlMsghdr + 5, Size: 1}, // rtm_protocol
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: Keepalived, SkipFalse: 1},
		bpf.RetConstant{Val: keep},
		bpf.RetConstant{Val: refuse})
	when(unix.RTM_DELRULE, protocolIs(sizeofRule, fraProtocol, Keepalived, keep, refuse)...)
	if own != 0 {
		when(unix.RTM_NEWADDR, protocolIs(sizeofMsg, ifaProto, own, refuse, keep)...)
	}
	add(bpf.RetConstant{Val: keep})
	raw, err := bpf.Assemble(program)
	if err == nil {
		err = m.c.SetBPF(raw)
	}
	if err != nil {
		return fmt.Errorf("filter rtnetlink events: %w", err)
	}
	return nil
}

// loaded is a number of the host's octet order as BPF loads it: in that of the network.
func loaded(v uint16) uint32 {
	var b [2]byte
	binary.NativeEndian.PutUint16(b[:], v)
	return uint32(binary.BigEndian.Uint16(b[:]))
}

// protocolIs ends in one of two ways, by the octet of an attribute behind a header of this size.
func protocolIs(header, attribute uint32, protocol uint8, yes, no uint32) []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadConstant{Dst: bpf.RegX, Val: attribute},
		bpf.LoadConstant{Dst: bpf.RegA, Val: unix.SizeofNlMsghdr + header},
		bpf.LoadExtension{Num: bpf.ExtNetlinkAttr}, // A: offset of the attribute, 0 for none
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 4},
		bpf.TAX{},
		bpf.LoadIndirect{Off: attributeHeader, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(protocol), SkipFalse: 1},
		bpf.RetConstant{Val: yes},
		bpf.RetConstant{Val: no},
	}
}
