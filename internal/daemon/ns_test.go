package daemon

import (
	"errors"
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

// limit is how long a test waits for something that takes seconds on an idle machine.
const limit = 2 * time.Minute

// node is a daemon on a host of a virtual LAN.
type node struct {
	t    *testing.T
	host *vlan.Host
	dir  string // in place of /run and /tmp
	cmd  *exec.Cmd
	end  chan error
}

// virtual is the address that the directors share.
const virtual = "192.0.2.100"

// pairConfig is an instance with that priority; more is put in front of it.
func pairConfig(priority int, more string, vips ...string) string {
	return fmt.Sprintf(`global_defs {
  vrrp_version 3
}
%s
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority %d
  advert_int 0.5
  virtual_ipaddress {
    %s
  }
}
`, more, priority, strings.Join(append([]string{virtual}, vips...), "\n    "))
}

func newNode(t *testing.T, h *vlan.Host, config string) *node {
	t.Helper()
	d := &node{t: t, host: h, dir: t.TempDir()}
	d.configure(config)
	t.Cleanup(func() {
		for _, pid := range []int{d.pid("keepalived"), d.pid("vrrp"), d.pid("checkers"), d.pid("bfd")} {
			if pid > 0 {
				syscall.Kill(pid, syscall.SIGKILL)
			}
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", h.Namespace, d.log())
		}
	})
	return d
}

func (d *node) configure(config string) {
	d.t.Helper()
	if err := os.WriteFile(d.file("keepalived.conf"), []byte(config), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

func (d *node) file(name string) string { return filepath.Join(d.dir, name) }

// command is the daemon with options.
func (d *node) command(options ...string) *exec.Cmd {
	cmd := d.host.Command(os.Args[0], append([]string{"-l", "-D", "-f", d.file("keepalived.conf")}, options...)...)
	cmd.WaitDelay = limit
	cmd.Args = append(cmd.Args, "-G") // nothing in the log of this machine
	cmd.Env = append(os.Environ(), testDaemon+"=1", testRun+"="+d.dir, "TMPDIR="+d.dir)
	return cmd
}

// start starts the daemon in the foreground.
func (d *node) start(options ...string) {
	d.t.Helper()
	out, err := os.OpenFile(d.file("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		d.t.Fatal(err)
	}
	defer out.Close()
	d.cmd = d.command(append([]string{"-n"}, options...)...)
	d.cmd.Stdout, d.cmd.Stderr = out, out
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	cmd, end := d.cmd, make(chan error, 1)
	d.end = end
	go func() { end <- cmd.Wait() }()
}

// status waits for the end of the daemon and returns its exit status.
func (d *node) status() int {
	d.t.Helper()
	select {
	case err := <-d.end:
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode()
		}
		if err != nil {
			d.t.Fatal(err)
		}
		return 0
	case <-time.After(limit):
		d.t.Fatalf("the daemon does not end")
		return 0
	}
}

func (d *node) pid(name string) int { return pidfile.Read(d.file(name + ".pid")) }

func (d *node) kill(name string, s syscall.Signal) {
	d.t.Helper()
	pid := d.pid(name)
	if pid == 0 {
		d.t.Fatalf("%s.pid holds no pid", name)
	}
	if err := syscall.Kill(pid, s); err != nil {
		d.t.Fatalf("kill %s: %v", name, err)
	}
}

func (d *node) log() string {
	b, err := os.ReadFile(d.file("log"))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(b)
}

func (d *node) logged(text string) func() bool {
	return func() bool { return strings.Contains(d.log(), text) }
}

func (d *node) holds(address string) func() bool {
	return func() bool { return d.host.Has(address) }
}

func (d *node) ask(command string) (control.Reply, error) {
	return control.Ask(d.file("holdfast/control.sock"), control.Request{Command: command}, limit)
}

// state is the state of VI_1, empty while the daemon does not tell.
func (d *node) state() string {
	r, err := d.ask(control.CommandStatus)
	if err != nil || r.Status.VRRP == nil || len(r.Status.VRRP.Instances) != 1 {
		return ""
	}
	return r.Status.VRRP.Instances[0].State
}

func (d *node) in(state string) func() bool { return func() bool { return d.state() == state } }

func wait(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

func gone(pid int) func() bool {
	return func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return err != nil || strings.Contains(string(stat), ") Z ")
	}
}

// pair starts two directors, the first of which becomes MASTER.
func pair(t *testing.T) (master, backup *node) {
	t.Helper()
	return pairWith(t, func(*node) []string { return nil })
}

// patientPair is pair with twice the time for who has to be back before the other takes over: three seconds.
func patientPair(t *testing.T) (master, backup *node) {
	t.Helper()
	return pairOf(t, func(config string) string { return strings.Replace(config, "advert_int 0.5", "advert_int 1", 1) }, func(*node) []string { return nil })
}

// pairWith is pair with options for each.
func pairWith(t *testing.T, options func(*node) []string) (master, backup *node) {
	t.Helper()
	return pairOf(t, func(config string) string { return config }, options)
}

// pairOf is pairWith with another configuration.
func pairOf(t *testing.T, change func(config string) string, options func(*node) []string) (master, backup *node) {
	t.Helper()
	lan := vlan.New(t)
	backup = newNode(t, lan.Host("192.0.2.2/24"), change(pairConfig(90, "")))
	master = newNode(t, lan.Host("192.0.2.1/24"), change(pairConfig(110, "")))
	master.start(options(master)...)
	wait(t, "the first director is MASTER", master.in("MASTER"))
	wait(t, "it has the address", master.holds(virtual))
	backup.start(options(backup)...)
	wait(t, "the second director is BACKUP", backup.in("BACKUP"))
	return master, backup
}

func TestNSDaemonBecomesMasterAndHandsOverAtTheStop(t *testing.T) {
	t.Parallel()
	master, backup := pair(t)
	for _, text := range []string{"(VI_1) Entering BACKUP STATE", "(VI_1) Entering MASTER STATE", "Startup complete"} {
		if !master.logged(text)() {
			t.Errorf("the log has no %q", text)
		}
	}
	master.kill("keepalived", syscall.SIGTERM)
	if status := master.status(); status != 0 {
		t.Errorf("exit status %d after SIGTERM, want 0", status)
	}
	if master.host.Has(virtual) {
		t.Error("the address is still there after the end")
	}
	for _, name := range []string{"keepalived.pid", "vrrp.pid", "checkers.pid", "holdfast/control.sock"} {
		if _, err := os.Lstat(master.file(name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there after the end (%v)", name, err)
		}
	}
	wait(t, "the peer takes over", backup.holds(virtual))
}

func TestNSReloadAddsWhatIsNewAndABrokenFileChangesNothing(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), pairConfig(100, ""))
	d.start()
	wait(t, "the address", d.holds(virtual))
	child := d.pid("vrrp")

	d.configure(strings.Replace(pairConfig(100, "", "192.0.2.101"), "eth0", "nosuch", 1))
	d.kill("keepalived", syscall.SIGHUP)
	wait(t, "the refusal in the log", d.logged("the new configuration is not used"))
	if r, err := d.ask(control.CommandStatus); err != nil || r.Status.Reload.Error == "" || r.Status.Reload.Count != 0 {
		t.Errorf("status after a refused reload: %+v, %v", r.Status, err)
	}
	if _, err := d.ask(control.CommandReload); err == nil {
		t.Error("a reload of a broken file by the control socket succeeds")
	}
	if !d.host.Has(virtual) || d.pid("vrrp") != child {
		t.Error("a refused reload had an effect")
	}

	d.configure(pairConfig(100, "", "192.0.2.101"))
	if _, err := d.ask(control.CommandReload); err != nil {
		t.Fatal(err)
	}
	wait(t, "the new address", d.holds("192.0.2.101"))
	if !d.host.Has(virtual) || d.pid("vrrp") != child || strings.Count(d.log(), "Entering MASTER STATE") != 1 {
		t.Error("the reload disturbed what did not change")
	}
	d.configure(pairConfig(100, ""))
	d.kill("keepalived", syscall.SIGHUP)
	wait(t, "the address that is no longer configured goes", func() bool { return !d.host.Has("192.0.2.101") })
}

func TestNSReloadOfHostileFilesChangesNothing(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), pairConfig(100, ""))
	d.start()
	wait(t, "the address", d.holds(virtual))
	parent, child := d.pid("keepalived"), d.pid("vrrp")
	for i, text := range []string{
		strings.Repeat("vrrp_instance a {\n", 100_000), // blocks in blocks
		"vrrp_instance a {\n~SEQ(X,1,9000000000) x$X\n}\n",
		"include keepalived.conf\n" + pairConfig(100, ""),
		strings.Repeat("x", 10<<20),
		"\x00", // of 1 GB
	} {
		d.configure(text)
		if text == "\x00" {
			if err := os.Truncate(d.file("keepalived.conf"), 1<<30); err != nil {
				t.Fatal(err)
			}
		}
		d.kill("keepalived", syscall.SIGHUP)
		refused := func() bool { return strings.Count(d.log(), "the new configuration is not used") > i }
		wait(t, fmt.Sprintf("refusal %d", i+1), refused)
	}
	if !d.host.Has(virtual) || d.pid("keepalived") != parent || d.pid("vrrp") != child || d.state() != "MASTER" {
		t.Error("a reload of a hostile file had an effect")
	}
}

