package wiring_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// vrfHost has every interface; those named blue are a VRF with table 77.
type vrfHost struct{ config.AnyHost }

func (h vrfHost) Interface(name string) (config.Interface, bool) {
	i, ok := h.AnyHost.Interface(name)
	if name == "blue" {
		i.Kind, i.Table = "vrf", 77
	}
	return i, ok
}

// written reads a configuration in which a line stands at the % of a text.
func written(text, line string) *config.Config { return loaded(text, line, vrfHost{}).Config }

func loaded(text, line string, host config.Host) config.Result {
	text = strings.Replace(text, "%", line, 1)
	return config.LoadText("main", strings.ReplaceAll(text, "; ", "\n"), parser.Options{ConfigID: "me"}, host)
}

const (
	one        = "vrrp_instance A {; interface eth0; virtual_router_id 1; priority 90; virtual_ipaddress {; 192.0.2.9; }; "
	ofGlobal   = "global_defs {; %; }; " + one + "}; "
	ofInstance = one + "%; }; "
	bare       = "vrrp_instance A {; interface eth0; virtual_router_id 1; %; }; "
	ofGroup    = "vrrp_sync_group G {; group {; A; B; }; %; }; vrrp_instance A {; interface eth0; virtual_router_id 1; track_interface {; eth2 weight -9; }; virtual_ipaddress {; 192.0.2.9; }; }; " +
		"vrrp_instance B {; interface eth1; virtual_router_id 1; virtual_ipaddress {; 192.0.2.8; }; }; "
	static = one + "}; track_group T {; group {; %; }; }; static_routes {; 10.0.0.0/8 dev eth1 track_group T; }; "
	signed = "vrrp_instance A {; interface eth0; virtual_router_id 1; virtual_ipaddress {; 192.0.2.9; }; auth_hmac {; key 1 aaaaaaaabbbbbbbbccccccccdddddddd; active_key 1; %; }; }; "
)

