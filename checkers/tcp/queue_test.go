package tcp_test

import (
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// fullQueue listens on a free port of the loopback address with room for one connection that
// nobody ever accepts. release ends it: whoever asks then is refused.
func fullQueue(t testing.TB) (addr netip.AddrPort, release func()) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatalf("open socket: %v", err)
	}
	release = sync.OnceFunc(func() { unix.Close(fd) })
	t.Cleanup(release)
	local := netip.MustParseAddr("127.0.0.1")
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: local.As4()}); err != nil {
		t.Fatalf("bind: %v", err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatalf("listen: %v", err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatalf("get name: %v", err)
	}
	return netip.AddrPortFrom(local, uint16(name.(*unix.SockaddrInet4).Port)), release
}