func TestNSKilledVRRPProcessGoesOnAsMaster(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{
		syscall.SIGKILL,
		syscall.SIGQUIT, // the Go runtime ends the process as it does after a panic, with exit status 2
	} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			vrrpProcessEnds(t, signal)
		})
	}
}

func vrrpProcessEnds(t *testing.T, signal syscall.Signal) {
	master, backup := patientPair(t)
	killed := master.pid("vrrp")
	master.kill("vrrp", signal)
	wait(t, "a new VRRP process", func() bool { pid := master.pid("vrrp"); return pid != 0 && pid != killed })
	wait(t, "it goes on as MASTER", master.in("MASTER"))
	if !master.host.Has(virtual) {
		t.Error("the address is gone")
	}
	if !master.logged("(VI_1) Entering MASTER STATE reason=adopted")() {
		t.Error("the new process did not adopt the state of the old one")
	}
	if backup.logged("Entering MASTER STATE")() {
		t.Error("the peer became MASTER meanwhile")
	}
	r, err := master.ask(control.CommandStatus)
	if err != nil || len(r.Status.Processes) != 1 || r.Status.Processes[0].Restarts != 1 {
		t.Errorf("the status does not tell of the restart: %+v, %v", r.Status, err)
	}
}

func TestNSNewDaemonAdoptsTheOrphanOfAKilledOne(t *testing.T) {
	t.Parallel()
	master, backup := patientPair(t)
	parent, orphan := master.pid("keepalived"), master.pid("vrrp")
	master.kill("keepalived", syscall.SIGKILL)
	wait(t, "the parent is gone", gone(parent))
	master.start()
	wait(t, "the orphan is ended", gone(orphan))
	wait(t, "the new daemon is MASTER", master.in("MASTER"))
	if !master.host.Has(virtual) {
		t.Error("the address is gone")
	}
	if !master.logged("taking over from VRRP process")() || !master.logged("reason=adopted")() {
		t.Error("the new daemon did not take over from the old one")
	}
	if backup.logged("Entering MASTER STATE")() {
		t.Error("the peer became MASTER meanwhile")
	}
}

