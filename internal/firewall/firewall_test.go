package firewall_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

func shut(link string, addrs ...string) []firewall.Address {
	var all []firewall.Address
	for _, a := range addrs {
		all = append(all, firewall.Address{Addr: netip.MustParseAddr(a), Link: link, Index: 2})
	}
	return all
}

// in does f on a host's network.
func in(t *testing.T, h *vlan.Host, f func() error) {
	t.Helper()
	var err error
	h.Do(func() { err = f() })
	if err != nil {
		t.Fatal(err)
	}
}

// reaches reports whether an address answers to ping.
func reaches(h *vlan.Host, addr string) bool {
	return h.Command("ping", "-n", "-c", "1", "-W", "1", addr).Run() == nil
}

// soon is reaches with some seconds for an address that shall answer.
func soon(h *vlan.Host, addr string) bool {
	for range 20 {
		if reaches(h, addr) {
			return true
		}
	}
	return false
}

func TestNSPacketsToShutAddressesAreDropped(t *testing.T) {
	for _, o := range []firewall.Options{
		{Table: "keepalived", Priority: -1},
		{Table: "other", Priority: 10, Counters: true, ByIndex: true},
	} {
		lan := vlan.New(t)
		h, client := lan.Host("192.0.2.1/24", "2001:db8::1/64"), lan.Host("192.0.2.9/24", "2001:db8::9/64")
		for _, a := range []string{"192.0.2.100/32", "2001:db8::100/128", "fe80::100/64"} {
			h.Run("ip", "addr", "add", a, "dev", vlan.Interface, "nodad")
		}
		vips := []string{"192.0.2.100", "2001:db8::100", "fe80::100%" + vlan.Interface}
		others := []string{"192.0.2.1", "2001:db8::1"}
		list := shut(vlan.Interface, "192.0.2.100", "2001:db8::100", "fe80::100")
		check := func(what string, want bool) {
			t.Helper()
			for _, a := range vips {
				if is := want && soon(client, a) || !want && reaches(client, a); is != want {
					t.Errorf("%s: %s answers: %v\n%s", what, a, !want, h.Run("nft", "list", "ruleset"))
				}
			}
			for _, a := range others {
				if !soon(client, a) {
					t.Errorf("%s: %s does not answer", what, a)
				}
			}
		}
		f := firewall.New()
		in(t, h, func() error { return f.Start(o, nil) })
		check("nothing is shut", true)
		in(t, h, func() error { return f.Change(list, nil) })
		client.Run("ip", "neigh", "flush", "dev", vlan.Interface)
		check("all are shut", false)
		tablesAre(t, h, o)
		if !strings.Contains(client.Run("ip", "neigh", "show", "2001:db8::100"), "lladdr") {
			t.Error("neighbour discovery does not pass")
		}
		in(t, h, func() error { return f.Change(nil, list[:1]) })
		if !soon(client, vips[0]) || reaches(client, vips[1]) {
			t.Error("one is opened: it does not answer, or another one does")
		}
		in(t, h, func() error { return f.Change(nil, list[1:]) })
		if left := strings.TrimSpace(h.Run("nft", "list", "ruleset")); left != "" {
			t.Errorf("left behind:\n%s", left)
		}
		check("all are opened", true)
	}
}

// tablesAre looks for what options say in the tables as nft shows them.
func tablesAre(t *testing.T, h *vlan.Host, o firewall.Options) {
	t.Helper()
	rules := h.Run("nft", "list", "ruleset")
	priority, key := "priority filter - 1;", "ipv6_addr . ifname"
	if o.Priority == 10 {
		priority = "priority filter + 10;"
	}
	if o.ByIndex {
		key = "ipv6_addr . iface_index"
	}
	for _, text := range []string{"table ip " + o.Table + " {", "table ip6 " + o.Table + " {", priority, key} {
		if !strings.Contains(rules, text) {
			t.Errorf("%+v: no %q in\n%s", o, text, rules)
		}
	}
	if strings.Contains(rules, "counter packets") != o.Counters {
		t.Errorf("%+v: counters\n%s", o, rules)
	}
}

func TestNSTablesOfACrashAreReplacedAndThoseOfOthersKept(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	o := firewall.Options{Table: "keepalived", Priority: -1}
	h.Run("nft", "add", "table", "ip", "site")
	h.Run("nft", "add", "table", "inet", "keepalived")
	in(t, h, func() error { return firewall.New().Start(o, shut(vlan.Interface, "192.0.2.100", "2001:db8::100")) })
	f := firewall.New()
	in(t, h, func() error { return f.Start(o, shut(vlan.Interface, "192.0.2.101")) })
	rules := h.Run("nft", "list", "ruleset")
	if strings.Contains(rules, "192.0.2.100") || strings.Contains(rules, "2001:db8::100") || !strings.Contains(rules, "192.0.2.101") {
		t.Errorf("after the crash:\n%s", rules)
	}
	in(t, h, func() error { return f.Close() })
	rules = h.Run("nft", "list", "ruleset")
	if !strings.Contains(rules, "table ip site") || !strings.Contains(rules, "table inet keepalived") || strings.Contains(rules, "192.0.2") {
		t.Errorf("at the end:\n%s", rules)
	}
}
