package speaker

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// loopback is a socket that has what it sends for itself, with the time.
func loopback(t testing.TB, six bool) (fd int, to unix.Sockaddr) {
	t.Helper()
	family, local := unix.AF_INET, unix.Sockaddr(&unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	if six {
		family, local = unix.AF_INET6, &unix.SockaddrInet6{Addr: netip.IPv6Loopback().As16()}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	err = errors.Join(unix.Bind(fd, local), unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, 1))
	if six {
		err = errors.Join(err, unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1),
			unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1))
	}
	if to, _ = unix.Getsockname(fd); err != nil || to == nil {
		t.Fatal("open socket:", err)
	}
	return fd, to
}

// await is receive that waits for something to come.
func (b *batch) await(t testing.TB, fd int, six bool) int {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		n, err := b.receive(fd, six)
		if errors.Is(err, unix.EAGAIN) && time.Now().Before(end) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
}

func TestBatchTellsWhatTheKernelTellsBesideAPacket(t *testing.T) {
	self := netip.IPv6Loopback()
	for _, tt := range []struct {
		name string
		six  bool
		want arrival
	}{
		{"IPv4: the packet says the rest", false, arrival{Hops: -1}},
		{"IPv6", true, arrival{Src: self, Dst: self, Hops: 64}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fd, to := loopback(t, tt.six)
			b := newBatch()
			if n, err := b.receive(fd, tt.six); n != 0 || !errors.Is(err, unix.EAGAIN) {
				t.Fatal("nothing was sent:", n, err)
			}
			before := time.Now().Add(-time.Minute).UnixNano() // somebody may set the clock
			if err := unix.Sendto(fd, []byte("advert"), 0, to); err != nil {
				t.Fatal(err)
			}
			if n := b.await(t, fd, tt.six); n != 1 {
				t.Fatalf("%d packets", n)
			}
			got := b.arrivals[0]
			if string(got.Data) != "advert" || got.Src != tt.want.Src || got.Dst != tt.want.Dst || got.Hops != tt.want.Hops {
				t.Errorf("%q from %v to %v, %d hops; want %+v", got.Data, got.Src, got.Dst, got.Hops, tt.want)
			}
			if got.At < before || got.At > time.Now().Add(time.Minute).UnixNano() {
				t.Errorf("came at %v, sent after %v", got.At, before)
			}
		})
	}
}

func TestBatchAllocatesNothing(t *testing.T) {
	for _, six := range []bool{false, true} {
		fd, to := loopback(t, six)
		b, octets := newBatch(), make([]byte, 40)
		if n := testing.AllocsPerRun(100, func() {
			if err := unix.Sendto(fd, octets, 0, to); err != nil {
				t.Fatal(err)
			}
			b.await(t, fd, six)
		}); n != 0 {
			t.Errorf("IPv6 %v: %v allocations for a packet", six, n)
		}
	}
}

// BenchmarkBatch is what it takes to have a packet from the kernel; ns/op counts the sending too.
func BenchmarkBatch(b *testing.B) {
	for _, six := range []bool{false, true} {
		b.Run(map[bool]string{false: "IPv4", true: "IPv6"}[six], func(b *testing.B) {
			fd, to := loopback(b, six)
			room, octets := newBatch(), make([]byte, 40)
			var took time.Duration
			received := 0
			b.ReportAllocs()
			for received < b.N {
				for range batchSize {
					if err := unix.Sendto(fd, octets, 0, to); err != nil {
						b.Fatal(err)
					}
				}
				begin := time.Now()
				received += room.await(b, fd, six)
				took += time.Since(begin)
			}
			b.ReportMetric(float64(took.Nanoseconds())/float64(received), "ns/packet")
		})
	}
}
