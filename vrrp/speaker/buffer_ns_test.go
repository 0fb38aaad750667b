package speaker

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// TestNSReceiveBufferIsAsLargeAsAsked: what the instances that share a socket ask for, together.
func TestNSReceiveBufferIsAsLargeAsAsked(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	for _, tt := range []struct {
		one, two, mtus int
		want           int
	}{
		{0, 0, 0, defaultBuffer}, {300_000, 0, 0, 300_000}, {300_000, 400_000, 0, 700_000}, {0, 300_000, 3, 304_500},
	} {
		one, two := testInstance(1, "192.0.2.100/32"), testInstance(2, "192.0.2.101/32")
		one.RxBufSize, two.RxBufSize, one.RxBufMTUs = tt.one, tt.two, tt.mtus
		l, _ := testLoop(t, &Settings{Instances: []Instance{one, two}})
		l.links[one.Interface].mtu = 1500
		l.station1().wire = nil
		l.open(l.station1())
		wish := l.station1().wish
		wish.link, wish.index, wish.groups = "", 0, wish.groups[:0]
		var got, later int
		h.Do(func() {
			w, err := openSocket(wish)
			if err != nil {
				t.Error(err)
				return
			}
			defer w.close()
			got = bufferOf(t, w)
			l.station1().wire = w
			l.setMTU(l.links[one.Interface], 9000)
			later = bufferOf(t, w)
			l.station1().wire = nil
		})
		if got != 2*tt.want { // the kernel doubles it for what it needs itself
			t.Errorf("%+v: %d octets, want 2*%d", tt, got, tt.want)
		}
		if want := 2 * (tt.want + tt.mtus*7500); later != want {
			t.Errorf("%+v, MTU 9000: %d octets, want %d", tt, later, want)
		}
	}
}

func bufferOf(t *testing.T, w wire) int {
	t.Helper()
	n, err := unix.GetsockoptInt(w.fd(), unix.SOL_SOCKET, unix.SO_RCVBUF)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