func TestNSDaemonThatCrashedWholeGoesOnAsMaster(t *testing.T) {
	t.Parallel()
	master, backup := patientPair(t)
	for range 3 { // the new daemon meets processes that the kernel is still ending
		killed := []int{master.pid("keepalived"), master.pid("vrrp")}
		for _, pid := range killed {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		master.start()
		wait(t, "a new VRRP process", func() bool { pid := master.pid("vrrp"); return pid != 0 && pid != killed[1] })
		wait(t, "it goes on as MASTER", master.in("MASTER"))
		if !master.host.Has(virtual) {
			t.Error("the address is gone")
		}
	}
	if backup.logged("Entering MASTER STATE")() {
		t.Error("the peer became MASTER meanwhile")
	}
}

func TestNSOrphanHandsOverWhenNoDaemonComes(t *testing.T) {
	t.Parallel()
	master, backup := pair(t)
	orphan := master.pid("vrrp")
	master.kill("keepalived", syscall.SIGKILL)
	wait(t, "the peer takes over", backup.holds(virtual))
	wait(t, "the orphan ends", gone(orphan))
	if master.host.Has(virtual) {
		t.Error("the orphan left its address behind")
	}
	if _, err := os.Stat(master.file("vrrp.pid")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the orphan left its pid file behind")
	}
	if !backup.logged("Entering MASTER STATE")() {
		t.Error("the peer did not become MASTER")
	}
}

func TestNSSecondDaemonIsRefused(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), pairConfig(100, ""))
	d.start()
	wait(t, "startup", d.logged("Startup complete"))
	child := d.pid("vrrp")
	out, err := d.command("-n").CombinedOutput()
	if err != nil { // keepalived's status is 0 too
		t.Errorf("the second daemon ends with %v", err)
	}
	if !strings.Contains(string(out), "daemon is already running") || !strings.Contains(string(out), "-p, -r, -c and -b") {
		t.Errorf("the second daemon says %s", out)
	}
	// Another parent pid file, but the child's is in use by a daemon that lives.
	if out, err = d.command("-n", "-p", d.file("other.pid")).CombinedOutput(); err == nil || !strings.Contains(string(out), "which is alive") {
		t.Errorf("a daemon that shares vrrp.pid with a living one: %v\n%s", err, out)
	}
	if d.pid("vrrp") != child || gone(child)() {
		t.Error("the second daemon touched the first one's child")
	}
}

