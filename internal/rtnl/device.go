package rtnl

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Kinds of links that stand on another one.
const (
	MACVLAN = "macvlan"
	IPVLAN  = "ipvlan"
	VRF     = "vrf"
)

// Modes of a macvlan and of an ipvlan (if_link.h).
const (
	// MACVLANPrivate: no frames to and from the other macvlans of the same link.
	MACVLANPrivate = 1
	// IPVLANL2 is the mode in which the ipvlan takes part in ARP and neighbour discovery itself.
	IPVLANL2 = 0
	// Flags of an ipvlan; none: it is a bridge among the others of its link.
	IPVLANPrivate = 1
	IPVLANVEPA    = 2
)

// Device is a link to be made on top of another one.
type Device struct {
	Name string
	// Base is the index of the link that it stands on.
	Base int
	Kind string // MACVLAN or IPVLAN
	Mode uint32
	// Flags are those of an ipvlan.
	Flags uint16
	// Hardware is the link layer address; nil: that of the kernel's choice.
	Hardware []byte
	// Group is the link group (ip-link(8)), Master the index of its VRF; 0 for none.
	Group  uint32
	Master int
}

// Is reports whether l is d, made by whomever. Flags are not looked at: all ipvlans of a link have the same
// ones, those of the last that was made. Nor are Group and Master.
func (d *Device) Is(l Link) bool {
	return l.Name == d.Name && l.Parent == d.Base && l.Kind == d.Kind && l.Mode == d.Mode &&
		(d.Hardware == nil || string(d.Hardware) == string(l.Hardware))
}

// MakeLinks makes links, which are down. The error of one whose name is taken is EEXIST. The result is
// as Add's.
func (c *Conn) MakeLinks(devices []Device) []error {
	return change(c, unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL, devices, appendDevice)
}

// DeleteLinks removes links. The error of one that is not there is ENODEV. The result is as Add's.
func (c *Conn) DeleteLinks(indexes []int) []error {
	return c.changeLinks(unix.RTM_DELLINK, indexes, linkChange{})
}

// RaiseLinks sets links up. The result is as Add's.
func (c *Conn) RaiseLinks(indexes []int) []error {
	return c.changeLinks(unix.RTM_NEWLINK, indexes, linkChange{up: true, master: -1})
}

// EnslaveLinks makes links belong to a VRF, a bridge or a bond; 0: to none. The result is as Add's.
func (c *Conn) EnslaveLinks(indexes []int, master int) []error {
	return c.changeLinks(unix.RTM_NEWLINK, indexes, linkChange{master: master})
}

func (c *Conn) changeLinks(kind uint16, indexes []int, to linkChange) []error {
	changes := make([]linkChange, len(indexes))
	for i, index := range indexes {
		changes[i] = to
		changes[i].index = index
	}
	return change(c, kind, 0, changes, appendLinkChange)
}

// linkChange is what is to become of a link.
type linkChange struct {
	index  int
	up     bool
	master int // -1: as it is
}

func appendLinkHeader(b []byte, index int, flags, mask uint32) []byte {
	b = append(b, make([]byte, 4)...) // family, padding, type
	b = binary.NativeEndian.AppendUint32(b, uint32(index))
	b = binary.NativeEndian.AppendUint32(b, flags)
	return binary.NativeEndian.AppendUint32(b, mask)
}

func appendLinkChange(b []byte, kind, flags uint16, sequence uint32, l *linkChange) []byte {
	b, start := openMessage(b, kind, flags, sequence)
	var up uint32
	if l.up {
		up = unix.IFF_UP
	}
	b = appendLinkHeader(b, l.index, up, up)
	if kind == unix.RTM_NEWLINK && l.master >= 0 {
		b = appendU32(b, unix.IFLA_MASTER, uint32(l.master))
	}
	return closeMessage(b, start)
}

func appendDevice(b []byte, kind, flags uint16, sequence uint32, d *Device) []byte {
	b, start := openMessage(b, kind, flags, sequence)
	b = appendLinkHeader(b, 0, 0, 0)
	b = appendAttribute(b, unix.IFLA_IFNAME, append([]byte(d.Name), 0))
	b = appendU32(b, unix.IFLA_LINK, uint32(d.Base))
	if d.Hardware != nil {
		b = appendAttribute(b, unix.IFLA_ADDRESS, d.Hardware)
	}
	if d.Group != 0 {
		b = appendU32(b, unix.IFLA_GROUP, d.Group)
	}
	if d.Master != 0 {
		b = appendU32(b, unix.IFLA_MASTER, uint32(d.Master))
	}
	b, info := openAttribute(b, unix.IFLA_LINKINFO)
	b = appendAttribute(b, unix.IFLA_INFO_KIND, []byte(d.Kind))
	b, data := openAttribute(b, unix.IFLA_INFO_DATA)
	if d.Kind == MACVLAN {
		b = appendU32(b, unix.IFLA_MACVLAN_MODE, d.Mode)
	} else {
		b = appendU16(b, unix.IFLA_IPVLAN_MODE, uint16(d.Mode))
		b = appendU16(b, unix.IFLA_IPVLAN_FLAGS, d.Flags)
	}
	b = closeAttribute(b, data)
	b = closeAttribute(b, info)
	return closeMessage(b, start)
}

// decodeInfo reads IFLA_LINKINFO: the kind of a link, the mode of those kinds that we make, the table of a VRF.
func decodeInfo(l *Link, b []byte) error {
	var data []byte
	err := attributes(b, func(kind uint16, v []byte) {
		switch kind {
		case unix.IFLA_INFO_KIND:
			l.Kind = text(v)
		case unix.IFLA_INFO_DATA:
			data = v
		}
	})
	if err != nil {
		return err
	}
	return attributes(data, func(kind uint16, v []byte) {
		switch {
		case l.Kind == MACVLAN && kind == unix.IFLA_MACVLAN_MODE:
			l.Mode = u32(v)
		case l.Kind == IPVLAN && kind == unix.IFLA_IPVLAN_MODE:
			l.Mode = uint32(u16(v))
		case l.Kind == VRF && kind == unix.IFLA_VRF_TABLE:
			l.Table = u32(v)
		}
	})
}
