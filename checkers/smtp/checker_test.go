package smtp_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/checkers/smtp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is the limit up to which a check is tried again that a busy machine may have made fail.
const patience = 30 * time.Second

// server has talk deal with each connection and ends with the test.
func server(t *testing.T, talk func(c net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { defer c.Close(); talk(c) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func check(t *testing.T, at netip.AddrPort, timeout time.Duration) checkers.Result {
	t.Helper()
	return smtp.New(smtp.Options{Endpoint: dial.Endpoint{Target: at, Timeout: timeout}, Helo: "me.example"}).Check(t.Context())
}

// mailServer answers as the replies say; an empty one is not sent. What it heard goes to heard.
func mailServer(heard chan<- string, greeting, hello, bye string) func(net.Conn) {
	return func(c net.Conn) {
		io.WriteString(c, greeting)
		lines := bufio.NewScanner(c)
		for _, reply := range []string{hello, bye} {
			if !lines.Scan() {
				return
			}
			heard <- lines.Text()
			io.WriteString(c, reply)
		}
		lines.Scan()
	}
}

func TestMailServerIsUp(t *testing.T) {
	heard := make(chan string, 4)
	at := server(t, mailServer(heard, "220 mx\r\n", "250 mx\r\n", "221 bye\r\n"))
	if r := check(t, at, time.Minute); !r.OK || r.Detail != "" || r.Took <= 0 {
		t.Fatalf("%+v", r)
	}
	if hello, bye := <-heard, <-heard; hello != "HELO me.example" || bye != "QUIT" {
		t.Errorf("said %q and %q", hello, bye)
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	heard := make(chan string, 100)
	hangs := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	closed := server(t, hangs)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	refused := l.Addr().(*net.TCPAddr).AddrPort()
	cases := []struct {
		name string
		at   netip.AddrPort
		want string // "within" ends with the limit
	}{
		{"nobody listens", refused, "connection refused"},
		{"no greeting", closed, "no greeting within"},
		{"closed at once", server(t, func(net.Conn) {}), "closed the connection without a greeting"},
		{"no reply to HELO", server(t, mailServer(heard, "220 mx\r\n", "", "")), "no reply to HELO within"},
		{"no reply to QUIT", server(t, mailServer(heard, "220 mx\r\n", "250 mx\r\n", "")), "no reply to QUIT within"},
		{"refuses", server(t, mailServer(heard, "554 no\r\n", "", "")), `greeting is "554 no", not 220`},
	}
	for _, c := range cases {
		limit, want := time.Minute, c.want
		if strings.HasSuffix(c.want, "within") {
			limit = 50 * time.Millisecond
			want += " 50ms"
		}
		r := check(t, c.at, limit)
		for limit < patience && r.Detail != want && strings.Contains(r.Detail, "within") { // a step before it was too slow
			limit *= 4
			want = fmt.Sprintf("%s %v", c.want, limit)
			r = check(t, c.at, limit)
		}
		if r.OK || r.Detail != want {
			t.Errorf("%s: %+v, want %q", c.name, r, want)
		}
	}
}

func TestServerThatSendsForEverIsLeft(t *testing.T) {
	for name, text := range map[string]string{"lines": "220-more\r\n", "one line": "2202202"} {
		at := server(t, func(c net.Conn) {
			for {
				if _, err := io.WriteString(c, text); err != nil {
					return
				}
			}
		})
		if r := check(t, at, time.Minute); r.OK || !strings.Contains(r.Detail, "longer than 4096 bytes") {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestEachStepHasItsTime(t *testing.T) {
	var r checkers.Result
	for limit := 500 * time.Millisecond; !r.OK && limit < patience; limit *= 4 { // a busy machine may need more
		slow := func(c net.Conn) { // longer than the limit, all together
			lines := bufio.NewScanner(c)
			for _, reply := range []string{"220 mx\r\n", "250 mx\r\n", "221 bye\r\n"} {
				time.Sleep(limit * 2 / 5)
				io.WriteString(c, reply)
				lines.Scan()
			}
		}
		if r = check(t, server(t, slow), limit); r.OK && r.Took < limit {
			t.Errorf("%+v", r)
		}
	}
	if !r.OK {
		t.Errorf("%+v", r)
	}
}

func TestServerThatDribblesIsLeft(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	at := server(t, func(c net.Conn) {
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
			if _, err := io.WriteString(c, "2"); err != nil {
				return
			}
		}
	})
	if r := check(t, at, 100*time.Millisecond); r.OK || r.Detail != "no greeting within 100ms" {
		t.Errorf("%+v", r)
	}
}

func TestCancelledCheckReturns(t *testing.T) {
	at := server(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	ctx, cancel := context.WithCancelCause(t.Context())
	result := make(chan checkers.Result)
	o := smtp.Options{Endpoint: dial.Endpoint{Target: at, Timeout: time.Hour}}
	go func() { result <- smtp.New(o).Check(ctx) }()
	cancel(errors.New("stopped"))
	if r := <-result; r.OK || r.Detail != "stopped" {
		t.Errorf("%+v", r)
	}
}
