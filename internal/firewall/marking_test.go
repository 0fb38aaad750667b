package firewall_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// of is a mark as the tests write it: "tcp 192.0.2.1-192.0.2.5 80 1000", port 0 for every one.
func of(t *testing.T, text string) firewall.Mark {
	t.Helper()
	var protocol, addresses string
	var m firewall.Mark
	if _, err := fmt.Sscan(text, &protocol, &addresses, &m.Port, &m.Mark); err != nil {
		t.Fatal(err)
	}
	m.Protocol = map[string]uint8{"tcp": unix.IPPROTO_TCP, "udp": unix.IPPROTO_UDP, "sctp": unix.IPPROTO_SCTP}[protocol]
	first, last, ok := strings.Cut(addresses, "-")
	if !ok {
		last = first
	}
	m.First, m.Last = netip.MustParseAddr(first), netip.MustParseAddr(last)
	return m
}

func marks(t *testing.T, texts ...string) (list []firewall.Mark) {
	t.Helper()
	for _, text := range texts {
		list = append(list, of(t, text))
	}
	return list
}

// What keepalived 2.2.7 puts into the kernel for two groups, read back by nft, with the address of every
// port in a map of its own: keepalived marks port 0 of it.
const markTables = `table ip keepalived_ipvs {
	map tcp_map {
		type ipv4_addr . inet_service : mark
		flags interval
		elements = { 192.0.2.100 . 80 : 0x000003e8,
			     192.0.2.101-192.0.2.105 . 81 : 0x000003e8,
			     198.51.100.0/24 . 82 : 0x000003e8 }
	}

	map udp_map {
		type ipv4_addr . inet_service : mark
		flags interval
		elements = { 192.0.2.100 . 53 : 0x000003e9 }
	}

	map tcp_any_map {
		type ipv4_addr . inet_service : mark
		flags interval
		elements = { 192.0.2.110 . 0-65535 : 0x000003e8 }
	}

	chain in {
		type filter hook input priority filter - 1; policy accept;
		meta mark set ip daddr . tcp dport map @tcp_map return
		meta mark set ip daddr . udp dport map @udp_map return
		meta mark set ip daddr . tcp dport map @tcp_any_map return
	}
}
table ip6 keepalived_ipvs {
	map sctp_map {
		type ipv6_addr . inet_service : mark
		flags interval
		elements = { 2001:db8::100-2001:db8::10e . 80 : 0x000003ea }
	}

	chain in {
		type filter hook input priority filter - 1; policy accept;
		meta mark set ip6 daddr . sctp dport map @sctp_map return
	}
}
`

