//go:build lab

package scenario

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/youmark/pkcs8"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// webAct serves connections of HTTP: it is given what was asked for.
type webAct func(c net.Conn, r *http.Request)

// page answers with a status and a text, and closes.
func page(status int, text string) webAct {
	return func(c net.Conn, _ *http.Request) {
		fmt.Fprintf(c, "HTTP/1.1 %d X\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, len(text), text)
	}
}

// says answers with these octets, pieces apart.
func says(pause time.Duration, pieces ...string) webAct {
	return func(c net.Conn, _ *http.Request) {
		for i, p := range pieces {
			if i > 0 {
				time.Sleep(pause)
			}
			if _, err := io.WriteString(c, p); err != nil {
				return
			}
		}
	}
}

// then holds the connection open after an act.
func then(act webAct) webAct {
	return func(c net.Conn, r *http.Request) {
		act(c, r)
		_, _ = io.Copy(io.Discard, c)
	}
}

// trickle sends an octet now and then, without end.
func trickle(c net.Conn, r *http.Request) {
	says(0, "HTTP/1.0 200 OK\r\n\r\n")(c, r)
	for {
		if _, err := io.WriteString(c, "x"); err != nil {
			return
		}
		time.Sleep(checkedLimit / 5)
	}
}

// forName gives the page only where the name is asked for, forPath where the path is.
func forName(name string) webAct {
	return func(c net.Conn, r *http.Request) {
		page(map[bool]int{true: 200, false: 404}[r.Host == name], "OK")(c, r)
	}
}

func forPath(path string) webAct {
	return func(c net.Conn, r *http.Request) {
		page(map[bool]int{true: 503, false: 200}[r.URL.Path == path], "OK")(c, r)
	}
}

// askedPages are the requests of each director, by its address.
type askedPages struct {
	mu   sync.Mutex
	from map[netip.Addr]map[string]bool
}

func (a *askedPages) note(c net.Conn, request string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	from := c.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
	if a.from[from] == nil {
		a.from[from] = map[string]bool{}
	}
	a.from[from][request] = true
}

// act is an act of the lab that answers requests so and writes them down. A nil one: nobody listens.
func (a *askedPages) act(w webAct, demand func() *tls.Config) lab.Act {
	if w == nil {
		return lab.Act{}
	}
	var secret *tls.Config
	if demand != nil {
		secret = demand()
	}
	return lab.Act{Talk: func(c net.Conn) {
		if secret != nil {
			s := tls.Server(c, secret)
			if s.Handshake() != nil {
				return
			}
			c = s
		}
		var raw strings.Builder
		r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(c, &raw)))
		if err != nil {
			return
		}
		a.note(c, raw.String())
		w(c, r)
	}}
}

// same demands that all directors asked the same, but for the address of the real server.
func (a *askedPages) same(s *checkedSite, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var first map[string]bool
	for _, asked := range a.from {
		if first == nil {
			first = asked
		}
		if !maps.Equal(first, asked) {
			s.t.Errorf("%s: asked %q and %q", name, slices.Sorted(maps.Keys(first)), slices.Sorted(maps.Keys(asked)))
		}
	}
	if len(a.from) != len(s.directors) {
		s.t.Errorf("%s: asked by %d", name, len(a.from))
	}
}

// webRow is an HTTP_GET of pages: options are those of the check, with its urls.
func webRow(name, options string, lost bool, good, bad webAct) checkedRow {
	return checkedRow{name: "HTTP_GET: " + name, check: "HTTP_GET {\n" + options, lost: lost, set: serves(name, "", good, bad, nil, nil)}
}

// sslRow is an SSL_GET; what the server demands is told for both acts.
func sslRow(name, options string, lost bool, good, bad webAct, goodTLS, badTLS func() *tls.Config) checkedRow {
	set := serves(name, "", good, bad, goodTLS, badTLS)
	return checkedRow{name: "SSL_GET: " + name, check: "SSL_GET {\n" + slowTLS + options, lost: lost,
		set: func(s *checkedSite, n int) (func() error, func() error) {
			for _, d := range s.directors {
				storeKeys(s.t, d)
			}
			return set(s, n)
		}}
}

// slowTLS is the time for a handshake: its work is done by the guest, which has one processor for all.
const slowTLS = " connect_timeout 3\n"

