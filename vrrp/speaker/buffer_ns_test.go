package speaker

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// TestNSReceiveBufferIsAsLargeAsAsked: the largest kernel_rx_buf_size of the instances that share a socket.
func TestNSReceiveBufferIsAsLargeAsAsked(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	for _, tt := range []struct{ one, two, want int }{{0, 0, defaultBuffer}, {300_000, 0, 300_000}, {300_000, 400_000, 400_000}} {
		one, two := testInstance(1, "192.0.2.100/32"), testInstance(2, "192.0.2.101/32")
		one.RxBufSize, two.RxBufSize = tt.one, tt.two
		l, _ := testLoop(t, &Settings{Instances: []Instance{one, two}})
		wish := l.station1().wish
		wish.link, wish.index, wish.groups = "", 0, wish.groups[:0]
		var got int
		var err error
		h.Do(func() {
			var w wire
			if w, err = openSocket(wish); err != nil {
				return
			}
			defer w.close()
			got, err = unix.GetsockoptInt(w.fd(), unix.SOL_SOCKET, unix.SO_RCVBUF)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got != 2*tt.want { // the kernel doubles it for what it needs itself
			t.Errorf("%d and %d: %d octets, want 2*%d", tt.one, tt.two, got, tt.want)
		}
	}
}
