package lvs

import (
	"cmp"
	"net/netip"
	"strconv"
)

// IsFWMark reports whether the key names a firewall mark rather than an address.
func (k ServiceKey) IsFWMark() bool { return k.FWMark != 0 }

// Compare orders keys: addresses before marks, then by family, address, port and protocol.
func (k ServiceKey) Compare(o ServiceKey) int {
	return cmp.Or(
		cmp.Compare(k.FWMark, o.FWMark),
		cmp.Compare(k.Family, o.Family),
		k.Addr.Compare(o.Addr),
		cmp.Compare(k.Port, o.Port),
		cmp.Compare(k.Protocol, o.Protocol),
	)
}

// String is the service as ipvsadm's command line names it: "-t 192.0.2.1:80", "-f 4 -6".
func (k ServiceKey) String() string {
	if k.IsFWMark() {
		s := "-f " + strconv.FormatUint(uint64(k.FWMark), 10)
		if k.Family == 6 {
			s += " -6"
		}
		return s
	}
	option := "-t "
	switch k.Protocol {
	case UDP:
		option = "-u "
	case SCTP:
		option = "--sctp-service "
	}
	return option + netip.AddrPortFrom(k.Addr, k.Port).String()
}

// Compare orders keys by address and port.
func (k DestinationKey) Compare(o DestinationKey) int {
	return cmp.Or(k.Addr.Compare(o.Addr), cmp.Compare(k.Port, o.Port))
}

// String is "192.0.2.10:80" or "[2001:db8::10]:80".
func (k DestinationKey) String() string { return netip.AddrPortFrom(k.Addr, k.Port).String() }

// String is the protocol's name in lower case; empty for none.
func (p Protocol) String() string {
	switch p {
	case NoProtocol:
		return ""
	case TCP:
		return "tcp"
	case UDP:
		return "udp"
	case SCTP:
		return "sctp"
	}
	return strconv.Itoa(int(p))
}
