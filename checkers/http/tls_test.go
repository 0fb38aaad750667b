package http_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/youmark/pkcs8"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/checkers/http"
	"github.com/holdfast-ha/holdfast/checkers/http/answer"
)

// newKey is a certificate that signs itself, and its key.
func newKey(t testing.TB, name string, private any, public any) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotAfter: time.Now().Add(-time.Hour), // nobody minds
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}
}

func ecKey(t testing.TB, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newKey(t, name, key, &key.PublicKey)
}

// counted counts the octets that come.
type counted struct {
	net.Conn
	octets int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.octets += n
	return n, err
}

// encrypted serves a page over TLS and tells of each handshake, and of how many octets the client sends
// when it has the page.
func encrypted(t testing.TB, config *tls.Config) (target netip.AddrPort, state chan tls.ConnectionState, last chan int) {
	state, last = make(chan tls.ConnectionState, 9), make(chan int, 9)
	target = serve(t, "127.0.0.1", func(raw net.Conn) {
		c := &counted{Conn: raw}
		s := tls.Server(c, config)
		if s.Handshake() != nil {
			return
		}
		state <- s.ConnectionState()
		says("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nOK")(s)
		before := c.octets
		_, _ = s.Read(make([]byte, 1))
		last <- c.octets - before
	})
	return target, state, last
}

func getTLS(target netip.AddrPort, timeout time.Duration, files http.Files, u http.URL) *http.Checker {
	u.Path = "/"
	return http.New(http.Options{Endpoint: dial.Endpoint{Target: target, Timeout: timeout}, Protocol: answer.HTTP11, URLs: []http.URL{u}, TLS: http.NewIdentity(files)})
}

func TestServerIsNotVerified(t *testing.T) {
	target, state, _ := encrypted(t, &tls.Config{Certificates: []tls.Certificate{ecKey(t, "other")}})
	if r := getTLS(target, generous, http.Files{}, http.URL{ServerName: "www"}).Check(t.Context()); !r.OK {
		t.Errorf("%+v", r)
	}
	if got := (<-state).ServerName; got != "www" {
		t.Errorf("server name %q", got)
	}
	if r := getTLS(target, generous, http.Files{}, http.URL{}).Check(t.Context()); !r.OK {
		t.Errorf("%+v", r)
	}
	if got := (<-state).ServerName; got != "" {
		t.Errorf("server name %q without enable_sni", got)
	}
}

func TestOldServersAreChecked(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	certificate := newKey(t, "old", key, &key.PublicKey)
	target, _, _ := encrypted(t, &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA},
	})
	if r := getTLS(target, generous, http.Files{}, http.URL{}).Check(t.Context()); !r.OK {
		t.Errorf("%+v", r)
	}
}

func TestConnectionIsEndedAsTheSettingSays(t *testing.T) {
	target, _, last := encrypted(t, &tls.Config{Certificates: []tls.Certificate{ecKey(t, "www")}})
	for _, notify := range []bool{true, false} {
		if r := getTLS(target, generous, http.Files{}, http.URL{CloseNotify: notify}).Check(t.Context()); !r.OK {
			t.Errorf("%+v", r)
		}
		if octets := <-last; octets > 0 != notify {
			t.Errorf("tls_compliant %v: %d octets at the end", notify, octets)
		}
	}
}

