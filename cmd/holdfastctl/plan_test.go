package main

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

func sampleConfig() *config.Config {
	vip := func(s string) []config.Address { return []config.Address{{Prefix: netip.MustParsePrefix(s)}} }
	return &config.Config{
		Instances: []config.Instance{
			{Name: "A", Interface: "eth0", Addresses: vip("192.0.2.1/32")},
			{Name: "B", Interface: "eth1", Addresses: vip("192.0.2.2/32")},
		},
		SyncGroups: []config.SyncGroup{{Name: "G", Members: []string{"A", "B"}}},
		VirtualServers: []config.VirtualServer{{
			Addr: netip.MustParseAddr("192.0.2.1"), Port: 80, Family: 4, Protocol: "TCP", Scheduler: "rr", Quorum: 1,
			RealServers: []config.RealServer{
				{Addr: netip.MustParseAddr("192.0.2.10"), Port: 80, Weight: 1, Method: config.Method{Forward: config.DR}},
				{Addr: netip.MustParseAddr("192.0.2.11"), Port: 80, Weight: 1, Method: config.Method{Forward: config.DR}, Alpha: true},
				{Addr: netip.MustParseAddr("192.0.2.12"), Port: 80, Weight: 1, Method: config.Method{Forward: config.DR}, Inhibit: true},
			},
		}},
	}
}

func have(protocol uint8, prefixes ...string) []rtnl.Address {
	var a []rtnl.Address
	for _, p := range prefixes {
		a = append(a, rtnl.Address{Prefix: netip.MustParsePrefix(p), Protocol: protocol, Index: 1})
	}
	return a
}

