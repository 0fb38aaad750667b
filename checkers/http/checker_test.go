package http_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/checkers/http"
	"github.com/holdfast-ha/holdfast/checkers/http/answer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, regexClock) }

// regexClock is the clock of the library of regular expressions: it ends by itself when no search has
// needed it for a while.
var regexClock = goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock")

// generous is a time that a check which works never takes.
const generous = 30 * time.Second

// serve gives each connection to f, and ends them with the test.
func serve(t testing.TB, addr string, f func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(addr, "0"))
	if err != nil {
		t.Fatalf("listen on %s: %v", addr, err)
	}
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(ctx, func() { c.Close() })
			f(c)
			stop()
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); cancel(); <-ended })
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// request reads a request up to its empty line.
func request(c net.Conn) string {
	var b []byte
	one := make([]byte, 1)
	for !strings.HasSuffix(string(b), "\r\n\r\n") {
		if n, err := c.Read(one); n == 0 || err != nil {
			break
		}
		b = append(b, one[0])
	}
	return string(b)
}

// says answers each request with a text.
func says(text string) func(net.Conn) {
	return func(c net.Conn) {
		request(c)
		_, _ = io.WriteString(c, text)
	}
}

// codes are ranges of status codes, by their ends.
func codes(ends ...int) (ranges []answer.Range) {
	for i := 0; i < len(ends); i += 2 {
		ranges = append(ranges, answer.Range{First: ends[i], Last: ends[i+1]})
	}
	return ranges
}

func get(target netip.AddrPort, timeout time.Duration, urls ...http.URL) *http.Checker {
	return http.New(http.Options{Endpoint: dial.Endpoint{Target: target, Timeout: timeout}, Protocol: answer.HTTP10, URLs: urls})
}

func TestAnswerDecides(t *testing.T) {
	const page = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nit works\n"
	sum := md5.Sum([]byte("it works\n"))
	regex, err := answer.CompileRegex("wor.s", answer.RegexOptions{})
	if err != nil {
		t.Fatal(err)
	}
	late, err := answer.CompileRegex("wor.s", answer.RegexOptions{Min: 10})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, text string
		want       answer.Want
		detail     string // "" for a success
	}{
		{"a page", page, answer.Want{}, ""},
		{"status 204 without a body", "HTTP/1.0 204 No Content\r\n\r\n", answer.Want{}, ""},
		{"status 503", "HTTP/1.0 503 Busy\r\n\r\n", answer.Want{}, "url /x: status 503 is not in 200-299"},
		{"a redirect is not followed", "HTTP/1.0 302 Found\r\nLocation: /\r\n\r\n", answer.Want{}, "url /x: status 302 is not in 200-299"},
		{"a status that is wanted", "HTTP/1.0 302 Found\r\n\r\n", answer.Want{Status: codes(200, 200, 300, 303)}, ""},
		{"one that is not", page, answer.Want{Status: codes(201, 201, 300, 303)}, "url /x: status 200 is not in 201 300-303"},
		{"the digest", page, answer.Want{Digest: hex.EncodeToString(sum[:])}, ""},
		{"another digest", page, answer.Want{Digest: strings.Repeat("0", 32)}, "url /x: the digest is " + hex.EncodeToString(sum[:]) + ", not " + strings.Repeat("0", 32)},
		{"the regex", page, answer.Want{Regex: regex}, ""},
		{"no regex", "HTTP/1.0 200 OK\r\n\r\nwoes\n", answer.Want{Regex: regex}, "url /x: the regex was not found"},
		{"a regex that must not be there", page, answer.Want{Regex: regex, NoMatch: true}, "url /x: the regex was found"},
		{"and is not", "HTTP/1.0 200 OK\r\n\r\nwoes\n", answer.Want{Regex: regex, NoMatch: true}, ""},
		{"the regex looks at the head, too", "HTTP/1.0 200 works\r\n\r\n", answer.Want{Regex: regex}, ""},
		{"and counts from there, too", "HTTP/1.0 200 OK\r\n\r\nit works", answer.Want{Regex: late}, ""},
		{"nothing", "", answer.Want{}, "url /x: the connection was closed without an answer"},
		{"half a head", "HTTP/1.0 200 OK\r\nConte", answer.Want{}, "url /x: the connection was closed within the head of the answer"},
		{"no status", "hello\r\n\r\n", answer.Want{}, "url /x: the answer has no status code"},
		{"less than the length says, as in keepalived", "HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\nwor", answer.Want{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			target := serve(t, "127.0.0.1", says(tt.text))
			r := get(target, generous, http.URL{Path: "/x", Host: "h", Want: tt.want}).Check(t.Context())
			if r.OK != (tt.detail == "") || r.Detail != tt.detail || r.Took <= 0 {
				t.Errorf("%+v, want %q", r, tt.detail)
			}
		})
	}
}

