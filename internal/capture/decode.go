package capture

import (
	"slices"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/holdfast-ha/holdfast/vrrp/packet"
	"github.com/holdfast-ha/holdfast/vrrp/watch"
)

// decode finds the IP packet in a frame; false: it is no VRRP.
func decode(data []byte, kind layers.LinkType) (p watch.Packet, ok bool) {
	frame := gopacket.NewPacket(data, kind, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	network := frame.NetworkLayer()
	switch ip := network.(type) {
	case *layers.IPv4:
		inside := ip.Protocol == layers.IPProtocolAH && len(ip.Payload) > 0 && ip.Payload[0] == packet.Protocol
		if ip.Protocol != layers.IPProtocolVRRP && !inside {
			return p, false
		}
	case *layers.IPv6:
		if ip.NextHeader != layers.IPProtocolVRRP {
			return p, false
		}
	default:
		return p, false
	}
	p.IP = slices.Concat(network.LayerContents(), network.LayerPayload())
	for _, l := range frame.Layers() {
		switch l := l.(type) {
		case *layers.Ethernet:
			copy(p.From[:], l.SrcMAC)
		case *layers.LinuxSLL:
			if l.AddrLen == 6 {
				copy(p.From[:], l.Addr)
			}
			p.Outgoing = l.PacketType == layers.LinuxSLLPacketTypeOutgoing
		case *layers.Dot1Q:
			p.VLAN = l.VLANIdentifier
		}
	}
	return p, true
}
