package speaker

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// talk is a pair of datagram sockets.
func talk(t testing.TB) (from, to int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fds[0]); unix.Close(fds[1]) })
	return fds[0], fds[1]
}

// letters are n messages, each with other contents, for sockets that are connected.
func letters(n int) []message {
	all := make([]message, n)
	for i := range all {
		all[i].data = fmt.Appendf(nil, "letter %d", i)
	}
	return all
}

func TestOutboxSendsInOrderAndTellsHowFarItCame(t *testing.T) {
	from, to := talk(t)
	o := &outbox{}
	all := letters(sendBatch + 5)
	sent, received := 0, 0
	var b [64]byte
	for sent < len(all) {
		n, err := o.send(from, all[sent:])
		if err != nil && !errors.Is(err, unix.EAGAIN) || n > sendBatch || err == nil && n == 0 {
			t.Fatalf("sent %d: %v", n, err)
		}
		sent += n
		// The kernel queues about ten; a full queue ends a call early.
		for received < sent {
			n, err := unix.Read(to, b[:])
			if err != nil {
				t.Fatal(err)
			}
			if got := string(b[:n]); got != string(all[received].data) {
				t.Fatalf("number %d is %q", received, got)
			}
			received++
		}
	}
	if _, err := unix.Read(to, b[:]); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("more came than was sent: %v", err)
	}
}

func TestOutboxTellsWhatTheKernelRefuses(t *testing.T) {
	from, _ := talk(t)
	all := letters(3)
	all[1].data = make([]byte, 1<<22) // no socket takes that
	o := &outbox{}
	if n, err := o.send(from, all); n != 1 || err != nil {
		t.Fatalf("sent %d, %v; want those before the refused one", n, err)
	}
	if n, err := o.send(from, all[1:]); n != 0 || !errors.Is(err, unix.EMSGSIZE) {
		t.Fatalf("sent %d, %v; want the error of the refused one", n, err)
	}
	if n, err := o.send(from, all[2:]); n != 1 || err != nil {
		t.Fatalf("sent %d, %v; want the one behind it", n, err)
	}
}

func TestOutboxForgetsTheMessagesBefore(t *testing.T) {
	from, to := talk(t)
	o := &outbox{}
	// Control octets that no kernel takes.
	if _, err := o.send(from, []message{{data: []byte("x"), control: []byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}}); err == nil {
		t.Fatal("such control octets are taken: the test shows nothing")
	}
	if n, err := o.send(from, letters(1)); n != 1 || err != nil {
		t.Fatalf("sent %d: %v", n, err)
	}
	var b [64]byte
	if n, err := unix.Read(to, b[:]); err != nil || string(b[:n]) != "letter 0" {
		t.Fatalf("received %q: %v", b[:n], err)
	}
}

func TestScopeOfAZone(t *testing.T) {
	for zone, want := range map[string]uint32{"": 0, "7": 7, "lo": 1, "nosuchlink": 0} {
		var m message
		m.address(netip.MustParseAddr("fe80::1").WithZone(zone))
		if m.to.Scope_id != want {
			t.Errorf("zone %q is interface %d, want %d", zone, m.to.Scope_id, want)
		}
	}
}

// BenchmarkSend is an advertisement sent, the kernel's part and the receiver's included.
func BenchmarkSend(b *testing.B) {
	from, to := talk(b)
	o := &outbox{}
	all := letters(1)
	buffer := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if n, err := o.send(from, all); n != 1 {
			b.Fatal(err)
		}
		if _, err := unix.Read(to, buffer); err != nil {
			b.Fatal(err)
		}
	}
}
