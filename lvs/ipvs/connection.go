package ipvs

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/holdfast-ha/holdfast/lvs"
)

// connection is one line of /proc/net/ip_vs_conn_sync: a connection, or the template that keeps a
// client with its real server.
type connection struct {
	protocol                     lvs.Protocol
	client, virtual, destination netip.Addr
	cport, vport, dport          uint16
	state                        uint16
	template                     bool
	synchronised                 bool   // known from another director
	expires                      uint32 // in seconds
}

// The kernel's numbers of TCP states (include/net/ip_vs.h); UDP has one state and templates have two.
var tcpStates = map[string]uint16{"NONE": 0, "ESTABLISHED": 1, "SYN_SENT": 2, "SYN_RECV": 3, "FIN_WAIT": 4,
	"TIME_WAIT": 5, "CLOSE": 6, "CLOSE_WAIT": 7, "LAST_ACK": 8, "LISTEN": 9, "SYNACK": 10}

var templateStates = map[string]uint16{"NONE": 0, "ASSURED": 1}

// eachConnection calls f for the connections of a file in the form of /proc/net/ip_vs_conn_sync.
// Lines of other kinds are passed over.
func eachConnection(r io.Reader, f func(connection)) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if c, ok := parseConnection(lines.Text()); ok {
			f(c)
		}
	}
	return lines.Err()
}

// parseConnection reads "TCP 0A0A0A64 CE3C 0A0A0A16 0050 0A0A0A20 0050 ESTABLISHED SYNC 899".
func parseConnection(line string) (c connection, ok bool) {
	w := strings.Fields(line)
	if len(w) != 10 {
		return c, false
	}
	for i, to := range []*netip.Addr{&c.client, &c.virtual, &c.destination} {
		if *to, ok = parseHexAddr(w[1+2*i]); !ok {
			return c, false
		}
	}
	if c.virtual.Is4() != c.client.Is4() || c.destination.Is4() != c.client.Is4() {
		return c, false // the kernel does not synchronise those
	}
	for i, to := range []*uint16{&c.cport, &c.vport, &c.dport} {
		n, err := strconv.ParseUint(w[2+2*i], 16, 16)
		if err != nil {
			return c, false
		}
		*to = uint16(n)
	}
	expires, err := strconv.ParseUint(w[9], 10, 32)
	if err != nil {
		return c, false
	}
	c.expires, c.synchronised = uint32(expires), w[8] == "SYNC"
	switch w[0] {
	case "TCP":
		c.protocol = lvs.TCP
	case "UDP":
		c.protocol = lvs.UDP
	case "SCTP":
		c.protocol = lvs.SCTP
	case "IP": // the template of a fwmark
	default:
		return c, false
	}
	c.state, c.template, ok = stateNumber(c, w[7])
	return c, ok
}

func stateNumber(c connection, name string) (state uint16, template, ok bool) {
	if state, ok = templateStates[name]; ok && c.cport == 0 {
		return state, true, true
	}
	switch c.protocol {
	case lvs.TCP:
		state, ok = tcpStates[name]
	case lvs.UDP:
		state, ok = 0, name == "UDP"
	default:
		ok = false
	}
	return state, false, ok
}

// parseHexAddr reads 0A0A0A64, or eight groups of IPv6.
func parseHexAddr(text string) (netip.Addr, bool) {
	if strings.Contains(text, ":") {
		a, err := netip.ParseAddr(text)
		return a, err == nil
	}
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 4 {
		return netip.Addr{}, false
	}
	return netip.AddrFrom4([4]byte(b)), true
}

// String is for logs.
func (c connection) String() string {
	return fmt.Sprintf("%s %s -> %s -> %s", c.protocol, netip.AddrPortFrom(c.client, c.cport),
		netip.AddrPortFrom(c.virtual, c.vport), netip.AddrPortFrom(c.destination, c.dport))
}