func TestPageEndsAtItsLength(t *testing.T) {
	target := serve(t, "::1", func(c net.Conn) {
		says("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK")(c)
		_, _ = io.Copy(io.Discard, c) // the connection stays open
	})
	if r := get(target, generous, http.URL{Path: "/", Host: "h"}).Check(t.Context()); !r.OK || r.Took > generous {
		t.Errorf("%+v", r)
	}
}

func TestRequestIsAsWritten(t *testing.T) {
	seen := make(chan string, 1)
	target := serve(t, "127.0.0.1", func(c net.Conn) {
		seen <- request(c)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
	})
	for protocol, want := range map[answer.Protocol]string{
		answer.HTTP10:      "GET /a?b HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: www\r\n\r\n",
		answer.HTTP10Close: "GET /a?b HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: www\r\n\r\n",
		answer.HTTP11:      "GET /a?b HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: www\r\n\r\n",
	} {
		c := http.New(http.Options{Endpoint: dial.Endpoint{Target: target}, Protocol: protocol, URLs: []http.URL{{Path: "/a?b", Host: "www"}}})
		if r := c.Check(t.Context()); !r.OK {
			t.Errorf("%+v", r)
		}
		if got := <-seen; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestURLsComeInTheirOrder(t *testing.T) {
	var paths []string
	target := serve(t, "127.0.0.1", func(c net.Conn) {
		path := strings.Fields(request(c))[1]
		paths = append(paths, path)
		status := 200
		if path == "/b" {
			status = 404
		}
		fmt.Fprintf(c, "HTTP/1.0 %d x\r\n\r\n", status)
	})
	c := get(target, generous, http.URL{Path: "/a"}, http.URL{Path: "/b"}, http.URL{Path: "/c"})
	if r := c.Check(t.Context()); r.OK || r.Detail != "url /b: status 404 is not in 200-299" {
		t.Errorf("%+v", r)
	}
	if r := c.CheckStep(t.Context(), 2); !r.OK {
		t.Errorf("%+v", r)
	}
	if got := strings.Join(paths, " "); got != "/a /b /c" {
		t.Errorf("asked for %s", got)
	}
}

// octetEvery is how often a server that is slow sends something.
const octetEvery = 5 * time.Millisecond

// stalling servers, each with what a check says of it, and after how many times its limit.
var stalling = map[string]struct {
	serve  func(net.Conn)
	detail string
	times  time.Duration
}{
	"accepts and never answers": {func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, "no answer within %v", 1},
	"stops within the head": {func(c net.Conn) {
		says("HTTP/1.0 200")(c)
		_, _ = io.Copy(io.Discard, c)
	}, "no answer within %v", 1},
	"stops within the page": {func(c net.Conn) {
		says("HTTP/1.0 200 OK\r\n\r\nabc")(c)
		_, _ = io.Copy(io.Discard, c)
	}, "the answer stalled for %v after 3 octets", 1},
	"sends an octet now and then": {func(c net.Conn) {
		says("HTTP/1.0 200 OK\r\n\r\n")(c)
		for {
			if _, err := io.WriteString(c, "x"); err != nil {
				return
			}
			time.Sleep(octetEvery)
		}
	}, "the answer took longer than %v, ", 4},
}

// patiently checks with limits that grow until a check says what is wanted: a busy machine may keep a server
// from doing in time even what it does. It returns the limit of the last one.
func patiently(check func(limit time.Duration) checkers.Result, limit time.Duration, wanted func(checkers.Result, time.Duration) bool) (checkers.Result, time.Duration) {
	for {
		if r := check(limit); r.OK || wanted(r, limit) || limit > generous/4 {
			return r, limit
		}
		limit *= 4
	}
}

func TestServerThatStallsIsEndedInTime(t *testing.T) {
	for name, tt := range stalling {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := serve(t, "127.0.0.1", tt.serve)
			check := func(limit time.Duration) checkers.Result {
				return get(target, limit, http.URL{Path: "/"}).Check(t.Context())
			}
			asWanted := func(r checkers.Result, limit time.Duration) bool {
				_, rest, found := strings.Cut(r.Detail, fmt.Sprintf(tt.detail, tt.times*limit))
				var octets int
				_, _ = fmt.Sscan(rest, &octets)
				// One that is slow and was let go on has sent more.
				return found && octets < int(tt.times*limit/octetEvery)+20
			}
			r, limit := patiently(check, 100*time.Millisecond, asWanted)
			if r.OK || !asWanted(r, limit) || r.Took < limit {
				t.Errorf("%+v, want %q", r, fmt.Sprintf(tt.detail, tt.times*limit))
			}
		})
	}
}

