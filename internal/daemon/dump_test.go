package daemon

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/internal/takeover"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/parser/config"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

func sample() speaker.InstanceStatus {
	return speaker.InstanceStatus{
		Name: "VI_1", Interface: "eth0", VRID: 51, State: "MASTER", BasePriority: 100, Priority: 90,
		Since:      time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC),
		MasterAddr: netip.MustParseAddr("192.0.2.1"), MasterPriority: 90, Source: netip.MustParseAddr("192.0.2.1"),
		Addresses: []string{"192.0.2.9/24 dev eth0"},
		Stats:     speaker.Stats{AdvertReceived: 1, AdvertSent: 2, BecameMaster: 3, ReleasedMaster: 4, TTLErrors: 5, PriorityZeroSent: 6, AuthExtInvalid: 7, AuthExtStale: 8},
	}
}

func TestStatsHaveKeepalivedsLayout(t *testing.T) {
	var b strings.Builder
	writeStats(&b, []speaker.InstanceStatus{sample()})
	want := `VRRP Instance: VI_1
  Advertisements:
    Received: 1
    Sent: 2
  Became master: 3
  Released master: 4
  Packet Errors:
    Length: 0
    TTL: 5
    Invalid Type: 0
    Advertisement Interval: 0
    Address List: 0
  Authentication Errors:
    Invalid Type: 0
    Type Mismatch: 0
    Failure: 0
  Authentication Extension Errors:
    Missing: 0
    Malformed: 0
    Unknown Key: 0
    Invalid HMAC: 7
    Stale: 8
    Replay: 0
  Priority Zero:
    Received: 0
    Sent: 6
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("keepalived.stats (-want +got):\n%s", diff)
	}
}

func TestDataHasTheLinesThatToolsParse(t *testing.T) {
	var b strings.Builder
	vip := config.Address{Prefix: netip.MustParsePrefix("192.0.2.9/24"), Dev: "eth0"}
	c := &config.Config{
		Instances:  []config.Instance{{Name: "VI_1", Interface: "eth0", VRID: 51, Priority: 100, Family: 4, Version: 2, Addresses: []config.Address{vip}}},
		SyncGroups: []config.SyncGroup{{Name: "G", Members: []string{"VI_1"}}},
		Scripts: []config.VRRPScript{
			{Name: "chk", Script: &config.Script{Args: []string{"/bin/true"}}},
			{Name: "bad", Rise: 3, Fall: 4, Script: &config.Script{Args: []string{"/bin/false"}}},
			{Name: "good", Rise: 3, Fall: 4, Script: &config.Script{Args: []string{"/bin/true"}}},
		},
		TrackFiles:     []config.TrackFile{{Name: "load", File: "/run/load"}},
		TrackProcesses: []config.TrackProcess{{Name: "app", Process: "app"}},
	}
	b.WriteString(writeData(c, &speaker.Status{
		Instances: []speaker.InstanceStatus{sample()},
		Groups:    []speaker.GroupStatus{{Name: "G", State: "MASTER", Members: []string{"VI_1"}}},
	}, &tracking.Status{Objects: []tracking.ObjectStatus{
		{Kind: "script", Name: "bad", Known: true, Running: true, Against: 2},
		{Kind: "script", Name: "good", Known: true, Up: true, Running: true, Late: true, Against: 1},
		{Kind: "file", Name: "load", Known: true, Value: -7},
		{Kind: "process", Name: "app", Known: true, Value: 5},
	}}))
	for _, line := range []string{
		"------< VRRP Topology >------", " VRRP Instance = VI_1", "   State = MASTER", "   Priority = 100", "   Effective priority = 90",
		"   Virtual Router ID = 51", "   Last transition = 1767323045.000006 (Fri Jan  2 03:04:05.000006 2026)",
		"   Virtual IP (1):", "     192.0.2.9/24 dev eth0 scope global", " VRRP Sync Group = G, MASTER", "     VI_1",
		" VRRP Script = chk", "   Status = GOOD", "   State = idle",
		"   Result = 2", "   Status = BAD", "   State = running", "   Result = 5", "   State = requested termination",
		"   Status = -7", "   Current processes = 5", "   Have quorum = false",
	} {
		if !strings.Contains(b.String(), "\n"+line+"\n") && !strings.HasPrefix(b.String(), line+"\n") {
			t.Errorf("no line %q in\n%s", line, b.String())
		}
	}
}

func TestOnlyOurOwnVirtualAddressesAreTakenOff(t *testing.T) {
	c := &config.Config{Instances: []config.Instance{{
		Addresses: []config.Address{{Prefix: netip.MustParsePrefix("192.0.2.9/24")}},
		Excluded:  []config.Address{{Prefix: netip.MustParsePrefix("192.0.2.10/32")}},
	}}}
	address := func(prefix string, protocol uint8) rtnl.Address {
		return rtnl.Address{Prefix: netip.MustParsePrefix(prefix), Protocol: protocol}
	}
	var got []string
	for _, a := range ours(c, []rtnl.Address{
		address("192.0.2.1/24", 0), address("192.0.2.9/24", rtnl.Keepalived), address("192.0.2.9/24", 0),
		address("192.0.2.10/32", rtnl.Keepalived), address("192.0.2.11/32", rtnl.Keepalived),
	}) {
		got = append(got, a.Prefix.String())
	}
	if diff := cmp.Diff([]string{"192.0.2.9/24", "192.0.2.10/32"}, got); diff != "" {
		t.Errorf("addresses to take off (-want +got):\n%s", diff)
	}
}

func TestPathsFollowKeepalived(t *testing.T) {
	tests := []struct {
		name                string
		options             Options
		pidDir              bool
		instance, namespace string
		want                [4]string // parent, vrrp, checkers, own directory
	}{
		{"default", Options{}, false, "", "", [4]string{"/run/keepalived.pid", "/run/vrrp.pid", "/run/checkers.pid", "/run/holdfast"}},
		{"use_pid_dir", Options{}, true, "", "", [4]string{"/run/keepalived/keepalived.pid", "/run/keepalived/vrrp.pid", "/run/keepalived/checkers.pid", "/run/holdfast"}},
		{"instance", Options{}, false, "one", "", [4]string{"/run/keepalived/keepalived_one.pid", "/run/keepalived/vrrp_one.pid", "/run/keepalived/checkers_one.pid", "/run/holdfast/of-one"}},
		{"namespace", Options{}, false, "", "ns", [4]string{"/run/keepalived/keepalived.pid", "/run/keepalived/vrrp.pid", "/run/keepalived/checkers.pid", "/run/holdfast/of-ns"}},
		{"options", Options{PIDFile: "/a/b.pid", VRRPPIDFile: "/v", CheckersPIDFile: "/c"}, false, "", "", [4]string{"/a/b.pid", "/v", "/c", "/run/holdfast/a-b.pid"}},
		{"the default named by an option", Options{PIDFile: "/run/keepalived.pid"}, false, "", "", [4]string{"/run/keepalived.pid", "/run/vrrp.pid", "/run/checkers.pid", "/run/holdfast"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := NewPaths(&tt.options, tt.pidDir, tt.instance, tt.namespace)
			if diff := cmp.Diff(tt.want, [4]string{p.PID, p.VRRPPID, p.LVSPID, p.Dir}); diff != "" {
				t.Errorf("paths (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLogFilesAreNamedByProcess(t *testing.T) {
	p := Paths{Temp: "/tmp"}
	tests := []struct {
		options      Options
		role, suffix string
		want         string
	}{
		{Options{}, "vrrp", "", ""},
		{Options{ToFile: true}, "", "", "/tmp/keepalived.log"},
		{Options{ToFile: true}, "vrrp", "", "/tmp/keepalived_vrrp.log"},
		{Options{ToFile: true, LogFile: "/x/y.txt"}, "check", "ns_one", "/x/y_check_ns_one.txt"},
	}
	for _, tt := range tests {
		if got := p.LogFile(&tt.options, tt.role, tt.suffix); got != tt.want {
			t.Errorf("LogFile(%q, %q) = %q, want %q", tt.role, tt.suffix, got, tt.want)
		}
	}
}

func TestOnlyOrphansOfOursAreTakenForSuch(t *testing.T) {
	// A process of the right name whose parent is of the same program is no orphan.
	cmd := exec.Command("sleep", "60")
	cmd.Args[0] = "holdfast_vrrp"
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	// For a moment after exec the kernel shows no command line, as of a process that it is ending.
	line := fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if text, err := os.ReadFile(line); err == nil && len(text) > 0 {
			break
		}
	}
	if err := orphaned(cmd.Process.Pid, VRRP); err != nil {
		t.Errorf("a VRRP process whose parent is another program: %v", err)
	}
	if err := orphaned(cmd.Process.Pid, LVS); err == nil {
		t.Error("a VRRP process passes for an LVS process")
	}
	if err := orphaned(os.Getpid(), VRRP); err == nil {
		t.Error("this test passes for a VRRP process")
	}
	if err := orphaned(0, VRRP); err == nil {
		t.Error("an empty pid file names an orphan")
	}
	if dying(cmd.Process.Pid) || dying(0) {
		t.Error("a process that lives passes for one that the kernel is ending")
	}
	zombie := exec.Command("true")
	if err := zombie.Start(); err != nil {
		t.Fatal(err)
	}
	wait(t, "a process that has ended and is not waited for counts as dying", func() bool { return dying(zombie.Process.Pid) })
	zombie.Wait()
	parent, err := takeover.ParentOf(cmd.Process.Pid)
	if err != nil || parent != os.Getpid() {
		t.Errorf("parentOf = %d, %v; want %d", parent, err, os.Getpid())
	}
}

func TestServiceManagerIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := sdNotify(path, "READY=1"); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	n, err := c.Read(b)
	if err != nil || string(b[:n]) != "READY=1" {
		t.Errorf("received %q, %v", b[:n], err)
	}
	if err := sdNotify("", "READY=1"); err != nil {
		t.Errorf("without a service manager: %v", err)
	}
	if err := sdNotify(path+".missing", "READY=1"); err == nil {
		t.Error("a service manager that cannot be reached is not reported")
	}
}

func TestStopWaitsLongEnoughForAHandover(t *testing.T) {
	c := &config.Config{Instances: []config.Instance{{AdvertInt: time.Second}, {AdvertInt: 20 * time.Second}}}
	p := &parent{config: c}
	c.Global.ChildWaitTime = 7 * time.Second
	if got := p.stopLimit(VRRP); got != 7*time.Second {
		t.Errorf("without handover %v, want child_wait_time", got)
	}
	c.Global.Handover = true
	if got := p.stopLimit(VRRP); got < 20*time.Second {
		t.Errorf("with handover %v: the peer's next advertisement may take 20 s", got)
	}
	if got := p.stopLimit(LVS); got != 7*time.Second {
		t.Errorf("the LVS process %v, want child_wait_time", got)
	}
}

func TestSchedulingIsAppliedToEveryThread(t *testing.T) {
	seen := map[int]bool{}
	if err := eachThread("look", func(tid int) error {
		if seen[tid] {
			t.Errorf("thread %d is visited twice", tid)
		}
		seen[tid] = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !seen[os.Getpid()] {
		t.Error("the first thread is left out")
	}
}