// store writes a block of PEM to a file.
func store(t testing.TB, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestClientCertificate(t *testing.T) {
	client := ecKey(t, "director")
	plain, err := x509.MarshalPKCS8PrivateKey(client.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	hidden, err := pkcs8.MarshalPrivateKey(client.PrivateKey, []byte("secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := x509.MarshalECPrivateKey(client.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	//lint:ignore SA1019 old installations have it
	old, err := x509.EncryptPEMBlock(rand.Reader, "EC PRIVATE KEY", ec, []byte("secret"), x509.PEMCipherAES256)
	if err != nil {
		t.Fatal(err)
	}
	oldFile := filepath.Join(t.TempDir(), "old")
	if err := os.WriteFile(oldFile, pem.EncodeToMemory(old), 0o600); err != nil {
		t.Fatal(err)
	}
	certificate := store(t, "certificate", "CERTIFICATE", client.Certificate[0])
	key, hiddenFile := store(t, "key", "PRIVATE KEY", plain), store(t, "hidden", "ENCRYPTED PRIVATE KEY", hidden)
	target, state, _ := encrypted(t, &tls.Config{Certificates: []tls.Certificate{ecKey(t, "www")}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12})
	tests := []struct {
		name   string
		files  http.Files
		detail string // "" for a success
	}{
		{"none", http.Files{}, "url /: TLS handshake: "},
		{"a certificate", http.Files{Certificate: certificate, Key: key}, ""},
		{"a key with a password", http.Files{Certificate: certificate, Key: hiddenFile, Password: "secret"}, ""},
		{"one of the old kind", http.Files{Certificate: certificate, Key: oldFile, Password: "secret"}, ""},
		{"a wrong password", http.Files{Certificate: certificate, Key: hiddenFile, Password: "x"}, "the password does not fit"},
		{"a wrong password of the old kind", http.Files{Certificate: certificate, Key: oldFile, Password: "x"}, "the password does not fit"},
		{"no such file", http.Files{Certificate: "/nosuch", Key: key}, "url /: SSL certificate: open /nosuch: no such file"},
		{"no such key", http.Files{Certificate: certificate, Key: "/nosuch"}, "url /: SSL key: open /nosuch: no such file"},
		{"no such ca", http.Files{CA: "/nosuch"}, "url /: SSL ca: open /nosuch: no such file"},
		{"a ca that is none", http.Files{CA: key}, "has no certificate"},
		{"a ca", http.Files{Certificate: certificate, Key: key, CA: certificate}, ""},
	}
	for _, tt := range tests {
		r := getTLS(target, generous, tt.files, http.URL{}).Check(t.Context())
		if r.OK != (tt.detail == "") || !strings.Contains(r.Detail, tt.detail) {
			t.Errorf("%s: %+v, want %q", tt.name, r, tt.detail)
		}
		if r.OK {
			if got := (<-state).PeerCertificates[0].Subject.CommonName; got != "director" {
				t.Errorf("%s: the server sees %q", tt.name, got)
			}
		}
	}
}

func TestRenewedCertificateIsUsedWithoutAReload(t *testing.T) {
	target, state, _ := encrypted(t, &tls.Config{Certificates: []tls.Certificate{ecKey(t, "www")}, ClientAuth: tls.RequireAnyClientCert})
	dir := t.TempDir()
	files := http.Files{Certificate: filepath.Join(dir, "c"), Key: filepath.Join(dir, "k")}
	check := getTLS(target, generous, files, http.URL{})
	for i, name := range []string{"first", "second one"} {
		c := ecKey(t, name)
		key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		for path, block := range map[string]*pem.Block{files.Certificate: {Type: "CERTIFICATE", Bytes: c.Certificate[0]}, files.Key: {Type: "PRIVATE KEY", Bytes: key}} {
			if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
			at := time.Now().Add(time.Duration(i) * time.Hour) // whatever the clock of the file system is worth
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
		}
		if r := check.Check(t.Context()); !r.OK {
			t.Fatalf("%+v", r)
		}
		if got := (<-state).PeerCertificates[0].Subject.CommonName; got != name {
			t.Errorf("the server sees %q, want %q", got, name)
		}
	}
}

func TestTLSThatDoesNotComeAbout(t *testing.T) {
	for name, tt := range map[string]struct {
		serve  func(net.Conn)
		limit  time.Duration
		detail string
	}{
		"stalls":            {stalling["accepts and never answers"].serve, 50 * time.Millisecond, "url /: TLS handshake: connection timed out"},
		"a server of HTTP":  {func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.0 400 Bad Request\r\n\r\n") }, generous, "url /: TLS handshake: "},
		"closes at once":    {func(net.Conn) {}, generous, "url /: TLS handshake: "},
		"stalls after that": {nil, time.Second, "url /: no answer within "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := tt.serve
			if f == nil {
				config := &tls.Config{Certificates: []tls.Certificate{ecKey(t, "www")}}
				f = func(c net.Conn) { _, _ = io.Copy(io.Discard, tls.Server(c, config)) }
			}
			target := serve(t, "127.0.0.1", f)
			check := func(limit time.Duration) checkers.Result {
				return getTLS(target, limit, http.Files{}, http.URL{}).Check(t.Context())
			}
			asWanted := func(r checkers.Result, _ time.Duration) bool { return strings.Contains(r.Detail, tt.detail) }
			r, _ := patiently(check, tt.limit, asWanted)
			if r.OK || !strings.Contains(r.Detail, tt.detail) {
				t.Errorf("%+v, want %q", r, tt.detail)
			}
		})
	}
}
