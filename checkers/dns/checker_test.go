package dns_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/checkers/dns"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server has reply give the datagrams that answer a question.
func server(t *testing.T, reply func(question []byte) [][]byte) netip.AddrPort {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var data [512]byte
		for {
			n, from, err := c.ReadFromUDPAddrPort(data[:])
			if err != nil {
				return
			}
			for _, r := range reply(data[:n]) {
				_, _ = c.WriteToUDPAddrPort(r, from)
			}
		}
	}()
	t.Cleanup(func() { c.Close(); <-done })
	return c.LocalAddr().(*net.UDPAddr).AddrPort()
}

// answered is the question as an answer with an rcode.
func answered(question []byte, rcode byte) []byte {
	a := append([]byte{}, question...)
	a[2] |= 0x80
	a[3] = a[3]&0xf0 | rcode
	return a
}

// stranger is an answer to another question.
func stranger(question []byte) []byte {
	a := answered(question, 0)
	a[0] ^= 0xff
	return a
}

func check(t *testing.T, at netip.AddrPort, timeout time.Duration) checkers.Result {
	t.Helper()
	return dns.New(dns.Options{Endpoint: dial.Endpoint{Target: at, Timeout: timeout}, Type: "A", Name: "www.example.com"}).Check(t.Context())
}

func TestNameServerIsUp(t *testing.T) {
	at := server(t, func(q []byte) [][]byte {
		if !strings.Contains(string(q), "\x03www\x07example\x03com\x00\x00\x01\x00\x01") {
			t.Errorf("asked %x", q)
		}
		return [][]byte{stranger(q), q, answered(q, 0)}
	})
	if r := check(t, at, time.Minute); !r.OK || r.Detail != "" || r.Took <= 0 {
		t.Errorf("%+v", r)
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	closed, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	cases := []struct {
		name  string
		at    netip.AddrPort
		brief bool // the time runs out
		want  string
	}{
		{"nobody listens", closed.LocalAddr().(*net.UDPAddr).AddrPort(), false, "connection refused"},
		{"silent", server(t, func([]byte) [][]byte { return nil }), true, "no answer within 100ms"},
		{"fails", server(t, func(q []byte) [][]byte { return [][]byte{answered(q, 2)} }), false, "answer has rcode 2 (SERVFAIL)"},
		{"garbage", server(t, func([]byte) [][]byte { return [][]byte{[]byte("hello")} }), false, "answer of 5 bytes is no DNS message"},
	}
	for _, c := range cases {
		limit := time.Minute
		if c.brief {
			limit = 100 * time.Millisecond
		}
		if r := check(t, c.at, limit); r.OK || !strings.Contains(r.Detail, c.want) {
			t.Errorf("%s: %+v, want %q", c.name, r, c.want)
		}
	}
	// How long a busy machine takes for the lie is not known.
	liar := server(t, func(q []byte) [][]byte { return [][]byte{stranger(q)} })
	const lie = "answer has the id"
	r := check(t, liar, 100*time.Millisecond)
	for limit := time.Second; strings.Contains(r.Detail, "no answer within") && limit < time.Minute; limit *= 4 {
		r = check(t, liar, limit)
	}
	if r.OK || !strings.Contains(r.Detail, lie) {
		t.Errorf("lies: %+v, want %q", r, lie)
	}
}

func TestFloodOfLiesEndsTheCheck(t *testing.T) {
	at := server(t, func(q []byte) [][]byte {
		var flood [][]byte
		for range 200 {
			flood = append(flood, stranger(q))
		}
		return flood
	})
	if r := check(t, at, time.Minute); r.OK || !strings.Contains(r.Detail, "64 datagrams without an answer") {
		t.Errorf("%+v", r)
	}
}

func TestNameThatCannotBeAskedIsAFailure(t *testing.T) {
	at := server(t, func([]byte) [][]byte { return nil })
	o := dns.Options{Endpoint: dial.Endpoint{Target: at}, Type: "A", Name: strings.Repeat("x", 64)}
	if r := dns.New(o).Check(t.Context()); r.OK || !strings.Contains(r.Detail, "ask for") {
		t.Errorf("%+v", r)
	}
}

func TestCancelledCheckReturns(t *testing.T) {
	at := server(t, func([]byte) [][]byte { return nil })
	ctx, cancel := context.WithCancelCause(t.Context())
	result := make(chan checkers.Result)
	o := dns.Options{Endpoint: dial.Endpoint{Target: at, Timeout: time.Hour}, Type: "SOA"}
	go func() { result <- dns.New(o).Check(ctx) }()
	cancel(errors.New("stopped"))
	if r := <-result; r.OK || r.Detail != "stopped" {
		t.Errorf("%+v", r)
	}
}
