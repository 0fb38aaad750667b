package speaker

import (
	"encoding/binary"
	"net/netip"
)

// maxFrame is the length of the longer of the two announcements.
const maxFrame = 14 + 40 + 32

var (
	ethernetBroadcast = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	// allNodesHardware is ff02::1 on Ethernet (RFC 2464 section 7).
	allNodesHardware = [6]byte{0x33, 0x33, 0, 0, 0, 1}
	allNodes         = netip.MustParseAddr("ff02::1")
)

// Ethernet types.
const (
	etherARP  = 0x0806
	etherIPv6 = 0x86dd
)

// appendARP appends a gratuitous ARP for addr at hardware: an ARP request whose sender and target
// are addr and whose target hardware address is the broadcast address, as keepalived sends it.
func appendARP(b []byte, addr netip.Addr, hardware [6]byte) []byte {
	b = append(b, ethernetBroadcast[:]...)
	b = append(b, hardware[:]...)
	b = binary.BigEndian.AppendUint16(b, etherARP)
	// Ethernet, IPv4, lengths 6 and 4, request (RFC 826)
	b = append(b, 0, 1, 8, 0, 6, 4, 0, 1)
	ip := addr.As4()
	b = append(b, hardware[:]...)
	b = append(b, ip[:]...)
	b = append(b, ethernetBroadcast[:]...)
	return append(b, ip[:]...)
}

// appendNA appends an unsolicited neighbour advertisement for addr at hardware (RFC 4861 sections
// 4.4 and 7.2.6): override flag, router flag where the interface forwards, target link layer
// address. Its source is addr itself.
func appendNA(b []byte, addr netip.Addr, hardware [6]byte, router bool) []byte {
	const length = 32 // ICMPv6: 24 octets and an option of 8
	b = append(b, allNodesHardware[:]...)
	b = append(b, hardware[:]...)
	b = binary.BigEndian.AppendUint16(b, etherIPv6)
	// IPv6 header: traffic class 0, next header ICMPv6, hop limit 255
	b = append(b, 6<<4, 0, 0, 0, 0, length, 58, 255)
	source, destination := addr.As16(), allNodes.As16()
	b = append(b, source[:]...)
	b = append(b, destination[:]...)

	start := len(b)
	const override, routerFlag = 1 << 5, 1 << 7
	flags := byte(override)
	if router {
		flags |= routerFlag
	}
	b = append(b, 136, 0, 0, 0, flags, 0, 0, 0)
	b = append(b, source[:]...)
	b = append(b, 2, 1) // target link layer address, one unit of 8 octets
	b = append(b, hardware[:]...)
	binary.BigEndian.PutUint16(b[start+2:], icmpChecksum(source, destination, b[start:]))
	return b
}

// icmpChecksum is the checksum with the pseudo-header of RFC 8200 section 8.1. The length of
// message is even.
func icmpChecksum(source, destination [16]byte, message []byte) uint16 {
	sum := uint32(len(message)) + 58
	for _, part := range [][]byte{source[:], destination[:], message} {
		for i := 0; i+1 < len(part); i += 2 {
			sum += uint32(binary.BigEndian.Uint16(part[i:]))
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
