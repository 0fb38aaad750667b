package tcp_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/tcp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// check is a check on a pool of the test's own.
func check(t testing.TB, o tcp.Options) *tcp.Checker {
	t.Helper()
	return newPool(t).Checker(o)
}

func newPool(t testing.TB) *tcp.Pool {
	t.Helper()
	p, err := tcp.NewPool()
	if err != nil {
		t.Fatalf("start pool: %v", err)
	}
	t.Cleanup(p.Close)
	return p
}

// server listens on a free port of an address and reports the peers that connected.
func server(t testing.TB, addr string) (netip.AddrPort, <-chan netip.AddrPort) {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(addr, "0"))
	if err != nil {
		t.Fatalf("listen on %s: %v", addr, err)
	}
	peers := make(chan netip.AddrPort, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			select {
			case peers <- c.RemoteAddr().(*net.TCPAddr).AddrPort():
			default:
			}
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().(*net.TCPAddr).AddrPort(), peers
}

// closedPort is a port of an address on which nothing listens.
func closedPort(t testing.TB, addr string) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(addr, "0"))
	if err != nil {
		t.Fatalf("listen on %s: %v", addr, err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// deaf is a listener whose queue is full: the kernel drops further SYNs, so that connecting to it
// takes for ever.
func deaf(t testing.TB) netip.AddrPort {
	t.Helper()
	addr, _ := fullQueue(t)
	fill(t, newPool(t), addr)
	return addr
}

// fill connects until connections do not come about: a queue holds one more than asked for. On a busy machine
// one may come about and be late.
func fill(t testing.TB, p *tcp.Pool, addr netip.AddrPort) {
	t.Helper()
	late := 0
	for range 8 {
		if p.Checker(tcp.Options{Target: addr, Timeout: 50 * time.Millisecond}).Check(t.Context()).OK {
			continue
		}
		if late++; late == 2 {
			return
		}
	}
	t.Fatal("the kernel takes connections beyond a full queue")
}

func TestListeningPortIsUp(t *testing.T) {
	for _, addr := range []string{"127.0.0.1", "::1"} {
		target, peers := server(t, addr)
		if r := check(t, tcp.Options{Target: target}).Check(t.Context()); !r.OK || r.Detail != "" || r.Took <= 0 {
			t.Errorf("%s: %+v", target, r)
		}
		<-peers
	}
}

func TestMappedAddressIsIPv4(t *testing.T) {
	target, peers := server(t, "127.0.0.1")
	mapped := netip.AddrPortFrom(netip.AddrFrom16(target.Addr().As16()), target.Port())
	if r := check(t, tcp.Options{Target: mapped}).Check(t.Context()); !r.OK {
		t.Errorf("%+v", r)
	}
	<-peers
}

func TestClosedPortIsRefused(t *testing.T) {
	for _, addr := range []string{"127.0.0.1", "::1"} {
		r := check(t, tcp.Options{Target: closedPort(t, addr)}).Check(t.Context())
		if r.OK || r.Detail != "connection refused" {
			t.Errorf("%s: %+v", addr, r)
		}
	}
}

func TestSilentServerTimesOut(t *testing.T) {
	r := check(t, tcp.Options{Target: deaf(t), Timeout: 50 * time.Millisecond}).Check(t.Context())
	if r.OK || r.Detail != "connection timed out" || r.Took < 50*time.Millisecond {
		t.Errorf("%+v", r)
	}
}

func TestCancelledCheckReturns(t *testing.T) {
	target := deaf(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	result := make(chan checkers.Result)
	patient := check(t, tcp.Options{Target: target, Timeout: time.Hour})
	go func() { result <- patient.Check(ctx) }()
	cancel(errors.New("stopped"))
	if r := <-result; r.OK || r.Detail != "stopped" && r.Detail != "context canceled" {
		t.Errorf("%+v", r)
	}
	if r := check(t, tcp.Options{Target: target}).Check(ctx); r.OK {
		t.Errorf("a check that was cancelled before it began: %+v", r)
	}
}

func TestLocalAddressAndPortAreUsed(t *testing.T) {
	target, peers := server(t, "127.0.0.1")
	local := netip.MustParseAddr("127.0.0.7")
	checker := check(t, tcp.Options{Target: target, Bind: netip.AddrPortFrom(local, 0)})
	if r := checker.Check(t.Context()); !r.OK {
		t.Fatalf("%+v", r)
	}
	if peer := <-peers; peer.Addr() != local {
		t.Errorf("connected from %s, want %s", peer, local)
	}
	port := closedPort(t, "127.0.0.1").Port()
	for _, bind := range []netip.AddrPort{netip.AddrPortFrom(local, port), netip.AddrPortFrom(netip.Addr{}, port)} {
		if r := check(t, tcp.Options{Target: target, Bind: bind}).Check(t.Context()); !r.OK {
			t.Fatalf("bound to %s: %+v", bind, r)
		}
		if peer := <-peers; peer.Port() != port {
			t.Errorf("connected from port %d, want %d", peer.Port(), port)
		}
	}
}

func TestMarkIsSetWhereAllowed(t *testing.T) {
	target, _ := server(t, "127.0.0.1")
	r := check(t, tcp.Options{Target: target, Mark: 7}).Check(t.Context())
	if os.Geteuid() == 0 && !r.OK {
		t.Errorf("as root: %+v", r)
	}
	if !r.OK && !strings.Contains(r.Detail, "set mark 7") {
		t.Errorf("%+v", r)
	}
}

func TestWrongSettingsAreNamed(t *testing.T) {
	target, _ := server(t, "127.0.0.1")
	cases := map[string]tcp.Options{
		"bind to 192.0.2.77:0":     {Target: target, Bind: netip.MustParseAddrPort("192.0.2.77:0")},
		"bind to interface nosuch": {Target: target, BindIf: "nosuch"},
		"find interface nosuch":    {Target: netip.MustParseAddrPort("[fe80::1%nosuch]:80")},
		"no address":               {},
	}
	for want, o := range cases {
		if r := check(t, o).Check(t.Context()); r.OK || !strings.Contains(r.Detail, want) {
			t.Errorf("%+v, want %q", r, want)
		}
	}
}

func TestNoDescriptorIsLeftOpen(t *testing.T) {
	up, _ := server(t, "127.0.0.1")
	down, silent := closedPort(t, "127.0.0.1"), deaf(t)
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	pool := newPool(t)
	before := count()
	for range 50 {
		for _, target := range []netip.AddrPort{up, down, silent} {
			pool.Checker(tcp.Options{Target: target, Timeout: time.Millisecond}).Check(t.Context())
		}
	}
	// The server's side of the last connections may still be closing.
	for deadline := time.Now().Add(30 * time.Second); count() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d descriptors before, %d after", before, count())
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	target, _ := server(b, "127.0.0.1")
	checker := check(b, tcp.Options{Target: target})
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var failed atomic.Int64
	b.ReportAllocs()
	for b.Loop() {
		if !checker.Check(ctx).OK {
			failed.Add(1)
		}
	}
	if n := failed.Load(); n > 0 {
		b.Errorf("%d checks failed", n)
	}
}

// BenchmarkDialer is what the standard library takes for the same.
func BenchmarkDialer(b *testing.B) {
	target, _ := server(b, "127.0.0.1")
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	d := net.Dialer{Timeout: time.Second}
	b.ReportAllocs()
	for b.Loop() {
		c, err := d.DialContext(ctx, "tcp", target.String())
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}
