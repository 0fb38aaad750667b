package web

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is for a slow machine: nothing is measured by it.
const patience = 60 * time.Second

// freePort is a port of the loopback that nobody has.
func freePort(t *testing.T, host string) string {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// serve is a Server with a page for each part, one that echoes, one that streams and an action.
func serve(t *testing.T, want Settings) (*Server, *observer.ObservedLogs) {
	t.Helper()
	core, lines := observer.New(zapcore.InfoLevel)
	s := New(zap.New(core))
	s.pause = 10 * time.Millisecond
	say := func(text string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) })
	}
	s.Handle(Metrics, "/metrics", say("m"))
	s.Handle(Status, "/status", say("s"))
	s.Handle(Status, "/stream", AtMost(1, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		http.NewResponseController(w).Flush()
		select {
		case <-Leaving(r):
			io.WriteString(w, "bye")
		case <-r.Context().Done():
		}
	})))
	s.Action("/do", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		w.Write(b)
	}))
	s.Use(want)
	t.Cleanup(func() { s.Close(0) })
	return s, lines
}

// client asks at an address, over connections of its own.
func client(t *testing.T, address string) *http.Client {
	t.Helper()
	network := "tcp"
	if strings.HasPrefix(address, "/") {
		network = "unix"
	}
	tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: patience}
}

func request(t *testing.T, method, path, body string, header ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func do(t *testing.T, c *http.Client, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	resp, err := c.Do(request(t, method, path, body, header...))
	if err != nil {
		t.Fatal(err)
	}
	return resp, readAll(t, resp)
}

func readAll(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEachPartIsServedWhereItIsAskedFor(t *testing.T) {
	metrics, status, v6 := freePort(t, "127.0.0.1"), filepath.Join(t.TempDir(), "status.sock"), freePort(t, "::1")
	s, _ := serve(t, Settings{Metrics: metrics, Status: status})
	for _, tt := range []struct {
		settings      Settings
		address, path string
		want          int
	}{
		{Settings{Metrics: metrics, Status: status}, metrics, "/metrics", 200},
		{Settings{Metrics: metrics, Status: status}, metrics, "/status", 404},
		{Settings{Metrics: metrics, Status: status}, status, "/status", 200},
		{Settings{Metrics: metrics, Status: status}, status, "/metrics", 404},
		{Settings{Metrics: v6, Status: v6}, v6, "/metrics", 200},
		{Settings{Metrics: v6, Status: v6}, v6, "/status", 200},
		{Settings{Metrics: v6}, v6, "/status", 404},
	} {
		s.Use(tt.settings)
		if resp, _ := do(t, client(t, tt.address), "GET", tt.path, ""); resp.StatusCode != tt.want {
			t.Errorf("%+v: GET %s at %s is %d, want %d", tt.settings, tt.path, tt.address, resp.StatusCode, tt.want)
		}
	}
	if _, err := os.Lstat(status); !os.IsNotExist(err) {
		t.Errorf("the socket of an earlier configuration is still there: %v", err)
	}
	s.Use(Settings{})
	if c, err := net.Dial("tcp", v6); err == nil {
		c.Close()
		t.Errorf("%s is still listened on although nothing asks for it", v6)
	}
}

func TestNobodyListensUnlessAsked(t *testing.T) {
	s, _ := serve(t, Settings{})
	if len(s.endpoints) != 0 || s.retry != nil {
		t.Errorf("%d listeners without an address", len(s.endpoints))
	}
}

func TestConnectionsOutliveAReloadThatChangesNothing(t *testing.T) {
	address := freePort(t, "127.0.0.1")
	s, lines := serve(t, Settings{Metrics: address})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ask := func() {
		t.Helper()
		conn.SetDeadline(time.Now().Add(patience))
		fmt.Fprintf(conn, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
		b := make([]byte, 4096)
		if n, err := conn.Read(b); err != nil || !strings.HasPrefix(string(b[:n]), "HTTP/1.1 200") {
			t.Fatalf("on the same connection: %q, %v", b[:n], err)
		}
	}
	ask()
	s.Use(Settings{Metrics: address})
	ask()
	s.Use(Settings{Metrics: address, Status: address}) // more of it at the same place
	ask()
	if n := lines.FilterMessage("HTTP: metrics on " + address).Len(); n != 1 {
		t.Errorf("the listener was opened %d times", n)
	}
}

func TestListenerMovesToAnotherAddressOnTheSamePort(t *testing.T) {
	old := freePort(t, "127.0.0.1")
	s, _ := serve(t, Settings{Metrics: old})
	new := netip.AddrPortFrom(netip.MustParseAddr("0.0.0.0"), netip.MustParseAddrPort(old).Port()).String()
	s.Use(Settings{Metrics: new})
	if s.endpoints[new] == nil || s.endpoints[old] != nil {
		t.Errorf("listening on %v, want %s alone", s.endpoints, new)
	}
}

func TestAddressThatIsTakenIsHadWhenItIsFree(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_, lines := serve(t, Settings{Metrics: address})
	if n := lines.FilterMessageSnippet("nobody is served on " + address).Len(); n != 1 {
		t.Errorf("the log tells %d times that the address is taken", n)
	}
	l.Close()
	for end := time.Now().Add(patience); lines.FilterMessage("HTTP: metrics on "+address).Len() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the address is free and not listened on")
		}
	}
}

func TestOnlyAStaleSocketIsReplaced(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(dir, "stale")
	l, err := net.Listen("unix", stale)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if _, err := open(stale); err == nil || !strings.Contains(err.Error(), "another process listens") {
		t.Errorf("a socket that is in use: %v", err)
	}
	l.Close()
	got, err := open(stale)
	if err != nil {
		t.Fatalf("a stale socket: %v", err)
	}
	defer got.Close()
	if info, err := os.Stat(stale); err != nil || info.Mode().Perm() != socketMode {
		t.Errorf("mode %v, %v; want %o", info.Mode(), err, socketMode)
	}
	if _, err := open(file); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("an ordinary file in the way: %v", err)
	}
	if b, _ := os.ReadFile(file); string(b) != "x" {
		t.Error("the ordinary file is gone")
	}
}

