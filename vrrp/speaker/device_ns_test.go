package speaker_test

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

const device = "vrrp.51"

// useVMAC gives an instance an interface of its own, as the wiring does.
func useVMAC(in *speaker.Instance) {
	in.Device = device
	in.Interfaces = append(in.Interfaces, vrrp.TrackedLink{Name: device})
	for i := range in.VIPs {
		in.VIPs[i].Interface = device
	}
}

func xmitBase(in *speaker.Instance) {
	useVMAC(in)
	in.XmitBase = true
}

func vmacInstance(priority uint8, interval time.Duration, vip string) speaker.Instance {
	in := instance(51, priority, interval, vip)
	useVMAC(&in)
	return in
}

// show is what ip(8) says of an interface, nothing if there is none.
func show(h *vlan.Host, link string) string {
	out, err := h.Command("ip", "-d", "-o", "link", "show", "dev", link).Output()
	if err != nil {
		return ""
	}
	return string(out)
}

func sysctl(h *vlan.Host, path string) string {
	out, _ := h.Command("cat", "/proc/sys/net/"+path).Output()
	return strings.TrimSpace(string(out))
}

// expectSysctls compares values, given as "ipv4/conf/eth0/arp_ignore=1".
func expectSysctls(t *testing.T, h *vlan.Host, want ...string) {
	t.Helper()
	for _, w := range want {
		path, value, _ := strings.Cut(w, "=")
		if got := sysctl(h, path); got != value {
			t.Errorf("%s is %q, want %s", path, got, value)
		}
	}
}

// neighbour is the MAC address that a host knows of an address.
func neighbour(h *vlan.Host, address string) string {
	out, _ := h.Command("ip", "neigh", "show", address).Output()
	if _, mac, ok := strings.Cut(string(out), "lladdr "); ok {
		return strings.Fields(mac)[0]
	}
	return ""
}

func TestNSAddressKeepsItsVirtualMACOverAFailover(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ vip, mac string }{
		"IPv4":       {"192.0.2.100/24", "00:00:5e:00:01:33"},
		"IPv6":       {"2001:db8::100/64", "00:00:5e:00:02:33"},
		"link-local": {"fe80::100/128", "00:00:5e:00:02:33"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vip := netip.MustParsePrefix(c.vip).Addr().String()
			lan := vlan.New(t)
			h1, h2 := lan.Host("192.0.2.1/24", "2001:db8::1/64"), lan.Host("192.0.2.2/24", "2001:db8::2/64")
			client := lan.Host("192.0.2.9/24", "2001:db8::9/64")
			// What a hardened host has.
			h1.Run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1", "net.ipv4.conf.default.rp_filter=1")
			a := start(t, h1, settings(vmacInstance(150, 100*time.Millisecond, c.vip)), nil)
			b := start(t, h2, settings(vmacInstance(100, 100*time.Millisecond, c.vip)), nil)
			eventually(t, "the higher priority is MASTER", func() bool {
				return a.state() == "MASTER" && b.state() == "BACKUP" && h1.Has(vip) && !h2.Has(vip)
			})
			if l := show(h1, device); !strings.Contains(l, c.mac) || !strings.Contains(l, "macvlan mode private") {
				t.Errorf("the interface is %q", l)
			}
			to := vip
			if name == "link-local" {
				to += "%eth0"
			}
			answers := func() bool { return client.Command("ping", "-c", "1", "-W", "1", to).Run() == nil }
			eventually(t, "the address answers", answers)
			if got := neighbour(client, vip); got != c.mac {
				t.Errorf("the client knows it by %s, want %s", got, c.mac)
			}
			a.Stop(true)
			eventually(t, "the other takes over", func() bool { return b.state() == "MASTER" && h2.Has(vip) })
			eventually(t, "the address answers again", answers)
			if got := neighbour(client, vip); got != c.mac {
				t.Errorf("after the failover the client knows it by %s, want %s", got, c.mac)
			}
			if l := show(h1, device); l != "" {
				t.Errorf("the interface stayed behind: %s", l)
			}
		})
	}
}

