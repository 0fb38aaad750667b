package speaker_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

// TestNSRealtimeReachesAllThreads runs in a process of its own, which stays real-time.
func TestNSRealtimeReachesAllThreads(t *testing.T) {
	const child = "SPEAKER_TEST_REALTIME"
	if os.Getenv(child) == "" {
		if os.Geteuid() != 0 {
			t.Fatal("real-time priority needs root")
		}
		cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), child+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	if err := speaker.Realtime(7); err != nil {
		t.Fatal(err)
	}
	tasks, _ := filepath.Glob("/proc/self/task/*")
	for _, task := range tasks {
		var tid int
		for _, c := range filepath.Base(task) {
			tid = tid*10 + int(c-'0')
		}
		a, err := unix.SchedGetAttr(tid, 0)
		if err == nil && (a.Policy != unix.SCHED_RR || a.Priority != 7) {
			t.Errorf("thread %d: %+v", tid, a)
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil || strings.Contains(string(status), "VmLck:\t       0 kB") {
		t.Errorf("memory is not locked: %v", err)
	}
}