// serves is the set of a service of HTTP at an address, by default that of the row's real server. Both
// programs have to ask for the same.
func serves(name, address string, good, bad webAct, goodTLS, badTLS func() *tls.Config) func(s *checkedSite, n int) (func() error, func() error) {
	return func(s *checkedSite, n int) (func() error, func() error) {
		asked := &askedPages{from: map[netip.Addr]map[string]bool{}}
		s.t.Cleanup(func() { asked.same(s, name) })
		first, second := asked.act(good, goodTLS), asked.act(bad, badTLS)
		if address == "" {
			return plays("tcp", first, second)(s, n)
		}
		must(s.t, s.stage.Address("eth0", address+"/64"))
		a, err := s.stage.Act("tcp", netip.AddrPortFrom(netip.MustParseAddr(address), checkedPort), first)
		must(s.t, err)
		return func() error { return a.Play(second) }, func() error { return a.Play(first) }
	}
}

// url is a url block.
func url(path, lines string) string { return "url {\n path " + path + "\n " + lines + "\n }" }

// digestOf is what the digest line of a url takes.
func digestOf(text string) string {
	sum := md5.Sum([]byte(text))
	return "digest " + hex.EncodeToString(sum[:])
}

const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"

// TestCheckedPages is TestCheckedServices for web servers. It has a guest of its own: the kernel shows no
// more services than fit into a page at a time.
func TestCheckedPages(t *testing.T) { playChecked(t, slices.Concat(webRows, nginxRows), checkedLoop) }

