package agentx

import "strings"

// DefaultAddress is where a master agent listens that is told nothing else.
const DefaultAddress = "unix:/var/agentx/master"

// splitAddress turns an address in net-snmp's form into those of package net: "unix:/path", "/path",
// "tcp:host:port", "host:port". The port is 705 where none is given.
func splitAddress(s string) (network, address string) {
	if s == "" {
		s = DefaultAddress
	}
	if strings.HasPrefix(s, "/") {
		return "unix", s
	}
	network, address = "tcp", s
	if before, after, found := strings.Cut(s, ":"); found {
		switch strings.ToLower(before) {
		case "unix":
			return "unix", after
		case "tcp", "udp", "tcp6", "udp6":
			network, address = strings.ToLower(before), after
		case "tcpv6", "udpv6", "tcpipv6", "udpipv6":
			network, address = strings.ToLower(before)[:3]+"6", after
		}
	}
	switch {
	case strings.HasSuffix(address, "]"), !strings.Contains(address, ":"):
		address += ":705"
	}
	return network, address
}
