package firewall_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// names are the tables of a configuration.
var names = []string{"keepalived", "keepalived_vmac", "keepalived_ipvs"}

// content is what these tables hold on a host.
func content(t *testing.T, h *vlan.Host) (tables []firewall.Table, links map[string]int) {
	t.Helper()
	in(t, h, func() error {
		all, err := net.Interfaces()
		byIndex := map[int]string{}
		links = map[string]int{}
		for _, l := range all {
			byIndex[l.Index], links[l.Name] = l.Name, l.Index
		}
		if err == nil {
			tables, err = firewall.Read("", byIndex, names...)
		}
		return err
	})
	return tables, links
}

// TestNSWordsAreWhatTheKernelHas: what is told as wanted is what is read when it was done, and nft takes it.
func TestNSWordsAreWhatTheKernelHas(t *testing.T) {
	for _, o := range []firewall.Options{
		{Table: "keepalived", Priority: -1},
		{Table: "keepalived", Priority: 10, Counters: true, ByIndex: true},
	} {
		h, other := vlan.New(t).Host("192.0.2.1/24"), vlan.New(t).Host("192.0.2.1/24")
		for _, host := range []*vlan.Host{h, other} {
			host.Run("ip", "link", "add", "vrrp.51", "link", vlan.Interface, "type", "macvlan", "mode", "private")
		}
		_, links := content(t, h)
		list := shut(vlan.Interface, "192.0.2.100", "192.0.2.101", "2001:db8::100", "fe80::100")
		for i := range list {
			list[i].Index = links[vlan.Interface]
		}
		steered := []firewall.Steered{{Index: links["vrrp.51"], Base: links[vlan.Interface]}}
		of := o
		of.Table = "keepalived_ipvs"
		marked := marks(t, "tcp 192.0.2.100 80 1000", "tcp 192.0.2.101-192.0.2.105 81 1000", "udp 198.51.100.1 0 1001", "tcp 2001:db8::5 80 1002")
		f := firewall.New()
		in(t, h, func() error { return f.Start(o, list) })
		in(t, h, func() error { return f.Steer(o, steered) })
		in(t, h, func() error { return firewall.NewMarking("").Set(of, marked) })
		var want []firewall.Table
		want = append(want, firewall.ShutTables(o, list)...)
		want = append(want, firewall.SteerTables(o, map[string]string{"vrrp.51": vlan.Interface})...)
		want = append(want, firewall.MarkTables(of, marked)...)
		have, _ := content(t, h)
		if got := firewall.Changes(have, want); len(got) > 0 {
			t.Errorf("of what is there is still to be done:\n%s", strings.Join(got, "\n"))
		}
		lines := firewall.Changes(nil, want)
		nft := other.Command("nft", "-f", "-")
		nft.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
		if out, err := nft.CombinedOutput(); err != nil {
			t.Errorf("nft: %v: %s\nof\n%s", err, out, strings.Join(lines, "\n"))
		}
		if o.Counters {
			continue // one comparison is enough
		}
		for _, table := range []string{"ip keepalived", "ip6 keepalived", "ip keepalived_vmac"} {
			listing := append([]string{"list", "table"}, strings.Fields(table)...)
			if d := cmp.Diff(plainly(h.Run("nft", listing...)), plainly(other.Run("nft", listing...))); d != "" {
				t.Errorf("%s as the words make it (-the kernel +the words):\n%s", table, d)
			}
		}
	}
}

// plainly leaves out of a listing what nft reads in another way than it writes it: interfaces, which the
// library does not say to be in the host's order, and types of ICMPv6 as a range.
func plainly(listing string) string {
	var b strings.Builder
	for line := range strings.Lines(listing) {
		if !strings.Contains(line, "elements") && !strings.Contains(line, "icmpv6") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestNSChangesAreThoseOfATableThatIsThere(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	o := firewall.Options{Table: "keepalived", Priority: -1}
	f := firewall.New()
	in(t, h, func() error { return f.Start(o, shut(vlan.Interface, "192.0.2.100", "192.0.2.101", "2001:db8::100")) })
	h.Run("nft", "add", "table", "ip", "keepalived_ipvs")
	h.Run("nft", "add", "set", "ip", "keepalived_ipvs", "site", "{ type ipv4_addr ; }")
	h.Run("nft", "add", "table", "ip", "site")
	have, _ := content(t, h)
	mark := firewall.Mark{First: netip.MustParseAddr("192.0.2.9"), Last: netip.MustParseAddr("192.0.2.9"), Port: 80, Protocol: 6, Mark: 7}
	got := firewall.Changes(have, append(firewall.ShutTables(o, shut(vlan.Interface, "192.0.2.101", "192.0.2.102")),
		firewall.MarkTables(firewall.Options{Table: "keepalived_ipvs"}, []firewall.Mark{mark})...))
	want := []string{
		"delete table ip6 keepalived",
		"delete table ip keepalived_ipvs",
		"delete element ip keepalived vips { 192.0.2.100 }",
		"add element ip keepalived vips { 192.0.2.102 }",
		"add table ip keepalived_ipvs",
		"add map ip keepalived_ipvs tcp_map { type ipv4_addr . inet_service : mark ; flags interval ; }",
		"add chain ip keepalived_ipvs in { type filter hook input priority 0 ; policy accept ; }",
		"add rule ip keepalived_ipvs in meta mark set ip daddr . tcp dport map @tcp_map return",
		"add element ip keepalived_ipvs tcp_map { 192.0.2.9 . 80 : 0x00000007 }",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
