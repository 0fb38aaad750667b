package speaker

import (
	"encoding/binary"

	"golang.org/x/net/bpf"
)

// bitmap256 is a set of VRIDs.
type bitmap256 [8]uint32

func (s *bitmap256) add(vrid uint8)      { s[vrid>>5] |= 1 << (vrid & 31) }
func (s *bitmap256) has(vrid uint8) bool { return s[vrid>>5]>>(vrid&31)&1 == 1 }

// filter makes the program that lets only packets with these VRIDs into the socket, so that other
// people's routers on the same network cost no wake-up. Everything else about a packet is left to
// the receive path, which counts what is wrong.
//
// header is where the VRRP message begins beside the IPv4 options: for IPv6 the packet itself.
func filter(vrids bitmap256, six, ah bool) []bpf.Instruction {
	const vridOffset = 1
	const ahLength = 24 // RFC 2402 with a 96-bit integrity value
	offset := uint32(vridOffset)
	if ah {
		offset += ahLength
	}
	program := []bpf.Instruction{bpf.LoadConstant{Dst: bpf.RegX, Val: 0}}
	if !six {
		program = []bpf.Instruction{bpf.LoadMemShift{Off: 0}} // X: length of the IPv4 header
	}
	program = append(program,
		bpf.LoadIndirect{Off: offset, Size: 1},
		bpf.StoreScratch{Src: bpf.RegA, N: 0},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 31},
		bpf.TAX{}, // X: bit
		bpf.LoadScratch{Dst: bpf.RegA, N: 0},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 5}, // A: word
	)
	// For each word: if A is not its number skip three; load, shift by X, go to the verdict.
	for i, word := range vrids {
		left := len(vrids) - 1 - i
		program = append(program,
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(i), SkipTrue: 2},
			bpf.LoadConstant{Dst: bpf.RegA, Val: word},
			bpf.Jump{Skip: uint32(left * 3)},
		)
	}
	return append(program,
		bpf.ALUOpX{Op: bpf.ALUOpShiftRight},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 1, SkipFalse: 1},
		bpf.RetConstant{Val: 1 << 16},
		bpf.RetConstant{Val: 0},
	)
}

// from lets only frames of a MAC address pass to then; without it all of them pass.
func from(hardware [6]byte, then []bpf.Instruction) []bpf.Instruction {
	const source = 0xffe00000 + 6 // SKF_LL_OFF: counted from the Ethernet header
	program := []bpf.Instruction{
		bpf.LoadAbsolute{Off: source, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: binary.BigEndian.Uint32(hardware[:4]), SkipFalse: 2},
		bpf.LoadAbsolute{Off: source + 4, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(binary.BigEndian.Uint16(hardware[4:])), SkipTrue: 1},
		bpf.RetConstant{Val: 0},
	}
	if then == nil {
		then = []bpf.Instruction{bpf.RetConstant{Val: 1 << 16}}
	}
	return append(program, then...)
}
