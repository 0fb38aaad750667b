package page

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	bfdspeaker "github.com/holdfast-ha/holdfast/bfd/speaker"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/tracking"
	"github.com/holdfast-ha/holdfast/internal/web"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is for a slow machine: nothing is measured by it.
const patience = 60 * time.Second

const secret = "0123456789abcdef"

// scraped is what stands where metrics are.
const scraped = "holdfast_nothing 1"

// hostile is a name that would do something if it were taken for markup.
const hostile = `<img src=/x onerror="document.title='taken over'">`

// stage is a server of the page in front of a daemon that plays what it is told.
type stage struct {
	settings web.Settings
	address  string
	server   *web.Server
	events   control.Events
	source   *control.Source

	mu       sync.Mutex
	state    control.Status
	findings []parser.Problem
	asked    []control.Request
	answer   control.Reply
}

// open serves s with a token, unless there is to be none.
func open(t *testing.T, s *stage, token bool) *stage {
	t.Helper()
	settings := web.Settings{Status: freePort(t)}
	settings.Metrics = settings.Status
	if token {
		settings.TokenFile = filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(settings.TokenFile, []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.settings, s.address = settings, settings.Status
	s.serve()
	t.Cleanup(func() { s.server.Close(patience) })
	return s
}

// serve begins to listen, as a daemon that has just started.
func (s *stage) serve() {
	s.source = control.NewSource(s.snapshot)
	s.server = web.New(zap.NewNop())
	mount(s.server, Daemon{
		Host: "director-1", Snapshot: s.source.Snapshot, Events: &s.events, Do: s.do,
		Findings: func() []parser.Problem { s.mu.Lock(); defer s.mu.Unlock(); return s.findings },
	}, 50*time.Millisecond, 300*time.Millisecond)
	s.server.Handle(web.Metrics, "/metrics", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, scraped)
	}))
	s.server.Use(s.settings)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s *stage) url(path string) string { return "http://" + s.address + path }

// line is the network between a browser and a stage. Locked, it carries nothing, and breaks nothing either.
type line struct {
	sync.RWMutex
	address string
}

// connect puts a line in front of a stage.
func (s *stage) connect(t *testing.T) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{address: listener.Addr().String()}
	var all sync.WaitGroup
	t.Cleanup(func() { listener.Close(); all.Wait() })
	all.Go(func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", s.address)
			if err != nil {
				from.Close()
				continue
			}
			all.Go(func() { l.carry(from, to) })
			all.Go(func() { l.carry(to, from) })
		}
	})
	return l
}

func (l *line) carry(to, from net.Conn) {
	defer to.Close()
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		l.RLock()
		_, failed := to.Write(b[:n])
		l.RUnlock()
		if err != nil || failed != nil {
			return
		}
	}
}

// snapshot is the state, in slices of its own: who has it may read it later.
func (s *stage) snapshot() control.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.state
	if c.VRRP != nil {
		v := *c.VRRP
		v.Instances, v.Groups = slices.Clone(v.Instances), slices.Clone(v.Groups)
		c.VRRP = &v
	}
	if c.LVS != nil {
		l := *c.LVS
		l.VirtualServers = slices.Clone(l.VirtualServers)
		for i := range l.VirtualServers {
			l.VirtualServers[i].RealServers = slices.Clone(l.VirtualServers[i].RealServers)
		}
		c.LVS = &l
	}
	return c
}

// change changes the state, and notes an event unless that has no kind.
func (s *stage) change(change func(*control.Status), e control.Event) {
	s.mu.Lock()
	change(&s.state)
	s.mu.Unlock()
	if e.Kind != "" {
		e.At = time.Now()
		s.events.Add(e)
		s.source.Stale()
	}
}

// do notes what is asked for, and does it where that is easy.
func (s *stage) do(r control.Request) control.Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	if s.answer.Error != "" {
		return s.answer
	}
	if o := r.Order; o != nil && s.state.LVS != nil {
		for i := range s.state.LVS.VirtualServers {
			v := &s.state.LVS.VirtualServers[i]
			for j := range v.RealServers {
				if real := &v.RealServers[j]; v.Label == o.VirtualServer && real.Label == o.RealServer {
					real.Drained = o.Kind == director.Drain || o.Kind != director.Undrain && real.Drained
					if o.Kind == director.SetWeight || o.Kind == director.ClearWeight {
						real.HasOverride, real.Override = o.Kind == director.SetWeight, o.Weight
					}
				}
			}
		}
	}
	if r.Command == control.CommandHandover && s.state.VRRP != nil {
		for i := range s.state.VRRP.Instances {
			if in := &s.state.VRRP.Instances[i]; in.Name == r.Name {
				in.Aside, in.State, in.Reason = !r.Undo, "BACKUP", "handover"
			}
		}
	}
	return control.Reply{}
}

