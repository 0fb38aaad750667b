//go:build lab

package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// swapProbe is the distance of two pings.
const swapProbe = 10 * time.Millisecond

// swapPair is a pair of keepalived with traffic: pings, and a long connection that both directors know of.
type swapPair struct {
	*underTraffic
	ping  *lab.Pinger
	worst time.Duration
}

// TestSwap puts Holdfast in the place of keepalived on one director and then on the other, and keepalived
// back in its place, each time by one command, with pings and connections going on. No address is silent
// for an advertisement interval, no connection is lost, and a swap to Holdfast moves no address.
func TestSwap(t *testing.T) {
	s := &swapPair{underTraffic: &underTraffic{drPair: newDRPair(t, lab.Keepalived, false)}}
	const global = "global_defs {\n lvs_sync_daemon eth0 VI_1\n}\n"
	file := byClient(trafficFile)
	s.master = global + fmt.Sprintf(file, "MASTER", 100, 1, 3)
	s.backup = global + fmt.Sprintf(file, "BACKUP", 50, 1, 3)
	endDaemons(t, s.d30)
	endDaemons(t, s.d29)
	unpack(t, s.d30)
	unpack(t, s.d29)
	s.begin()
	sloppy(t, s.d30, s.d29)
	var err error
	s.stream, err = s.client.Stream(at(s.vip, 80), 3*time.Second)
	must(t, err)
	s.ping, err = s.client.Ping(s.vip, swapProbe)
	must(t, err)
	wire, err := s.net.Capture(lab.IsAdvert)
	must(t, err)
	// The kernel tells of a connection after its third packet, and at most a second later.
	time.Sleep(3 * time.Second)

	s.swap("holdfast on the BACKUP", s.d29, "swap")
	begin := time.Now()
	s.swap("holdfast on the MASTER", s.d30, "swap")
	if others := wire.Speakers(begin); len(others) != 1 {
		t.Errorf("while holdfast took the place of a MASTER, advertisements came from %v: want it alone", others)
	}
	s.swap("keepalived on the BACKUP", s.d29, "swap", "--back")
	s.swap("keepalived on the MASTER", s.d30, "swap", "--back")
	t.Logf("four swaps: longest silence %v more than the prober's own stall; the interval is 1 s", s.worst)
}

// swap runs the command on a director and waits until d30 is MASTER and all is well.
func (s *swapPair) swap(what string, d *lab.Director, words ...string) {
	t := s.t
	t.Helper()
	answers := s.storm()
	s.ping.Mark()
	words = append(words, "--yes", "--no-boot", "--holdfast", unpacked+"/usr/sbin/holdfast", "--keepalived", lab.Keepalived.Path)
	out, err := d.Exec(unpacked+"/usr/sbin/holdfastctl", words...)
	if err != nil {
		t.Fatalf("%s: %v: %s", what, err, out)
	}
	t.Logf("%s: holdfastctl said:\n%s", what, out)
	s.full(what, time.Minute, s.d30, s.d29)
	if d == s.d30 {
		time.Sleep(4 * time.Second) // longer than the patience of its peer
		s.full(what+", later", time.Minute, s.d30, s.d29)
	}
	silence := s.ping.Read()
	s.worst = max(s.worst, silence.Longest-silence.Stall)
	t.Logf("%s: %v", what, silence)
	if silence.Longest >= time.Second+2*silence.Stall || silence.Lost > 20 {
		t.Errorf("%s: the address was silent for %v, an interval is 1 s", what, silence)
	}
	a := answers()
	t.Logf("%s: new connections: %v", what, a)
	// keepalived cannot take over: the addresses of a MASTER that goes back move to the peer and return, and
	// of a connection that is being set up then the kernel tells nobody. See TestHandovers.
	if a.Lost() > 0 {
		t.Errorf("%s: new connections were lost: %v", what, a)
	}
	s.goesOn(what)
	if s.stream.Read().Ended != nil {
		t.Errorf("%s: the long connection was lost", what)
	}
}

// unpacked is where a director has the package. The lab's root cannot be written to; that dpkg installs it
// beside keepalived is shown in internal/packaging.
const unpacked = "/tmp/package"

func unpack(t *testing.T, d *lab.Director) {
	t.Helper()
	if out, err := d.Exec("dpkg-deb", "-x", lab.Shared+"/holdfast.deb", unpacked); err != nil {
		t.Fatalf("unpack the package (make deb): %v: %s", err, out)
	}
}

// endDaemons ends what swaps have started: it belongs to none of the lab's processes.
func endDaemons(t *testing.T, d *lab.Director) {
	t.Cleanup(func() {
		for _, name := range []string{"keepalived", "vrrp", "checkers"} {
			text, err := d.ReadFile("/run/" + name + ".pid")
			if pid, convErr := strconv.Atoi(strings.TrimSpace(text)); err == nil && convErr == nil {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	})
}
