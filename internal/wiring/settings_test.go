package wiring_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

var compare = cmp.Options{cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}, netip.AddrPort{}), cmpopts.EquateEmpty()}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestIDsStayOverReloads(t *testing.T) {
	var ids wiring.IDs
	a := config.Instance{Name: "A", Interface: "eth0", VRID: 1, Family: 4, Version: 2}
	b := config.Instance{Name: "B", Interface: "eth0", VRID: 2, Family: 4, Version: 2}
	first, second := ids.Of(&a), ids.Of(&b)
	if first == second || first == 0 || second == 0 {
		t.Fatalf("IDs %d and %d, want two different ones that are not 0", first, second)
	}
	a.Priority, a.AdvertInt = 50, time.Minute
	if ids.Of(&a) != first || ids.Of(&b) != second {
		t.Error("an instance has another ID after a reload")
	}
	for _, change := range []func(*config.Instance){
		func(i *config.Instance) { i.Interface = "eth1" }, func(i *config.Instance) { i.VRID = 9 },
		func(i *config.Instance) { i.Family = 6 }, func(i *config.Instance) { i.Version = 3 },
	} {
		changed := a
		change(&changed)
		if ids.Of(&changed) == first {
			t.Errorf("%+v is another virtual router than before and has its ID", changed)
		}
	}
}

