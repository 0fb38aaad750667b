//go:build lab

package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// trackedBlocks are what both routers of TestTracked track: a script with a weight, one without, one
// that has to fail twice, and a file.
const trackedBlocks = `global_defs {
  script_user root
  enable_script_security
}
vrrp_script weighs {
  script "/etc/keepalived/chk /run/weighs"
  interval 1
  weight -20
}
vrrp_script faults {
  script "/etc/keepalived/chk /run/faults"
  interval 1
}
vrrp_script slow {
  script "/etc/keepalived/chk /run/slow"
  interval 1
  timeout 1
  fall 2
  rise 2
  weight 20 reverse
}
vrrp_track_file load {
  file /run/load
  weight 2
}
`

const trackedLines = "track_script {\n weighs\n faults\n slow\n }\n track_file {\n load\n }"

// chk fails while the file that it is given is there, and hangs while that holds "hang".
const chk = "#!/bin/sh\n[ -e $1 ] || exit 0\n[ \"$(cat $1)\" = hang ] && sleep 20\nexit 1\n"

// trackedSteps are done to a, or with b to b, one after the other.
var trackedSteps = []struct {
	what, file, text string // the file is deleted where text is empty
	b                bool
}{
	{"script with a weight fails", "/run/weighs", "x", false},
	{"and recovers", "/run/weighs", "", false},
	{"script with a weight hangs", "/run/weighs", "hang", false},
	{"and recovers", "/run/weighs", "", false},
	{"script without a weight fails", "/run/faults", "x", false},
	{"and recovers", "/run/faults", "", false},
	{"file holds -10", "/run/load", "-10\n", false},
	{"file holds 1", "/run/load", "1\n", false},
	{"file holds -127", "/run/load", "-127\n", false},
	{"file is deleted", "/run/load", "", false},
	// A weight that is turned round is taken off while the script is up.
	{"script with a weight that is turned round fails", "/run/slow", "x", true},
	{"and recovers", "/run/slow", "", true},
}

// TestTracked has scripts and a file fail and recover on the router of higher priority, with the
// program under test against keepalived, both ways round, and between two of either: the same router
// wins each time.
func TestTracked(t *testing.T) {
	winners := inEveryPairing(t, true, trackedFight)
	if n := strings.Count(strings.Join(winners, "\n"), ": b"); n < 6 {
		t.Errorf("b won %d times: the steps do not show what they ought to", n)
	}
}

func trackedFight(t *testing.T, p [2]lab.Program) []string {
	d := even("tracked", 3, 200*time.Millisecond)
	d.priority, d.extra = [2]int{110, 100}, both(trackedLines)
	a := newArena(t, d, p)
	for i, r := range a.routers {
		must(t, r.WriteFile("/etc/keepalived/chk", chk, 0o755))
		must(t, r.Start(trackedBlocks+a.config(i)))
		a.joined(r)
	}
	a.rest("both started")
	for _, s := range trackedSteps {
		router := a.routers[0]
		if s.b {
			router = a.routers[1]
		}
		if s.text == "" {
			_, err := router.Exec("rm", s.file)
			must(t, err)
		} else {
			must(t, router.WriteFile(s.file, s.text, 0o644))
		}
		a.settle()
		a.rest(fmt.Sprintf("%s (%s)", s.what, strings.TrimSpace(s.text)))
	}
	return a.winners
}

// settle gives scripts the time to run twice, be timed out and run again.
func (a *arena) settle() { time.Sleep(5 * time.Second) }