// requests are what has been asked for.
func (s *stage) requests() []control.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// play is a pair of directors on a busy day, as one of them sees it at a time.
func play(now time.Time) *stage {
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	s := &stage{state: control.Status{
		Version: "0.1.0", PID: 4711, Since: ago(53*time.Hour + 12*time.Minute), ConfigFile: "/etc/keepalived/keepalived.conf",
		Reload: control.Reload{Count: 3, Last: ago(2 * time.Hour)},
		Processes: []control.Process{
			{Role: "vrrp", PID: 4713, Since: ago(53*time.Hour + 12*time.Minute)},
			{Role: "lvs", PID: 9120, Since: ago(19 * time.Minute), Restarts: 1},
			{Role: "bfd", PID: 4714, Since: ago(53*time.Hour + 12*time.Minute)},
		},
		VRRP: routersAt(ago),
		LVS:  serversAt(ago),
		Tracking: tracking.Status{Objects: []tracking.ObjectStatus{
			{Kind: "script", Name: "chk_uplink", State: "up", Known: true, Up: true, Since: ago(53 * time.Hour), Runs: 95520},
			{Kind: "script", Name: "chk_disk", State: "down", Known: true, Since: ago(7 * time.Minute), Runs: 3180, Failures: 42, Result: "exit status 1"},
			{Kind: "process", Name: "haproxy", State: "2 processes", Known: true, Up: true, Value: 2, Since: ago(5 * time.Hour)},
		}},
		BFD: &bfdspeaker.Status{Sessions: []bfdspeaker.SessionStatus{
			{Name: "to_gateway", Neighbour: netip.MustParseAddr("192.0.2.254"), State: "Up", Diag: "none", Since: ago(26 * time.Hour)},
		}},
	}}
	s.findings = []parser.Problem{
		{ID: "auth-plain", Severity: parser.Warning, Pos: parser.Pos{File: "/etc/keepalived/keepalived.conf", Line: 14, Col: 5},
			Message: "auth_pass travels in clear", Instead: "whoever listens can take the addresses over", Cure: "use auth_hmac, or an AH or unicast setup",
			Text: "    auth_pass hunter2"},
		{ID: "check-slow", Severity: parser.Hint, Pos: parser.Pos{File: "/etc/keepalived/keepalived.conf", Line: 61, Col: 7},
			Message: "a dead real server is noticed after 24 s at worst", Cure: "delay_loop 2 and retry 2 make that 7 s"},
	}
	for _, e := range []control.Event{
		{At: ago(26 * time.Hour), Kind: control.EventBFD, Name: "to_gateway", To: "UP"},
		{At: ago(3 * time.Hour), Kind: control.EventReload, Name: "/etc/keepalived/keepalived.conf", To: "REFUSED", Reason: "the file is broken: line 88: a block is not closed"},
		{At: ago(2 * time.Hour), Kind: control.EventReload, Name: "/etc/keepalived/keepalived.conf", To: "DONE"},
		{At: ago(47 * time.Minute), Kind: control.EventCommand, Name: "203.0.113.10:443/tcp", RealServer: "10.0.0.23:443", To: "DONE", Reason: "drain"},
		{At: ago(19*time.Minute + 2*time.Second), Kind: control.EventProcess, Name: "lvs", To: "DIED", Reason: "signal: killed"},
		{At: ago(19 * time.Minute), Kind: control.EventProcess, Name: "lvs", To: "STARTED"},
		{At: ago(7 * time.Minute), Kind: control.EventInstance, Name: "VI_STORAGE", From: "MASTER", To: "BACKUP", Priority: 90, Reason: "higher priority seen"},
		{At: ago(95 * time.Second), Kind: control.EventRealServer, Name: "203.0.113.10:443/tcp", RealServer: "10.0.0.22:443", To: "DOWN", Reason: "SSL_GET: status 503 at /health"},
	} {
		s.events.Add(e)
	}
	return s
}

func routersAt(ago func(time.Duration) time.Time) *speaker.Status {
	return &speaker.Status{
		Instances: []speaker.InstanceStatus{
			{Name: "VI_WEB", Interface: "eth0", VRID: 51, Family: 4, State: "MASTER", Reason: "no higher priority was heard", Since: ago(53 * time.Hour),
				BasePriority: 150, Priority: 150, Source: netip.MustParseAddr("192.0.2.1"),
				Addresses: []string{"203.0.113.10/24 dev eth0", "203.0.113.11/24 dev eth0"}, Held: true},
			{Name: "VI_WEB6", Interface: "eth0", VRID: 51, Family: 6, State: "MASTER", Reason: "its sync group became MASTER", Since: ago(53 * time.Hour),
				BasePriority: 150, Priority: 150, Source: netip.MustParseAddr("fe80::1"),
				Addresses: []string{"fe80::51/64 dev eth0", "2001:db8:0:51::10/64 dev eth0"}, Held: true},
			{Name: "VI_STORAGE", Interface: "eth1", VRID: 80, Family: 4, State: "BACKUP", Reason: "higher priority seen", Since: ago(7 * time.Minute),
				BasePriority: 100, Priority: 90, Why: "script chk_disk failed -10", MasterAddr: netip.MustParseAddr("10.1.0.2"), MasterPriority: 95,
				Source: netip.MustParseAddr("10.1.0.1"), Addresses: []string{"10.1.0.100/24 dev eth1"}},
		},
		Groups: []speaker.GroupStatus{{Name: "VG_WEB", State: "MASTER", Members: []string{"VI_WEB", "VI_WEB6"}}},
	}
}