func TestNSBadStartsHaveKeepalivedsStatusAndSayTheCure(t *testing.T) {
	t.Parallel()
	host := vlan.New(t).Host("192.0.2.1/24")
	tests := []struct {
		name    string
		prepare func(d *node) *exec.Cmd
		status  int
		says    string
	}{
		{"missing file", func(d *node) *exec.Cmd {
			os.Remove(d.file("keepalived.conf"))
			return d.command("-n")
		}, exitNoConfig, "Config files missing"},
		{"unknown interface", func(d *node) *exec.Cmd {
			d.configure(strings.Replace(pairConfig(100, ""), "eth0", "nosuch", 1))
			return d.command("-n")
		}, exitConfig, "nosuch"},
		{"unknown interface, in the background", func(d *node) *exec.Cmd {
			d.configure(strings.Replace(pairConfig(100, ""), "eth0", "nosuch", 1))
			return d.command()
		}, exitConfig, "-n -l"},
		{"no permission", func(d *node) *exec.Cmd {
			c := d.command("-n")
			// ip netns exec NAMESPACE PROGRAM...: without capabilities from PROGRAM on.
			c.Args = append(append(c.Args[:4:4], "setpriv", "--inh-caps=-all", "--bounding-set=-all"), c.Args[4:]...)
			return c
		}, exitPermission, "net_admin, net_raw"},
		{"no such namespace", func(d *node) *exec.Cmd { return d.command("-n", "-s", "nosuch") }, exitFatal, "ip netns list"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd := tt.prepare(newNode(t, host, pairConfig(100, "")))
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != tt.status {
				t.Errorf("ended with %v, want status %d", err, tt.status)
			}
			if !strings.Contains(string(out), tt.says) {
				t.Errorf("says nothing of %q:\n%s", tt.says, out)
			}
		})
	}
}

func TestNSVirtualServersNeedIPVS(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), pairConfig(100, `virtual_server 192.0.2.100 80 {
  lb_algo rr
  lb_kind DR
  real_server 192.0.2.5 80 {
  }
}`))
	d.start()
	if _, err := os.Stat("/proc/net/ip_vs"); err == nil || exec.Command("modprobe", "-n", "ip_vs").Run() == nil {
		wait(t, "startup on a kernel with IPVS", d.logged("Startup complete"))
		return
	}
	if status := d.status(); status != exitFatal {
		t.Errorf("exit status %d without IPVS, want 1", status)
	}
	if !d.logged("modprobe ip_vs")() || !d.logged("exited with permanent error FATAL. Terminating")() {
		t.Error("the log does not say what is missing and what to do")
	}
	if d.host.Has(virtual) || !gone(d.pid("vrrp"))() {
		t.Error("VRRP goes on without the table")
	}
}

func TestNSDaemonInTheBackgroundIsReadyWhenTheCommandEnds(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), pairConfig(100, ""))
	cmd := d.command()
	out, err := cmd.CombinedOutput() // ends only when nobody holds the pipe any more
	if err != nil {
		t.Fatalf("start: %v\n%s", err, out)
	}
	if d.state() == "" {
		t.Error("the command has ended and the daemon does not answer")
	}
	pid := d.pid("keepalived")
	d.kill("keepalived", syscall.SIGTERM)
	wait(t, "the end", gone(pid))
}

