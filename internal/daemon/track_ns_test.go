package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// trackers are the blocks of a node that tracks a script, a file and a process of its own. The script
// exits with what the file "exit" says, after what the file "sleep" says.
func (d *node) trackers(process string) string {
	script := d.file("chk")
	text := fmt.Sprintf("#!/bin/sh\nsleep $(cat %[1]s/sleep 2>/dev/null || echo 0)\nexit $(cat %[1]s/exit 2>/dev/null || echo 0)\n", d.dir)
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		d.t.Fatal(err)
	}
	return fmt.Sprintf(`vrrp_script chk {
  script "%s"
  interval 0.2
  timeout 30
  weight -30
  user root
}
track_file load {
  file %s
}
vrrp_track_process app {
  process %s
  weight 10
}
`, script, d.file("load"), process)
}

// withTracks adds track_* blocks to the instance of pairConfig.
func withTracks(config, blocks string) string {
	return strings.Replace(config, "  advert_int 0.5\n", "  advert_int 0.5\n"+blocks, 1)
}

const allTracked = "track_script {\n chk\n }\n track_file {\n load\n }\n track_process {\n app\n }\n"

func (d *node) put(name, content string) {
	d.t.Helper()
	// Renamed into place: a script never reads half of it.
	if err := os.WriteFile(d.file(name+".new"), []byte(content), 0o644); err != nil {
		d.t.Fatal(err)
	}
	if err := os.Rename(d.file(name+".new"), d.file(name)); err != nil {
		d.t.Fatal(err)
	}
}

// explained is the priority of VI_1 and why it is that.
func (d *node) explained() string {
	r, err := d.ask(control.CommandStatus)
	if err != nil || r.Status.VRRP == nil || len(r.Status.VRRP.Instances) != 1 {
		return ""
	}
	in := &r.Status.VRRP.Instances[0]
	return fmt.Sprintf("%s %d: %s", in.State, in.Priority, in.Why)
}

// explains waits for what explained says.
func (d *node) explains(want string) {
	d.t.Helper()
	wait(d.t, want, func() bool { return d.explained() == want })
}

// app starts a process of that name in the node's namespace.
func (d *node) app(name string) *exec.Cmd {
	d.t.Helper()
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		d.t.Fatal(err)
	}
	path := filepath.Join(d.dir, name)
	if err := os.Symlink(sleep, path); err != nil && !os.IsExist(err) {
		d.t.Fatal(err)
	}
	cmd := exec.Command(path, "1000")
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = cmd.Process.Kill(); _, _ = cmd.Process.Wait() })
	return cmd
}

func TestNSTrackersMoveThePriorityAndSayWhy(t *testing.T) {
	t.Parallel()
	lan := vlan.New(t)
	backup := newNode(t, lan.Host("192.0.2.2/24"), pairConfig(90, ""))
	master := newNode(t, lan.Host("192.0.2.1/24"), "")
	name := fmt.Sprintf("hfa%d", os.Getpid())
	master.configure(withTracks(pairConfig(100, master.trackers(name)), allTracked))
	app := master.app(name)
	master.start()
	wait(t, "the first director is MASTER", master.in("MASTER"))
	backup.start()
	wait(t, "the second director is BACKUP", backup.in("BACKUP"))
	const runs = "process app runs (1) +10"
	master.explains("MASTER 110: " + runs)

	master.put("exit", "1")
	wait(t, "the peer takes over", backup.holds(virtual))
	master.explains("BACKUP 80: script chk failed -30, " + runs)
	for _, line := range []string{"VRRP_Script(chk) succeeded", "Script `chk` now returning 1", "VRRP_Script(chk) failed (exited with status 1)", "(VI_1) Changing effective priority from 110 to 80"} {
		if !master.logged(line)() {
			t.Errorf("the log has no %q", line)
		}
	}
	master.put("exit", "0")
	wait(t, "the address comes back", master.holds(virtual))

	for _, step := range []struct {
		what string
		do   func() error
		want string
	}{
		{"written", func() error { return os.WriteFile(master.file("load"), []byte("-5\n"), 0o644) }, "MASTER 105: file load holds -5 -5, " + runs},
		{"renamed into place", func() error { master.put("load", "+7\n"); return nil }, "MASTER 117: file load holds 7 +7, " + runs},
		{"deleted", func() error { return os.Remove(master.file("load")) }, "MASTER 110: " + runs},
		{"a fault", func() error { return os.WriteFile(master.file("load"), []byte("-254\n"), 0o644) }, "FAULT 110: file load holds -254: FAULT, " + runs},
		{"deleted again", func() error { return os.Remove(master.file("load")) }, "MASTER 110: " + runs},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		wait(t, "file "+step.what+": "+step.want, func() bool { return master.explained() == step.want })
	}

	if err := app.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	master.explains("MASTER 100: ")
	master.app(name)
	master.explains("MASTER 110: " + runs)
	if !master.logged("Quorum lost for tracked process app")() || !master.logged("Quorum gained for tracked process app")() {
		t.Error("the log does not tell of the process")
	}
}

