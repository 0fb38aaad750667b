package metrics

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/mail"
	"github.com/holdfast-ha/holdfast/internal/notify"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

var then = time.Unix(1700000000, 500e6).UTC()

// full is a state in which there is everything that can be told.
func full() *control.Status {
	stats := speaker.Stats{
		AdvertReceived: 1, AdvertSent: 2, BecameMaster: 3, ReleasedMaster: 4, LengthErrors: 5, TTLErrors: 6, TypeErrors: 7,
		IntervalErrors: 8, AddressErrors: 9, VersionErrors: 10, ChecksumErrors: 11, SourceErrors: 12, AuthInvalidType: 13,
		AuthTypeMismatch: 14, AuthFailure: 15, AuthReplay: 16, AuthExtMissing: 17, AuthExtMalformed: 18, AuthExtUnknownKey: 19,
		AuthExtInvalid: 20, AuthExtStale: 21, AuthExtReplay: 22, PriorityZeroReceived: 23, PriorityZeroSent: 24,
		AddressesReasserted: 25, OtherMasters: 26, SumPlain: 27, SumPseudo: 28, SumOld: 29,
	}
	return &control.Status{
		Version: "9.9.9", Problems: 3,
		Reload:    control.Reload{Count: 5, Refused: 1, Error: "no", InForce: then},
		Processes: []control.Process{{Role: "vrrp", PID: 7, Since: then, Restarts: 2}, {Role: "lvs", PID: 8, Since: then}, {Role: "bfd", Restarts: 1}},
		Notified: notify.Stats{FIFOs: []notify.FIFOStats{{Path: "/run/fifo", Written: 4, Dropped: 1}}, ScriptsDropped: 2,
			Mail: mail.Stats{Sent: 3, Failed: 2, Dropped: 1}},
		VRRP: &speaker.Status{
			UnknownVRID: 2, BadProtocol: 3, SendFailures: 4,
			Lateness: speaker.Lateness{Bounds: []time.Duration{time.Millisecond, time.Second}, Counts: []uint64{10, 5, 1}, Sum: 3 * time.Second},
			Instances: []speaker.InstanceStatus{
				{Name: "VI_1", Interface: "eth0", VRID: 51, State: "MASTER", Wanted: "MASTER", Reason: "master down timer", Since: then,
					BasePriority: 100, Priority: 90, Why: "script chk failed -10", GARPDelay: 5 * time.Second,
					MasterAddr: netip.MustParseAddr("192.0.2.2"), MasterPriority: 80, Held: true, Stats: stats,
					Addresses: []string{"192.0.2.10/32 dev eth0", "198.51.100.1/24 dev eth1", "198.51.100.1/24 dev eth1"},
					Excluded:  []string{"2001:db8::10/128 dev eth0"}},
				{Name: "none \xff", Interface: "eth0", VRID: 52, State: "FAULT", Wanted: "FAULT", Aside: true},
			},
			Groups: []speaker.GroupStatus{{Name: "G", State: "BACKUP"}},
		},
		Tracking: tracking.Status{Objects: []tracking.ObjectStatus{
			{Kind: "script", Name: "chk", Up: false, Known: true, Running: true, Runs: 10, Failures: 4, Timeouts: 1, Skips: 2},
			{Kind: "script", Name: "late", Up: true, Running: true, Late: true, Runs: 3, Failures: 1, Timeouts: 1},
			{Kind: "file", Name: "f", Value: -5}, {Kind: "process", Name: "p", Up: true, Value: 2}, {Kind: "bfd", Name: "b", Up: true},
		}},
		BFD: &bfdspeaker.Status{Sessions: []bfdspeaker.SessionStatus{{Name: "b", State: "Up", Downs: 2, Sent: 9, Received: 8, Discarded: 1}}},
		LVS: &director.Status{
			Operations: map[string]uint64{"add service": 2, "delete destination": 1}, Drift: 4, LastError: "no", LastRead: then,
			Reads: 7, ReadErrors: 1, ReadTook: 70 * time.Millisecond,
			Checks: director.CheckLoad{Scheduled: 3, Running: 1, Waiting: 2, LateP99: 4 * time.Millisecond},
			VirtualServers: []director.VirtualServerStatus{
				{Label: "192.0.2.10:80/tcp", Active: true, Quorum: true, Counted: true,
					Traffic:     lvs.Traffic{Connections: 100, PacketsIn: 200, PacketsOut: 300, BytesIn: 1 << 40, BytesOut: 500},
					Connections: lvs.Connections{Active: 6, Inactive: 7, Persistent: 8},
					RealServers: []director.RealServerStatus{{Label: "10.0.0.1:80", Up: true, Weight: 5, Current: 3, Configured: 5, Counted: true,
						Traffic: lvs.Traffic{Connections: 50, PacketsIn: 20, PacketsOut: 30, BytesIn: 40, BytesOut: 5}, Connections: lvs.Connections{Active: 2},
						Checks: []director.CheckStatus{{Name: "TCP_CHECK", Up: true, Last: then, Took: 3 * time.Millisecond, Runs: 10, Failed: 2, TookAll: time.Second}, {Name: "TCP_CHECK"}}},
						{Label: "10.0.0.2:80", Drained: true, Weight: 4, Current: 4, Configured: 4}}},
				{Label: "192.0.2.10:80/tcp", Sorry: true},
			},
		},
	}
}

// scrape is what a handler answers.
func scrape(t testing.TB, s *control.Status) string {
	t.Helper()
	h := Handler(sources(s))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, body)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(body)) {
		name := line[:strings.LastIndexByte(line, ' ')]
		if seen[name] && !strings.HasPrefix(line, "#") {
			t.Fatalf("told twice: %s", name)
		}
		seen[name] = true
	}
	return string(body)
}

func sources(s *control.Status) Sources {
	return Sources{
		Snapshot: func(context.Context) (*control.Status, error) {
			if s == nil {
				return nil, fmt.Errorf("the daemon says nothing")
			}
			return s, nil
		},
		Addresses: func() map[netip.Addr]bool { return map[netip.Addr]bool{netip.MustParseAddr("192.0.2.10"): true} },
		Version:   "9.9.9",
	}
}
