package procmon

import (
	"encoding/binary"

	"golang.org/x/net/bpf"
)

// filter is a program for the kernel that lets pass what decode takes: answers, forks that make a
// process, and what happens to the first thread of one.
func filter() []bpf.Instruction {
	word := func(n uint32) bpf.Instruction { return bpf.LoadAbsolute{Off: offEvent + 4*n, Size: 4} }
	is := func(k kind, skip uint8) bpf.Instruction {
		return bpf.JumpIf{Cond: bpf.JumpEqual, Val: onWire(k), SkipTrue: skip}
	}
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: offKind, Size: 4},
		is(acknowledged, 13), // to the verdict: pass
		is(forked, 4),
		is(executed, 7),
		is(renamed, 6),
		is(exited, 5),
		bpf.RetConstant{Val: 0},
		// A fork: the child's pid and its thread group.
		word(2), bpf.TAX{}, word(3), bpf.Jump{Skip: 3},
		// The others: pid and thread group.
		word(0), bpf.TAX{}, word(1),
		bpf.JumpIfX{Cond: bpf.JumpEqual, SkipFalse: 1},
		bpf.RetConstant{Val: 1 << 16},
		bpf.RetConstant{Val: 0},
	}
}

// onWire is a native number as the filter, which reads big endian, sees it.
func onWire(k kind) uint32 {
	var b [4]byte
	binary.NativeEndian.PutUint32(b[:], uint32(k))
	return binary.BigEndian.Uint32(b[:])
}
