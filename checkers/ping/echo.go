package ping

import (
	"bytes"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// The numbers of ICMP and ICMPv6 as protocols.
const (
	protocolICMP   = 1
	protocolICMPv6 = 58
)

// echo is one request and what its answer looks like.
type echo struct {
	six  bool
	id   int
	seq  int
	data []byte
	// raw: the socket shows packets as they are, also foreign ones, and over IPv4 with their header.
	raw bool
}

// request is the request as bytes. The kernel sets the identifier of a ping socket, and the checksum of
// ICMPv6.
func (e *echo) request() ([]byte, error) {
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: e.id, Seq: e.seq, Data: e.data}}
	if e.six {
		m.Type = ipv6.ICMPTypeEchoRequest
	}
	return m.Marshal(nil)
}

// answers tells whether a packet that has come is the answer.
func (e *echo) answers(packet []byte) bool {
	protocol := protocolICMP
	var want icmp.Type = ipv4.ICMPTypeEchoReply
	if e.six {
		protocol, want = protocolICMPv6, ipv6.ICMPTypeEchoReply
	}
	if e.raw && !e.six {
		var ok bool
		if packet, ok = withoutHeader(packet); !ok {
			return false
		}
	}
	m, err := icmp.ParseMessage(protocol, packet)
	if err != nil || m.Type != want {
		return false
	}
	body, ok := m.Body.(*icmp.Echo)
	return ok && (body.ID == e.id || !e.raw) && body.Seq == e.seq && bytes.Equal(body.Data, e.data)
}

// withoutHeader takes the IPv4 header off.
func withoutHeader(packet []byte) ([]byte, bool) {
	if len(packet) == 0 {
		return nil, false
	}
	n := int(packet[0]&0xf) * 4
	if n < ipv4.HeaderLen || n > len(packet) {
		return nil, false
	}
	return packet[n:], true
}