func TestMastersAreToldByTheDaemonOrJudgedByTheirAddresses(t *testing.T) {
	instances := wiring.Speaker(sampleConfig(), &wiring.IDs{}, wiring.Options{VRRP: true}).Instances
	told := &control.Status{VRRP: &speaker.Status{Instances: []speaker.InstanceStatus{{Name: "A", State: "BACKUP"}, {Name: "B", State: "MASTER"}}}}
	tests := []struct {
		name    string
		as      string
		running *control.Status
		have    []rtnl.Address
		want    []string
	}{
		{"the daemon's word counts more than addresses", "current", told, have(18, "192.0.2.1/32"), []string{"B"}},
		{"without a daemon by addresses", "current", nil, have(18, "192.0.2.1/32"), []string{"A"}},
		{"without either", "current", nil, nil, []string{}},
		{"as master", "master", told, nil, []string{"A", "B"}},
		{"as backup", "backup", told, have(18, "192.0.2.1/32"), []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, masters(tt.as, instances, tt.running, tt.have)); diff != "" {
				t.Errorf("masters (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAddressesToPutOnAndTakeOff(t *testing.T) {
	s := wiring.Speaker(sampleConfig(), &wiring.IDs{}, wiring.Options{VRRP: true})
	addresses := append(have(18, "192.0.2.2/32", "192.0.2.77/32"), have(0, "192.0.2.200/24")...)
	got := planAddresses(s, []string{"A"}, addresses)
	want := []string{"ip addr add 192.0.2.1/32 dev eth0", "ip addr del 192.0.2.2/32 dev lo", "ip addr del 192.0.2.77/32 dev lo"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
	if got := planAddresses(s, nil, have(0, "192.0.2.200/24")); len(got) > 0 {
		t.Errorf("a BACKUP without our addresses has to change %q", got)
	}
}

func TestRoutesAndRulesToAddAndToDelete(t *testing.T) {
	c := sampleConfig()
	c.StaticRoutes = []config.Route{{Family: 4, Dst: netip.MustParsePrefix("10.0.0.0/8"), Dev: "eth0", Table: 254, Scope: -1}}
	c.Instances[0].Routes = []config.Route{{Family: 4, Dst: netip.MustParsePrefix("10.9.0.0/16"), Via: netip.MustParseAddr("192.0.2.254"), Table: 100, Scope: -1}}
	c.Instances[0].Rules = []config.Rule{{Family: 4, From: netip.MustParsePrefix("192.0.2.1/32"), Table: 100, Priority: 400}}
	s := wiring.Speaker(c, &wiring.IDs{}, wiring.Options{VRRP: true})
	host := rtnl.Snapshot{Links: []rtnl.Link{{Index: 7, Name: "eth0"}}}
	host.Routes = []rtnl.Route{s.StaticRoutes[0].Route, {Type: 1, Table: 254, Protocol: 18, Dst: netip.MustParsePrefix("172.16.0.0/12"), Hop: rtnl.Hop{Index: 7}}}
	host.Routes[0].Index, host.Routes[0].Dev = 7, ""
	routes, rules := planRouting(&s, []string{"A"}, &host)
	wantRoutes := []string{"ip route add 10.9.0.0/16 via 192.0.2.254 table 100 proto 18", "ip route del 172.16.0.0/12 dev eth0 proto 18"}
	if diff := cmp.Diff(wantRoutes, routes); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ip rule add pref 400 from 192.0.2.1 table 100 protocol 18"}, rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	host.Rules = []rtnl.Rule{s.Instances[0].Rules[0].Rule}
	if _, rules := planRouting(&s, nil, &host); len(rules) != 1 || rules[0] != "ip rule del pref 400 from 192.0.2.1 table 100 protocol 18" {
		t.Errorf("as BACKUP: %q", rules)
	}
}

func TestWantedTableKnowsMastersAndHealth(t *testing.T) {
	c := sampleConfig()
	if table := wantedTable(c, nil, nil); len(table) > 0 {
		t.Errorf("a BACKUP wants services: %s", table.Save())
	}
	running := &control.Status{LVS: &director.Status{VirtualServers: []director.VirtualServerStatus{{
		Name:        "[192.0.2.1]:tcp:80",
		RealServers: []director.RealServerStatus{{Name: "[192.0.2.10]:tcp:80"}, {Name: "[192.0.2.11]:tcp:80", Up: true}, {Name: "[192.0.2.12]:tcp:80"}},
	}}}}
	got := wantedTable(c, []string{"A"}, running).Save()
	want := "-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 192.0.2.11:80 -g -w 1\n-a -t 192.0.2.1:80 -r 192.0.2.12:80 -g -w 0\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	everything := wantedTable(c, []string{"A"}, nil)
	for _, e := range everything {
		if len(e.Destinations) != 3 {
			t.Errorf("without a daemon every real server counts as up: %s", everything.Save())
		}
	}
	if diff := lvs.Diff(everything, everything, nil); len(diff) > 0 {
		t.Errorf("equal tables differ: %v", diff)
	}
}

func TestPlanKeepsToWhatTheDaemonWasTold(t *testing.T) {
	running := &control.Status{LVS: &director.Status{VirtualServers: []director.VirtualServerStatus{{
		Name: "[192.0.2.1]:tcp:80",
		RealServers: []director.RealServerStatus{
			{Name: "[192.0.2.10]:tcp:80", Label: "192.0.2.10:80", Up: true, Drained: true},
			{Name: "[192.0.2.11]:tcp:80", Label: "192.0.2.11:80", Up: true, HasOverride: true, Override: 9, Weight: 9, Current: 4}, // grows
			{Name: "[192.0.2.12]:tcp:80", Label: "192.0.2.12:80", HasOverride: true, Override: 9},                                  // down, and inhibited
		},
	}}}}
	got := wantedTable(sampleConfig(), []string{"A"}, running).Save()
	want := `-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 192.0.2.10:80 -g -w 0
-a -t 192.0.2.1:80 -r 192.0.2.11:80 -g -w 4
-a -t 192.0.2.1:80 -r 192.0.2.12:80 -g -w 0
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestGroupIsMasterWithAllOfItsMembers(t *testing.T) {
	if got := masterGroups(sampleConfig(), []string{"A"}); len(got) > 0 {
		t.Errorf("groups %q with one of two members", got)
	}
	if diff := cmp.Diff([]string{"G"}, masterGroups(sampleConfig(), []string{"B", "A"})); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

func TestStatusIsOneScreen(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := &control.Status{
		Version: "1.0", PID: 7, Since: now.Add(-26 * time.Hour), ConfigFile: "/c", Problems: 2,
		Reload:    control.Reload{Error: "it cannot be run: 1 error", Last: now.Add(-90 * time.Second)},
		Processes: []control.Process{{Role: "lvs", PID: 9, Since: now.Add(-time.Minute), Restarts: 2}, {Role: "vrrp", Restarts: 1}},
		VRRP: &speaker.Status{
			Instances: []speaker.InstanceStatus{{Name: "VI_1", State: "BACKUP", Since: now.Add(-time.Hour), BasePriority: 100, Priority: 90,
				Interface: "eth0", VRID: 51, MasterAddr: netip.MustParseAddr("192.0.2.9"), MasterPriority: 110, Reason: "higher priority", Why: "script chk failed -10"}},
			Groups: []speaker.GroupStatus{{Name: "G", State: "BACKUP", Members: []string{"VI_1"}}},
		},
		Tracking: tracking.Status{Processes: "process connector", Objects: []tracking.ObjectStatus{
			{Kind: "script", Name: "chk", State: "failed", Known: true, Result: "failed (exited with status 1)", Since: now.Add(-time.Minute), Runs: 9, Failures: 4, Timeouts: 3, Skips: 2},
			{Kind: "file", Name: "load", State: "holds 5", Known: true, Value: 5, Since: now.Add(-time.Hour)},
		}},
		LVS: &director.Status{Checks: director.CheckLoad{Scheduled: 4, Running: 1, LateP99: 1234567, LateWorst: 5e6}, VirtualServers: []director.VirtualServerStatus{{
			Name: "[192.0.2.1]:tcp:80", Why: "follows VI_1, which is not MASTER", Quorum: true,
			RealServers: []director.RealServerStatus{
				{Name: "[192.0.2.10]:tcp:80", Up: true, Weight: 3, Current: 3},
				{Name: "[192.0.2.11]:tcp:80", Weight: 3, Checks: []director.CheckStatus{{Name: "TCP_CHECK", Detail: "connection refused"}}},
				{Name: "[192.0.2.12]:tcp:80", Up: true, Drained: true, HasOverride: true, Override: 7, Configured: 3},
				{Name: "[192.0.2.14]:tcp:80", Up: true, Weight: 9, Current: 4},
				{Name: "[192.0.2.13]:tcp:80", Drained: true, Checks: []director.CheckStatus{{Name: "TCP_CHECK", Detail: "timeout"}}},
			},
		}}},
	}
	var b strings.Builder
	palette(false).status(&b, s, now)
	want := `Holdfast 1.0, pid 7, up 1d2h, /c (2 problems: holdfastctl check /c)
The last reload, 1m30s ago, had no effect: it cannot be run: 1 error
The lvs process was restarted 2 times, last 1m0s ago
The vrrp process does not run (1 restarts)

INSTANCE  STATE   SINCE  PRIORITY     INTERFACE  VRID  MASTER           WHY
VI_1      BACKUP  1h0m   90 (of 100)  eth0       51    192.0.2.9 (110)  higher priority
VI_1: priority 90 (of 100): script chk failed -10
Sync group G: BACKUP (VI_1)

TRACKED  NAME  STATE                          SINCE  RUNS  FAILED  TIMED OUT  SKIPPED
script   chk   failed (exited with status 1)  1m0s   9     4       3          2
file     load  holds 5                        1h0m   -     -       -          -
Processes are counted by: process connector

VIRTUAL SERVER         STATE          WEIGHT  WHY
[192.0.2.1]:tcp:80     inactive               follows VI_1, which is not MASTER
  [192.0.2.10]:tcp:80  up             3       
  [192.0.2.11]:tcp:80  down           3       TCP_CHECK connection refused
  [192.0.2.12]:tcp:80  up, drained    0       drained by command, weight 7 by command (configured: 3)
  [192.0.2.14]:tcp:80  up             9       slow start: weight 4 so far
  [192.0.2.13]:tcp:80  down, drained  0       drained by command; TCP_CHECK timeout
Checks: 4, 1 running, 0 waiting for a place; the latest began 1ms late at p99, 5ms at worst
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}
