package ping

import (
	"bytes"
	"net/netip"
	"testing"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"github.com/holdfast-ha/holdfast/checkers/dial"
)

// packet is an ICMP message.
func packet(kind icmp.Type, id, seq int, data string) string {
	m := icmp.Message{Type: kind, Body: &icmp.Echo{ID: id, Seq: seq, Data: []byte(data)}}
	b, err := m.Marshal(nil)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// header is an IPv4 header of so many words.
func header(words int) string {
	b := bytes.Repeat([]byte{0}, 4*words)
	b[0] = 0x40 | byte(words)
	return string(b)
}

func TestOnlyTheAnswerToThisRequestCounts(t *testing.T) {
	data := []byte("random")
	ping4, ping6 := echo{id: 7, seq: 3, data: data}, echo{six: true, id: 7, seq: 3, data: data}
	raw4, raw6 := ping4, ping6
	raw4.raw, raw6.raw = true, true
	reply4, reply6 := ipv4.ICMPTypeEchoReply, ipv6.ICMPTypeEchoReply
	cases := []struct {
		name   string
		e      echo
		packet string
		want   bool
	}{
		{"the answer", ping4, packet(reply4, 7, 3, "random"), true},
		{"a ping socket has the kernel's identifier", ping4, packet(reply4, 9, 3, "random"), true},
		{"over IPv6", ping6, packet(reply6, 7, 3, "random"), true},
		{"with its header", raw4, header(5) + packet(reply4, 7, 3, "random"), true},
		{"and options", raw4, header(15) + packet(reply4, 7, 3, "random"), true},
		{"raw over IPv6, without header", raw6, packet(reply6, 7, 3, "random"), true},
		{"of another identifier", raw4, header(5) + packet(reply4, 9, 3, "random"), false},
		{"of another identifier over IPv6", raw6, packet(reply6, 9, 3, "random"), false},
		{"of an earlier request", ping4, packet(reply4, 7, 2, "random"), false},
		{"of other octets", ping4, packet(reply4, 7, 3, "Random"), false},
		{"cut short", ping4, packet(reply4, 7, 3, "rand"), false},
		{"with more behind", ping4, packet(reply4, 7, 3, "random!"), false},
		{"the request itself", raw4, header(5) + packet(ipv4.ICMPTypeEcho, 7, 3, "random"), false},
		{"unreachable", raw4, header(5) + packet(ipv4.ICMPTypeDestinationUnreachable, 7, 3, "random"), false},
		{"of the other family", ping6, packet(reply4, 7, 3, "random"), false},
		{"a header that is longer than the packet", raw4, header(15)[:30], false},
		{"a header that is too short", raw4, "\x41" + packet(reply4, 7, 3, "random"), false},
		{"nothing", raw4, "", false},
		{"nothing on a ping socket", ping6, "", false},
	}
	for _, c := range cases {
		if got := c.e.answers([]byte(c.packet)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestRequestsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		e := newEcho(&dial.Endpoint{Target: netip.MustParseAddrPort("192.0.2.1:0")}, true)
		b, err := e.request()
		if err != nil || seen[string(b)] {
			t.Fatalf("%x a second time, %v", b, err)
		}
		seen[string(b)] = true
	}
	if e := newEcho(&dial.Endpoint{Bind: netip.MustParseAddrPort("0.0.0.0:77")}, true); e.id != 77 {
		t.Errorf("bind_port 77 is the identifier %d", e.id)
	}
}

// FuzzEcho: nothing is an answer that does not carry what was sent.
func FuzzEcho(f *testing.F) {
	f.Add([]byte(packet(ipv4.ICMPTypeEchoReply, 7, 3, "random")), false, false)
	f.Add([]byte(packet(ipv6.ICMPTypeEchoReply, 7, 3, "random")), true, true)
	f.Add([]byte(header(6)+packet(ipv4.ICMPTypeEchoReply, 7, 3, "random")), false, true)
	f.Add([]byte{0x4f}, false, true)
	f.Fuzz(func(t *testing.T, data []byte, six, raw bool) {
		e := echo{six: six, id: 7, seq: 3, data: []byte("random"), raw: raw}
		if e.answers(data) && !bytes.HasSuffix(data, []byte("random")) {
			t.Errorf("%x is an answer", data)
		}
	})
}
