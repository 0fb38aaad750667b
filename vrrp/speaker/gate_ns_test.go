package speaker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// TestNSOnlyTheMasterForwardsForTheVirtualMAC: a bridge floods what a client sends to the virtual MAC
// address; a BACKUP on a host that forwards does not take it.
func TestNSOnlyTheMasterForwardsForTheVirtualMAC(t *testing.T) {
	for family, c := range map[string]struct{ vip, gateway, mac, network, target, out string }{
		"IPv4": {"192.0.2.100/32", "192.0.2.100", "00:00:5e:00:01:33", "198.51.100.0/24", "198.51.100.9", "198.51.100.1"},
		"IPv6": {"2001:db8::100/128", "2001:db8::100", "00:00:5e:00:02:33", "2001:db8:1::/64", "2001:db8:1::9", "2001:db8:1::1"},
	} {
		for state, priority := range map[string]uint8{"MASTER": 255, "BACKUP": 100} {
			t.Run(family+"/"+state, func(t *testing.T) {
				t.Parallel()
				lan := vlan.New(t)
				h, client := lan.Host("192.0.2.1/24", "2001:db8::1/64"), lan.Host("192.0.2.9/24", "2001:db8::9/64")
				h.Run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
				h.Run("ip", "link", "add", "out", "type", "veth", "peer", "name", "far")
				h.Run("ip", "link", "set", "out", "up")
				h.Run("ip", "link", "set", "far", "up")
				h.Run("ip", "addr", "add", "198.51.100.1/24", "dev", "out")
				h.Run("ip", "addr", "add", "2001:db8:1::1/64", "dev", "out", "nodad")
				h.Run("ip", "neigh", "replace", c.target, "lladdr", "02:00:00:00:00:99", "dev", "out", "nud", "permanent")
				seen := watch(t, h, "tcpdump", "-lnni", "far", "icmp or icmp6")
				eventually(t, "tcpdump listens", func() bool { return strings.Contains(seen.String(), "listening on") })
				in := vmacInstance(priority, 40*time.Second, c.vip) // a BACKUP stays one for the whole test
				in.Version = 3
				n := start(t, h, settings(in), nil)
				eventually(t, state, func() bool {
					gated := strings.Contains(h.Run("ip", "rule"), device) || strings.Contains(h.Run("ip", "-6", "rule"), device)
					return n.state() == state && show(h, device) != "" && gated == (state == "BACKUP")
				})
				client.Run("ip", "neigh", "replace", c.gateway, "lladdr", c.mac, "dev", vlan.Interface, "nud", "permanent")
				client.Run("ip", "route", "add", c.network, "via", c.gateway, "dev", vlan.Interface)
				_ = client.Command("ping", "-n", "-c", "3", "-i", "0.1", "-w", "1", c.target).Run()
				// What the host itself sends comes behind what it forwards.
				_ = h.Command("ping", "-n", "-c", "1", "-w", "1", c.target).Run()
				eventually(t, "the other link carries packets", func() bool { return strings.Contains(seen.String(), c.out+" > "+c.target) })
				if got := strings.Contains(seen.String(), "::9 > ") || strings.Contains(seen.String(), "192.0.2.9 > "); got != (state == "MASTER") {
					t.Errorf("forwarded: %v\n%s", got, seen)
				}
				n.Stop(false)
				if left := h.Run("ip", "rule") + h.Run("ip", "-6", "rule"); strings.Contains(left, device) {
					t.Errorf("left behind:\n%s", left)
				}
			})
		}
	}
}

// TestNSVirtualMACMakesNoAddress: hosts have a MAC address in common, and must not make an address out
// of it (RFC 9568 section 7.4). The interface below makes its own.
func TestNSVirtualMACMakesNoAddress(t *testing.T) {
	for family, vip := range map[string]string{"IPv4": "192.0.2.100/32", "IPv6": "2001:db8::100/128"} {
		for state, priority := range map[string]uint8{"MASTER": 255, "BACKUP": 100} {
			t.Run(family+"/"+state, func(t *testing.T) {
				t.Parallel()
				h := vlan.New(t).Host("192.0.2.1/24", "2001:db8::1/64")
				in := vmacInstance(priority, 40*time.Second, vip)
				in.Version = 3
				n := start(t, h, settings(in), nil)
				want := 0
				if state == "MASTER" {
					want = 1
				}
				eventually(t, state, func() bool {
					return n.state() == state && strings.Count(h.Run("ip", "-o", "addr", "show", "dev", device), "inet") == want
				})
				eventually(t, "the interface below has a link-local address", func() bool {
					return strings.Contains(h.Run("ip", "-6", "-o", "addr", "show", "dev", vlan.Interface), "fe80::")
				})
				if made := h.Run("ip", "-6", "-o", "addr", "show", "dev", device); strings.Contains(made, "fe80::") {
					t.Errorf("it made an address: %s", made)
				}
			})
		}
	}
}
