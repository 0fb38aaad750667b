package wiring

import (
	"math"
	"strconv"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// receiveBuffer is an instance's share of its socket's receive buffer: octets, and MTUs of the interface.
func receiveBuffer(g *config.Global, in *config.Instance) (octets, mtus int) {
	if in.RxBufSize > 0 {
		return in.RxBufSize, 0
	}
	switch p := g.RxBufsPolicy; p {
	case "":
		return 0, 0
	case "MTU":
		return 0, g.RxBufsMultiplier
	case "ADVERT":
		return g.RxBufsMultiplier * advertLen(in), 0
	default:
		n, _ := strconv.ParseUint(p, 0, 32) // the parser has seen that it is one
		return int(n), 0
	}
}

// advertLen is the length of an instance's advert as the socket gives it: with the header of IPv4.
func advertLen(in *config.Instance) int {
	n := packet.Len(uint8(in.Version), in.Family == 6, len(in.Addresses))
	if in.Family == 4 {
		n += packet.LenIPv4
	}
	if in.Auth == config.AH {
		n += packet.LenAH
	}
	return n
}

// netlinkBuffer is the receive buffer of the netlink sockets of that name.
func netlinkBuffer(g *config.Global, name string) rtnl.Buffer {
	b := g.Netlink[name]
	return rtnl.Buffer{Size: int(min(b.Size, math.MaxInt32)), Force: b.Force}
}
