package packaging

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// systemdStory is what systemd.sh has to tell, in this order.
var systemdStory = []string{
	"after the swap: /usr/sbin/holdfast --dont-fork --take-over",
	"units: active inactive enabled disabled",
	"keepalived's processes: 0\n",
	"left of the swap: \n",
	"the peer was MASTER: 0",
	"hardened: active, 1, NoNewPrivileges=yes",
	"the peer was MASTER: 0",
	"back: /usr/sbin/keepalived --dont-fork",
	"units: inactive active disabled enabled",
	"done",
}

// TestNSSwapUnderSystemd boots systemd 252 in namespaces and does the swap by its units: keepalived.service
// leaves its processes alone, holdfast.service goes on from them, with the capabilities that it has there.
func TestNSSwapUnderSystemd(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	cgroup := fmt.Sprintf("holdfast-test-%d", os.Getpid())
	t.Cleanup(func() { forget(t, cgroup) })
	boot := exec.Command("unshare", "--mount", "--pid", "--fork", "--net", "--uts", "--ipc", "--cgroup", "--kill-child",
		"sh", "boot.sh", theDeb(t), write(t, "a.conf", router("110")), write(t, "b.conf", router("90")), out, cgroup)
	var said strings.Builder
	boot.Stdout, boot.Stderr = &said, &said
	if err := boot.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = boot.Wait(); close(done) }() // its status is that of a machine that is switched off
	select {
	case <-done:
	case <-time.After(4 * time.Minute):
		_ = boot.Process.Kill()
		<-done
	}
	read := func(name string) string { b, _ := os.ReadFile(filepath.Join(out, name)); return string(b) }
	tell(t, systemdStory, said.String()+read("log"))
	checkPings(t, read("ping"))
}

// forget removes the cgroups of a systemd that has ended.
func forget(t *testing.T, cgroup string) {
	dir := t.TempDir()
	script := `mount -t cgroup2 cgroup2 "$0" && if [ -d "$0/$1" ]; then find "$0/$1" -depth -type d -exec rmdir {} +; fi`
	if said, err := exec.Command("unshare", "--mount", "sh", "-c", script, dir, cgroup).CombinedOutput(); err != nil {
		t.Errorf("remove cgroups: %v: %s", err, said)
	}
}