func TestInstanceBecomesSettings(t *testing.T) {
	c := &config.Config{
		Global: config.Global{StartupDelay: time.Second, DelayAfterBoot: 10 * time.Second, Handover: true, GARPInterval: time.Millisecond},
		Instances: []config.Instance{{
			Name: "VI_1", Family: 4, Interface: "eth0", VRID: 51, Version: 2, State: config.Master, Priority: 100,
			AdvertInt: time.Second, DownTimerAdverts: 3, Auth: config.Pass, AuthPass: "1111", NoPreempt: true,
			Addresses: []config.Address{
				{Prefix: netip.MustParsePrefix("192.0.2.9/24"), BroadcastAll: "+", Label: "eth0:1"},
				{Prefix: netip.MustParsePrefix("198.51.100.9/32"), Dev: "eth1", Scope: 253},
			},
			Excluded:        []config.Address{{Prefix: netip.MustParsePrefix("203.0.113.9/25"), BroadcastAll: "-"}},
			MulticastDst:    addr("224.0.0.18"),
			TrackInterfaces: []config.Track{{Name: "eth2", Weight: -10}},
			UnicastTTL:      -1,
		}},
		SyncGroups:      []config.SyncGroup{{Name: "G", Members: []string{"VI_1", "missing"}}},
		StaticAddresses: []config.Address{{Prefix: netip.MustParsePrefix("192.0.2.200/32"), Dev: "lo"}},
		GarpGroups:      []config.GarpGroup{{GARPInterval: time.Second, Interfaces: []string{"eth1", "eth2"}}},
		InterfaceDelays: []config.InterfaceDelay{{Interface: "eth0", Up: time.Second, Down: 2 * time.Second}},
	}
	var ids wiring.IDs
	got := wiring.Speaker(c, &ids, wiring.Options{KeepAddresses: true, StateFile: "/run/x", Uptime: 4 * time.Second, VRRP: true})
	want := speaker.Settings{
		Instances: []speaker.Instance{{
			Config: vrrp.Config{
				ID: ids.Of(&c.Instances[0]), Name: "VI_1", Family: 4, VRID: 51, Version: 2, Priority: 100, AdvertInt: time.Second,
				StartMaster: true, NoPreempt: true, DownTimerAdverts: 3, StartupDelay: 6 * time.Second,
				Auth: vrrp.Pass, AuthData: [8]byte{'1', '1', '1', '1'},
				Addresses:  []netip.Addr{addr("192.0.2.9"), addr("198.51.100.9")},
				Interfaces: []vrrp.TrackedLink{{Name: "eth0"}, {Name: "eth2", Weight: -10}, {Name: "eth1"}},
				NeedSource: true,
			},
			Interface: "eth0", Group: addr("224.0.0.18"), UnicastTTL: -1,
			VIPs: []speaker.Address{
				{Prefix: netip.MustParsePrefix("192.0.2.9/24"), Interface: "eth0", Broadcast: addr("192.0.2.255"), Label: "eth0:1"},
				{Prefix: netip.MustParsePrefix("198.51.100.9/32"), Interface: "eth1", Scope: 253},
			},
			Excluded: []speaker.Address{{Prefix: netip.MustParsePrefix("203.0.113.9/25"), Interface: "eth0", Broadcast: addr("203.0.113.0")}},
		}},
		Groups:             []vrrp.GroupConfig{{Name: "G", Members: []vrrp.ID{ids.Of(&c.Instances[0])}}},
		Static:             []speaker.Address{{Prefix: netip.MustParsePrefix("192.0.2.200/32"), Interface: "lo"}},
		Sole:               true,
		Firewall:           firewall.Options{Table: "keepalived"},
		GARPGap:            map[string]time.Duration{"": time.Millisecond, "eth1": time.Second, "eth2": time.Second},
		GNAGap:             map[string]time.Duration{"": 0, "eth1": 0, "eth2": 0},
		GapShared:          map[string]string{"eth1": "eth1", "eth2": "eth1"},
		InterfaceUpDelay:   map[string]time.Duration{"eth0": time.Second},
		InterfaceDownDelay: map[string]time.Duration{"eth0": 2 * time.Second},
		Handover:           true, KeepAddresses: true, StateFile: "/run/x", LVSWait: time.Second,
	}
	if diff := cmp.Diff(want, got, compare); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestInstanceVariants(t *testing.T) {
	base := config.Instance{Name: "VI", Interface: "eth0", Family: 4}
	with := func(change func(*config.Instance)) config.Instance {
		in := base
		change(&in)
		return in
	}
	tests := []struct {
		name string
		in   config.Instance
		ok   func(speaker.Instance) bool
	}{
		{"dont_track_primary tracks nothing", with(func(i *config.Instance) { i.DontTrackPrimary = true }),
			func(s speaker.Instance) bool { return len(s.Interfaces) == 0 }},
		{"unicast_src_ip is the source", with(func(i *config.Instance) {
			i.Unicast, i.UnicastSrc, i.MulticastSrc = true, addr("192.0.2.1"), addr("192.0.2.2")
			i.UnicastPeers = []config.UnicastPeer{{Addr: addr("192.0.2.3"), MinTTL: 1, MaxTTL: 2}}
		}), func(s speaker.Instance) bool {
			return s.Source == addr("192.0.2.1") && !s.NeedSource && s.Unicast && s.Peers[0] == vrrp.Peer{Addr: addr("192.0.2.3"), MinTTL: 1, MaxTTL: 2}
		}},
		{"mcast_src_ip is the source", with(func(i *config.Instance) { i.MulticastSrc, i.TrackSrcIP = addr("192.0.2.2"), true }),
			func(s speaker.Instance) bool { return s.Source == addr("192.0.2.2") && s.TrackSource }},
		{"a configured source that is not there is no fault", with(func(i *config.Instance) { i.MulticastSrc = addr("192.0.2.2") }),
			func(s speaker.Instance) bool { return !s.NeedSource && !s.TrackSource }},
		{"with track_src_ip it is one", with(func(i *config.Instance) { i.MulticastSrc, i.TrackSrcIP = addr("192.0.2.2"), true }),
			func(s speaker.Instance) bool { return s.NeedSource && s.TrackSource }},
		{"a disabled instance stays in FAULT and says why", with(func(i *config.Instance) { i.Disabled, i.Reason = true, "because" }),
			func(s speaker.Instance) bool { return s.ConfigFault == "because" }},
		{"a disabled instance without a reason stays in FAULT too", with(func(i *config.Instance) { i.Disabled = true }),
			func(s speaker.Instance) bool { return s.ConfigFault != "" }},
		{"unicast_fault_no_peer", with(func(i *config.Instance) { i.Unicast, i.FaultNoPeer = true, true }),
			func(s speaker.Instance) bool { return s.ConfigFault != "" }},
		{"AH", with(func(i *config.Instance) { i.Auth = config.AH }), func(s speaker.Instance) bool { return s.Auth == vrrp.AH }},
		{"an ordinary instance has no fault", base, func(s speaker.Instance) bool { return s.ConfigFault == "" && s.NeedSource }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := wiring.Speaker(&config.Config{Instances: []config.Instance{tt.in}}, &wiring.IDs{}, wiring.Options{VRRP: true})
			if !tt.ok(got.Instances[0]) {
				t.Errorf("settings %+v", got.Instances[0])
			}
		})
	}
}