func TestNSNothingConfiguredIsNoReasonToEnd(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), "global_defs {\n}\n")
	d.start()
	wait(t, "startup", d.logged("Startup complete"))
	if !d.logged("nothing to do")() {
		t.Error("the log does not say that there is nothing to do")
	}
	d.configure(pairConfig(100, ""))
	d.kill("keepalived", syscall.SIGHUP)
	wait(t, "the address after the reload", d.holds(virtual))
	d.kill("keepalived", syscall.SIGTERM)
	if status := d.status(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func TestNSNotifyScriptsAndDumps(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), "")
	out := d.file("notified")
	script := d.file("notify.sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"$@\" >> "+out+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	d.configure(strings.Replace(pairConfig(100, ""), "  interface", "  notify "+script+" root\n  interface", 1))
	d.start()
	wait(t, "the address", d.holds(virtual))
	content := func(file, text string) func() bool {
		return func() bool {
			b, err := os.ReadFile(file)
			return err == nil && strings.Contains(string(b), text)
		}
	}
	wait(t, "notify for MASTER", content(out, "INSTANCE VI_1 BACKUP 100\nINSTANCE VI_1 MASTER 100\n"))
	d.kill("keepalived", syscall.SIGUSR2)
	wait(t, "keepalived.stats", content(d.file("keepalived.stats"), "VRRP Instance: VI_1\n  Advertisements:\n    Received: 0\n"))
	d.kill("keepalived", syscall.SIGUSR1)
	wait(t, "keepalived.data", content(d.file("keepalived.data"), "   State = MASTER\n"))
	d.kill("keepalived", syscall.SIGTERM)
	d.status()
	wait(t, "notify for the stop", content(out, "INSTANCE VI_1 STOP 100\n"))
}

func TestNSProcessesHaveTheNamesOfTheConfiguration(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), pairConfig(100, "global_defs {\n process_names\n vrrp_process_name elector\n bfd_process_name prober\n}\n"+sessionTo("peer", "192.0.2.2")))
	d.start()
	wait(t, "the address", d.holds(virtual))
	named := func(file, name string) func() bool {
		return func() bool {
			comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", d.pid(file)))
			return err == nil && strings.TrimSpace(string(comm)) == name
		}
	}
	wait(t, "the parent's name", named("keepalived", "keepalived"))
	wait(t, "the VRRP process's name", named("vrrp", "elector"))
	wait(t, "the BFD process's name", named("bfd", "prober"))
	d.configure(pairConfig(100, "global_defs {\n process_name other\n}"))
	d.kill("keepalived", syscall.SIGHUP)
	wait(t, "the new name", named("keepalived", "other"))
	wait(t, "the name of the role", func() bool { return !named("vrrp", "elector")() && named("keepalived", "other")() })
}

func TestNSDaemonRunsInTheNamespaceOfItsConfiguration(t *testing.T) {
	t.Parallel()
	h := vlan.New(t).Host("192.0.2.1/24")
	h.Run("ip", "link", "add", "only-inside", "type", "veth", "peer", "name", "far-end")
	h.Run("ip", "link", "set", "far-end", "up")
	h.Run("ip", "address", "add", "198.51.100.1/24", "dev", "only-inside")
	h.Run("ip", "link", "set", "only-inside", "up")
	config := strings.Replace(pairConfig(100, "net_namespace "+h.Namespace), "eth0", "only-inside", 1)
	d := newNode(t, h, config)
	outside := func(options ...string) *exec.Cmd {
		cmd := exec.Command(os.Args[0], append([]string{"-G", "-f", d.file("keepalived.conf")}, options...)...)
		cmd.Env = append(os.Environ(), testDaemon+"=1", testRun+"="+d.dir, "TMPDIR="+d.dir)
		return cmd
	}
	if out, err := outside("-t").CombinedOutput(); err != nil {
		t.Errorf("--config-test outside of the namespace: %v\n%s", err, out)
	}
	if out, err := outside("-g", "-D").CombinedOutput(); err != nil { // returns when the daemon is ready
		t.Fatalf("start: %v\n%s", err, out)
	}
	pids := []string{"keepalived/keepalived", "keepalived/vrrp"}
	t.Cleanup(func() {
		for _, name := range pids {
			if pid := d.pid(name); pid > 0 {
				syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	})
	wait(t, "the address inside", func() bool { return strings.Contains(h.Run("ip", "address", "show"), virtual+"/") })
	for _, name := range pids {
		if d.pid(name) == 0 {
			t.Errorf("no %s.pid", name)
		}
	}
	parent := d.pid(pids[0])
	d.kill(pids[0], syscall.SIGTERM)
	wait(t, "the end", gone(parent))
	if strings.Contains(h.Run("ip", "address", "show"), virtual+"/") {
		t.Error("the address stays")
	}
}
