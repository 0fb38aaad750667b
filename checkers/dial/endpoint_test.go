package dial_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/checkers/dial"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listen finds a port that is free for both TCP and UDP.
func listen(t *testing.T, addr string) (net.Listener, *net.UDPConn) {
	t.Helper()
	for tries := 1; ; tries++ {
		tcp, err := net.Listen("tcp", net.JoinHostPort(addr, "0"))
		if err != nil {
			t.Fatal(err)
		}
		udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(tcp.Addr().(*net.TCPAddr).AddrPort()))
		if err == nil {
			return tcp, udp
		}
		tcp.Close()
		if tries == 10 {
			t.Fatal(err)
		}
	}
}

// target listens on a loopback address for TCP and UDP on one port, and tells where it was asked from.
func target(t *testing.T, addr string) (netip.AddrPort, func(network string) netip.AddrPort) {
	t.Helper()
	tcp, udp := listen(t, addr)
	t.Cleanup(func() { tcp.Close(); udp.Close() })
	at := tcp.Addr().(*net.TCPAddr).AddrPort()
	return at, func(network string) netip.AddrPort {
		if network == "udp" {
			_, from, err := udp.ReadFromUDPAddrPort(make([]byte, 16))
			if err != nil {
				t.Fatal(err)
			}
			return from
		}
		c, err := tcp.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.RemoteAddr().(*net.TCPAddr).AddrPort()
	}
}

// freePort is a port that nobody has.
func freePort(t *testing.T) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort().Port()
}

func TestDialComesFromWhereItIsTold(t *testing.T) {
	for _, network := range []string{"tcp", "udp"} {
		at, peer := target(t, "127.0.0.1")
		port := freePort(t)
		for _, e := range []dial.Endpoint{
			{Target: at},
			{Target: at, Bind: netip.MustParseAddrPort("127.0.0.7:0")},
			{Target: at, Bind: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.7"), port)},
			{Target: at, Bind: netip.AddrPortFrom(netip.Addr{}, port), BindIf: "lo"},
		} {
			c, err := e.Dial(t.Context(), network)
			if err != nil {
				t.Fatalf("%s %+v: %v", network, e, err)
			}
			if _, err := c.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
			got := peer(network)
			c.Close()
			if e.Bind.Addr().IsValid() && got.Addr() != e.Bind.Addr() || e.Bind.Port() != 0 && got.Port() != e.Bind.Port() {
				t.Errorf("%s: came from %v, want %v", network, got, e.Bind)
			}
		}
	}
}

func TestDialOverIPv6AndMapped(t *testing.T) {
	at, _ := target(t, "::1")
	four, _ := target(t, "127.0.0.1")
	mapped := netip.AddrPortFrom(netip.AddrFrom16(four.Addr().As16()), four.Port())
	for _, e := range []dial.Endpoint{{Target: at, Bind: netip.AddrPortFrom(netip.Addr{}, freePort(t))}, {Target: mapped}} {
		c, err := e.Dial(t.Context(), "tcp")
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		c.Close()
	}
}

func TestDetailSaysWhatIsWrong(t *testing.T) {
	at, _ := target(t, "127.0.0.1")
	refused := netip.AddrPortFrom(at.Addr(), freePort(t))
	cases := map[string]dial.Endpoint{
		"connection refused":        {Target: refused},
		"bind to 192.0.2.77:0":      {Target: at, Bind: netip.MustParseAddrPort("192.0.2.77:0")},
		"bind to interface nosuch":  {Target: at, BindIf: "nosuch"},
		"no address":                {},
		"cannot assign requested a": {Target: at, Bind: netip.MustParseAddrPort("192.0.2.77:0")},
	}
	if os.Geteuid() != 0 {
		cases["set mark 7"] = dial.Endpoint{Target: at, Mark: 7}
	}
	for want, e := range cases {
		c, err := e.Dial(t.Context(), "tcp")
		if err == nil {
			c.Close()
			t.Errorf("%+v connects", e)
			continue
		}
		if r := dial.Result(t.Context(), time.Now(), err); r.OK || !strings.Contains(r.Detail, want) {
			t.Errorf("%q, want %q", r.Detail, want)
		}
	}
	timeout := &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}
	if got := dial.Detail(timeout); got != "connection timed out" {
		t.Errorf("timeout: %q", got)
	}
	if got := dial.Detail(&net.OpError{Op: "read", Err: os.NewSyscallError("read", unix.ECONNRESET)}); got != "connection reset by peer" {
		t.Errorf("reset: %q", got)
	}
}

func TestSocketIsOfTheTargetsFamilyAndMarked(t *testing.T) {
	e := dial.Endpoint{Target: netip.MustParseAddrPort("[::1]:1"), Mark: 7, BindIf: "lo"}
	fd, err := e.Socket(unix.SOCK_DGRAM, 0)
	if os.Geteuid() != 0 {
		if err == nil || !strings.Contains(err.Error(), "set mark 7") {
			t.Errorf("without root: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if v, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK); v != 7 || err != nil {
		t.Errorf("mark %d, %v", v, err)
	}
	if v, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN); v != unix.AF_INET6 || err != nil {
		t.Errorf("family %d, %v", v, err)
	}
	if name, err := unix.GetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE); name != "lo" || err != nil {
		t.Errorf("interface %q, %v", name, err)
	}
}

func TestExpireEndsWithDeadlineAndContext(t *testing.T) {
	at, _ := target(t, "127.0.0.1")
	e := dial.Endpoint{Target: at}
	for _, cut := range []bool{false, true} {
		c, err := e.Dial(t.Context(), "tcp")
		if err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(10 * time.Millisecond)
		if cut {
			deadline = deadline.Add(time.Hour)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		stop, err := dial.Expire(ctx, c, deadline)
		if err != nil {
			t.Fatal(err)
		}
		if cut {
			cancel(errors.New("stopped"))
		}
		_, err = c.Read(make([]byte, 1))
		want := map[bool]string{false: "connection timed out", true: "stopped"}[cut]
		if r := dial.Result(ctx, deadline, err); r.OK || r.Detail != want {
			t.Errorf("%+v, want %q", r, want)
		}
		stop()
		cancel(nil)
		c.Close()
	}
}
