//go:build lab

package scenario

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// nginxFile is a server at the address of row %[1]d; %[2]s: address, port and how it listens, %[3]s: the rest
// of the server.
const nginxFile = `user root;
worker_processes 1;
pid /run/nginx%[1]d.pid;
error_log stderr;
events {
}
http {
  access_log off;
  client_body_temp_path /run/nginx%[1]d-body;
  proxy_temp_path /run/nginx%[1]d-proxy;
  fastcgi_temp_path /run/nginx%[1]d-fastcgi;
  uwsgi_temp_path /run/nginx%[1]d-uwsgi;
  scgi_temp_path /run/nginx%[1]d-scgi;
  server {
    listen %[2]s;
    root /run/www%[1]d;
    %[3]s
  }
}
`

// nginxTLS has nginx speak TLS, with who has the director's certificate.
const nginxTLS = `ssl_certificate /etc/keepalived/server.pem;
    ssl_certificate_key /etc/keepalived/server.key;
    ssl_client_certificate /etc/keepalived/c.pem;
    ssl_verify_client on;`

// nginx is a running server.
type nginx struct {
	s       *checkedSite
	n       int
	process *lab.Process
}

// page writes what the server gives.
func (x *nginx) page(text string) error {
	return x.s.stage.WriteFile(fmt.Sprintf("/run/www%d/index.html", x.n), text, 0o644)
}

func (x *nginx) start() (err error) {
	x.process, err = x.s.stage.Start("nginx", "-e", "stderr", "-g", "daemon off;", "-c", fmt.Sprintf("/etc/keepalived/nginx%d.conf", x.n))
	return err
}

func (x *nginx) stop() error {
	x.process.KillAll()
	return nil
}

// signal reaches the master and its worker.
func (x *nginx) signal(s syscall.Signal) error {
	for _, m := range x.process.Family() {
		if err := syscall.Kill(m.PID, s); err != nil {
			return err
		}
	}
	return nil
}

// nginxRow is a check of nginx, which spoil and heal have misbehave and behave.
func nginxRow(name, check string, tls bool, spoil, heal func(x *nginx) error) checkedRow {
	row := checkedRow{name: "nginx: " + name, check: check, lost: true}
	row.set = func(s *checkedSite, n int) (func() error, func() error) {
		x := &nginx{s: s, n: n}
		listen, rest := fmt.Sprintf("%s:%d", checkedReal(n), checkedPort), ""
		if tls {
			listen, rest = listen+" ssl", nginxTLS
			for _, d := range s.directors {
				storeKeys(s.t, d)
			}
			storeServer(s)
		}
		must(s.t, s.stage.WriteFile(fmt.Sprintf("/etc/keepalived/nginx%d.conf", n), fmt.Sprintf(nginxFile, n, listen, rest), 0o644))
		must(s.t, x.page("OK\n"))
		must(s.t, x.start())
		eventually(s.t, 30*time.Second, "nginx listens", func() bool {
			return s.stage.Do(func() error {
				c, err := net.DialTimeout("tcp", fmt.Sprintf("%s:%d", checkedReal(n), checkedPort), time.Second)
				if err == nil {
					c.Close()
				}
				return err
			}) == nil
		})
		if !tls {
			s.sameDigest(n)
		}
		return func() error { return spoil(x) }, func() error { return heal(x) }
	}
	return row
}

// storeServer gives the stage the server's key, and the certificate that it wants of clients.
func storeServer(s *checkedSite) {
	c, client := webKey("server"), webKey("director")
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	must(s.t, err)
	for path, block := range map[string]*pem.Block{
		"server.pem": {Type: "CERTIFICATE", Bytes: c.Certificate[0]},
		"server.key": {Type: "PRIVATE KEY", Bytes: key},
		"c.pem":      {Type: "CERTIFICATE", Bytes: client.Certificate[0]},
	} {
		must(s.t, s.stage.WriteFile("/etc/keepalived/"+path, string(pem.EncodeToMemory(block)), 0o600))
	}
}

// sameDigest demands that every program's genhash prints the same for the page of a row.
func (s *checkedSite) sameDigest(n int) {
	want := strings.TrimPrefix(digestOf("OK\n"), "digest ") + "\n"
	for _, d := range s.directors {
		got, err := d.Exec(d.Program.Path, "--genhash", "-s", checkedReal(n), "-p", fmt.Sprint(checkedPort), "-u", "/")
		if err != nil || got != want {
			s.t.Errorf("%s --genhash: %v, %q, want %q", d.Program.Name, err, got, want)
		}
	}
}

var nginxRows = []checkedRow{
	nginxRow("the page is another, with a client certificate", "SSL_GET {\n"+slowTLS+" enable_sni\n virtualhost www.example.com\n"+url("/", digestOf("OK\n")), true,
		func(x *nginx) error { return x.page("KO\n") }, func(x *nginx) error { return x.page("OK\n") }),
	nginxRow("hangs", "HTTP_GET {\n"+url("/", ""), false,
		func(x *nginx) error { return x.signal(syscall.SIGSTOP) }, func(x *nginx) error { return x.signal(syscall.SIGCONT) }),
	nginxRow("is gone", "HTTP_GET {\n http_protocol 1.1\n"+url("/", `regex "^OK$" `+"\n regex_options multiline"), false, (*nginx).stop, (*nginx).start),
}
