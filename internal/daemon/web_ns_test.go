package daemon

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/vlan"
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
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
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
	var s control.Status
	get(t, c, "/status", &s)
	if s.VRRP == nil || len(s.VRRP.Instances) != 1 || s.VRRP.Instances[0].State != "MASTER" {
		t.Errorf("the status tells of %+v", s.VRRP)
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
