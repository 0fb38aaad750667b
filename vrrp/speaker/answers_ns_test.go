package speaker_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// hardware is the MAC address of a host's interface.
func hardware(h *vlan.Host) string {
	return strings.TrimSpace(h.Run("cat", "/sys/class/net/"+vlan.Interface+"/address"))
}

// answers reports whether an address answers to ping. One that shall has some seconds for it.
func answers(h *vlan.Host, addr string, shall bool) bool {
	for range 20 {
		if h.Command("ping", "-n", "-c", "1", "-w", "1", addr).Run() == nil {
			return true
		}
		if !shall {
			break
		}
	}
	return false
}

// TestNSOnlyTheMasterAnswersForItsAddresses on a host that forwards: a BACKUP answers neither ARP nor
// neighbour solicitations and takes no packet for the addresses, not even one that is sent to its MAC
// address; a MASTER does all of that, as a router. Neither sends router advertisements.
func TestNSOnlyTheMasterAnswersForItsAddresses(t *testing.T) {
	for family, vip := range map[string]string{"IPv4": "192.0.2.100/32", "IPv6": "2001:db8::100/128"} {
		for state, priority := range map[string]uint8{"MASTER": 255, "BACKUP": 100} {
			t.Run(family+"/"+state, func(t *testing.T) {
				t.Parallel()
				lan := vlan.New(t)
				h, client := lan.Host("192.0.2.1/24", "2001:db8::1/64"), lan.Host("192.0.2.9/24", "2001:db8::9/64")
				h.Run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
				seen := watch(t, client, "tcpdump", "-lnni", vlan.Interface, "-v", "arp or icmp6")
				eventually(t, "tcpdump listens", func() bool { return strings.Contains(seen.String(), "listening on") })
				in := instance(51, priority, 40*time.Second, vip) // a BACKUP stays one for the whole test
				in.Version, in.GARP.Repeat = 3, 0
				n := start(t, h, settings(in), nil)
				addr := netip.MustParsePrefix(vip).Addr().String()
				eventually(t, state, func() bool { return n.state() == state && h.Has(addr) == (state == "MASTER") })

				if answers(client, addr, state == "MASTER") != (state == "MASTER") {
					t.Errorf("%s answers: %v", addr, state != "MASTER")
				}
				neighbour := client.Run("ip", "neigh", "show", addr)
				if strings.Contains(neighbour, hardware(h)) != (state == "MASTER") {
					t.Errorf("the neighbour is %q, the router %s", neighbour, hardware(h))
				}
				client.Run("ip", "neigh", "replace", addr, "lladdr", hardware(h), "dev", vlan.Interface)
				if answers(client, addr, state == "MASTER") != (state == "MASTER") {
					t.Errorf("%s answers when it is sent to the router: %v", addr, state != "MASTER")
				}
				if family == "IPv6" && state == "MASTER" {
					eventually(t, "the answer says that it is a router's", func() bool {
						return strings.Contains(seen.String(), "tgt is "+addr+", Flags [router, solicited")
					})
				}
				if all := seen.String(); strings.Contains(all, "router advertisement") {
					t.Errorf("router advertisements:\n%s", all)
				}
			})
		}
	}
}

// TestNSAdvertsStayOnTheirLink: a router that hears adverts, and forwards, does not forward them.
func TestNSAdvertsStayOnTheirLink(t *testing.T) {
	for family, c := range map[string]struct{ vip, far string }{
		"IPv4": {"192.0.2.100/32", "198.51.100.9"}, "IPv6": {"2001:db8::100/128", "2001:db8:1::9"},
	} {
		t.Run(family, func(t *testing.T) {
			t.Parallel()
			lan := vlan.New(t)
			speaking, router := lan.Host("192.0.2.1/24", "2001:db8::1/64"), lan.Host("192.0.2.2/24", "2001:db8::2/64")
			router.Run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
			router.Run("ip", "link", "add", "out", "type", "veth", "peer", "name", "far")
			for _, link := range []string{"out", "far"} {
				router.Run("ip", "link", "set", link, "up")
			}
			router.Run("ip", "addr", "add", "198.51.100.1/24", "dev", "out")
			router.Run("ip", "addr", "add", "2001:db8:1::1/64", "dev", "out", "nodad")
			seen := watch(t, router, "tcpdump", "-lnni", "far")
			eventually(t, "tcpdump listens", func() bool { return strings.Contains(seen.String(), "listening on") })

			start(t, speaking, settings(instance(51, 255, 50*time.Millisecond, c.vip)), nil)
			backup := start(t, router, settings(instance(51, 100, 50*time.Millisecond, c.vip)), nil)
			eventually(t, "the router hears many adverts", func() bool {
				s := backup.Status()
				return len(s.Instances) == 1 && s.Instances[0].Stats.AdvertReceived >= 10
			})
			// What the router does send there is seen.
			_ = router.Command("ping", "-n", "-c", "1", "-w", "1", c.far).Run()
			eventually(t, "other packets are seen", func() bool { return strings.Contains(seen.String(), c.far) })
			for _, sign := range []string{"VRRP", "vrrp", "224.0.0.18:", "ff02::12:"} {
				if strings.Contains(seen.String(), sign) {
					t.Errorf("adverts on the other link:\n%s", seen)
				}
			}
		})
	}
}
