//go:build lab

package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// sessionBlock is a bfd_instance with a detection time of 500 ms.
func sessionBlock(name, neighbour string) string {
	return fmt.Sprintf("bfd_instance %s {\n neighbor_ip %s\n min_tx 100\n min_rx 100\n multiplier 5\n}\n", name, neighbour)
}

// sessionSteps are done to the third host, which a watches: over IPv4 with a weight, over IPv6 without.
// lost and back are the sessions of a that go and come.
var sessionSteps = []struct{ what, do, lost, back string }{
	{"IPv4 is lost", "address del 10.0.0.7/24 dev eth0", "four", ""},
	{"IPv4 is back", "address add 10.0.0.7/24 dev eth0", "", "four"},
	{"IPv6 is lost", "address del fd00::7/64 dev eth0", "six", ""},
	{"IPv6 is back", "address add fd00::7/64 dev eth0 nodad", "", "six"},
}

// TestTrackedSessions has the router of higher priority watch a third host by BFD, which is keepalived's
// all the time, and the two routers each other, with the program under test against keepalived, both
// ways round, and between two of either: sessions come up between all of them, and the same router wins
// each time.
func TestTrackedSessions(t *testing.T) {
	winners := inEveryPairing(t, true, sessionFight)
	if n := strings.Count(strings.Join(winners, "\n"), ": b"); n != 2 {
		t.Errorf("b won %d times: the steps do not show what they ought to", n)
	}
}

func sessionFight(t *testing.T, p [2]lab.Program) []string {
	d := even("sessions", 3, 200*time.Millisecond)
	d.priority = [2]int{110, 100}
	// The weight of b's session to a, turned round, says only that it is there.
	d.extra = [2]string{"track_bfd {\n four weight -20\n six\n }", "track_bfd {\n peer weight 5 reverse\n }"}
	a := newArena(t, d, p)
	third := a.host("r", "10.0.0.7/24", "fd00::7/64").Direct(lab.Keepalived)
	must(t, third.Start(sessionBlock("four", "10.0.0.9")+sessionBlock("six", "fd00::9")))
	logsOnFailure(t, third)
	blocks := [2]string{
		sessionBlock("peer", "10.0.0.8") + sessionBlock("four", "10.0.0.7") + sessionBlock("six", "fd00::7"), sessionBlock("peer", "10.0.0.9"),
	}
	for i, r := range a.routers {
		must(t, r.Start(blocks[i]+a.config(i)))
		a.joined(r)
	}
	up := func(r *lab.Director, session string) int {
		return r.Process.Said("(" + session + ") Entering Up state")
	}
	down := func(r *lab.Director, session string) int {
		return r.Process.Said("(" + session + ") Entering Down state")
	}
	for _, s := range []struct {
		router  *lab.Director
		session string
	}{{a.routers[0], "peer"}, {a.routers[1], "peer"}, {a.routers[0], "four"}, {a.routers[0], "six"}} {
		eventually(t, 30*time.Second, s.router.Name+": "+s.session+" is up", func() bool { return up(s.router, s.session) > 0 })
	}
	a.rest("both started")
	for _, s := range sessionSteps {
		watcher := a.routers[0]
		ups, downs := up(watcher, s.back), down(watcher, s.lost)
		must(t, third.IP(s.do))
		took := eventually(t, 30*time.Second, s.what+" is seen", func() bool {
			return (s.back == "" || up(watcher, s.back) > ups) && (s.lost == "" || down(watcher, s.lost) > downs)
		})
		t.Logf("%s: seen after %.0f ms", s.what, float64(took)/1e6)
		a.rest(s.what)
	}
	if n := down(a.routers[0], "peer") + down(a.routers[1], "peer"); n != 0 {
		t.Errorf("the session between the routers went down %d times", n)
	}
	return a.winners
}

// TestCheckedSession has the health of a real server follow a BFD session to it.
func TestCheckedSession(t *testing.T) {
	beside(t, func(t *testing.T, p lab.Program, _ bool) {
		s := newSite(t)
		d := s.host("d", "10.0.0.1/24").Direct(p)
		r := s.host("r", "10.0.0.21/24").Direct(lab.Keepalived)
		logsOnFailure(t, d, r)
		must(t, d.Start(sessionBlock("rs", "10.0.0.21")+`virtual_server 10.0.0.100 80 {
 lb_algo rr
 lb_kind DR
 protocol TCP
 real_server 10.0.0.21 80 {
  BFD_CHECK {
   name rs
  }
 }
 real_server 10.0.0.22 80 {
 }
}
`))
		servers := func() int {
			table, err := d.IPVS()
			if err != nil || len(table) != 1 {
				return -1
			}
			return len(table[0].Servers)
		}
		eventually(t, 30*time.Second, "the real server is out before there is a session", func() bool { return servers() == 1 })
		must(t, r.Start(sessionBlock("director", "10.0.0.1")))
		eventually(t, 30*time.Second, "the session brings the real server in", func() bool { return servers() == 2 })
		must(t, r.Isolate("eth0"))
		took := eventually(t, 30*time.Second, "the real server is out", func() bool { return servers() == 1 })
		t.Logf("%s: out %.0f ms after the link was lost", p.Name, float64(took)/1e6)
		must(t, r.Rejoin("eth0"))
		eventually(t, 30*time.Second, "the real server is back", func() bool { return servers() == 2 })
	})
}
