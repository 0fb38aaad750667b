package rtnl

import (
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// Link is a network interface as the kernel reports it.
type Link struct {
	Index int
	Name  string
	// Flags are IFF_* (if.h).
	Flags uint32
	// Type is ARPHRD_* (if_arp.h): 1 is Ethernet, 772 the loopback.
	Type uint16
	MTU  int
	// Master is the index of the bridge, bond or VRF that the link belongs to, 0 for none.
	Master int
	// Hardware and Broadcast are link layer addresses, Hardware of length 6 on Ethernet.
	Hardware, Broadcast []byte
	// Parent is the index of the link that this one stands on (IFLA_LINK), 0 for none.
	Parent int
	// Kind is what the link is, such as "macvlan"; empty for a physical one. Mode is that of a macvlan or
	// ipvlan.
	Kind  string
	Mode  uint32
	Group uint32
	// Table is the routing table of a VRF.
	Table uint32
}

// Running reports whether the link can carry traffic: IFF_UP and IFF_RUNNING, as keepalived has it.
func (l Link) Running() bool {
	const both = unix.IFF_UP | unix.IFF_RUNNING
	return l.Flags&both == both
}

// ARP reports whether neighbours are resolved on the link.
func (l Link) ARP() bool { return l.Flags&(unix.IFF_NOARP|unix.IFF_LOOPBACK) == 0 }

// Multicast reports whether the link can carry multicast.
func (l Link) Multicast() bool { return l.Flags&unix.IFF_MULTICAST != 0 }

// String is in the manner of `ip link`.
func (l Link) String() string {
	var flags []string
	for _, f := range []struct {
		bit  uint32
		name string
	}{
		{unix.IFF_LOOPBACK, "LOOPBACK"}, {unix.IFF_BROADCAST, "BROADCAST"},
		{unix.IFF_MULTICAST, "MULTICAST"}, {unix.IFF_NOARP, "NOARP"}, {unix.IFF_UP, "UP"},
		{unix.IFF_RUNNING, "RUNNING"},
	} {
		if l.Flags&f.bit != 0 {
			flags = append(flags, f.name)
		}
	}
	return fmt.Sprintf("%d: %s: <%s>", l.Index, l.Name, strings.Join(flags, ","))
}

// decodeLink reads the body of RTM_NEWLINK or RTM_DELLINK: struct ifinfomsg and attributes.
func decodeLink(b []byte) (Link, error) {
	if len(b) < unix.SizeofIfInfomsg {
		return Link{}, errShort
	}
	l := Link{
		Type:  binary.NativeEndian.Uint16(b[2:]),
		Index: int(int32(binary.NativeEndian.Uint32(b[4:]))),
		Flags: binary.NativeEndian.Uint32(b[8:]),
	}
	var info []byte
	elsewhere := false // the parent is in another network namespace
	err := attributes(b[unix.SizeofIfInfomsg:], func(kind uint16, v []byte) {
		switch kind {
		case unix.IFLA_LINK:
			l.Parent = int(u32(v))
		case unix.IFLA_LINK_NETNSID:
			elsewhere = true
		case unix.IFLA_GROUP:
			l.Group = u32(v)
		case unix.IFLA_LINKINFO:
			info = v
		case unix.IFLA_IFNAME:
			l.Name = text(v)
		case unix.IFLA_ADDRESS:
			l.Hardware = append([]byte(nil), v...)
		case unix.IFLA_BROADCAST:
			l.Broadcast = append([]byte(nil), v...)
		case unix.IFLA_MTU:
			l.MTU = int(u32(v))
		case unix.IFLA_MASTER:
			l.Master = int(u32(v))
		}
	})
	if elsewhere {
		l.Parent = 0
	}
	if err == nil {
		err = decodeInfo(&l, info)
	}
	return l, err
}