func TestNSMarksAreThoseOfKeepalived(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	o := firewall.Options{Table: "keepalived_ipvs", Priority: -1}
	list := marks(t, "tcp 192.0.2.100 80 1000", "tcp 192.0.2.101-192.0.2.105 81 1000", "tcp 198.51.100.0-198.51.100.255 82 1000",
		"tcp 192.0.2.110 0 1000", "udp 192.0.2.100 53 1001", "sctp 2001:db8::100-2001:db8::10e 80 1002")
	m := firewall.NewMarking("")
	in(t, h, func() error { return m.Set(o, list) })
	shows := func(want string) {
		t.Helper()
		if diff := cmp.Diff(want, h.Run("nft", "list", "ruleset")); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	shows(markTables)
	// Another process finds them as they are; a table of the user's stays.
	h.Run("nft", "add", "table", "inet", "mine")
	handle := h.Run("nft", "-a", "list", "chain", "ip", "keepalived_ipvs", "in")
	m = firewall.NewMarking("")
	in(t, h, func() error { return m.Set(o, list) })
	if got := h.Run("nft", "-a", "list", "chain", "ip", "keepalived_ipvs", "in"); got != handle {
		t.Errorf("tables that were right have been replaced:\n%s\n%s", handle, got)
	}
	in(t, h, func() error {
		return m.Set(firewall.Options{Table: "other", Priority: 5, Counters: true}, list[:1], "keepalived_ipvs")
	})
	shows(`table inet mine {
}
table ip other {
	map tcp_map {
		type ipv4_addr . inet_service : mark
		flags interval
		counter
		elements = { 192.0.2.100 . 80 counter packets 0 bytes 0 : 0x000003e8 }
	}

	chain in {
		type filter hook input priority filter + 5; policy accept;
		meta mark set ip daddr . tcp dport map @tcp_map counter packets 0 bytes 0 return
	}
}
`)
	in(t, h, func() error { return m.Set(firewall.Options{}, nil, "other", "keepalived_ipvs") })
	shows("table inet mine {\n}\n")
}

func TestNSPacketsGetTheMarkOfTheirAddressAndPort(t *testing.T) {
	lan := vlan.New(t)
	h, client := lan.Host("192.0.2.1/24", "2001:db8::1/64"), lan.Host("192.0.2.9/24", "2001:db8::9/64")
	for _, a := range []string{"192.0.2.100/32", "192.0.2.101/32", "192.0.2.102/32", "2001:db8::100/128"} {
		h.Run("ip", "addr", "add", a, "dev", vlan.Interface, "nodad")
	}
	// What comes after, as IPVS does, counts the marks.
	h.Run("nft", "add table inet seen; add chain inet seen in { type filter hook input priority 97; }; add map inet seen marks { type mark . inet_service : verdict; }")
	h.Run("nft", "add set inet seen packets { type mark . inet_service; flags dynamic; }; add rule inet seen in meta l4proto { tcp, udp } add @packets { meta mark . th dport }")
	m := firewall.NewMarking("")
	in(t, h, func() error {
		return m.Set(firewall.Options{Table: "keepalived_ipvs", Priority: -1}, marks(t,
			"tcp 192.0.2.100-192.0.2.101 80 1000", "udp 192.0.2.100 80 1001", "tcp 192.0.2.100 0 1002", "tcp 2001:db8::100 80 1003"))
	})
	for _, c := range []struct {
		network, addr string
		port          int
		mark          string
	}{
		{"tcp", "192.0.2.100", 80, "0x000003e8"},
		{"tcp", "192.0.2.101", 80, "0x000003e8"},
		{"udp", "192.0.2.100", 80, "0x000003e9"},
		{"tcp", "192.0.2.100", 81, "0x000003ea"}, // every other port
		{"tcp", "2001:db8::100", 80, "0x000003eb"},
		{"udp", "192.0.2.101", 80, "0x00000000"},
		{"tcp", "192.0.2.102", 80, "0x00000000"},
		{"tcp", "192.0.2.1", 80, "0x00000000"},
	} {
		h.Run("nft", "flush", "set", "inet", "seen", "packets")
		_ = client.Command("bash", "-c", fmt.Sprintf("echo x >/dev/%s/%s/%d", c.network, c.addr, c.port)).Run()
		list := func() string { return h.Run("nft", "-n", "list", "set", "inet", "seen", "packets") }
		got, want := list(), fmt.Sprintf("%s . %d", c.mark, c.port)
		for end := time.Now().Add(20 * time.Second); !strings.Contains(got, "0x") && time.Now().Before(end); got = list() {
			time.Sleep(time.Millisecond) // a datagram may be on its way
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s %s %d: want %s\n%s", c.network, c.addr, c.port, want, got)
		}
	}
}

func TestNSMarksThatSomebodyTakesAwayAreMissed(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	o := firewall.Options{Table: "keepalived_ipvs", Priority: -1}
	list := marks(t, "tcp 192.0.2.100 80 1000", "tcp 192.0.2.101-192.0.2.105 81 1000", "udp 2001:db8::1 0 1001")
	m := firewall.NewMarking(h.Namespace) // of IPVS, where that is another one
	set := func() {
		t.Helper()
		if err := m.Set(o, list); err != nil {
			t.Fatal(err)
		}
	}
	set()
	intact := func() bool {
		t.Helper()
		is, err := m.Intact()
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if !intact() {
		t.Error("not intact from the beginning")
	}
	want := h.Run("nft", "list", "ruleset")
	for _, drift := range []string{
		"flush ruleset",
		"delete table ip6 keepalived_ipvs",
		"flush chain ip keepalived_ipvs in",
		"flush map ip keepalived_ipvs tcp_map",
		"delete element ip keepalived_ipvs tcp_map { 192.0.2.100 . 80 }",
		"add element ip keepalived_ipvs tcp_map { 192.0.2.120 . 80 : 7 }",
		"delete element ip keepalived_ipvs tcp_map { 192.0.2.100 . 80 }; add element ip keepalived_ipvs tcp_map { 192.0.2.100 . 80 : 1001 }",
		"add chain ip keepalived_ipvs more",
		"insert rule ip keepalived_ipvs in accept",
	} {
		h.Run("nft", drift)
		if intact() {
			t.Errorf("%s: not seen", drift)
		}
		set()
		if got := h.Run("nft", "list", "ruleset"); got != want || !intact() {
			t.Errorf("%s: not repaired:\n%s", drift, got)
		}
	}
}

func TestNSThousandsOfMarksAreOneTransaction(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	var list []firewall.Mark
	for i := range 5000 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 7), byte(i << 1), 1})
		list = append(list, firewall.Mark{First: a, Last: a.Next(), Port: 80, Protocol: unix.IPPROTO_TCP, Mark: 1000 + uint32(i)})
	}
	m := firewall.NewMarking("")
	in(t, h, func() error { return m.Set(firewall.Options{Table: "many"}, list) })
	in(t, h, func() error {
		if is, err := m.Intact(); err != nil || !is {
			return fmt.Errorf("intact: %v, %w", is, err)
		}
		return nil
	})
}
