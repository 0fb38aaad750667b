package rtnl

import (
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// TestNSReceiveBuffersAreAsLargeAsAsked: rmem_max, which namespaces cannot change, is far below a megabyte.
func TestNSReceiveBuffersAreAsLargeAsAsked(t *testing.T) {
	vlan.New(t).Host("192.0.2.1/24").Do(func() {
		c, err := Dial()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		m, err := Listen(Keepalived)
		if err != nil {
			t.Error(err)
			return
		}
		defer m.Close()
		usual := size(t, c.rc)
		for _, tt := range []struct {
			buffer           Buffer
			command, monitor int
		}{
			{Buffer{}, usual, 2 * receiveBuffer},
			{Buffer{Size: 20_000}, 40_000, 40_000},
			{Buffer{Size: 100 << 20, Force: true}, 200 << 20, 200 << 20},
			{Buffer{}, 200 << 20, 2 * receiveBuffer},
		} {
			if c.SetBuffer(tt.buffer) != nil || m.SetBuffer(tt.buffer) != nil {
				t.Errorf("%+v is refused", tt.buffer)
			}
			if command, monitor := size(t, c.rc), size(t, m.rc); command != tt.command || monitor != tt.monitor {
				t.Errorf("%+v: %d and %d octets, want %d and %d", tt.buffer, command, monitor, tt.command, tt.monitor)
			}
		}
		if c.SetBuffer(Buffer{Size: 100 << 20}) != nil || size(t, c.rc) >= 200<<20 {
			t.Errorf("rmem_max is passed without force: %d octets", size(t, c.rc))
		}
	})
}

func size(t *testing.T, rc syscall.RawConn) (n int) {
	t.Helper()
	if err := rc.Control(func(fd uintptr) { n, _ = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF) }); err != nil {
		t.Fatal(err)
	}
	return n
}
