package mmsg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func socket(t testing.TB, family int, level, option int) (int, int) {
	t.Helper()
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	local := unix.Sockaddr(&unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	if family == unix.AF_INET6 {
		local = &unix.SockaddrInet6{Addr: netip.IPv6Loopback().As16()}
	}
	if err := errors.Join(unix.Bind(fd, local), unix.SetsockoptInt(fd, level, option, 1)); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := name.(*unix.SockaddrInet6); ok {
		return fd, n.Port
	}
	return fd, name.(*unix.SockaddrInet4).Port
}

func TestPacketsComeWithSenderAndHopLimit(t *testing.T) {
	for _, tt := range []struct {
		name, host    string
		family        int
		level, option int
		kind          Kind
	}{
		{"IPv4", "127.0.0.1", unix.AF_INET, unix.IPPROTO_IP, unix.IP_RECVTTL, Kind{unix.IPPROTO_IP, unix.IP_TTL}},
		{"IPv6", "::1", unix.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, Kind{unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fd, port := socket(t, tt.family, tt.level, tt.option)
			b := New(4, 8, 64)
			if n, err := b.Receive(fd); !errors.Is(err, unix.EAGAIN) {
				t.Fatal("nothing was sent:", n, err)
			}
			out, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: net.ParseIP(tt.host), Port: port})
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			for _, text := range []string{"one", "longer than the room", ""} {
				if _, err := out.Write([]byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			var texts []string
			for end := time.Now().Add(time.Minute); len(texts) < 3; {
				n, err := b.Receive(fd)
				if errors.Is(err, unix.EAGAIN) && time.Now().Before(end) {
					continue // the rest is on its way
				}
				if err != nil {
					t.Fatal(n, err)
				}
				for i := range n {
					texts = append(texts, string(b.Data(i)))
					if from := b.From(i); from != netip.MustParseAddr(tt.host) {
						t.Errorf("%q came from %v", b.Data(i), from)
					}
					hops := -1
					for kind, value := range Messages(b.Control(i)) {
						if kind == tt.kind {
							hops = int(binary.NativeEndian.Uint32(value))
						}
					}
					if hops != 64 {
						t.Errorf("%q has %d hops left, want 64", b.Data(i), hops)
					}
				}
			}
			if want := []string{"one", "longer t", ""}; !slices.Equal(texts, want) {
				t.Errorf("the packets are %q, want %q", texts, want)
			}
		})
	}
}

// A kernel never writes such a thing; to believe one would read beyond the room.
func TestBrokenControlMessagesEndTheWalk(t *testing.T) {
	good := make([]byte, unix.SizeofCmsghdr+8)
	binary.NativeEndian.PutUint64(good, uint64(len(good)))
	for _, tt := range []struct {
		name string
		b    []byte
		want int
	}{
		{"none", nil, 0},
		{"shorter than a head", good[:unix.SizeofCmsghdr-1], 0},
		{"one", good, 1},
		{"two", append(bytes.Clone(good), good...), 2},
		{"cut", good[:len(good)-1], 0},
		{"a length of 0", make([]byte, 64), 0},
	} {
		n := 0
		for range Messages(tt.b) {
			n++
		}
		if n != tt.want {
			t.Errorf("%s: %d messages, want %d", tt.name, n, tt.want)
		}
	}
}

func TestReceivingAllocatesNothing(t *testing.T) {
	fd, port := socket(t, unix.AF_INET, unix.IPPROTO_IP, unix.IP_RECVTTL)
	b := New(4, 64, 64)
	to := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: port}
	seen, end := 0, time.Now().Add(time.Minute)
	allocations := testing.AllocsPerRun(100, func() {
		if err := unix.Sendto(fd, []byte("x"), 0, to); err != nil {
			t.Fatal(err)
		}
		n, err := b.Receive(fd)
		for errors.Is(err, unix.EAGAIN) && time.Now().Before(end) { // it is on its way
			n, err = b.Receive(fd)
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			for range Messages(b.Control(i)) {
				seen++
			}
			if b.From(i).Is4() && len(b.Data(i)) == 1 {
				seen++
			}
		}
	})
	if allocations != 0 || seen < 200 {
		t.Errorf("%v allocations, %d seen", allocations, seen)
	}
}