var webRows = []checkedRow{
	webRow("nobody listens", url("/", ""), true, page(200, "OK"), nil),
	webRow("status 503", url("/health?x=1", ""), true, page(204, ""), page(503, "busy")),
	webRow("a redirect", url("/", ""), true, page(200, "OK"), page(302, "")),
	webRow("a status of several", url("/", "status_code 200-204 404"), false, page(200, "OK"), page(404, "gone")),
	webRow("a status that is not one of several", url("/", "status_code 200-204 404"), true, page(404, "OK"), page(205, "OK")),
	webRow("the page is another", url("/", digestOf("OK\n")), true, page(200, "OK\n"), page(200, "KO\n")),
	webRow("the page is another, in chunks", "http_protocol 1.1\n"+url("/", digestOf("2\r\nOK\r\n0\r\n\r\n")), true,
		says(0, chunked+"2\r\nOK\r\n0\r\n\r\n"), says(0, chunked+"1\r\nO\r\n1\r\nK\r\n0\r\n\r\n")),
	webRow("a word is missing", url("/", `regex "ready[,.]"`), true, page(200, "is ready, now\n"), page(200, "is ready now\n")),
	webRow("a word too much", url("/", "regex \"error\"\n regex_no_match"), true, page(200, "is ready\n"), page(200, "an error\n")),
	webRow("a word in another case", url("/", "regex \"ready\"\n regex_options caseless"), false, page(200, "ready\n"), page(200, "READY\n")),
	webRow("a word that comes too late", url("/", "regex \"ready\"\n regex_min_offset 2\n regex_max_offset 200"), true, page(200, "12ready\n"), page(200, strings.Repeat("1", 400)+"ready\n")),
	webRow("a word that comes early, behind the head", url("/", "regex \"ready\"\n regex_min_offset 2"), false, page(200, "12ready\n"), page(200, "1ready\n")),
	webRow("a word in the head", url("/", "regex \"text/plain\""), true, page(200, "ready\n"), says(0, "HTTP/1.0 200 OK\r\n\r\nready\n")),
	webRow("a name that is not served", "virtualhost www.example.com\n"+url("/", ""), true, forName("www.example.com"), forName("other")),
	webRow("the second of two urls", url("/a", "")+url("/b", ""), true, forPath(""), forPath("/b")),
	webRow("the first of two urls, recovering fast", "fast_recovery\n"+url("/a", "")+url("/b", ""), true, forPath(""), forPath("/a")),
	webRow("hangs", url("/", ""), true, page(200, "OK"), then(says(0))),
	webRow("hangs within the page", url("/", ""), true, page(200, "OK"), then(says(0, "HTTP/1.0 200 OK\r\n\r\nOK"))),
	webRow("slow", "http_protocol 1.0C\n"+url("/", ""), false, page(200, "OK"), says(checkedLimit/2, "HTTP/1.0 200", " OK\r\n\r\n", "OK")),
	webRow("too slow", url("/", ""), true, page(200, "OK"), says(2*checkedLimit, "HTTP/1.0 200", " OK\r\n\r\n", "OK")),
	webRow("closes without an answer", url("/", ""), true, page(200, "OK"), says(0)),
	webRow("closes within the head", url("/", ""), true, page(200, "OK"), says(0, "HTTP/1.0 200 OK\r\nServer")),
	webRow("less than the length", url("/", ""), false, page(200, "OK"), says(0, "HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nOK")),
	webRow("stays open behind the page", url("/", ""), true, page(200, "OK"), then(says(0, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nOK"))).
		otherwise("the page is there"),
	webRow("never comes to an end", url("/", ""), false, page(200, "OK"), trickle).
		otherwise("a check ends"),
	webRow("the end of the page", url("/", `regex "o(k then|n$)"`), true, page(200, "ok then"), page(200, "on")).
		otherwise("the end of the page is an end"),

	{name: "HTTP_GET: over IPv6", lost: true, check: "HTTP_GET {\n connect_ip " + webAddress6 + "\n" + url("/", ""), set: serves("over IPv6", webAddress6, page(200, "OK"), page(500, ""), nil, nil)},

	// The director's key is in one block for all.
	sslRow("nobody listens", url("/", ""), true, page(200, "OK"), nil, demands("director"), nil).
		with("SSL {\n certificate /etc/keepalived/c.pem\n key /etc/keepalived/k.pem\n ca /etc/keepalived/c.pem\n password secret\n}\n"),
	sslRow("status 503", url("/", ""), true, page(200, "OK"), page(503, "busy"), demands("director"), demands("director")),
	sslRow("the page is another", url("/", digestOf("OK\n")), true, page(200, "OK\n"), page(200, "KO\n"), demands("director"), demands("director")),
	sslRow("hangs", url("/", ""), true, page(200, "OK"), then(says(0)), demands("director"), demands("director")),
	sslRow("a name that is not known", "enable_sni\n virtualhost www.example.com\n"+url("/", ""), true, page(200, "OK"), page(200, "OK"), knows("www.example.com"), knows("other")),
	sslRow("another authority", url("/", ""), true, page(200, "OK"), page(200, "OK"), demands("director"), demands("stranger")),
	sslRow("no certificate is demanded", url("/", ""), false, page(200, "OK"), page(200, "OK"), demands("director"), demands("")),
	sslRow("TLS 1.2", url("/", ""), false, page(200, "OK"), page(200, "OK"), demands("director"), old(demands("director"))),
	sslRow("TLS 1.2, another authority", url("/", ""), true, page(200, "OK"), page(200, "OK"), old(demands("director")), old(demands("stranger"))),
	sslRow("no TLS", url("/", ""), true, page(200, "OK"), page(200, "OK"), demands("director"), nil),
}

// with puts a block outside of virtual servers.
func (r checkedRow) with(block string) checkedRow {
	r.extra, r.check = "! row %d\n"+block, strings.Replace(r.check, "{", "{ ! row %d", 1)
	return r
}

const webAddress6 = "fd00::99"

// webKey makes a certificate that signs itself, and its key, once for each name.
func webKey(name string) tls.Certificate {
	webKeys.Lock()
	defer webKeys.Unlock()
	if c, made := webKeys.byName[name]; made {
		return c
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	webKeys.byName[name] = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return webKeys.byName[name]
}

var webKeys = struct {
	sync.Mutex
	byName map[string]tls.Certificate
}{byName: map[string]tls.Certificate{}}

// storeKeys gives a director its certificate and its key, which has a password.
func storeKeys(t *testing.T, d *lab.Director) {
	t.Helper()
	c := webKey("director")
	key, err := pkcs8.MarshalPrivateKey(c.PrivateKey, []byte("secret"), nil)
	must(t, err)
	must(t, d.WriteFile("/etc/keepalived/c.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})), 0o644))
	must(t, d.WriteFile("/etc/keepalived/k.pem", string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: key})), 0o600))
}

// demands is a server that wants a certificate of that name, none where it is empty.
func demands(client string) func() *tls.Config {
	return func() *tls.Config {
		c := &tls.Config{Certificates: []tls.Certificate{webKey("server")}}
		if client != "" {
			c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
			authority, err := x509.ParseCertificate(webKey(client).Certificate[0])
			if err != nil {
				panic(err)
			}
			c.ClientCAs.AddCert(authority)
		}
		return c
	}
}

// knows is a server that turns away whoever asks for another name.
func knows(name string) func() *tls.Config {
	return func() *tls.Config {
		c := demands("director")()
		c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			if hello.ServerName != name {
				return nil, errors.New("no such name: " + hello.ServerName)
			}
			return nil, nil
		}
		return c
	}
}

// old is a server that speaks TLS 1.2 at most.
func old(f func() *tls.Config) func() *tls.Config {
	return func() *tls.Config {
		c := f()
		c.MaxVersion = tls.VersionTLS12
		return c
	}
}