// TestVRRPWordsReachTheSettings has each word where it stands in a file. The settings must be as said
// with it, and must not be without it.
func TestVRRPWordsReachTheSettings(t *testing.T) {
	first := func(holds func(*speaker.Instance) bool) func(*speaker.Settings) bool {
		return func(s *speaker.Settings) bool { return len(s.Instances) > 0 && holds(&s.Instances[0]) }
	}
	shares := func(octets, mtus int) func(*speaker.Settings) bool {
		return first(func(in *speaker.Instance) bool { return in.RxBufSize == octets && in.RxBufMTUs == mtus })
	}
	tests := []struct {
		text, line string
		holds      func(*speaker.Settings) bool
	}{
		{ofGlobal, "vrrp_version 3", first(func(in *speaker.Instance) bool { return in.Version == 3 })},
		{ofGlobal, "vrrp_min_garp", first(func(in *speaker.Instance) bool { return in.GARP == vrrp.GARP{Repeat: 1, LowerPrioRep: 1} })},
		{ofGlobal, "vrrp_version 3; }; global_defs {; vrrp_min_garp", first(func(in *speaker.Instance) bool { return in.Version == 3 && in.GARP.Repeat == 1 })},
		{ofGlobal, "vrrp_mcast_group4 224.0.0.77", first(func(in *speaker.Instance) bool { return in.Group == addr("224.0.0.77") })},
		{strings.Replace(ofGlobal, "192.0.2.9", "2001:db8::9", 1), "vrrp_mcast_group6 ff02::77",
			first(func(in *speaker.Instance) bool { return in.Group == addr("ff02::77") })},
		{ofGlobal + "static_ipaddress {; 192.0.2.7; }; ", "default_interface eth7",
			func(s *speaker.Settings) bool { return len(s.Static) == 1 && s.Static[0].Interface == "eth7" }},
		{ofGlobal, "log_unknown_vrids", func(s *speaker.Settings) bool { return s.LogUnknownVRIDs }},
		{ofGlobal, "disable_local_igmp", func(s *speaker.Settings) bool { return s.DisableLocalIGMP }},
		{ofGlobal, "nftables site; nftables_priority 5; nftables_counters; nftables_ifindex", func(s *speaker.Settings) bool {
			return s.Firewall == firewall.Options{Table: "site", Priority: 5, Counters: true, ByIndex: true}
		}},
		{ofGlobal, "vrrp_netlink_cmd_rcv_bufs 4096; vrrp_netlink_cmd_rcv_bufs_force", func(s *speaker.Settings) bool {
			return s.Commands == rtnl.Buffer{Size: 4096, Force: true} && s.Monitor == rtnl.Buffer{}
		}},
		{ofGlobal, "vrrp_netlink_monitor_rcv_bufs 4096; vrrp_netlink_monitor_rcv_bufs_force", func(s *speaker.Settings) bool {
			return s.Monitor == rtnl.Buffer{Size: 4096, Force: true} && s.Commands == rtnl.Buffer{}
		}},
		{ofGlobal, "vrrp_rx_bufs_policy 70000", shares(70000, 0)},
		{ofGlobal, "vrrp_rx_bufs_policy mtu", shares(0, 3)},
		{ofGlobal, "vrrp_rx_bufs_policy MTU; vrrp_rx_bufs_multiplier 5", shares(0, 5)},
		{ofGlobal, "vrrp_version 3; vrrp_rx_bufs_policy ADVERT", shares(3*(20+8+4), 0)},
		{ofGlobal, "vrrp_version 2; vrrp_rx_bufs_policy ADVERT; vrrp_rx_bufs_multiplier 4", shares(4*(20+8+4+8), 0)},
		{ofInstance, "kernel_rx_buf_size 80000; }; global_defs {; vrrp_rx_bufs_policy MTU", shares(80000, 0)},
		{ofInstance, "unicast_peer {; 192.0.2.2; }; version 3; old_unicast_checksum", first(func(in *speaker.Instance) bool { return in.OldSum && !in.NeverOldSum })},
		{ofInstance, "unicast_peer {; 192.0.2.2; }; version 3; old_unicast_checksum never", first(func(in *speaker.Instance) bool { return in.NeverOldSum && !in.OldSum })},
		{ofGlobal, "vrrp_strict", first(strict)},
		{ofInstance, "strict_mode", first(strict)},
		{strings.Replace(ofInstance, "interface", "version 3; strict_mode; interface", 1), "accept",
			first(func(in *speaker.Instance) bool { return in.LowerPrioNoAdvert && !in.VIPs[0].Shut })},
		{ofInstance, "no_accept", first(func(in *speaker.Instance) bool { return in.VIPs[0].Shut })},
		{ofInstance, "promote_secondaries", first(func(in *speaker.Instance) bool { return in.PromoteSecondaries })},
		{ofInstance, "kernel_rx_buf_size 65536", first(func(in *speaker.Instance) bool { return in.RxBufSize == 65536 })},
		{ofInstance, "virtual_routes {; 10.0.0.0/8 dev eth1 vrf blue; }", first(func(in *speaker.Instance) bool {
			return len(in.Routes) == 1 && in.Routes[0].Table == 77
		})},
		{bare, "native_ipv6", first(func(in *speaker.Instance) bool { return in.Family == 6 && in.Group == packet.Group6 })},
		{ofGroup, "sync_group_tracking_weight", first(weighted)},
		{ofGroup, "global_tracking", first(weighted)},
		{static, "A", func(s *speaker.Settings) bool {
			return len(s.StaticRoutes) == 1 && slices.Equal(s.StaticRoutes[0].Watchers, []vrrp.ID{1})
		}},
		{signed, "", first(func(in *speaker.Instance) bool {
			return in.HMAC != nil && in.HMAC.Active == 1 && in.HMAC.Mode == vrrp.Enforce && len(in.HMAC.Keys) == 1 && len(in.HMAC.Keys[0].Secret) == 32
		})},
		{signed, "key 2 ddddddddccccccccbbbbbbbbaaaaaaaa; active_key 2; time_window 9; anti_replay monotonic; mode permissive",
			first(func(in *speaker.Instance) bool {
				h := in.HMAC
				return h != nil && h.Active == 2 && h.Window == 9*time.Second && h.Monotonic && h.Mode == vrrp.Permissive && len(h.Keys) == 2
			})},
	}
	for _, tt := range tests {
		settings := func(line string) *speaker.Settings {
			s := wiring.Speaker(written(tt.text, line), &wiring.IDs{}, wiring.Options{VRRP: true})
			return &s
		}
		if s := settings(tt.line); !tt.holds(s) {
			t.Errorf("%s: settings %+v", tt.line, s)
		}
		if tt.line != "" && tt.holds(settings("")) {
			t.Errorf("%s: the settings are the same without it", tt.line)
		}
	}
}