func TestNSResultsOutliveTheVRRPProcessAndAReload(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), "")
	config := withTracks(pairConfig(100, d.trackers("none-of-that")), "track_script {\n chk weight 0\n }\n track_file {\n load weight 2\n }\n")
	d.configure(config)
	d.put("load", "5\n")
	d.start()
	const want = "MASTER 110: file load holds 5 +10"
	d.explains(want)
	// From now on the script hangs: all that is known is its last result.
	d.put("sleep", "1000")
	wait(t, "it hangs", d.logged("Track script chk is already running, expect idle - skipping run"))
	killed := d.pid("vrrp")
	d.kill("vrrp", syscall.SIGKILL)
	wait(t, "a new VRRP process", func() bool { pid := d.pid("vrrp"); return pid != 0 && pid != killed })
	d.explains(want)
	if _, err := d.ask(control.CommandReload); err != nil {
		t.Fatal(err)
	}
	d.explains(want)
	if d.logged("Entering FAULT STATE")() {
		t.Error("an instance whose script succeeded went to FAULT")
	}
	// A changed script begins anew; that it has no result yet stops nobody.
	d.configure(strings.Replace(config, "/chk\"", "/chk other\"", 1))
	if _, err := d.ask(control.CommandReload); err != nil {
		t.Fatal(err)
	}
	d.explains("MASTER 110: script chk has no result yet, file load holds 5 +10")
}

func TestNSAdoptedMasterWaitsForNoScript(t *testing.T) {
	t.Parallel()
	lan := vlan.New(t)
	backup := newNode(t, lan.Host("192.0.2.2/24"), pairConfig(90, ""))
	master := newNode(t, lan.Host("192.0.2.1/24"), "")
	master.configure(withTracks(pairConfig(100, master.trackers("none-of-that")), "track_script {\n chk weight 0\n }\n"))
	master.start()
	wait(t, "the first director is MASTER", master.in("MASTER"))
	backup.start()
	wait(t, "the second director is BACKUP", backup.in("BACKUP"))
	master.put("sleep", "1000")
	wait(t, "the script hangs", master.logged("expect idle - skipping run"))
	parent, orphan := master.pid("keepalived"), master.pid("vrrp")
	master.kill("keepalived", syscall.SIGKILL)
	wait(t, "the parent is gone", gone(parent))
	master.start()
	wait(t, "the orphan is ended", gone(orphan))
	master.explains("MASTER 100: script chk has no result yet")
	if backup.logged("Entering MASTER STATE")() || !master.host.Has(virtual) {
		t.Error("the peer took over meanwhile")
	}
}

func TestNSScriptThatHangsFailsAndDelaysNothing(t *testing.T) {
	t.Parallel()
	d := newNode(t, vlan.New(t).Host("192.0.2.1/24"), "")
	hang := d.file("hang")
	if err := os.WriteFile(hang, []byte("#!/bin/sh\n[ -e "+d.file("load")+" ] || exit 0\ntrap '' TERM\nwhile :; do sleep 1; done\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	d.configure(withTracks(pairConfig(100, fmt.Sprintf("vrrp_script hang {\n script %s\n interval 1\n timeout 1\n user root\n}\n", hang)), "track_script {\n hang\n }\n"))
	d.start()
	wait(t, "MASTER", d.in("MASTER"))
	d.put("load", "")
	d.explains("FAULT 100: script hang timed out: FAULT")
	if !d.logged("VRRP_Script(hang) timed_out")() {
		t.Error("the log does not tell of the timeout")
	}
	if err := os.Remove(d.file("load")); err != nil {
		t.Fatal(err)
	}
	wait(t, "it is killed and runs again", d.in("MASTER"))
	r, err := d.ask(control.CommandStatus)
	if err != nil || len(r.Status.Tracking.Objects) != 1 {
		t.Fatalf("%+v, %v", r.Status, err)
	}
	if o := r.Status.Tracking.Objects[0]; o.Timeouts < 1 || o.Skips < 1 || !o.Up {
		t.Errorf("%+v: timeouts and skips are not counted", o)
	}
	begin := time.Now()
	d.kill("keepalived", syscall.SIGTERM)
	d.status()
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("the stop took %v", took)
	}
}