func serversAt(ago func(time.Duration) time.Time) *director.Status {
	real := func(label, check string, weight uint32, wave int, active uint32) director.RealServerStatus {
		r := director.RealServerStatus{Name: label, Label: label, Up: true, Weight: int64(weight), Current: int64(weight), Configured: weight,
			Counted: true, Traffic: lvs.Traffic{Connections: uint64(active) * 9000, BytesIn: uint64(active) << 22, BytesOut: uint64(active) << 25},
			Connections: lvs.Connections{Active: active, Inactive: active * 3}}
		c := director.CheckStatus{Name: check, Up: true, Detail: "ok", Last: ago(time.Second), Runs: 31840}
		for i := range 30 {
			c.Recent = append(c.Recent, time.Duration(900+(i*i*wave)%700+wave*150)*time.Microsecond)
		}
		r.Checks = []director.CheckStatus{c}
		return r
	}
	web := director.VirtualServerStatus{Name: "203.0.113.10:443/tcp", Label: "203.0.113.10:443/tcp", Active: true, Why: "follows VG_WEB, which is MASTER", Quorum: true,
		RealServers: []director.RealServerStatus{
			real("10.0.0.21:443", "SSL_GET", 100, 3, 412), real("10.0.0.22:443", "SSL_GET", 100, 5, 0), real("10.0.0.23:443", "SSL_GET", 100, 7, 31), real("10.0.0.24:443", "SSL_GET", 50, 2, 207),
		}}
	down := &web.RealServers[1]
	down.Up, down.Weight, down.Current = false, 0, 0
	c := &down.Checks[0]
	c.Up, c.Detail, c.Failures = false, "status 503 at /health", 19
	for i := 11; i < 30; i++ {
		c.Recent[i] = -1800 * time.Microsecond
	}
	web.RealServers[2].Drained = true
	mail := director.VirtualServerStatus{Name: "203.0.113.11:25/tcp", Label: "203.0.113.11:25/tcp", Active: true, Why: "follows VG_WEB, which is MASTER", Quorum: true,
		RealServers: []director.RealServerStatus{real("10.0.0.31:25", "SMTP_CHECK", 10, 11, 14), real("10.0.0.32:25", "SMTP_CHECK", 10, 13, 9)}}
	mail.RealServers[1].Current = 4
	storage := director.VirtualServerStatus{Name: "fwmark:80", Label: "fwmark:80", Why: "follows VI_STORAGE, which is BACKUP", Quorum: true,
		RealServers: []director.RealServerStatus{real("10.1.0.41:0", "TCP_CHECK", 1, 4, 0), real("10.1.0.42:0", "TCP_CHECK", 1, 6, 0)}}
	for i := range storage.RealServers {
		storage.RealServers[i].Counted = false
	}
	all := []director.VirtualServerStatus{web, mail, storage}
	for i := range all[:2] {
		v := &all[i]
		v.Counted = true
		for _, r := range v.RealServers {
			v.Traffic, v.Connections = v.Traffic.Plus(r.Traffic), v.Connections.Plus(r.Connections)
		}
	}
	return &director.Status{VirtualServers: all, Drift: 2, LastDrift: ago(38 * time.Minute),
		LastRepair: "add destination 10.0.0.21:443 to 203.0.113.10:443/tcp"}
}

// busy lets the counters grow until ctx ends.
func (s *stage) busy(ctx context.Context) {
	for ctx.Err() == nil {
		time.Sleep(100 * time.Millisecond)
		s.change(func(c *control.Status) {
			for i := range c.LVS.VirtualServers {
				v := &c.LVS.VirtualServers[i]
				for j := range v.RealServers {
					n := uint64(v.RealServers[j].Connections.Active)
					grown := lvs.Traffic{Connections: n / 20, BytesIn: n * 900, BytesOut: n * 14000}
					v.RealServers[j].Traffic, v.Traffic = v.RealServers[j].Traffic.Plus(grown), v.Traffic.Plus(grown)
				}
			}
		}, control.Event{})
	}
}

// many is n virtual servers of m real servers each; the real servers of one in ten are down.
func many(n, m int) *director.Status {
	s := &director.Status{}
	for i := range n {
		v := director.VirtualServerStatus{Label: fmt.Sprintf("fwmark:%d", i+1), Quorum: true}
		for j := range m {
			v.RealServers = append(v.RealServers, director.RealServerStatus{Label: fmt.Sprintf("10.0.%d.%d:80", i, j), Up: i%10 != 9})
		}
		s.VirtualServers = append(s.VirtualServers, v)
	}
	return s
}
