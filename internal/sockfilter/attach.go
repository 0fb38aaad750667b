package sockfilter

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Attach gives a program to a socket, in place of an earlier one. What the socket has received before stays.
func Attach(fd int, program []bpf.Instruction) error {
	raw, err := bpf.Assemble(program)
	if err != nil {
		return fmt.Errorf("assemble filter: %w", err)
	}
	code := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		code[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}); err != nil {
		return fmt.Errorf("set filter: %w", err)
	}
	return nil
}

// Bind lets a packet socket that was opened without one receive frames of a protocol (unix.ETH_P_...) on the
// link of an index, 0: on all. After Attach, so that no other frame gets in.
func Bind(fd int, protocol uint16, link int) error {
	// The kernel wants the number in network order.
	order := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, protocol))
	return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: order, Ifindex: link})
}
