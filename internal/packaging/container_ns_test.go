package packaging

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/control"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// granted are the capabilities that the Containerfile asks for.
var granted = []uintptr{unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, unix.CAP_NET_BROADCAST}

// patience is for a busy machine.
const patience = 60 * time.Second

// TestNSContainer runs the static program as the Containerfile has it: alone on a root that cannot be
// written to, with three capabilities, without an init system, on the pid files of an earlier life; as
// root and as another user.
func TestNSContainer(t *testing.T) {
	for name, uid := range map[string]uint32{"root": 0, "another user": 4711} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := vlan.New(t).Host("192.0.2.1/24")
			var said bytes.Buffer
			cmd := &exec.Cmd{Path: "/usr/sbin/holdfast", Args: entrypoint(t), Dir: "/", Stdout: &said, Stderr: &said}
			var failure error
			dir := t.TempDir()
			host.Do(func() { failure = contain(dir, uid, cmd) })
			if failure != nil {
				t.Fatal(failure)
			}
			ended := make(chan struct{})
			go func() { _ = cmd.Wait(); close(ended) }()
			t.Cleanup(func() {
				_ = cmd.Process.Signal(syscall.SIGTERM)
				<-ended
				if t.Failed() {
					t.Log(said.String())
				}
			})
			socket := fmt.Sprintf("/proc/%d/root/run/holdfast/control.sock", cmd.Process.Pid)
			for deadline := time.Now().Add(patience); !host.Has("192.0.2.100"); time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("it does not become MASTER")
				}
			}
			reply, err := control.Ask(socket, control.Request{Command: control.CommandStatus}, patience)
			if err != nil || len(reply.Status.VRRP.Instances) != 1 || reply.Status.VRRP.Instances[0].State != "MASTER" {
				t.Fatalf("%v: %+v", err, reply.Status)
			}
			for _, p := range reply.Status.Processes {
				if have := effective(t, p.PID); have != mask() {
					t.Errorf("the %s process has the capabilities %x, want %x", p.Role, have, mask())
				}
			}
		})
	}
}

// entrypoint is the command line of the Containerfile.
func entrypoint(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "Containerfile"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^ENTRYPOINT \[(.*)\]$`).FindSubmatch(text)
	if m == nil {
		t.Fatal("the Containerfile has no entry point")
	}
	var words []string
	for word := range strings.SplitSeq(string(m[1]), ",") {
		word, err := strconv.Unquote(strings.TrimSpace(word))
		if err != nil {
			t.Fatal(err)
		}
		words = append(words, word)
	}
	return words
}

// contain starts cmd in a root of its own. It spoils the calling thread, which ends afterwards.
func contain(dir string, uid uint32, cmd *exec.Cmd) error {
	program, err := os.ReadFile(filepath.Join(root, "bin", "holdfast"))
	if err != nil {
		return fmt.Errorf("make build: %w", err)
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	var errs []error
	do := func(err error) { errs = append(errs, err) }
	do(unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""))
	do(unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0755"))
	for _, name := range []string{"usr/sbin", "etc/keepalived", "run", "proc", "dev", "tmp"} {
		do(os.MkdirAll(in(name), 0o755))
	}
	do(os.WriteFile(in("usr/sbin/holdfast"), program, 0o755))
	do(os.WriteFile(in("etc/keepalived/keepalived.conf"), []byte(router("110")), 0o644))
	do(unix.Mknod(in("dev/null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))))
	do(os.Chmod(in("dev/null"), 0o666))
	do(unix.Mount("proc", in("proc"), "proc", 0, ""))
	do(unix.Mount("tmpfs", in("run"), "tmpfs", 0, fmt.Sprintf("mode=0755,uid=%d", uid)))
	// What a killed container leaves: pids that are now somebody else's.
	for name, text := range map[string]string{"keepalived.pid": "1\n", "vrrp.pid": "nonsense\n"} {
		do(os.WriteFile(in("run/"+name), []byte(text), 0o644))
		do(os.Chown(in("run/"+name), int(uid), -1))
	}
	do(readOnly(dir))
	// The child still has all of ours until it becomes the program, and may change its root.
	for c := uintptr(0); unix.Prctl(unix.PR_CAPBSET_READ, c, 0, 0, 0) == nil; c++ {
		if mask()&(1<<c) == 0 {
			do(unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0))
		}
	}
	cmd.Env = []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: dir}
	if uid != 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: uid}
		cmd.SysProcAttr.AmbientCaps = granted
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return cmd.Start()
}

// readOnly has nobody write to what is mounted at dir any more. What another test starts at the moment in which
// a file is written holds it open too, until it has become another program.
func readOnly(dir string) error {
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, "")
		if !errors.Is(err, unix.EBUSY) || time.Now().After(end) {
			return err
		}
	}
}

func mask() (m uint64) {
	for _, c := range granted {
		m |= 1 << c
	}
	return m
}

// effective are the capabilities of a process.
func effective(t *testing.T, pid int) uint64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^CapEff:\s*([0-9a-f]+)$`).FindSubmatch(b)
	if m == nil {
		t.Fatalf("%s", b)
	}
	set, err := strconv.ParseUint(string(m[1]), 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestContainerfileAsksForTheCapabilitiesThatAreEnough: what the test above grants is what it names.
func TestContainerfileAsksForTheCapabilitiesThatAreEnough(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "Containerfile"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "--cap-add NET_ADMIN,NET_RAW,NET_BROADCAST ") || len(granted) != 3 {
		t.Error("the capabilities in the Containerfile are not those that are tested")
	}
}
