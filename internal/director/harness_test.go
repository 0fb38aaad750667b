package director_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/script"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/lvstest"
)

// harness runs a director over a fake kernel with checks that a test decides, in a bubble whose
// clock stands still until everybody waits.
type harness struct {
	t      *testing.T
	kernel *lvstest.Kernel
	logs   *observer.ObservedLogs
	deps   director.Deps

	mu      sync.Mutex
	changes []string
	scripts []string
	results map[string]func(context.Context) checkers.Result // by target address
	running int
	most    int

	*director.Director
	cancel context.CancelFunc
	ended  chan error
}

func newHarness(t *testing.T) *harness {
	h := &harness{t: t, kernel: &lvstest.Kernel{}, results: map[string]func(context.Context) checkers.Result{}}
	core, logs := observer.New(zapcore.DebugLevel)
	h.logs = logs
	h.deps = director.Deps{
		Log:        zap.New(core),
		Kernel:     h.kernel,
		Changed:    h.changed,
		NewChecker: func(c director.Check) checkers.Checker { return checkFunc{h, c.TCP.Target.String()} },
		Execute:    h.execute,
		Random:     func() float64 { return 0 },
	}
	return h
}

// run starts a director; end ends it as a crash does.
func (h *harness) run(settings director.Settings) {
	h.Director = director.New(settings, h.deps)
	h.resume()
}

// resume runs the director that is there.
func (h *harness) resume() {
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel, h.ended = cancel, make(chan error, 1)
	run := h.Director.Run
	go func() { h.ended <- run(ctx) }()
	synctest.Wait()
}

func (h *harness) crash() {
	h.t.Helper()
	h.cancel()
	if err := <-h.ended; err != nil {
		h.t.Error(err)
	}
}

func (h *harness) stop() {
	h.t.Helper()
	h.Stop()
	h.cancel()
	if err := <-h.ended; err != nil {
		h.t.Error(err)
	}
}

// pass lets time pass and everything that it brings about happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

type checkFunc struct {
	h      *harness
	target string
}

func (c checkFunc) Check(ctx context.Context) checkers.Result {
	c.h.mu.Lock()
	f := c.h.results[c.target]
	c.h.running++
	c.h.most = max(c.h.most, c.h.running)
	c.h.mu.Unlock()
	defer func() {
		c.h.mu.Lock()
		c.h.running--
		c.h.mu.Unlock()
	}()
	if f == nil {
		return checkers.Result{OK: true}
	}
	return f(ctx)
}

func (h *harness) decide(n int, f func(context.Context) checkers.Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.results[target(n).String()] = f
}

func (h *harness) fail(n int) {
	h.decide(n, func(context.Context) checkers.Result { return checkers.Result{Detail: "refused"} })
}
func (h *harness) heal(n int) { h.decide(n, nil) }

func (h *harness) changed(c director.Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changes = append(h.changes, fmt.Sprint(c.VirtualServer, " ", c.RealServer, " ", c.Up))
}

func (h *harness) execute(_ context.Context, c script.Command) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.scripts = append(h.scripts, strings.Join(c.Args, " "))
	return nil
}

func (h *harness) ran() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.scripts
	h.scripts = nil
	return list
}

// wrote demands the operations since the last call.
func (h *harness) wrote(lines ...string) {
	h.t.Helper()
	var got []string
	for _, op := range h.kernel.Trace() {
		got = append(got, op.String())
	}
	if diff := cmp.Diff(lines, got); diff != "" {
		h.t.Errorf("operations (-want +got):\n%s", diff)
	}
}

// has demands the kernel's table.
func (h *harness) has(lines ...string) {
	h.t.Helper()
	want := ""
	for _, l := range lines {
		want += l + "\n"
	}
	if diff := cmp.Diff(want, h.kernel.String()); diff != "" {
		h.t.Errorf("table (-want +got):\n%s", diff)
	}
}

func (h *harness) logged(text string) int {
	n := 0
	for _, e := range h.logs.All() {
		if strings.Contains(e.Message, text) {
			n++
		}
	}
	return n
}

func target(n int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), 80)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// settings is one virtual server 192.0.2.1:80 with real servers 10.0.0.N of weight 1, checked every
// 6 s with one retry after 3 s; it follows VI_1.
func settings(reals ...int) director.Settings {
	v := director.VirtualServer{VirtualServer: lvs.VirtualServer{
		Name: "[192.0.2.1]:tcp:80",
		Services: []lvs.GatedService{{
			Service: lvs.Service{
				ServiceKey: lvs.ServiceKey{Addr: netip.MustParseAddr("192.0.2.1"), Port: 80, Protocol: lvs.TCP, Family: 4},
				Scheduler:  "wrr",
			},
			Follow: []lvs.Follow{{Name: "VI_1"}},
		}},
		Quorum: 1,
	}}
	for _, n := range reals {
		v.VirtualServer.RealServers = append(v.VirtualServer.RealServers, lvs.RealServer{
			Name:        fmt.Sprintf("[%s]:tcp:80", target(n).Addr()),
			Destination: lvs.Destination{DestinationKey: lvs.DestinationKey{Addr: target(n).Addr(), Port: 80}, Forward: lvs.Direct, Weight: 1},
		})
		v.RealServers = append(v.RealServers, director.RealServer{Checks: []director.Check{{
			Name: "TCP_CHECK", DelayLoop: 6 * time.Second, DelayBeforeRetry: 3 * time.Second, Retry: 1, Warmup: 6 * time.Second,
			TCP: &director.TCPCheck{Target: target(n), Timeout: 5 * time.Second},
		}}})
	}
	return director.Settings{VirtualServers: []director.VirtualServer{v}, ReconcileInterval: 10 * time.Second}
}

// always makes the virtual server active without VRRP.
func always(s director.Settings) director.Settings {
	s.VirtualServers[0].Services[0].Follow = nil
	return s
}

const (
	service = "-A -t 192.0.2.1:80 -s wrr"
	remove  = "-D -t 192.0.2.1:80"
	real1   = "-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1"
	real2   = "-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 1"
	lose2   = "-d -t 192.0.2.1:80 -r 10.0.0.2:80"
)
