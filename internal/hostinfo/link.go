package hostinfo

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/parser/config"
)

// readLinks asks the kernel for all interfaces and their IPv4 addresses.
func readLinks() (map[string]config.Interface, error) {
	dump, err := syscall.NetlinkRIB(unix.RTM_GETLINK, unix.AF_UNSPEC)
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	messages, err := syscall.ParseNetlinkMessage(dump)
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	with4, err := readIPv4()
	if err != nil {
		return nil, err
	}
	links := map[string]config.Interface{}
	names, bases := map[int]string{}, map[string]int{}
	for i := range messages {
		if messages[i].Header.Type != unix.RTM_NEWLINK {
			continue
		}
		name, link, base, err := decodeLink(&messages[i])
		if err != nil {
			return nil, err
		}
		link.HasIPv4 = with4[link.Index]
		links[name] = link
		names[link.Index], bases[name] = name, base
	}
	for name, base := range bases {
		link := links[name]
		link.Base = names[base]
		links[name] = link
	}
	return links, nil
}

// decodeLink reads an RTM_NEWLINK. base is the index of the interface that it stands on.
func decodeLink(m *syscall.NetlinkMessage) (name string, link config.Interface, base int, err error) {
	if len(m.Data) < unix.SizeofIfInfomsg {
		return "", link, 0, fmt.Errorf("list interfaces: message of %d bytes", len(m.Data))
	}
	attributes, err := syscall.ParseNetlinkRouteAttr(m)
	if err != nil {
		return "", link, 0, fmt.Errorf("list interfaces: %w", err)
	}
	flags := binary.NativeEndian.Uint32(m.Data[8:])
	link.Index = int(int32(binary.NativeEndian.Uint32(m.Data[4:])))
	elsewhere := false // base is in another network namespace
	link.Loopback = flags&unix.IFF_LOOPBACK != 0
	link.Multicast = flags&unix.IFF_MULTICAST != 0
	for _, a := range attributes {
		switch a.Attr.Type {
		case unix.IFLA_IFNAME:
			name = text(a.Value)
		case unix.IFLA_LINK:
			if len(a.Value) >= 4 {
				base = int(binary.NativeEndian.Uint32(a.Value))
			}
		case unix.IFLA_LINK_NETNSID:
			elsewhere = true
		case unix.IFLA_ADDRESS:
			if bytes.ContainsFunc(a.Value, func(r rune) bool { return r != 0 }) { // loopback's is all zero
				link.Hardware = bytes.Clone(a.Value)
			}
		case unix.IFLA_MTU:
			if len(a.Value) >= 4 {
				link.MTU = int(binary.NativeEndian.Uint32(a.Value))
			}
		case unix.IFLA_LINKINFO:
			link.Kind = text(nested(a.Value, unix.IFLA_INFO_KIND))
			if table := nested(nested(a.Value, unix.IFLA_INFO_DATA), unix.IFLA_VRF_TABLE); link.Kind == "vrf" && len(table) >= 4 {
				link.Table = binary.NativeEndian.Uint32(table)
			}
		}
	}
	if elsewhere {
		base = 0
	}
	return name, link, base, nil
}

// nested returns the value of the first attribute of a kind among those in b, or nothing.
func nested(b []byte, kind uint16) []byte {
	for len(b) >= unix.SizeofRtAttr {
		n := int(binary.NativeEndian.Uint16(b))
		if n < unix.SizeofRtAttr || n > len(b) {
			return nil
		}
		if binary.NativeEndian.Uint16(b[2:])&^unix.NLA_F_NESTED == kind {
			return b[unix.SizeofRtAttr:n]
		}
		b = b[min((n+3)&^3, len(b)):]
	}
	return nil
}

// readIPv4 lists the indexes of interfaces that have an IPv4 address.
func readIPv4() (map[int]bool, error) {
	dump, err := syscall.NetlinkRIB(unix.RTM_GETADDR, unix.AF_INET)
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	messages, err := syscall.ParseNetlinkMessage(dump)
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	with := map[int]bool{}
	for _, m := range messages {
		if m.Header.Type == unix.RTM_NEWADDR && len(m.Data) >= unix.SizeofIfAddrmsg && m.Data[0] == unix.AF_INET {
			with[int(binary.NativeEndian.Uint32(m.Data[4:]))] = true
		}
	}
	return with, nil
}

// text is a string of the kernel's, which a NUL ends.
func text(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// Interfaces are all interfaces by name.
func (h *Host) Interfaces() map[string]config.Interface {
	h.Interface("") // reads them
	return h.links
}

// InterfaceAddresses are the addresses of interfaces by index, in the kernel's order: of several in one
// network the primary one comes first.
func InterfaceAddresses() (map[int][]netip.Addr, error) {
	dump, err := syscall.NetlinkRIB(unix.RTM_GETADDR, unix.AF_UNSPEC)
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	messages, err := syscall.ParseNetlinkMessage(dump)
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	all := map[int][]netip.Addr{}
	for i := range messages {
		m := &messages[i]
		if m.Header.Type != unix.RTM_NEWADDR || len(m.Data) < unix.SizeofIfAddrmsg {
			continue
		}
		attributes, err := syscall.ParseNetlinkRouteAttr(m)
		if err != nil {
			return nil, fmt.Errorf("list addresses: %w", err)
		}
		index := int(binary.NativeEndian.Uint32(m.Data[4:]))
		if a, ok := ownAddress(attributes); ok {
			all[index] = append(all[index], a)
		}
	}
	return all, nil
}

// ownAddress is the address itself: with a peer IFA_ADDRESS is the peer's.
func ownAddress(attributes []syscall.NetlinkRouteAttr) (a netip.Addr, ok bool) {
	for _, attribute := range attributes {
		found, is := netip.AddrFromSlice(attribute.Value)
		switch {
		case !is:
		case attribute.Attr.Type == unix.IFA_LOCAL:
			return found, true
		case attribute.Attr.Type == unix.IFA_ADDRESS:
			a, ok = found, true
		}
	}
	return a, ok
}