func TestAnswersAreNobodyElsesToReadOrFrame(t *testing.T) {
	address := freePort(t, "127.0.0.1")
	serve(t, Settings{Metrics: address, Status: address})
	c := client(t, address)
	for _, path := range []string{"/metrics", "/status", "/nothing"} {
		resp, _ := do(t, c, "GET", path, "", "Origin", "http://evil.example")
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
			"Content-Security-Policy": headers["Content-Security-Policy"], "Access-Control-Allow-Origin": "", "Server": "",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
	for _, part := range []string{"default-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(headers["Content-Security-Policy"], part) {
			t.Errorf("the policy lacks %s", part)
		}
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	address := freePort(t, "127.0.0.1")
	serve(t, Settings{Metrics: address, Status: address})
	c := client(t, address)
	for _, tt := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/metrics", 200}, {"HEAD", "/metrics", 200}, {"POST", "/metrics", 405}, {"OPTIONS", "/metrics", 405},
		{"DELETE", "/status", 405}, {"TRACE", "/status", 405}, {"PUT", "/do", 405}, {"GET", "/do", 405}, {"OPTIONS", "/do", 405},
	} {
		if resp, _ := do(t, c, tt.method, tt.path, ""); resp.StatusCode != tt.want {
			t.Errorf("%s %s is %d, want %d", tt.method, tt.path, resp.StatusCode, tt.want)
		}
	}
}

func TestActionsNeedTheToken(t *testing.T) {
	address := freePort(t, "127.0.0.1")
	file := filepath.Join(t.TempDir(), "token")
	const token = "0123456789abcdef0123"
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, lines := serve(t, Settings{Status: address})
	c := client(t, address)
	post := func(want int, header ...string) {
		t.Helper()
		if resp, body := do(t, c, "POST", "/do", "x", header...); resp.StatusCode != want || strings.Contains(body, token) {
			t.Errorf("%v: %d %q, want %d", header, resp.StatusCode, body, want)
		}
	}
	post(403, "Authorization", "Bearer "+token) // none is configured
	post(403, "Authorization", "Bearer ")
	s.Use(Settings{Status: address, TokenFile: file})
	if !s.Actions() {
		t.Error("with a token there are no actions")
	}
	post(200, "Authorization", "Bearer "+token)
	post(401)
	post(401, "Authorization", "Bearer "+token[1:])
	post(401, "Authorization", "Bearer "+token+"4")
	post(401, "Authorization", "Bearer")
	post(401, "Authorization", "Basic "+token)
	post(401, "Authorization", token)
	post(403, "Authorization", "Bearer "+token, "Sec-Fetch-Site", "cross-site")
	post(403, "Authorization", "Bearer "+token, "Origin", "http://evil.example")
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	s.Use(Settings{Status: address, TokenFile: file})
	post(403, "Authorization", "Bearer "+token)
	if n := lines.FilterMessage("the status page can only be read: there is no token").Len(); n != 1 {
		t.Errorf("a token that others can read is told of %d times", n)
	}
	if n := lines.FilterMessage("HTTP: a wrong token was sent").Len(); n != 1 {
		t.Errorf("of six wrong tokens in a moment %d are logged, want one", n)
	}
	for _, e := range lines.All() {
		if strings.Contains(fmt.Sprint(e), token) {
			t.Errorf("the log tells the token: %v", e)
		}
	}
}

