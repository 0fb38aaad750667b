package web

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lb1 are the names of a machine of that name.
func lb1(t *testing.T) *ownNames {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return &ownNames{
		hosts: write("hosts", `127.0.0.1 localhost
127.0.1.1 LB1.site.example lb1 # as Debian writes it
192.0.2.1 status.example status
192.0.2.9 other.example
127.0.0.1 ads.blocked.example
0.0.0.0 zero.blocked.example
nonsense
`),
		resolv:   write("resolv.conf", "nameserver 192.0.2.53\nsearch corp.example. Lab.example\n"),
		hostname: func() (string, error) { return "lb1", nil },
	}
}

func TestOnlyNamesOfThisMachineCount(t *testing.T) {
	n := lb1(t)
	for _, tt := range []struct {
		host, at string // at: the address that is asked; empty: a unix socket
		want     bool
	}{
		{"192.0.2.1:9650", "192.0.2.1", true},
		{"198.51.100.7", "192.0.2.1", true}, // translated on the way
		{"[2001:db8::1]:9650", "2001:db8::1", true},
		{"[::1]", "::1", true},
		{"localhost:9650", "127.0.0.1", true},
		{"LOCALHOST", "127.0.0.1", true},
		{"x.localhost:80", "127.0.0.1", true},
		{"lb1:9650", "192.0.2.1", true},
		{"LB1.", "192.0.2.1", true},
		{"lb1.corp.example:9650", "192.0.2.1", true},
		{"lb1.lab.example", "192.0.2.1", true},
		{"lb1.site.example", "192.0.2.1", true},
		{"lb1.site.example", "127.0.0.1", true},
		{"status.example", "192.0.2.1", true},
		{"status.example", "192.0.2.2", false}, // the name of another address
		{"status.example", "127.0.0.1", false},
		{"other.example", "192.0.2.1", false},
		{"ads.blocked.example", "127.0.0.1", false},
		{"zero.blocked.example", "192.0.2.1", false},
		{"evil.example:9650", "127.0.0.1", false},
		{"lb1.evil.example", "192.0.2.1", false},
		{"lb1.corp.example.evil.example", "192.0.2.1", false},
		{"localhost.evil.example", "127.0.0.1", false},
		{"127.0.0.1.evil.example", "127.0.0.1", false},
		{"2130706433", "127.0.0.1", false},
		{"", "127.0.0.1", true}, // HTTP/1.0 of a probe
		{"evil.example", "", true},
	} {
		at, _ := netip.ParseAddr(tt.at)
		if got := n.has(hostOf(tt.host), at); got != tt.want {
			t.Errorf("%q at %q: %t, want %t", tt.host, tt.at, got, tt.want)
		}
	}
}

func TestAMachineWithoutNamesHasAddressesStill(t *testing.T) {
	n := &ownNames{hosts: "/nonexistent", resolv: "/nonexistent", hostname: func() (string, error) { return "", os.ErrNotExist }}
	at := netip.MustParseAddr("192.0.2.1")
	for name, want := range map[string]bool{"192.0.2.1": true, "localhost": true, "evil.example": false} {
		if n.has(name, at) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}

// TestForeignNamesReadNothing is about DNS rebinding, with what a browser and what a scraper sends.
func TestForeignNamesReadNothing(t *testing.T) {
	address, sock := freePort(t, "127.0.0.1"), filepath.Join(t.TempDir(), "sock")
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("0123456789abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := serve(t, Settings{Metrics: address, Status: address, TokenFile: file})
	s.names = lb1(t)
	s.Use(Settings{Metrics: sock, Status: address, TokenFile: file}) // another mux
	s.Use(Settings{Metrics: address, Status: address, TokenFile: file})
	language := []string{"Accept-Language", ""} // a script can empty it
	token := []string{"Authorization", "Bearer 0123456789abcdef"}
	for _, tt := range []struct {
		method, path, host string
		header             []string
		want               int
	}{
		{"GET", "/status", "lb1.corp.example:9650", language, 200},
		{"GET", "/status", "evil.example", nil, 421},
		{"GET", "/status", "evil.example", language, 421},
		{"GET", "/stream", "evil.example", language, 421},
		{"GET", "/nothing", "evil.example", language, 421},
		{"POST", "/do", "evil.example", token, 421},
		{"POST", "/do", "localhost", token, 200},
		{"GET", "/metrics", "lb1", language, 200},
		{"GET", "/metrics", "evil.example", language, 421},
		{"GET", "/metrics", "evil.example", []string{"Sec-Fetch-Site", "same-origin"}, 421},
		{"GET", "/metrics", "evil.example", []string{"User-Agent", "Mozilla/5.0 (X11)"}, 421},
		{"GET", "/metrics", "evil.example", []string{"Cookie", "a=b"}, 421},
		{"GET", "/metrics", "lb1.monitoring.example:9165", []string{"User-Agent", "Prometheus/3.1.0", "Accept-Encoding", "gzip",
			"X-Prometheus-Scrape-Timeout-Seconds", "10", "Accept", "application/openmetrics-text;version=1.0.0"}, 200},
		{"GET", "/metrics", "lb1.monitoring.example:9165", []string{"User-Agent", "curl/8.5.0", "Accept", "*/*"}, 200},
	} {
		r := request(t, tt.method, tt.path, "", tt.header...)
		r.Host = tt.host
		resp, err := client(t, address).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text := readAll(t, resp)
		if resp.StatusCode != tt.want {
			t.Errorf("%s %s as %s with %q is %d, want %d", tt.method, tt.path, tt.host, tt.header, resp.StatusCode, tt.want)
		}
		if tt.want == 421 && (!strings.Contains(text, "/etc/hosts") || resp.Header.Get("X-Content-Type-Options") != "nosniff") {
			t.Errorf("%s as %s is told %q, with the headers %v", tt.path, tt.host, text, resp.Header)
		}
	}
	s.Use(Settings{Status: sock})
	if resp, _ := do(t, client(t, sock), "GET", "/status", ""); resp.StatusCode != 200 {
		t.Errorf("on the unix socket: %d", resp.StatusCode)
	}
}
