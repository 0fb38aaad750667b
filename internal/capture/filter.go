package capture

import (
	"golang.org/x/net/bpf"

	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// filter lets VRRP pass, by itself or behind an Authentication Header, over IPv4 and IPv6. It sees
// packets from their IP header on.
func filter() []bpf.Instruction {
	const all = 1 << 16
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: 0, Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 4, SkipTrue: 3},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 6, SkipTrue: 9},
		bpf.LoadAbsolute{Off: 6, Size: 1}, // IPv6: next header
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: packet.Protocol, SkipTrue: 6, SkipFalse: 7},
		bpf.LoadAbsolute{Off: 9, Size: 1}, // IPv4: protocol
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: packet.Protocol, SkipTrue: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: packet.ProtocolAH, SkipTrue: 4},
		bpf.LoadMemShift{Off: 0},
		bpf.LoadIndirect{Off: 0, Size: 1}, // what follows the Authentication Header
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: packet.Protocol, SkipTrue: 1},
		bpf.RetConstant{Val: all},
		bpf.RetConstant{Val: 0},
	}
}
