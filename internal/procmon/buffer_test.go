package procmon

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestNSReceiveBufferIsAsLargeAsAsked: beyond the host's limit only where it is forced.
func TestNSReceiveBufferIsAsLargeAsAsked(t *testing.T) {
	const large = 64 << 20 // more than any host's net.core.rmem_max
	size := func(buffer int, force bool) int {
		t.Helper()
		c, err := connect(buffer, force)
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
		n, err := unix.GetsockoptInt(int(c.file.Fd()), unix.SOL_SOCKET, unix.SO_RCVBUF)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	// The kernel doubles a size for what it needs itself.
	if got := size(50_000, false); got != 100_000 {
		t.Errorf("%d octets, want 2*50000", got)
	}
	if got := size(large, false); got >= 2*large {
		t.Errorf("%d octets, beyond the host's limit", got)
	}
	if got := size(large, true); got != 2*large {
		t.Errorf("forced: %d octets, want 2*%d", got, large)
	}
}