func TestNSInterfaceOfOurOwnHasKeepalivedsSysctls(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	n := start(t, h, settings(vmacInstance(150, 100*time.Millisecond, "192.0.2.100/32")), nil)
	eventually(t, "MASTER", func() bool { return n.state() == "MASTER" && h.Has("192.0.2.100") })
	expectSysctls(t, h, "ipv4/conf/eth0/arp_ignore=1", "ipv4/conf/eth0/arp_filter=1", "ipv4/conf/eth0/arp_announce=2",
		"ipv4/conf/vrrp.51/arp_ignore=1", "ipv4/conf/vrrp.51/accept_local=1", "ipv4/conf/vrrp.51/rp_filter=0",
		"ipv4/conf/vrrp.51/promote_secondaries=1", "ipv6/conf/vrrp.51/disable_ipv6=1")
	n.Stop(true)
	expectSysctls(t, h, "ipv4/conf/eth0/arp_ignore=0", "ipv4/conf/eth0/arp_filter=0", "ipv4/conf/eth0/arp_announce=0")
}

// TestNSInterfaceOfOurOwnOutlivesAKill: a process that follows a killed one finds its interface and its
// addresses and writes none of them; at its stop the host is as it was before the first one.
func TestNSInterfaceOfOurOwnOutlivesAKill(t *testing.T) {
	const vip = "192.0.2.100"
	lan := vlan.New(t)
	h, peer := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.2/24")
	s := settings(vmacInstance(150, patientInterval, vip+"/32"))
	s.StateFile = filepath.Join(t.TempDir(), "state")
	backup := start(t, peer, settings(vmacInstance(100, patientInterval, vip+"/32")), nil)
	first := startProcess(t, h, startMaster(s))
	eventually(t, "MASTER", func() bool { return h.Has(vip) && backup.state() == "BACKUP" })
	before := show(h, device)
	first.kill()
	if show(h, device) != before || !h.Has(vip) {
		t.Error("the kill took the interface or its address away")
	}
	second := startProcess(t, h, s)
	eventually(t, "adopted", func() bool { return strings.Contains(second.said(), "MASTER STATE") })
	if got := show(h, device); got != before || !h.Has(vip) {
		t.Errorf("the interface is another one\n%s%s", before, got)
	}
	if s := backup.Status().Instances[0]; s.Stats.BecameMaster != 0 {
		t.Error("the peer took over")
	}
	if err := second.terminate(); err != nil {
		t.Error(err, second.said())
	}
	if show(h, device) != "" {
		t.Error("the interface stayed behind")
	}
	expectSysctls(t, h, "ipv4/conf/eth0/arp_ignore=0", "ipv4/conf/eth0/arp_filter=0", "ipv4/conf/eth0/arp_announce=0")
}

// TestNSInterfaceOfOurOwnThatIsNotWantedAnyMoreGoes: not even a kill and another configuration leave
// one behind.
func TestNSInterfaceOfOurOwnThatIsNotWantedAnyMoreGoes(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	s := settings(vmacInstance(150, 100*time.Millisecond, "192.0.2.100/32"))
	s.StateFile = filepath.Join(t.TempDir(), "state")
	first := startProcess(t, h, s)
	eventually(t, "MASTER", func() bool { return h.Has("192.0.2.100") })
	first.kill()
	plain := settings(instance(51, 150, 100*time.Millisecond, "192.0.2.100/32"))
	plain.StateFile = s.StateFile
	second := startProcess(t, h, plain)
	eventually(t, "the interface is gone and the address on the other", func() bool {
		return show(h, device) == "" && h.Has("192.0.2.100")
	})
	expectSysctls(t, h, "ipv4/conf/eth0/arp_ignore=0", "ipv4/conf/eth0/arp_filter=0", "ipv4/conf/eth0/arp_announce=0")
	if err := second.terminate(); err != nil {
		t.Error(err)
	}
}

