package daemon

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/api"
	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/internal/web/browser"
)

// listeners are the TCP sockets that listen in the daemon's namespace, as the kernel lists them.
func (d *node) listeners() []string {
	d.t.Helper()
	var all []string
	for _, file := range []string{"tcp", "tcp6"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", d.pid("keepalived"), file))
		if err != nil {
			d.t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) > 3 && f[3] == "0A" {
				all = append(all, f[1])
			}
		}
	}
	return all
}

// connect opens a connection from inside the daemon's namespace.
func (d *node) connect(address string) net.Conn {
	d.t.Helper()
	var c net.Conn
	var err error
	d.host.Do(func() { c, err = net.DialTimeout("tcp", address, limit) })
	if err != nil {
		d.t.Fatalf("connect: %v", err)
	}
	d.t.Cleanup(func() { c.Close() })
	return c
}

// get asks for a path over a connection, which stays open.
func get(t *testing.T, c net.Conn, path string, into any) {
	t.Helper()
	c.SetDeadline(time.Now().Add(limit))
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s", path, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
}

func TestNSListensForHTTPOnlyWhereAskedTo(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), pairConfig(100, ""))
	d.host.Run("ip", "link", "set", "lo", "up")
	d.start()
	wait(t, "the address", d.holds(virtual))
	if got := d.listeners(); len(got) != 0 {
		t.Fatalf("nothing asks for a listener, and there are %v", got)
	}
	listen := func(lines string) string {
		return strings.Replace(pairConfig(100, ""), "vrrp_version 3", "vrrp_version 3\n"+lines, 1)
	}
	reload := func(text string) {
		t.Helper()
		d.configure(text)
		if _, err := d.ask(control.CommandReload); err != nil {
			t.Fatal(err)
		}
	}
	reload(listen("status_listen 127.0.0.1:9650"))
	c := d.connect("127.0.0.1:9650")
	var s api.Status
	get(t, c, "/status", &s)
	if len(s.Instances) != 1 || s.Instances[0].State != "MASTER" {
		t.Errorf("the status tells of %+v", s.Instances)
	}
	// The same connection goes on over a reload of the same file and of another one.
	if _, err := d.ask(control.CommandReload); err != nil {
		t.Fatal(err)
	}
	get(t, c, "/status", &s)
	reload(strings.Replace(listen("status_listen 127.0.0.1:9650"), "priority 100", "priority 110", 1))
	get(t, c, "/status", &s)

	reload(listen("status_listen [::1]:9651"))
	get(t, d.connect("[::1]:9651"), "/status", &s)
	if got := d.listeners(); len(got) != 1 {
		t.Errorf("moved from one address to another, and listening on %v", got)
	}
	reload(pairConfig(100, ""))
	if got := d.listeners(); len(got) != 0 {
		t.Errorf("nothing asks for a listener any more, and there are %v", got)
	}

	r, err := d.ask(control.CommandEvents)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range r.Events {
		seen[e.Kind+" "+e.Name+" "+e.To] = true
	}
	for _, want := range []string{"process vrrp STARTED", "instance VI_1 BACKUP", "instance VI_1 MASTER", "reload " + d.file("keepalived.conf") + " DONE"} {
		if !seen[want] {
			t.Errorf("the events lack %q: %v", want, r.Events)
		}
	}

	// A listener keeps nothing from its end.
	reload(listen("metrics_listen " + virtual + ":9650"))
	d.connect(virtual + ":9650")
	d.kill("keepalived", syscall.SIGTERM)
	if status := d.status(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// forward serves a unix socket on a port of this machine's loopback: a browser knows no unix sockets, and
// cannot be in the daemon's namespace and talk to this test as well.
func forward(t *testing.T, socket string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("unix", socket)
			if err != nil {
				from.Close()
				continue
			}
			for _, pair := range [][2]net.Conn{{from, to}, {to, from}} {
				go func() {
					io.Copy(pair[0], pair[1])
					pair[0].Close()
				}()
			}
		}
	}()
	return l.Addr().String()
}

// post asks a page for an action and returns the status of the answer, 0 for none.
func post(t *testing.T, socket, token, body string) int {
	r, err := http.NewRequest("POST", "http://holdfast/page/do", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{Timeout: limit, Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", socket) }}}).Do(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestNSStatusPageOfAPair(t *testing.T) {
	t.Parallel()
	const token = "a-token-for-this-test"
	lan := vlan.New(t)
	with := func(d *node, priority int) string {
		return strings.Replace(pairConfig(priority, ""), "vrrp_version 3", "vrrp_version 3\n  status_listen "+d.file("status.sock")+
			"\n  status_token_file "+d.file("token"), 1)
	}
	start := func(address string, priority int) *node {
		d := newNode(t, lan.Host(address), "")
		d.configure(with(d, priority))
		if err := os.WriteFile(d.file("token"), []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
		d.start()
		return d
	}
	master := start("192.0.2.1/24", 110)
	wait(t, "the first director is MASTER", master.in("MASTER"))
	backup := start("192.0.2.2/24", 90)
	wait(t, "the second director is BACKUP", backup.in("BACKUP"))

	address := forward(t, backup.file("status.sock"))
	p := browser.Open(t, "http://"+address+"/")
	const row = `document.querySelector("#instances tr")`
	p.Wait("the state", row+`?.textContent.includes("BACKUP")`)
	for _, part := range []string{"VI_1", "192.0.2.1", "priority 110", virtual} {
		if !strings.Contains(p.Text("#instances"), part) {
			t.Errorf("the page of the BACKUP does not show %s: %s", part, p.Text("#instances"))
		}
	}
	// The other one hands over, asked by its page: what this one shows follows.
	if status := post(t, master.file("status.sock"), "not-the-token-of-it", `{"do":"handover","name":"VI_1"}`); status != http.StatusUnauthorized {
		t.Errorf("with a wrong token: %d", status)
	}
	done := make(chan int, 1)
	go func() { done <- post(t, master.file("status.sock"), token, `{"do":"handover","name":"VI_1"}`) }()
	wait(t, "the second director is MASTER", backup.in("MASTER"))
	t.Logf("the page shows it %v after the control socket told it", p.Wait("MASTER", row+`.textContent.includes("MASTER")`).Round(time.Millisecond))
	p.Wait("the event", `[...document.querySelectorAll("#timeline .event")].some((e) => e.textContent.includes("BACKUP → MASTER"))`)
	if status := <-done; status != http.StatusNoContent {
		t.Errorf("handover: %d", status)
	}
	if status := post(t, master.file("status.sock"), token, `{"do":"undo_handover","name":"VI_1"}`); status != http.StatusNoContent {
		t.Errorf("undo handover: %d", status)
	}
	p.Wait("BACKUP", row+`.textContent.includes("BACKUP")`)
	if said := p.Said(); said != nil {
		t.Errorf("console: %q", said)
	}
	if elsewhere := p.Elsewhere(); elsewhere != nil {
		t.Errorf("requests to somewhere else: %q", elsewhere)
	}
}