func TestTokensThatWouldProtectNothingAreRefused(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		name, text string
		mode       os.FileMode
		want       string // part of the error; empty: it is taken
	}{
		{"good", "0123456789abcdef", 0o600, ""},
		{"blanks", "  0123456789abcdef \n\n", 0o400, ""},
		{"short", "0123456789abcde\n", 0o600, "16 to 1024"},
		{"empty", "", 0o600, "16 to 1024"},
		{"long", strings.Repeat("x", maxToken+1), 0o600, "16 to 1024"},
		{"two", "0123456789abcdef 0123456789abcdef", 0o600, "without blanks"},
		{"binary", "0123456789abcdef\x00\x01", 0o600, "printable"},
		{"group", "0123456789abcdef", 0o640, "mode 0640"},
		{"world", "0123456789abcdef", 0o604, "chmod 0600"},
	} {
		path := filepath.Join(dir, tt.name)
		if err := os.WriteFile(path, []byte(tt.text), tt.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, tt.mode); err != nil {
			t.Fatal(err)
		}
		got, err := ReadToken(path)
		switch {
		case tt.want == "" && (err != nil || got != strings.TrimSpace(tt.text)):
			t.Errorf("%s: %q, %v", tt.name, got, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want an error with %q", tt.name, err, tt.want)
		case err != nil && tt.text != "" && strings.Contains(err.Error(), tt.text):
			t.Errorf("%s: the error tells the token: %v", tt.name, err)
		}
	}
	if _, err := ReadToken(dir); err == nil {
		t.Error("a directory is taken for a token")
	}
}

func TestLargeHeadersAndBodiesAreRefused(t *testing.T) {
	address := freePort(t, "127.0.0.1")
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("0123456789abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	serve(t, Settings{Metrics: address, Status: address, TokenFile: file})
	c := client(t, address)
	// The server stops reading and hangs up: its answer may be lost to that.
	for _, r := range []*http.Request{
		request(t, "GET", "/metrics", "", "X-Long", strings.Repeat("x", maxHeader+8<<10)),
		request(t, "POST", "/do", strings.Repeat("x", maxBody+1), "Authorization", "Bearer 0123456789abcdef"),
	} {
		resp, err := c.Do(r)
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge && resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s %s: too much is answered by %d", r.Method, r.URL.Path, resp.StatusCode)
		}
	}
	if resp, _ := do(t, c, "POST", "/do", strings.Repeat("x", maxBody), "Authorization", "Bearer 0123456789abcdef"); resp.StatusCode != 200 {
		t.Errorf("a body of %d octets is answered by %d", maxBody, resp.StatusCode)
	}
}

func TestEveryPhaseOfARequestIsBounded(t *testing.T) {
	e, err := listen(freePort(t, "127.0.0.1"), http.NotFoundHandler(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer e.close(0)
	for name, limit := range map[string]time.Duration{
		"header": e.server.ReadHeaderTimeout, "read": e.server.ReadTimeout, "write": e.server.WriteTimeout, "idle": e.server.IdleTimeout,
	} {
		if limit <= 0 || limit > 2*time.Minute {
			t.Errorf("%s may take %v", name, limit)
		}
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	address := freePort(t, "127.0.0.1")
	serve(t, Settings{Metrics: address})
	var held []net.Conn
	defer func() {
		for _, c := range held {
			c.Close()
		}
	}()
	say := func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
		return c
	}
	answered := func(c net.Conn, within time.Duration) bool {
		c.SetReadDeadline(time.Now().Add(within))
		n, _ := c.Read(make([]byte, 100))
		return n > 0
	}
	for range maxConnections {
		c := say()
		held = append(held, c)
		if !answered(c, patience) {
			t.Fatalf("connection %d is not answered", len(held))
		}
	}
	last := say()
	defer last.Close()
	if answered(last, 100*time.Millisecond) {
		t.Errorf("connection %d is answered beside %d others", maxConnections+1, maxConnections)
	}
	held[0].Close()
	if !answered(last, patience) {
		t.Error("the next connection is not answered when there is room")
	}
}

func TestStreamsAreFewAndEndWithTheListener(t *testing.T) {
	address := freePort(t, "127.0.0.1")
	s, _ := serve(t, Settings{Status: address})
	c := client(t, address)
	resp, err := c.Get("http://localhost/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if second, _ := do(t, c, "GET", "/stream", ""); second.StatusCode != http.StatusServiceUnavailable || second.Header.Get("Retry-After") == "" {
		t.Errorf("a second stream gets %d", second.StatusCode)
	}
	s.Use(Settings{})
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "bye" {
		t.Errorf("the stream ended with %q, %v", b, err)
	}
}
