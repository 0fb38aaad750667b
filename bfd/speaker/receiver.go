package speaker

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/sockfilter"
)

// Ports of control packets: on a link (RFC 5881 section 4) and beyond it (RFC 5883 section 5).
const (
	portSingle = 3784
	portMulti  = 4784
)

// receiverKey tells receivers apart.
type receiverKey struct{ six, multihop bool }

func (k receiverKey) port() int {
	if k.multihop {
		return portMulti
	}
	return portSingle
}

// domain is the address family of a socket.
func domain(six bool) int {
	if six {
		return unix.AF_INET6
	}
	return unix.AF_INET
}

// receiver is a socket that hears all neighbours of one family and port.
type receiver struct {
	receiverKey
	fd int
}

// neighbour is whom a receiver hears: the discriminator is ours, of the session to it.
type neighbour struct {
	addr netip.Addr
	mine uint32
}

// openReceiver opens one for the neighbours. The filter is there before the port, so that nothing
// foreign is ever queued.
func openReceiver(k receiverKey, neighbours []neighbour) (*receiver, error) {
	fd, err := unix.Socket(domain(k.six), unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_UDP)
	if err != nil {
		return nil, fmt.Errorf("open UDP socket: %w", err)
	}
	r := &receiver{receiverKey: k, fd: fd}
	level, hops := unix.IPPROTO_IP, unix.IP_RECVTTL
	var address unix.Sockaddr = &unix.SockaddrInet4{Port: k.port()}
	if k.six {
		level, hops = unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT
		address = &unix.SockaddrInet6{Port: k.port()}
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1)
	}
	if err = errors.Join(err, unix.SetsockoptInt(fd, level, hops, 1), r.filter(neighbours)); err == nil {
		err = unix.Bind(fd, address)
	}
	if err != nil {
		r.close()
		return nil, fmt.Errorf("listen on UDP port %d: %w", k.port(), err)
	}
	return r, nil
}

func (r *receiver) close() { _ = unix.Close(r.fd) }

// maxFiltered is how many neighbours a filter names; beyond it the core alone looks who has sent a
// packet. The kernel takes 4096 instructions, a neighbour costs at most 13.
const maxFiltered = 300

// Places in a packet, for a filter, which counts from the UDP header otherwise.
const (
	networkHeader = -0x100000 // SKF_NET_OFF
	sourceOffset4 = 12
	sourceOffset6 = 8
	// yoursOffset is where the neighbour puts our discriminator, after the UDP header.
	yoursOffset = 8 + 8
)

// filter lets the socket take what neighbours send. It replaces an earlier one.
func (r *receiver) filter(neighbours []neighbour) error {
	return sockfilter.Attach(r.fd, filter(neighbours, r.six))
}

// filter is the program: source addresses one after the other, word by word, and what the packet of the
// right one has to name: our discriminator, or none, as long as the neighbour does not know it. Without
// that a flood with forged source addresses would leave the socket no room for the neighbour's.
func filter(neighbours []neighbour, six bool) []bpf.Instruction {
	const all = 1 << 16
	if len(neighbours) > maxFiltered {
		return []bpf.Instruction{bpf.RetConstant{Val: all}}
	}
	offset := sourceOffset4
	if six {
		offset = sourceOffset6
	}
	var program []bpf.Instruction
	for _, n := range neighbours {
		b := n.addr.AsSlice()
		words := len(b) / 4
		for w := range words {
			value := uint32(b[4*w])<<24 | uint32(b[4*w+1])<<16 | uint32(b[4*w+2])<<8 | uint32(b[4*w+3])
			at := int32(networkHeader + offset + 4*w)
			program = append(program, bpf.LoadAbsolute{Off: uint32(at), Size: 4},
				// To the next neighbour, past the words that are left and what is below.
				bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipFalse: uint8(2*(words-w-1) + 5)})
		}
		program = append(program,
			bpf.LoadAbsolute{Off: yoursOffset, Size: 4},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: n.mine, SkipTrue: 2},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 1},
			bpf.RetConstant{Val: 0},
			bpf.RetConstant{Val: all})
	}
	return append(program, bpf.RetConstant{Val: 0})
}
