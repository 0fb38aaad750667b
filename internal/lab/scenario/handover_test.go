//go:build lab

package scenario

import (
	"fmt"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// TestHandovers hands over and takes back by holdfastctl, again and again, under new connections and
// one that lasts: no address is silent for 10 ms, no client is refused, and the long connection, which
// both directors know of, goes on.
func TestHandovers(t *testing.T) {
	s := &underTraffic{drPair: newDRPair(t, lab.Holdfast, true)}
	const global = "global_defs {\n lvs_sync_daemon eth0 VI_1\n}\n"
	s.master = global + fmt.Sprintf(trafficFile, "MASTER", 100, 1, 3)
	s.backup = global + fmt.Sprintf(trafficFile, "BACKUP", 50, 1, 3)
	s.begin()
	var err error
	s.stream, err = s.client.Stream(at(s.vip, 80), 3*time.Second)
	must(t, err)
	ping, err := s.client.Ping(s.vip, 2*time.Millisecond)
	must(t, err)
	total := lab.Answers{By: map[string]int{}, Failed: map[string]int{}}
	var worst time.Duration
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
		if silence.Longest >= 10*time.Millisecond+2*silence.Stall {
			t.Errorf("%s: the address was silent for %v", what, silence)
		}
		worst = max(worst, silence.Longest-silence.Stall)
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
	s.goesOn(fmt.Sprintf("after %d handovers", *handovers))
	t.Logf("%d handovers: longest silence %v more than the prober's own stall; new connections: %v", *handovers, worst, total)
}
