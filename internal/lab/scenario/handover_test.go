//go:build lab

package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// TestHandovers hands over and takes back by holdfastctl, again and again, under new connections and
// one that lasts: no address is silent for 10 ms, no client is refused or reset, and the long connection,
// which both directors know of, goes on. The kernel does not tell of a connection that is being set up:
// with sloppy_tcp the new MASTER takes it all the same, and a scheduler that goes by the client gives it to
// the real server that has it (docs/tuning.md).
func TestHandovers(t *testing.T) {
	s := &underTraffic{drPair: newDRPair(t, lab.Holdfast, true)}
	const global = "global_defs {\n lvs_sync_daemon eth0 VI_1\n}\n"
	file := byClient(trafficFile)
	s.master = global + fmt.Sprintf(file, "MASTER", 100, 1, 3)
	s.backup = global + fmt.Sprintf(file, "BACKUP", 50, 1, 3)
	s.begin()
	sloppy(t, s.d30, s.d29)
	var err error
	s.stream, err = s.client.Stream(at(s.vip, 80), 3*time.Second)
	must(t, err)
	ping, err := s.client.Ping(s.vip, 2*time.Millisecond)
	must(t, err)
	total := lab.Answers{By: map[string]int{}, Failed: map[string]int{}}
	var worst time.Duration
	lost := 0
	switchover := func(what string, from, to *lab.Director, words ...string) {
		// The kernel tells of a connection after its third packet, and at most a second later.
		time.Sleep(2 * time.Second)
		answers := s.storm()
		time.Sleep(200 * time.Millisecond)
		ping.Mark()
		out, err := s.d30.Exec(drainTool, append([]string{"handover"}, words...)...)
		if err != nil {
			t.Fatalf("%s: %v: %s", what, err, out)
		}
		s.full(what, time.Minute, to, from)
		time.Sleep(300 * time.Millisecond)
		silence := ping.Read()
		if silence.Exceeds(10 * time.Millisecond) {
			t.Errorf("%s: the address was silent for %v", what, silence)
		}
		if lost += silence.Lost; silence.Lost > 0 {
			worst = max(worst, silence.Longest-silence.Stall)
		}
		a := answers()
		s.noReset(what, a)
		for k, v := range a.By {
			total.By[k] += v
		}
		for k, v := range a.Failed {
			total.Failed[k] += v
		}
	}
	for i := 0; i < *handovers; i += 2 {
		switchover(fmt.Sprintf("handover %d", i+1), s.d30, s.d29, "--for", "0", "VI_1")
		switchover(fmt.Sprintf("handover %d, back", i+2), s.d29, s.d30, "--undo", "VI_1")
	}
	demand(t, true, total.Failed["reset"] == 0, "%d clients were reset", total.Failed["reset"])
	s.goesOn(fmt.Sprintf("after %d handovers", *handovers))
	t.Logf("%d handovers: %d pings lost, longest silence %v more than the prober's own stall; new connections: %v", *handovers, lost, worst, total)
}

// byClient is the file with a scheduler by which both directors choose the same real server for a client.
func byClient(file string) string {
	return strings.Replace(file, "lb_algo wrr", "lb_algo mh\n    mh-port", 1)
}

// sloppy lets directors take connections at any packet.
func sloppy(t *testing.T, directors ...*lab.Director) {
	t.Helper()
	for _, d := range directors {
		_, err := d.Exec("sysctl", "-w", "net.ipv4.vs.sloppy_tcp=1")
		must(t, err)
	}
}
