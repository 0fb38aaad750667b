//go:build lab

package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// settingsFile has every setting of the checker process but its processors: a guest has one.
const settingsFile = `
global_defs {
    %s it
    checker_priority -5
    checker_no_swap
    checker_rt_priority 10
    %s %d
}
virtual_server 10.10.10.22 80 {
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 10.10.10.41 80 {
    }
}
`

// TestProcessSettings looks at the checker process with the kernel's eyes, under the new and the old
// names of its settings. keepalived has itself warned at half of the limit, and sets no nice value,
// which says nothing at a real-time priority, beside one.
func TestProcessSettings(t *testing.T) {
	const limit = 2_000_000
	want := map[lab.Program]string{
		lab.Holdfast:   "name it, policy 2, priority 10, nice -5, at most 2000000 2000000 us, locked",
		lab.Keepalived: "name it, policy 2, priority 10, nice 0, at most 1000000 2000000 us, locked",
	}
	for _, p := range programsUnder(t) {
		for _, names := range [][2]string{{"checker_process_name", "checker_rlimit_rttime"}, {"lvs_process_name", "checker_rlimit_rtime"}} {
			d := newSite(t).host("d", "10.10.10.30/24").Direct(p)
			logsOnFailure(t, d)
			must(t, d.Start(fmt.Sprintf(settingsFile, names[0], names[1], limit)))
			eventually(t, 30*time.Second, "the virtual server is in the table", func() bool {
				table, err := d.IPVS()
				return err == nil && len(table) > 0
			})
			if diff := cmp.Diff(want[p], process(t, d)); diff != "" {
				t.Errorf("%s's checker process (-want +got):\n%s", p.Name, diff)
			}
			must(t, d.StopPlanned())
		}
	}
}

// process describes the checker process.
func process(t *testing.T, d *lab.Director) string {
	t.Helper()
	out, err := d.Exec("sh", "-c", `cd /proc/$(cat /run/checkers.pid) && cat comm stat && grep "Max realtime timeout" limits && grep VmLck status`)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err != nil || len(lines) != 4 {
		t.Fatalf("%v: %q", err, lines)
	}
	_, rest, _ := strings.Cut(lines[1], ") ")
	stat, limit, locked := strings.Fields(rest), strings.Fields(lines[2]), "locked"
	if strings.Fields(lines[3])[1] == "0" {
		locked = "not locked"
	}
	// Fields are numbered in proc(5); those behind the name begin with 3.
	return fmt.Sprintf("name %s, policy %s, priority %s, nice %s, at most %s %s us, %s", lines[0], stat[41-3], stat[40-3], stat[19-3], limit[3], limit[4], locked)
}
