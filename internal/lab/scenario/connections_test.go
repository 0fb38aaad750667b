//go:build lab

package scenario

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

var flaps = flag.Int("flaps", 0, "how often TestConnections has the MASTER change in a row; each takes about 4 s")

// crowdHalf is how many connections each of the two routers takes in as MASTER.
const crowdHalf = 100

// crowdFile is a pair whose connections are synchronised, with a router that is soon noticed missing.
const crowdFile = `
global_defs {
    lvs_sync_daemon eth0 VI_1
    lvs_timeouts tcp 900 tcpfin 2 udp 300
}
vrrp_instance VI_1 {
    state %s
    interface eth0
    virtual_router_id 51
    version 3
    priority %d
    advert_int 0.5
    virtual_ipaddress {
        10.10.10.22
    }
}
` + twoRealServers

// crowded is a pair with a crowd of connections through it.
type crowded struct {
	*drPair
	crowds []*lab.Crowd
}

func (s *crowded) enter() {
	s.t.Helper()
	c, err := s.client.Crowd(at(s.vip, 80), crowdHalf, 30*time.Second)
	must(s.t, err)
	s.crowds = append(s.crowds, c)
}

// knows waits until a router's kernel has all connections: it tells of one with its third packet, and
// of many together some time later.
func (s *crowded) knows(d *lab.Director) {
	s.t.Helper()
	eventually(s.t, time.Minute, d.Name+" knows all connections", func() bool {
		list, err := d.ReadFile("/proc/thread-self/net/ip_vs_conn")
		must(s.t, err)
		return strings.Count(list, " ESTABLISHED ") >= crowdHalf*len(s.crowds)
	})
}

func (s *crowded) mark() {
	for _, c := range s.crowds {
		c.Mark()
	}
}

// unharmed waits until every connection has been answered since the mark, and demands that none has
// ended.
func (s *crowded) unharmed(what string) {
	s.t.Helper()
	begin := time.Now()
	for i, c := range s.crowds {
		for {
			r := c.Read()
			if r.Heard >= r.Open || time.Since(begin) > time.Minute {
				s.t.Logf("%s: connections that %s took in: %v", what, []string{"d30", "d29", "d29, alone,"}[i], r)
				demand(s.t, s.strict, r.Open == crowdHalf && r.Heard == r.Open, "%s: %d of %d connections go on: %v", what, r.Heard, crowdHalf, r)
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// passes does something that has another router become MASTER.
func (s *crowded) passes(what string, to, from *lab.Director, do func() error) {
	s.t.Helper()
	s.mark()
	must(s.t, do())
	s.full(what, time.Minute, to, from)
	s.unharmed(what)
}

func (s *crowded) order(d *lab.Director, words ...string) func() error {
	return func() error {
		_, err := d.Exec(drainTool, words...)
		return err
	}
}

// TestConnections has 200 long connections go through a pair, half of which came when the one router was
// MASTER and half when the other was: none ends when the MASTER hands over, is cut, is stopped, comes
// back or, with -flaps, changes again and again, and none when its real server is drained.
func TestConnections(t *testing.T) {
	s := &crowded{drPair: newDRPair(t, under(t), *directorName != lab.Keepalived.Name)}
	s.master, s.backup = fmt.Sprintf(crowdFile, "MASTER", 150), fmt.Sprintf(crowdFile, "BACKUP", 100)
	s.begin()
	s.enter()
	s.knows(s.d29)
	if s.strict {
		aside, back := s.order(s.d30, "handover", "--for", "0", "VI_1"), s.order(s.d30, "handover", "--undo", "VI_1")
		s.passes("handover", s.d29, s.d30, aside)
		s.enter()
		s.knows(s.d30)
		s.passes("d29 is cut", s.d30, s.d29, func() error { return s.d29.Cut("eth0") })
		must(t, s.d29.Restore("eth0"))
		must(t, back())
		s.flap(aside, back)
	}
	if !s.strict || *flaps > 0 {
		s.passes("d30 is cut", s.d29, s.d30, func() error { return s.d30.Cut("eth0") })
		s.whileAway()
		s.passes("d30 is back", s.d30, s.d29, func() error { return s.d30.Restore("eth0") })
	}
	s.passes("d30 is stopped", s.d29, s.d30, s.d30.StopPlanned)
	s.passes("d30 is started", s.d30, s.d29, func() error { return s.d30.Launch() })
	if s.strict {
		s.drain()
	}
}

// whileAway has more connections come while the other router cannot hear of them. The kernel tells of one
// again with its 50th packet, unless sysctls say that it does so from time to time.
func (s *crowded) whileAway() {
	s.t.Helper()
	for _, d := range s.both {
		must(s.t, d.Sysctl("net.ipv4.vs.sync_threshold", "3 0"))
		must(s.t, d.Sysctl("net.ipv4.vs.sync_refresh_period", "1"))
	}
	s.enter()
}

// flap has the MASTER change again and again.
func (s *crowded) flap(aside, back func() error) {
	s.t.Helper()
	if *flaps == 0 {
		return
	}
	eventually(s.t, time.Minute, "d30 is MASTER", func() bool { return s.d30.Has("eth0", s.vip) && !s.d29.Has("eth0", s.vip) })
	s.mark()
	begin := time.Now()
	for i := range *flaps {
		do, to, from := aside, s.d29, s.d30
		if i%2 > 0 {
			do, to, from = back, s.d30, s.d29
		}
		must(s.t, do())
		eventually(s.t, time.Minute, to.Name+" is MASTER", func() bool { return to.Has("eth0", s.vip) && !from.Has("eth0", s.vip) })
		if ended := len(s.crowds[0].Read().Ended) + len(s.crowds[1].Read().Ended); ended > 0 {
			s.t.Errorf("connections ended at change %d", i+1)
			break
		}
	}
	s.unharmed(fmt.Sprintf("%d changes of the MASTER in %.0f s", *flaps, time.Since(begin).Seconds()))
	if *flaps%2 > 0 {
		must(s.t, back())
	}
}

// drain drains one real server of its half of the connections, and waits until they have ended.
func (s *crowded) drain() {
	s.t.Helper()
	s.mark()
	ended := make(chan error, 1)
	begin := time.Now()
	go func() { ended <- s.order(s.d30, "drain", "--wait", "10.10.10.22:80", "10.10.10.31")() }()
	eventually(s.t, 30*time.Second, "r31 is drained", func() bool {
		table, err := s.d30.IPVS()
		must(s.t, err)
		weight, there := table.Service(s.service).Weights()["10.10.10.31"]
		return there && weight == 0
	})
	if a := s.client.Ask(at(s.vip, 80), 10, 10*time.Second); a.By["r32"] != 10 {
		s.t.Errorf("drained: 10 new connections: %v, want all of them from r32", a)
	}
	s.mark()
	s.unharmed("drained")
	select {
	case err := <-ended:
		s.t.Errorf("--wait returned with connections: %v", err)
	default:
	}
	waited := time.Since(begin)
	for _, c := range s.crowds {
		c.Leave("r31")
	}
	select {
	case err := <-ended:
		must(s.t, err)
	case <-time.After(time.Minute):
		s.t.Fatal("--wait does not return")
	}
	s.t.Logf("drained for %.1f s without an end; --wait returned %.1f s after the clients had gone", waited.Seconds(), (time.Since(begin) - waited).Seconds())
}
