package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/pidfile"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// router is a daemon on a host of a virtual LAN, ours or keepalived.
type router struct {
	t    *testing.T
	host *vlan.Host
	dir  string
	cmd  *exec.Cmd
}

// The addresses of the two instances.
const (
	vip1 = "192.0.2.100"
	vip2 = "192.0.2.101"
)

// groupConfig is two instances in a sync group, with scripts that hang where it is ours.
func groupConfig(priority int, hang string) string {
	text := `global_defs {
  vrrp_version 3
  script_user root
}
vrrp_sync_group G {
  group {
    VI_1
    VI_2
  }
}
`
	for i, vip := range []string{vip1, vip2} {
		text += fmt.Sprintf(`vrrp_instance VI_%d {
  interface eth0
  virtual_router_id %d
  priority %d
  advert_int 0.3
  virtual_ipaddress {
    %s
  }
  %s
}
`, i+1, 51+i, priority, vip, hang)
	}
	return text
}

const hangs = `notify "/bin/sleep 1000"`

func newRouter(t *testing.T, h *vlan.Host, config string) *router {
	t.Helper()
	d := &router{t: t, host: h, dir: t.TempDir()}
	if err := os.WriteFile(d.file("keepalived.conf"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *router) file(name string) string { return filepath.Join(d.dir, name) }

// start runs a daemon until the end of the test.
func (d *router) start(program string, args ...string) {
	d.t.Helper()
	out, err := os.Create(d.file("log"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer out.Close()
	d.cmd = d.host.Command(program, append(args, "-n", "-l", "-D", "-G", "-f", d.file("keepalived.conf"), "-p", d.file("keepalived.pid"), "-r", d.file("vrrp.pid"), "-c", d.file("checkers.pid"))...)
	d.cmd.Env = append(os.Environ(), testDaemon+"=1", testRun+"="+d.dir, "TMPDIR="+d.dir)
	d.cmd.Stdout, d.cmd.Stderr = out, out
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		d.stop()
		if d.t.Failed() {
			d.t.Logf("log of %s:\n%s", d.host.Namespace, d.said())
		}
	})
}

func (d *router) stop() {
	if d.cmd == nil || d.cmd.ProcessState != nil {
		return
	}
	children := []int{pidfile.Read(d.file("vrrp.pid")), pidfile.Read(d.file("checkers.pid"))}
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(20*time.Second, func() { _ = d.cmd.Process.Kill() })
	_ = d.cmd.Wait()
	if !kill.Stop() {
		d.t.Errorf("the daemon of %s did not end", d.host.Namespace)
		for _, pid := range children {
			if pid > 0 {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
}

func (d *router) said() string {
	b, err := os.ReadFile(d.file("log"))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(b)
}

func (d *router) socket() string { return d.file("holdfast/control.sock") }

// states of the instances, such as "BACKUP BACKUP".
func (d *router) states() string {
	r, err := control.Ask(d.socket(), control.Request{Command: control.CommandStatus}, 10*time.Second)
	if err != nil || r.Status.VRRP == nil {
		return ""
	}
	var all []string
	for _, in := range r.Status.VRRP.Instances {
		all = append(all, in.State)
	}
	return strings.Join(all, " ")
}

// has tells whether a host has both addresses.
func (d *router) has() bool { return d.host.Has(vip1) && d.host.Has(vip2) }

// command runs holdfastctl handover for the daemon.
func (d *router) command(args ...string) (code int, text string) {
	var out, errs bytes.Buffer
	code = run(append([]string{"handover", "--socket", d.socket()}, args...), output{&out, &errs})
	return code, out.String() + errs.String()
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for limit := time.Now().Add(60 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

// few fails if more pings are lost than 10 ms of silence take.
func few(t *testing.T, p *vlan.Pings) {
	t.Helper()
	sent, lost := p.Stop()
	t.Logf("%d pings of %d lost", lost, sent)
	if sent < 100 || lost > 5 {
		t.Errorf("%d pings of %d lost", lost, sent)
	}
}

// pair is pings to both addresses.
type pair [2]*vlan.Pings

func both(h *vlan.Host) pair {
	return pair{h.Ping(vip1), h.Ping(vip2)}
}

func (p pair) few(t *testing.T) {
	t.Helper()
	p[0].GoOn()
	p[1].GoOn()
	few(t, p[0])
	few(t, p[1])
}

// TestNSHandoverCommandEndToEnd goes the whole way: command, control socket, parent, VRRP process, the
// wire, a live peer, and back. Both instances of the group move, no ping is lost, and scripts that hang
// do not matter.
func TestNSHandoverCommandEndToEnd(t *testing.T) {
	for _, peer := range []string{"holdfast", "keepalived"} {
		t.Run(peer, func(t *testing.T) {
			lan := vlan.New(t)
			a := newRouter(t, lan.Host("192.0.2.1/24"), groupConfig(150, hangs))
			b := newRouter(t, lan.Host("192.0.2.2/24"), groupConfig(100, map[string]string{"holdfast": hangs}[peer]))
			client := lan.Host("192.0.2.9/24")
			a.start(os.Args[0])
			eventually(t, "the first is MASTER", func() bool { return a.states() == "MASTER MASTER" && a.has() })
			if peer == "holdfast" {
				b.start(os.Args[0])
				eventually(t, "the second is BACKUP", func() bool { return b.states() == "BACKUP BACKUP" })
			} else {
				b.start("chrt", "-r", "10", "keepalived", "-P")
				eventually(t, "keepalived is BACKUP", func() bool { return strings.Count(b.said(), "Entering BACKUP STATE") >= 2 })
			}
			pings := both(client)
			if code, text := a.command("--for=0", "G"); code != exitOK || text != "G has handed over; it stands aside until holdfastctl handover --undo G\n" {
				t.Fatalf("status %d: %s", code, text)
			}
			eventually(t, "the second has the addresses, and it alone", func() bool { return b.has() && !a.host.Has(vip1) && !a.host.Has(vip2) })
			if s := a.states(); s != "BACKUP BACKUP" {
				t.Errorf("the first is %s", s)
			}
			pings.few(t)
			if peer == "holdfast" {
				pings = both(client) // keepalived loses some when it loses an election
			}
			// A member takes its group along, and the way back is an election.
			if code, text := a.command("--undo", "VI_2"); code != exitOK || text != "VI_2 has its priority again\n" {
				t.Fatalf("status %d: %s", code, text)
			}
			eventually(t, "the first has them again", func() bool { return a.states() == "MASTER MASTER" && a.has() && !b.host.Has(vip1) && !b.host.Has(vip2) })
			if peer == "holdfast" {
				pings.few(t)
			}
		})
	}
}

// TestNSHandoverCommandRefuses what cannot be, and says why; nothing changes by it.
func TestNSHandoverCommandRefuses(t *testing.T) {
	lan := vlan.New(t)
	a := newRouter(t, lan.Host("192.0.2.1/24"), groupConfig(150, ""))
	b := newRouter(t, lan.Host("192.0.2.2/24"), groupConfig(100, ""))
	client := lan.Host("192.0.2.9/24")
	a.start(os.Args[0])
	eventually(t, "the first is MASTER", func() bool { return a.states() == "MASTER MASTER" && a.has() })
	p := client.Ping(vip1)
	refused := func(d *router, want string, args ...string) {
		t.Helper()
		if code, text := d.command(args...); code != exitFailed || !strings.Contains(text, want) {
			t.Errorf("handover %v: status %d: %s", args, code, text)
		}
	}
	refused(a, "no other router took over: still MASTER", "G")
	refused(a, `no instance or sync group "VI_9": did you mean VI_1?`, "VI_9")
	refused(a, "does not stand aside", "--undo", "G")
	b.start(os.Args[0])
	eventually(t, "the second is BACKUP", func() bool { return b.states() == "BACKUP BACKUP" })
	refused(b, "VI_1 is BACKUP, not MASTER", "VI_1")
	refused(b, "VI_1 is BACKUP, not MASTER", "G")
	if a.states() != "MASTER MASTER" || !a.has() || b.host.Has(vip1) {
		t.Errorf("%s and %s", a.states(), b.states())
	}
	p.GoOn()
	few(t, p)
}
