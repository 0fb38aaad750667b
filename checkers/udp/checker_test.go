package udp_test

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
	"github.com/holdfast-ha/holdfast/checkers/udp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo answers each datagram with before and the datagram; a nil before with nothing. What it gets goes
// to heard.
func echo(t *testing.T, before []byte, times int) (netip.AddrPort, <-chan string) {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 16)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var data [2048]byte
		for {
			n, from, err := c.ReadFromUDPAddrPort(data[:])
			if err != nil {
				return
			}
			heard <- string(data[:n])
			for range times {
				_, _ = c.WriteToUDPAddrPort(append(append([]byte{}, before...), data[:n]...), from)
			}
		}
	}()
	t.Cleanup(func() { c.Close(); <-done })
	return c.LocalAddr().(*net.UDPAddr).AddrPort(), heard
}

func closed(t *testing.T) netip.AddrPort {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort()
}

func TestSilenceIsGoodUnlessAReplyIsRequired(t *testing.T) {
	silent, heard := echo(t, nil, 0)
	loud, _ := echo(t, []byte("re: "), 1)
	flood, _ := echo(t, []byte("re: "), 100)
	refused := closed(t)
	re := udp.Wanted{Octets: []byte("re:"), MaxLen: 255}
	cases := []struct {
		name string
		o    udp.Options
		at   netip.AddrPort
		want string // empty: good
	}{
		{"silence", udp.Options{}, silent, ""},
		{"silence, a reply required", udp.Options{RequireReply: true}, silent, "no reply within 100ms"},
		{"a reply", udp.Options{}, loud, ""},
		{"a reply, required", udp.Options{RequireReply: true}, loud, ""},
		{"a flood of replies", udp.Options{RequireReply: true}, flood, ""},
		{"a reply as wanted", udp.Options{RequireReply: true, Wanted: re}, loud, ""},
		{"another one", udp.Options{RequireReply: true, Wanted: udp.Wanted{Octets: []byte("no"), MaxLen: 255}}, loud, "reply differs at byte 0"},
		{"another one, none required", udp.Options{Wanted: udp.Wanted{Octets: []byte("no"), MaxLen: 255}}, loud, ""},
		{"too long", udp.Options{RequireReply: true, Wanted: udp.Wanted{Octets: []byte("re:"), MaxLen: 4}}, loud, "bytes, not 0 to 4"},
		{"nobody listens", udp.Options{}, refused, "connection refused"},
		{"nobody listens, a reply required", udp.Options{RequireReply: true}, refused, "connection refused"},
	}
	for _, c := range cases {
		c.o.Endpoint = dial.Endpoint{Target: c.at, Timeout: time.Minute}
		if c.at == silent {
			c.o.Timeout = 100 * time.Millisecond
		}
		r := udp.New(c.o).Check(t.Context())
		if r.OK != (c.want == "") || !strings.Contains(r.Detail, c.want) || r.OK && r.Detail != "" || r.Took <= 0 {
			t.Errorf("%s: %+v, want %q", c.name, r, c.want)
		}
	}
	if got := <-heard; got != "keepalived check - keepalived ch" {
		t.Errorf("sent %q", got)
	}
}

func TestPayloadIsSent(t *testing.T) {
	at, heard := echo(t, nil, 1)
	o := udp.Options{Endpoint: dial.Endpoint{Target: at}, Payload: []byte{0, 1, 0xff}, RequireReply: true,
		Wanted: udp.Wanted{Octets: []byte{0, 1, 0xff}, MinLen: 3, MaxLen: 3}}
	if r := udp.New(o).Check(t.Context()); !r.OK {
		t.Fatalf("%+v", r)
	}
	if got := <-heard; got != "\x00\x01\xff" {
		t.Errorf("sent %q", got)
	}
}

func TestCancelledCheckReturns(t *testing.T) {
	at, heard := echo(t, nil, 0)
	ctx, cancel := context.WithCancelCause(t.Context())
	result := make(chan checkers.Result)
	go func() {
		result <- udp.New(udp.Options{Endpoint: dial.Endpoint{Target: at, Timeout: time.Hour}}).Check(ctx)
	}()
	<-heard
	cancel(errors.New("stopped"))
	if r := <-result; r.OK || r.Detail != "stopped" {
		t.Errorf("%+v", r)
	}
}
