package lvs

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// Save returns the table as the lines that ipvsadm-save -n prints, sorted by key. Unlike
// ipvsadm-save it includes the thresholds (-x, -y), so that equal texts mean equal tables.
func (t Table) Save() string {
	var b strings.Builder
	for _, key := range slices.SortedFunc(maps.Keys(t), ServiceKey.Compare) {
		e := t[key]
		b.WriteString("-A " + e.Service.String() + "\n")
		for _, k := range slices.SortedFunc(maps.Keys(e.Destinations), DestinationKey.Compare) {
			b.WriteString("-a " + key.String() + " " + e.Destinations[k].String() + "\n")
		}
	}
	return b.String()
}

// String is the service with its options as ipvsadm takes them, without the verb.
func (s Service) String() string {
	n := s.Normal()
	var b strings.Builder
	b.WriteString(n.ServiceKey.String() + " -s " + n.Scheduler)
	if n.Persistent {
		fmt.Fprintf(&b, " -p %d", n.Timeout)
		if n.Netmask != fullNetmask(n.Family) {
			b.WriteString(" -M " + granularity(n))
		}
	}
	if n.Persistence != "" {
		b.WriteString(" --pe " + n.Persistence)
	}
	if n.OnePacket {
		b.WriteString(" -o")
	}
	if names := flagNames(n); len(names) > 0 {
		b.WriteString(" -b " + strings.Join(names, ","))
	}
	return b.String()
}

// granularity is the persistence netmask as ipvsadm prints it: dotted for IPv4, a length for IPv6.
func granularity(s Service) string {
	if s.Family == 6 {
		return fmt.Sprint(s.Netmask)
	}
	m := s.Netmask
	return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)}).String()
}

// flagNames names the scheduler flags as ipvsadm does: by purpose for sh and mh, else by number.
func flagNames(s Service) []string {
	names := [3]string{"flag-1", "flag-2", "flag-3"}
	if s.Scheduler == "sh" || s.Scheduler == "mh" {
		names[0], names[1] = s.Scheduler+"-fallback", s.Scheduler+"-port"
	}
	var set []string
	for i, name := range names {
		if s.Flags&(0x8<<i) != 0 {
			set = append(set, name)
		}
	}
	return set
}

// String is the destination with its options as ipvsadm takes them, without verb and service.
func (d Destination) String() string {
	var b strings.Builder
	b.WriteString("-r " + d.DestinationKey.String())
	switch d.Forward {
	case Masquerade:
		b.WriteString(" -m")
	case Tunnel:
		b.WriteString(" -i")
	default:
		b.WriteString(" -g")
	}
	fmt.Fprintf(&b, " -w %d", d.Weight)
	if d.UpperThreshold != 0 || d.LowerThreshold != 0 {
		fmt.Fprintf(&b, " -x %d -y %d", d.UpperThreshold, d.LowerThreshold)
	}
	if d.Forward == Tunnel {
		b.WriteString(tunnelOptions(d))
	}
	return b.String()
}

func tunnelOptions(d Destination) string {
	checksum := " --tun-nocsum"
	switch {
	case d.TunnelFlags&1 != 0:
		checksum = " --tun-csum"
	case d.TunnelFlags&2 != 0:
		checksum = " --tun-remcsum"
	}
	switch d.TunnelType {
	case 1:
		return fmt.Sprintf(" --tun-type gue --tun-port %d", d.TunnelPort) + checksum
	case 2:
		return " --tun-type gre" + checksum
	}
	return " --tun-type ipip"
}

// String is the operation as an ipvsadm command line without the program's name.
func (o Operation) String() string {
	key := o.Service.ServiceKey.String()
	switch o.Verb {
	case AddService:
		return "-A " + o.Service.String()
	case EditService:
		return "-E " + o.Service.String()
	case DeleteService:
		return "-D " + key
	case AddDestination:
		return "-a " + key + " " + o.Destination.String()
	case EditDestination:
		return "-e " + key + " " + o.Destination.String()
	case DeleteDestination:
		return "-d " + key + " -r " + o.Destination.DestinationKey.String()
	}
	return fmt.Sprintf("verb %d %s", o.Verb, key)
}

// String names the verb as counters and logs show it.
func (v Verb) String() string {
	switch v {
	case AddService:
		return "add_service"
	case EditService:
		return "edit_service"
	case DeleteService:
		return "delete_service"
	case AddDestination:
		return "add_destination"
	case EditDestination:
		return "edit_destination"
	case DeleteDestination:
		return "delete_destination"
	}
	return fmt.Sprintf("verb_%d", uint8(v))
}