// strict is what strict mode makes of an instance that says nothing else.
func strict(in *speaker.Instance) bool {
	return in.LowerPrioNoAdvert && in.VIPs[0].Shut && in.GARP.LowerPrioRep == 0
}

func weighted(in *speaker.Instance) bool {
	return slices.Contains(in.Interfaces, vrrp.TrackedLink{Name: "eth2", Weight: -9})
}

// TestOtherWordsReachTheSettings does the same for those of checks, trackers and sessions.
func TestOtherWordsReachTheSettings(t *testing.T) {
	const servers = "virtual_server 192.0.2.9 80 {; lb_algo rr; lb_kind DR; real_server 192.0.2.5 80 {; TCP_CHECK {; %; }; }; real_server 192.0.2.6 80 {; MISC_CHECK {; misc_path /check; }; }; }; "
	logs := func(real int) func(*config.Config) bool {
		return func(c *config.Config) bool {
			return wiring.Director(c, wiring.Options{}).VirtualServers[0].RealServers[real].Checks[0].LogAllFailures
		}
	}
	buffers := func(want tracking.Settings) func(*config.Config) bool {
		return func(c *config.Config) bool {
			s := wiring.Tracking(c, &wiring.IDs{}, wiring.Options{})
			return s.Buffer == want.Buffer && s.ForceBuffer == want.ForceBuffer
		}
	}
	for _, tt := range []struct {
		text, line string
		holds      func(*config.Config) bool
	}{
		{servers, "log_all_failures", logs(0)},
		{strings.NewReplacer("; %", "", "/check", "/check; %").Replace(servers), "log_all_failures", logs(1)},
		{"global_defs {; %; }; " + strings.Replace(servers, "; %", "", 1), "checker_log_all_failures", logs(0)},
		{"bfd_instance S {; min_tx 50; %; }; ", "neighbour_ip 192.0.2.3", func(c *config.Config) bool {
			s := wiring.BFD(c).Sessions
			return len(s) == 1 && s[0].Remote == addr("192.0.2.3")
		}},
		{ofGlobal, "lvs_netlink_cmd_rcv_bufs 4096; lvs_netlink_cmd_rcv_bufs_force", func(c *config.Config) bool {
			s := wiring.Director(c, wiring.Options{})
			return s.Buffer == 4096 && s.ForceBuffer
		}},
		{ofGlobal, "random_seed 5", func(c *config.Config) bool {
			s := wiring.Director(c, wiring.Options{}).Seed
			return s != nil && *s == 5
		}},
		{ofGlobal, "process_monitor_rcv_bufs 65536", buffers(tracking.Settings{Buffer: 65536})},
		{ofGlobal, "process_monitor_rcv_bufs 65536; process_monitor_rcv_bufs_force", buffers(tracking.Settings{Buffer: 65536, ForceBuffer: true})},
	} {
		if !tt.holds(written(tt.text, tt.line)) {
			t.Errorf("%s has no effect on the settings", tt.line)
		}
		if tt.holds(written(tt.text, "")) {
			t.Errorf("%s: the settings are the same without it", tt.line)
		}
	}
}

// bareHost has no interface.
type bareHost struct{ config.AnyHost }

func (bareHost) Interface(string) (config.Interface, bool) { return config.Interface{}, false }

func TestWordsThatLetADaemonStart(t *testing.T) {
	for _, tt := range []struct {
		text, line string
		host       config.Host
	}{
		{strings.Replace(bare, "%", "version 3; %", 1), "no_virtual_ipaddress", vrfHost{}},
		{ofGlobal, "dynamic_interfaces", bareHost{}},
	} {
		with, without := loaded(tt.text, tt.line, tt.host), loaded(tt.text, "", tt.host)
		if with.DaemonStatus() != 0 {
			t.Errorf("%s: the daemon does not start: %v", tt.line, with.Problems)
		}
		if without.DaemonStatus() == 0 {
			t.Errorf("%s: the daemon starts without it", tt.line)
		}
	}
}
