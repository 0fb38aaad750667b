package firewall_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// TestNSGroupReportsLeaveByTheBase: what a host tells of its multicast groups must not come from a virtual
// MAC address, or a switch takes it for there. Adverts must.
func TestNSGroupReportsLeaveByTheBase(t *testing.T) {
	lan := vlan.New(t)
	h, listener := lan.Host("192.0.2.1/24", "2001:db8::1/64"), lan.Host("192.0.2.9/24")
	const mac = "00:00:5e:00:01:33"
	h.Run("ip", "link", "add", "vrrp.51", "link", vlan.Interface, "address", mac, "type", "macvlan", "mode", "private")
	index := func(link string) (n int) {
		in(t, h, func() error {
			i, err := net.InterfaceByName(link)
			if err == nil {
				n = i.Index
			}
			return err
		})
		return n
	}
	o := firewall.Options{Table: "keepalived", Priority: -1}
	f := firewall.New()
	in(t, h, func() error {
		return f.Steer(o, []firewall.Steered{{Index: index("vrrp.51"), Base: index(vlan.Interface)}})
	})
	socket := listen(t, listener)
	h.Run("ip", "link", "set", "vrrp.51", "up")
	h.Run("ip", "addr", "add", "2001:db8::100/64", "dev", "vrrp.51", "nodad")
	h.Run("ip", "addr", "add", "239.1.1.1/32", "dev", "vrrp.51", "autojoin")
	h.Run("ip", "addr", "add", "192.0.2.100/24", "dev", "vrrp.51")
	base := strings.Fields(strings.SplitN(h.Run("ip", "-o", "link", "show", vlan.Interface), "link/ether ", 2)[1])[0]
	var igmp, mld bool
	for limit := time.Now().Add(30 * time.Second); !igmp || !mld; {
		if time.Now().After(limit) {
			t.Fatalf("IGMP from the base: %v, MLD from the base: %v\n%s", igmp, mld, h.Run("nft", "list", "ruleset"))
		}
		b := make([]byte, 256)
		n, _, err := unix.Recvfrom(socket, b, 0)
		if err != nil || n < 34 {
			continue
		}
		isIGMP := b[12] == 8 && b[13] == 0 && b[14+9] == unix.IPPROTO_IGMP
		isMLD := b[12] == 0x86 && b[13] == 0xdd && b[14+6] == 0 && n > 62 && (b[62] == 143 || b[62] == 131)
		switch from := net.HardwareAddr(b[6:12]).String(); {
		case (isIGMP || isMLD) && from == mac:
			t.Fatalf("a report came from the virtual MAC address: % x\n%s", b[:n], h.Run("nft", "list", "ruleset"))
		case from == base:
			igmp, mld = igmp || isIGMP, mld || isMLD
		}
	}
	in(t, h, func() error { return f.Steer(o, nil) })
	if left := strings.TrimSpace(h.Run("nft", "list", "ruleset")); left != "" {
		t.Errorf("left behind:\n%s", left)
	}
}

// listen opens a packet socket on a host.
func listen(t *testing.T, h *vlan.Host) int {
	t.Helper()
	var fd int
	in(t, h, func() (err error) {
		const all = unix.ETH_P_ALL<<8&0xff00 | unix.ETH_P_ALL>>8
		if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, all); err != nil {
			return err
		}
		return unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000})
	})
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

func TestNSSteeringOfACrashIsReplaced(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	o := firewall.Options{Table: "keepalived", Priority: -1}
	in(t, h, func() error { return firewall.New().Steer(o, []firewall.Steered{{Index: 77, Base: 2}}) })
	in(t, h, func() error { return firewall.New().Steer(o, []firewall.Steered{{Index: 78, Base: 2}}) })
	rules := h.Run("nft", "list", "ruleset")
	if strings.Contains(rules, "77") || strings.Count(rules, "table ip keepalived_vmac") != 1 {
		t.Errorf("after the crash:\n%s", rules)
	}
	in(t, h, func() error { return firewall.New().Steer(o, nil) })
	if left := strings.TrimSpace(h.Run("nft", "list", "ruleset")); left != "" {
		t.Errorf("left behind:\n%s", left)
	}
}