func TestNSDeletedInterfaceOfOurOwnIsPutBack(t *testing.T) {
	const vip = "192.0.2.100"
	h := vlan.New(t).Host("192.0.2.1/24")
	n := start(t, h, settings(vmacInstance(150, 100*time.Millisecond, vip+"/32")), nil)
	defer func() {
		if t.Failed() {
			t.Log(n.log())
		}
	}()
	eventually(t, "MASTER", func() bool { return n.state() == "MASTER" && h.Has(vip) })
	h.Run("ip", "link", "del", device)
	eventually(t, "it is back with its address", func() bool { return show(h, device) != "" && h.Has(vip) })
	sent := n.Status().Instances[0].Stats.AdvertSent
	eventually(t, "adverts go on", func() bool { return n.Status().Instances[0].Stats.AdvertSent > sent+20 })
	if s := n.Status().Instances[0]; s.State != "MASTER" || s.Stats.BecameMaster != 1 {
		t.Errorf("%s, became MASTER %d times: nobody should have noticed", s.State, s.Stats.BecameMaster)
	}
}

func TestNSBaseThatGoesAndComesBackIsFollowed(t *testing.T) {
	const vip = "192.0.2.100"
	for name, c := range map[string]struct{ away, back []string }{
		"renamed": {[]string{"ip link set eth0 name other"}, []string{"ip link set other name eth0"}},
		"deleted": {[]string{"ip link del eth0"}, []string{
			"ip link add eth0 type veth peer name peer0", "ip addr add 192.0.2.1/24 dev eth0", "ip link set peer0 up", "ip link set eth0 up",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := vlan.New(t).Host("192.0.2.1/24")
			run := func(lines []string) {
				for _, l := range lines {
					words := strings.Fields(l)
					h.Run(words[0], words[1:]...)
				}
			}
			n := start(t, h, settings(vmacInstance(150, 100*time.Millisecond, vip+"/32")), nil)
			defer func() {
				if t.Failed() {
					t.Log(n.log())
				}
			}()
			eventually(t, "MASTER", func() bool { return n.state() == "MASTER" && h.Has(vip) })
			run(c.away)
			eventually(t, "FAULT", func() bool { return n.state() == "FAULT" && !h.Has(vip) })
			run(c.back)
			eventually(t, "MASTER again", func() bool { return n.state() == "MASTER" && h.Has(vip) })
			if l := show(h, device); !strings.Contains(l, device+"@eth0") || !strings.Contains(l, "00:00:5e:00:01:33") {
				t.Errorf("the interface is %q", l)
			}
			expectSysctls(t, h, "ipv4/conf/eth0/arp_ignore=1", "ipv4/conf/vrrp.51/accept_local=1")
		})
	}
}

func TestNSReloadGivesAnInstanceItsInterfaceAndTakesItAgain(t *testing.T) {
	const vip = "192.0.2.100"
	lan := vlan.New(t)
	h, client := lan.Host("192.0.2.1/24"), lan.Host("192.0.2.9/24")
	plain, own := settings(instance(51, 150, 100*time.Millisecond, vip+"/32")), settings(vmacInstance(150, 100*time.Millisecond, vip+"/32"))
	n := start(t, h, plain, nil)
	eventually(t, "MASTER", func() bool { return n.state() == "MASTER" && h.Has(vip) })
	on := func(link string) bool {
		out, _ := h.Command("ip", "-o", "addr", "show", "dev", link).Output()
		return strings.Contains(string(out), " "+vip+"/")
	}
	answers := func() bool { return client.Command("ping", "-c", "1", "-W", "1", vip).Run() == nil }
	n.Reload(own)
	eventually(t, "the address has moved", func() bool { return on(device) && !on(vlan.Interface) })
	eventually(t, "it answers", answers)
	n.Reload(plain)
	eventually(t, "it has moved back", func() bool { return on(vlan.Interface) && show(h, device) == "" })
	eventually(t, "it answers there", answers)
	expectSysctls(t, h, "ipv4/conf/eth0/arp_ignore=0")
	if s := n.Status().Instances[0]; s.State != "MASTER" || s.Stats.BecameMaster != 1 {
		t.Errorf("%s, became MASTER %d times: a reload should not move it", s.State, s.Stats.BecameMaster)
	}
}
