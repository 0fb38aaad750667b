package takeover

import (
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

func ip4(message []byte) []byte {
	ip := packet.IPv4{TTL: 255, Protocol: packet.Protocol, Src: netip.MustParseAddr("192.0.2.1"), Dst: netip.MustParseAddr("224.0.0.18")}
	return append(packet.AppendIPv4(nil, &ip, len(message)), message...)
}

// TestAdvertisementsAreToldApart: the last one, of priority 0, takes the virtual router away again, and what
// is cut short is nobody's.
func TestAdvertisementsAreToldApart(t *testing.T) {
	src, dst := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("224.0.0.18")
	advert := func(priority uint8) []byte {
		h := packet.Header{Version: 3, VRID: 51, Priority: priority, Interval: time.Second}
		return ip4(packet.Append(nil, &h, []netip.Addr{netip.MustParseAddr("192.0.2.100")}, src, dst))
	}
	if key, _, ends, ok := parse(advert(100)); key.VRID != 51 || key.IPv6 || ends || !ok {
		t.Errorf("an advertisement is %+v, ends %v, understood %v", key, ends, ok)
	}
	if _, _, ends, ok := parse(advert(0)); !ends || !ok {
		t.Error("priority 0 is no end")
	}
	six := append(append([]byte{0x60}, make([]byte, ipv6Header-1)...), 0x31, 9, 100, 1, 0, 0, 0, 0)
	if key, _, _, ok := parse(six); key.VRID != 9 || !key.IPv6 || !ok {
		t.Errorf("over IPv6 it is %+v, %v", key, ok)
	}
	for _, whole := range [][]byte{advert(100), six} {
		for n := range whole {
			if _, _, _, ok := parse(whole[:n]); ok && n < ipv6Header && whole[0]>>4 == 6 || ok && whole[0]>>4 == 4 {
				t.Errorf("%d of %d octets are understood", n, len(whole))
			}
		}
	}
}

// TestOnlyKeepalivedIsTakenOverFrom: whatever else stands in a pid file stays alive.
func TestOnlyKeepalivedIsTakenOverFrom(t *testing.T) {
	path := t.TempDir() + "/pid"
	for _, text := range []string{"", "1\n", "nonsense"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if k := Find(path); k != nil {
			t.Errorf("%q: process %d (%s) is taken for keepalived", text, k.PID, k.name.comm)
		}
	}
}

// TestKeepalivedIsKnownWithoutItsFile: a daemon with bounded capabilities may not see it.
func TestKeepalivedIsKnownWithoutItsFile(t *testing.T) {
	for _, c := range []struct {
		name identity
		want bool
	}{
		{identity{program: "/usr/sbin/keepalived"}, true},
		{identity{program: "/usr/sbin/keepalived.distrib", comm: "keepalived"}, true},
		{identity{program: "/usr/bin/vi", command: "vi", comm: "keepalived.conf"}, false},
		{identity{command: "/usr/sbin/keepalived", comm: "lb"}, true},
		{identity{command: "keepalived", comm: "keepalived"}, true},
		{identity{command: "/bin/sh", comm: "sh"}, false},
		{identity{}, false},
	} {
		if got := c.name.keepalived(); got != c.want {
			t.Errorf("%+v: %v", c.name, got)
		}
	}
	k := Keepalived{name: identity{command: "/usr/sbin/keepalived", comm: "lb"}}
	if !k.isPart(identity{command: "/usr/sbin/keepalived", comm: "lb_vrrp"}) || k.isPart(identity{command: "/bin/sh", comm: "check.sh"}) || k.isPart(identity{}) {
		t.Error("processes and scripts are mixed up")
	}
}