func TestVirtualServerBecomesSettings(t *testing.T) {
	c := &config.Config{
		Global:    config.Global{LVSReconcileInterval: 10 * time.Second, LVSTimeouts: config.LVSTimeouts{UDP: time.Minute}, SupplementaryGroups: true},
		Instances: []config.Instance{{Name: "VI", Addresses: vip("192.0.2.9/24")}},
		VirtualServers: []config.VirtualServer{{
			Addr: addr("192.0.2.9"), Port: 80, Family: 4, Protocol: "UDP", Scheduler: "sh", Flag1: true, Flag3: true,
			Persistence: 50 * time.Second, Granularity: addr("255.255.255.0"), Quorum: 2, Hysteresis: 1,
			QuorumUp:    &config.Script{Args: []string{"/up"}, UID: 5, GID: 6, User: "u"},
			SorryServer: &config.RealServer{Addr: addr("192.0.2.50"), Method: config.Method{Forward: config.DR}, Weight: 1},
			RealServers: []config.RealServer{
				{Addr: addr("192.0.2.10"), Port: 8080, Weight: 3, Method: config.Method{Forward: config.TUN, Tunnel: "gue", Port: 6080, Checksum: "csum"}, Inhibit: true,
					Checkers: []config.Checker{
						{Type: "TCP_CHECK", ConnectTimeout: time.Second, DelayLoop: 6 * time.Second},
						{Type: "TCP_CHECK", ConnectAddr: addr("192.0.2.99"), ConnectPort: 81, BindAddr: addr("192.0.2.1"), FWMark: 3},
						{Type: "MISC_CHECK", MiscScript: &config.Script{Args: []string{"/c"}}, MiscDynamic: true, DelayLoop: 7 * time.Second},
						{Type: "DNS_CHECK"},
					}},
				{Addr: addr("192.0.2.11"), Weight: -1},
			},
		}},
	}
	got := wiring.Director(c, wiring.Options{VRRP: true, KeepTable: true, Groups: func(user string) []uint32 {
		return map[string][]uint32{"u": {7}}[user]
	}})
	key := lvs.ServiceKey{Addr: addr("192.0.2.9"), Port: 80, Protocol: lvs.UDP, Family: 4}
	want := director.Settings{
		ReconcileInterval: 10 * time.Second, UDP: time.Minute, KeepTable: true,
		VirtualServers: []director.VirtualServer{{
			VirtualServer: lvs.VirtualServer{
				Name: "[192.0.2.9]:udp:80", Quorum: 2, Hysteresis: 1,
				Services: []lvs.GatedService{{
					Service: lvs.Service{ServiceKey: key, Scheduler: "sh", Persistent: true, Timeout: 50, Netmask: 0xffffff00, Flags: 0x28},
					Follow:  follow("VI"),
				}},
				Sorry: &lvs.Destination{DestinationKey: lvs.DestinationKey{Addr: addr("192.0.2.50"), Port: 80}, Forward: lvs.Direct, Weight: 1},
				RealServers: []lvs.RealServer{
					{Name: "[192.0.2.10]:udp:8080", Inhibit: true, Checked: true, Destination: lvs.Destination{
						DestinationKey: lvs.DestinationKey{Addr: addr("192.0.2.10"), Port: 8080}, Forward: lvs.Tunnel, Weight: 3,
						TunnelType: 1, TunnelPort: 6080, TunnelFlags: 1}},
					{Name: "[192.0.2.11]:udp:0", Destination: lvs.Destination{DestinationKey: lvs.DestinationKey{Addr: addr("192.0.2.11"), Port: 80}}},
				},
			},
			QuorumUp: &script.Command{Args: []string{"/up"}, UID: 5, GID: 6, Groups: []uint32{7}},
			RealServers: []director.RealServer{{Checks: []director.Check{
				{Name: "TCP_CHECK", DelayLoop: 6 * time.Second, TCP: &director.TCPCheck{Target: netip.MustParseAddrPort("192.0.2.10:8080"), Timeout: time.Second}},
				{Name: "TCP_CHECK", TCP: &director.TCPCheck{Target: netip.MustParseAddrPort("192.0.2.99:81"), Bind: netip.MustParseAddrPort("192.0.2.1:0"), Mark: 3}},
				{Name: "MISC_CHECK", DelayLoop: 7 * time.Second, Misc: &director.MiscCheck{Command: script.Command{Args: []string{"/c"}}, Timeout: 7 * time.Second, Dynamic: true}},
				{Name: "DNS_CHECK", Unsupported: true},
			}}, {}},
		}},
	}
	if diff := cmp.Diff(want, got, compare); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestGroupBecomesOneServiceForEachAddress(t *testing.T) {
	c := &config.Config{
		Instances: []config.Instance{{Name: "VI", Addresses: vip("192.0.2.2/32")}},
		VirtualServerGroups: []config.VirtualServerGroup{{Name: "web", Entries: []config.GroupEntry{
			{First: addr("192.0.2.1"), Last: addr("192.0.2.3"), Port: 80},
			{First: addr("2001:db8::1"), Last: addr("2001:db8::1"), Port: 81},
			{FWMark: 9, Family: 6},
		}}},
		VirtualServers: []config.VirtualServer{{Group: "web", Protocol: "TCP", Family: 4, Granularity6: 64}, {Group: "missing"}},
	}
	got := wiring.Director(c, wiring.Options{VRRP: true})
	type service struct {
		Key     string
		Netmask uint32
		Follow  string
	}
	var services []service
	for _, s := range got.VirtualServers[0].Services {
		f := ""
		if len(s.Follow) > 0 {
			f = s.Follow[0].Name
		}
		services = append(services, service{s.Service.ServiceKey.String(), s.Service.Netmask, f})
	}
	want := []service{
		{"-t 192.0.2.1:80", 0xffffffff, ""},
		{"-t 192.0.2.2:80", 0xffffffff, "VI"},
		{"-t 192.0.2.3:80", 0xffffffff, ""},
		{"-t [2001:db8::1]:81", 64, ""},
		{"-f 9 -6", 64, "VI"},
	}
	if diff := cmp.Diff(want, services); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
	if got.VirtualServers[0].Name != "[web]:0" {
		t.Errorf("name %q", got.VirtualServers[0].Name)
	}
	if len(got.VirtualServers[1].Services) != 0 {
		t.Error("a group that does not exist has services")
	}
}

func TestFirstOfTwoGroupsOfOneNameCounts(t *testing.T) {
	group := func(a string) config.VirtualServerGroup {
		return config.VirtualServerGroup{Name: "web", Entries: []config.GroupEntry{{First: addr(a), Last: addr(a), Port: 80}}}
	}
	c := &config.Config{
		VirtualServerGroups: []config.VirtualServerGroup{group("192.0.2.1"), group("192.0.2.2")},
		VirtualServers:      []config.VirtualServer{{Group: "web", Protocol: "TCP", Family: 4}},
	}
	services := wiring.Director(c, wiring.Options{}).VirtualServers[0].Services
	if len(services) != 1 || services[0].Service.Addr != addr("192.0.2.1") {
		t.Errorf("%+v", services)
	}
}

func TestRangeThatEndsAtTheLastAddressOfAFamilyEnds(t *testing.T) {
	last := addr("255.255.255.255")
	c := &config.Config{
		VirtualServerGroups: []config.VirtualServerGroup{{Name: "g", Entries: []config.GroupEntry{{First: last, Last: last}}}},
		VirtualServers:      []config.VirtualServer{{Group: "g", Protocol: "TCP"}},
	}
	if n := len(wiring.Director(c, wiring.Options{}).VirtualServers[0].Services); n != 1 {
		t.Errorf("%d services for one address", n)
	}
}

func TestSyncDaemonBecomesSettings(t *testing.T) {
	instances := []config.Instance{{Name: "VI_1", VRID: 51}}
	daemon := lvs.SyncDaemon{Interface: "eth0", SyncID: 51}
	for _, tt := range []struct {
		name string
		in   *config.LVSSync
		vrrp bool
		want *lvs.Sync
	}{
		{"none", nil, true, nil},
		{"of an instance", &config.LVSSync{Interface: "eth0", Instance: "VI_1", ID: 51}, true,
			&lvs.Sync{Daemon: daemon, Follow: []lvs.Follow{{Name: "VI_1"}}}},
		{"of no instance", &config.LVSSync{Interface: "eth0", ID: 51}, true, &lvs.Sync{Daemon: daemon}},
		{"of an instance that does not exist", &config.LVSSync{Interface: "eth0", Instance: "VI_2", ID: 51}, true, &lvs.Sync{Daemon: daemon}},
		{"without a VRRP process", &config.LVSSync{Interface: "eth0", Instance: "VI_1", ID: 51}, false, &lvs.Sync{Daemon: daemon}},
		{"without an id", &config.LVSSync{Interface: "eth0", ID: -1}, true, &lvs.Sync{Daemon: lvs.SyncDaemon{Interface: "eth0"}}},
		{"with everything", &config.LVSSync{Interface: "eth1", ID: 255, MaxLen: 65507, Port: 65535, TTL: 255, Group: addr("ff02::51")}, true,
			&lvs.Sync{Daemon: lvs.SyncDaemon{Interface: "eth1", SyncID: 255, MaxLen: 65507, Port: 65535, TTL: 255, Group: addr("ff02::51")}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &config.Config{Global: config.Global{LVSSync: tt.in}, Instances: instances}
			got := wiring.Director(c, wiring.Options{VRRP: tt.vrrp})
			if diff := cmp.Diff(tt.want, got.Sync, compare); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARouterThatKeepsConnectionsInStepListensFirst(t *testing.T) {
	c := &config.Config{
		Global: config.Global{LVSSync: &config.LVSSync{Interface: "eth0", Instance: "VI_1", ID: 51}},
		Instances: []config.Instance{
			{Name: "VI_1", Priority: 100},
			{Name: "VI_2", Priority: 100},
		},
	}
	delays := func() []time.Duration {
		var list []time.Duration
		for _, in := range wiring.Speaker(c, new(wiring.IDs), wiring.Options{VRRP: true}).Instances {
			list = append(list, in.PreemptDelay)
		}
		return list
	}
	if got, want := delays(), []time.Duration{2 * time.Second, 0}; !slices.Equal(got, want) {
		t.Errorf("preempt delays %v, want %v", got, want)
	}
	c.Instances[0].PreemptDelay = time.Minute
	if got, want := delays(), []time.Duration{time.Minute, 0}; !slices.Equal(got, want) {
		t.Errorf("with a delay of its own: %v, want %v", got, want)
	}
	c.Instances[0].Priority, c.Instances[0].PreemptDelay = 255, 0
	if got, want := delays(), []time.Duration{0, 0}; !slices.Equal(got, want) {
		t.Errorf("as the owner: %v, want %v", got, want)
	}
}

func TestScriptWithAColonGroupHasSupplementaryGroups(t *testing.T) {
	groups := func(string) []uint32 { return []uint32{7} }
	for _, tt := range []struct {
		name string
		in   config.Script
		all  bool
		want []uint32
	}{
		{"by itself", config.Script{User: "u", Supplementary: true}, false, []uint32{7}},
		{"set_supplementary_groups", config.Script{User: "u"}, true, []uint32{7}},
		{"neither", config.Script{User: "u"}, false, nil},
		{"the daemon's own account", config.Script{Supplementary: true}, true, nil},
	} {
		if got := wiring.Command(&tt.in, &config.Global{SupplementaryGroups: tt.all}, groups).Groups; !cmp.Equal(tt.want, got) {
			t.Errorf("%s: groups %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestIPVSNamespaceWithoutANameIsTheDefaultOne(t *testing.T) {
	for _, tt := range []struct {
		in   config.Global
		want string
	}{
		{config.Global{}, ""},
		{config.Global{NetNamespace: "red"}, ""},
		{config.Global{NetNamespace: "red", NetNSIPVSSet: true}, "/proc/1/ns/net"},
		{config.Global{NetNSIPVSSet: true, NetNSIPVS: "blue"}, "blue"},
	} {
		if got := wiring.Director(&config.Config{Global: tt.in}, wiring.Options{}).NetNS; got != tt.want {
			t.Errorf("%+v: IPVS in %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestAlphaIsThatOfTheChecks(t *testing.T) {
	alpha, not := config.Checker{Type: "TCP_CHECK", Alpha: true}, config.Checker{Type: "TCP_CHECK", ConnectPort: 1}
	c := &config.Config{VirtualServers: []config.VirtualServer{{Alpha: true, RealServers: []config.RealServer{
		{Alpha: true, Checkers: []config.Checker{alpha, alpha}},
		{Alpha: true, Checkers: []config.Checker{alpha, not}},
		{Checkers: []config.Checker{not}},
	}}}}
	v := wiring.Director(c, wiring.Options{}).VirtualServers[0]
	for i, want := range [][]bool{{true, true}, {true, false}, {false}} {
		core := v.VirtualServer.RealServers[i]
		for j, k := range v.RealServers[i].Checks {
			if got := k.Alpha || core.Alpha || v.Alpha; got != want[j] {
				t.Errorf("real server %d, check %d: alpha %v, want %v", i, j, got, want[j])
			}
		}
	}
}

func TestNoAcceptShutsTheAddressesOfWhoeverIsNotTheirOwner(t *testing.T) {
	for _, tt := range []struct {
		priority uint8
		noAccept bool
		want     bool
	}{{254, true, true}, {255, true, false}, {254, false, false}} {
		c := &config.Config{Instances: []config.Instance{{
			Name: "A", Interface: "eth0", Family: 4, Priority: tt.priority, NoAccept: tt.noAccept,
			Addresses: []config.Address{{Prefix: netip.MustParsePrefix("192.0.2.9/32")}},
			Excluded:  []config.Address{{Prefix: netip.MustParsePrefix("2001:db8::9/128")}},
		}}}
		c.Global.NFTables, c.Global.NFTablesPriority, c.Global.NFTablesCounters, c.Global.NFTablesIfindex = "site", -5, true, true
		s := wiring.Speaker(c, &wiring.IDs{}, wiring.Options{})
		if in := s.Instances[0]; in.VIPs[0].Shut != tt.want || in.Excluded[0].Shut != tt.want {
			t.Errorf("priority %d, no_accept %v: shut %v and %v", tt.priority, tt.noAccept, in.VIPs[0].Shut, in.Excluded[0].Shut)
		}
		if want := (firewall.Options{Table: "site", Priority: -5, Counters: true, ByIndex: true}); s.Firewall != want {
			t.Errorf("tables %+v, want %+v", s.Firewall, want)
		}
	}
}
