package genhash_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/genhash"
)

// run is genhash with those options against a server at this address.
func run(t *testing.T, address string, options ...string) (status int, out, errs string) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	var o, e bytes.Buffer
	status = genhash.Run("genhash", append([]string{"-s", host, "-p", port}, options...), &o, &e)
	return status, o.String(), e.String()
}

// page is "abc" for the host www, and what was asked for else. Its length is only told over HTTP/1.1.
var page = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/busy":
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.URL.Path == "/chunks":
		w.(http.Flusher).Flush()
	}
	text := r.Proto + " " + r.Host
	if r.Host == "www" {
		text = "abc"
	}
	_, _ = w.Write([]byte(text))
})

const abc = "900150983cd24fb0d6963f7d28e17f72\n"

func TestDigestIsPrinted(t *testing.T) {
	plain, encrypted := httptest.NewServer(page), httptest.NewTLSServer(page)
	defer plain.Close()
	defer encrypted.Close()
	address, secret := plain.Listener.Addr().String(), encrypted.Listener.Addr().String()
	tests := []struct {
		name, address string
		options       string
		out           string
	}{
		{"a page", address, "-u / -V www", abc},
		{"long options", address, "--url=/ --use-virtualhost www --protocol=1.1 --timeout 20", abc},
		{"over TLS", secret, "-S -I -u / -V www -P 1.0c", abc},
		{"whatever the status", address, "-u /busy -V www", abc},
		{"chunks are not put together, as in keepalived", address, "-u /chunks -V www -P 1.1", "8ce1d49e976186b949500395e2825116\n"},
	}
	for _, tt := range tests {
		status, out, errs := run(t, tt.address, strings.Fields(tt.options)...)
		if status != 0 || out != tt.out || errs != "" {
			t.Errorf("%s: %d %q %q, want %q", tt.name, status, out, errs, tt.out)
		}
	}
}

func TestVerboseShowsThePage(t *testing.T) {
	s := httptest.NewServer(page)
	defer s.Close()
	status, out, _ := run(t, s.Listener.Addr().String(), "-v", "-u", "/", "-V", "www")
	for _, part := range []string{"HTTP/1.0 200 OK", "61 62 63", "|abc|", "\n" + abc, "Global response time for [/] = "} {
		if status != 0 || !strings.Contains(out, part) {
			t.Errorf("%d, no %q in\n%s", status, part, out)
		}
	}
}

func TestWhatGoesWrongIsToldOnTheErrorOutput(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closing := make(chan struct{})
	go func() {
		defer close(closing)
		if c, err := l.Accept(); err == nil {
			_, _ = c.Read(make([]byte, 1024))
			c.Close()
		}
	}()
	for options, want := range map[string]string{
		"-u / -t 1":       "no answer within 1s",
		"-u / -t 0":       "invalid timeout",
		"-u / -P 2":       "invalid HTTP protocol version",
		"-u / -p 0":       "invalid port number",
		"-u / -m x":       "invalid fwmark",
		"-u / -s www":     "server should be an IP address",
		"-t 1":            "option --url is missing",
		"-u / -x":         "unknown option -x",
		"-u / word":       "unexpected argument word",
		"-h":              "Usage: genhash",
		"-u / --protocol": "missing parameter",
	} {
		status, out, errs := run(t, silent.Addr().String(), strings.Fields(options)...)
		if status != 1 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s: %d %q %q, want %q", options, status, out, errs, want)
		}
	}
	if status, out, errs := run(t, l.Addr().String(), "-u", "/"); status != 1 || out != "" || !strings.Contains(errs, "no data received") {
		t.Errorf("%d %q %q", status, out, errs)
	}
	l.Close()
	<-closing
}
