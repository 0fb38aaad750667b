package wiring_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// vi writes a vrrp_instance of VRID 51.
func vi(name, link, lines string, addresses ...string) string {
	return fmt.Sprintf("vrrp_instance %s {\n interface %s\n virtual_router_id 51\n %s\n virtual_ipaddress {\n  %s\n }\n}\n",
		name, link, lines, strings.Join(addresses, "\n  "))
}

// deviceLines shows devices and what is on them.
func deviceLines(s *speaker.Settings) []string {
	var lines []string
	for _, d := range s.Devices {
		kind := fmt.Sprintf("%x", d.MAC)
		if d.IPVLAN {
			kind = fmt.Sprintf("ipvlan %d %s", d.Flags, d.Address)
		}
		lines = append(lines, fmt.Sprintf("%s on %s: %s", d.Name, d.Base, kind))
	}
	for _, in := range s.Instances {
		line := in.Name + ":"
		if in.Device != "" {
			line += " " + in.Device
		}
		if in.XmitBase {
			line += " xmit_base"
		}
		for _, a := range slices.Concat(in.VIPs, in.Excluded) {
			line += " " + a.String()
		}
		if in.ConfigFault != "" {
			line += " FAULT"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestDevicesAreNamedAndCarryWhatTheyShall(t *testing.T) {
	tests := []struct {
		name, config string
		want         []string
	}{
		{"use_vmac", vi("A", "eth0", "use_vmac", "10.0.0.1", "10.0.0.2 dev eth0", "10.1.0.1 dev eth1"), []string{
			"vrrp.51 on eth0: 00005e000133", "A: vrrp.51 10.0.0.1/32 dev vrrp.51 10.0.0.2/32 dev vrrp.51 10.1.0.1/32 dev eth1"}},
		{"IPv6, and the other family stays on the base", vi("A", "eth0", "use_vmac\n virtual_ipaddress_excluded {\n 10.0.0.1\n }", "fe80::1"), []string{
			"vrrp.51 on eth0: 00005e000233", "A: vrrp.51 fe80::1/128 dev vrrp.51 10.0.0.1/32 dev eth0"}},
		{"the same VRID several times", vi("A", "eth0", "use_vmac", "10.0.0.1") + vi("B", "eth1", "use_vmac", "10.1.0.1") +
			vi("C", "eth1", "use_vmac", "fe80::1") + vi("D", "eth2", "use_vmac", "fe80::1"), []string{
			"vrrp.51 on eth0: 00005e000133", "vrrp1.51 on eth1: 00005e000133", "vrrp6.51 on eth1: 00005e000233", "vrrp2.51 on eth2: 00005e000233",
			"A: vrrp.51 10.0.0.1/32 dev vrrp.51", "B: vrrp1.51 10.1.0.1/32 dev vrrp1.51", "C: vrrp6.51 fe80::1/128 dev vrrp6.51", "D: vrrp2.51 fe80::1/128 dev vrrp2.51"}},
		{"name, MAC address and vmac_xmit_base", vi("A", "eth0", "use_vmac vip0 02:00:00:00:01\n vmac_xmit_base", "10.0.0.1"), []string{
			"vip0 on eth0: 020000000133", "A: vip0 xmit_base 10.0.0.1/32 dev vip0"}},
		{"vmac_prefix and use_vmac_addr", "global_defs {\n vmac_prefix v\n vmac_addr_prefix a\n}\n" +
			vi("A", "eth0", "use_vmac\n use_vmac_addr\n virtual_ipaddress_excluded {\n fe80::1\n }", "10.0.0.1", "10.1.0.1 dev eth1"), []string{
			"v.51 on eth0: 00005e000133", "a.51 on eth1: 00005e000133", "a6.51 on eth0: 00005e000233",
			"A: v.51 10.0.0.1/32 dev v.51 10.1.0.1/32 dev a.51 fe80::1/128 dev a6.51"}},
		{"one address", vi("A", "eth0", "", "10.0.0.1", "10.0.0.2 use_vmac", "10.1.0.2 dev eth1 use_vmac"), []string{
			"vrrp.51 on eth0: 00005e000133", "vrrp1.51 on eth1: 00005e000133",
			"A: 10.0.0.1/32 dev eth0 10.0.0.2/32 dev vrrp.51 10.1.0.2/32 dev vrrp1.51"}},
		{"the address of another instance has its MAC address", vi("A", "eth0", "use_vmac", "10.0.0.1") + vi("B", "eth1", "", "10.1.0.1", "10.0.0.2 dev eth0 use_vmac"), []string{
			"vrrp.51 on eth0: 00005e000133", "A: vrrp.51 10.0.0.1/32 dev vrrp.51", "B: 10.1.0.1/32 dev eth1 10.0.0.2/32 dev vrrp.51 FAULT"}},
		{"use_ipvlan", vi("A", "eth0", "use_ipvlan ip0 10.0.0.7/24 vepa", "10.0.0.1"), []string{
			"ip0 on eth0: ipvlan 2 10.0.0.7/24", "A: ip0 10.0.0.1/32 dev eth0"}},
		{"a name that the host has", vi("A", "eth7", "use_vmac", "10.0.0.1"), []string{
			"vrrp1.51 on eth7: 00005e000133", "A: vrrp1.51 10.0.0.1/32 dev vrrp1.51"}},
	}
	// vrrp.51 of another daemon, on eth3, in the way of the last case alone.
	host := func(name string) (config.Interface, bool) {
		return config.Interface{Kind: rtnl.MACVLAN, Base: "eth3", Hardware: []byte{0, 0, 0x5e, 0, 1, 51}}, name == "vrrp.51"
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := config.LoadText("main", tt.config, parser.Options{ConfigID: "me"}, config.AnyHost{}).Config
			o := wiring.Options{}
			if strings.Contains(tt.config, "eth7") {
				o.Interface = host
			}
			s := wiring.Speaker(c, new(wiring.IDs), o)
			if diff := cmp.Diff(tt.want, deviceLines(&s)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDeviceKeepsItsNameOverReloads: else a new instance before it would move its addresses.
func TestDeviceKeepsItsNameOverReloads(t *testing.T) {
	ids := new(wiring.IDs)
	load := func(text string) []string {
		c := config.LoadText("main", text, parser.Options{ConfigID: "me"}, config.AnyHost{}).Config
		s := wiring.Speaker(c, ids, wiring.Options{})
		return deviceLines(&s)
	}
	a, b := vi("A", "eth0", "use_vmac", "10.0.0.1"), vi("B", "eth1", "use_vmac", "10.1.0.1")
	load(b)
	want := []string{"vrrp1.51 on eth0: 00005e000133", "vrrp.51 on eth1: 00005e000133", "A: vrrp1.51 10.0.0.1/32 dev vrrp1.51", "B: vrrp.51 10.1.0.1/32 dev vrrp.51"}
	if diff := cmp.Diff(want, load(a+b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInstanceWithADeviceFollowsItAndItsBase(t *testing.T) {
	for _, tt := range []struct {
		lines string
		want  string
	}{
		{"use_vmac", "[{eth0 0 false} {vrrp.51 0 false}]"},
		{"use_vmac\n dont_track_primary", "[]"},
		{"", "[{eth0 0 false}]"},
	} {
		c := config.LoadText("main", vi("A", "eth0", tt.lines, "10.0.0.1"), parser.Options{ConfigID: "me"}, config.AnyHost{}).Config
		s := wiring.Speaker(c, new(wiring.IDs), wiring.Options{})
		if got := fmt.Sprint(s.Instances[0].Interfaces); got != tt.want {
			t.Errorf("%q: follows %s, want %s", tt.lines, got, tt.want)
		}
	}
}

func TestLinkbeatExtraAnnouncementsAndLatenessReachTheSettings(t *testing.T) {
	text := "linkbeat_interfaces {\n eth1 MII\n eth2\n}\n" +
		vi("A", "eth0", "state BACKUP\n nopreempt\n timer_expired_backup 120\n garp_extra_if all 30", "10.0.0.1") +
		vi("B", "eth3", "linkbeat_use_polling\n garp_extra_if 40\n track_interface {\n eth4\n }", "10.3.0.1", "10.5.0.1 dev eth5")
	c := config.LoadText("main", text, parser.Options{ConfigID: "me"}, config.AnyHost{}).Config
	s := wiring.Speaker(c, new(wiring.IDs), wiring.Options{})
	want := map[string]string{"eth1": "MII", "eth2": "", "eth3": "", "eth4": "", "eth5": ""}
	if diff := cmp.Diff(want, s.Linkbeat); diff != "" {
		t.Errorf("linkbeat (-want +got):\n%s", diff)
	}
	a, b := s.Instances[0], s.Instances[1]
	if a.LatePriority != 120 || a.ExtraInterval != 30*time.Second || !a.ExtraAll {
		t.Errorf("A: late %d, extra %v, all %v", a.LatePriority, a.ExtraInterval, a.ExtraAll)
	}
	if b.LatePriority != 0 || b.ExtraInterval != 40*time.Second || b.ExtraAll {
		t.Errorf("B: late %d, extra %v, all %v", b.LatePriority, b.ExtraInterval, b.ExtraAll)
	}
}