func TestServerThatSendsWithoutEndIsEnded(t *testing.T) {
	noise := make([]byte, 1<<20)
	endless := func(head string) func(net.Conn) {
		return func(c net.Conn) {
			says(head)(c)
			for {
				if _, err := c.Write(noise); err != nil {
					return
				}
			}
		}
	}
	for head, want := range map[string]error{
		"HTTP/1.0 200 OK\r\nX: ":                                 answer.ErrHead,
		"HTTP/1.0 200 OK\r\nContent-Length: 10000000000\r\n\r\n": answer.ErrBody,
	} {
		r := get(serve(t, "127.0.0.1", endless(head)), generous, http.URL{Path: "/"}).Check(t.Context())
		if r.OK || r.Detail != "url /: "+want.Error() {
			t.Errorf("%+v, want %v", r, want)
		}
	}
}

func TestCheckThatIsCalledOffReturns(t *testing.T) {
	accepted := make(chan struct{}, 1)
	target := serve(t, "127.0.0.1", func(c net.Conn) {
		accepted <- struct{}{}
		_, _ = io.Copy(io.Discard, c)
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	result := make(chan checkers.Result)
	go func() { result <- get(target, time.Hour, http.URL{Path: "/"}).Check(ctx) }()
	<-accepted
	cancel(errors.New("stopped"))
	if r := <-result; r.OK || r.Detail != "url /: stopped" {
		t.Errorf("%+v", r)
	}
}

func TestConnectionThatIsRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	r := get(l.Addr().(*net.TCPAddr).AddrPort(), generous, http.URL{Path: "/"}).Check(t.Context())
	if r.OK || r.Detail != "url /: connection refused" {
		t.Errorf("%+v", r)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	before := count()
	t.Run("checks", func(t *testing.T) {
		page := get(serve(t, "127.0.0.1", says("HTTP/1.0 200 OK\r\n\r\n")), generous, http.URL{Path: "/"})
		silent := get(serve(t, "127.0.0.1", stalling["accepts and never answers"].serve), time.Millisecond, http.URL{Path: "/"})
		for range 50 {
			page.Check(t.Context())
			silent.Check(t.Context())
		}
	})
	for deadline := time.Now().Add(30 * time.Second); count() > before; {
		if time.Now().After(deadline) {
			t.Fatalf("%d descriptors before, %d after", before, count())
		}
		time.Sleep(time.Millisecond)
	}
	goleak.VerifyNone(t, regexClock)
}

// BenchmarkHTTP counts the server's part too, which is at least an accepted connection.
func BenchmarkHTTP(b *testing.B) {
	buffer, page := make([]byte, 1024), []byte("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nOK")
	target := serve(b, "127.0.0.1", func(c net.Conn) {
		_, _ = c.Read(buffer)
		_, _ = c.Write(page)
	})
	c := get(target, generous, http.URL{Path: "/", Host: "www"})
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		if r := c.CheckStep(ctx, 0); !r.OK {
			b.Fatal(r.Detail)
		}
	}
}
