//go:build lab

package scenario

import (
	"net/netip"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// drPair is the site of the file in examples/dr-pair: two directors, two real servers, a client.
type drPair struct {
	*site
	vip            netip.Addr
	d30, d29       *lab.Director
	r31, r32       *lab.Host
	server31       *lab.Server
	client         *lab.Host
	service        string
	vips           []netip.Addr
	strict         bool
	both           []*lab.Director
	master, backup string // configurations
}

func newDRPair(t *testing.T, p lab.Program, strict bool) *drPair {
	t.Helper()
	s := &drPair{site: newSite(t), vip: address("10.10.10.22"), strict: strict, service: "TCP 10.10.10.22:80"}
	s.vips = []netip.Addr{s.vip}
	s.d30 = s.host("d30", "10.10.10.30/24").Direct(p)
	s.d29 = s.host("d29", "10.10.10.29/24").Direct(p)
	s.r31, s.server31 = s.realServer("r31", "10.10.10.31/24", 80, s.vip)
	s.r32, _ = s.realServer("r32", "10.10.10.32/24", 80, s.vip)
	s.client = s.host("client", "10.10.10.100/24")
	s.both = []*lab.Director{s.d30, s.d29}
	s.master, s.backup = example(t, "dr-pair/director-30.conf"), example(t, "dr-pair/director-29.conf")
	logsOnFailure(t, s.both...)
	return s
}

// TestDRPair runs the file of examples/dr-pair as it stands on both directors.
func TestDRPair(t *testing.T) {
	beside(t, func(t *testing.T, p lab.Program, strict bool) {
		s := newDRPair(t, p, strict)
		s.begin()
		s.balance()
		s.realServerDies()
		s.masterCut()
		s.masterReturns()
	})
}

// full waits until exactly the given director has the address and the whole table, and demands that
// the other one has neither.
func (s *drPair) full(when string, limit time.Duration, master, backup *lab.Director) {
	s.t.Helper()
	eventually(s.t, limit, when+": "+master.Name+" is MASTER with a full table", func() bool {
		table, err := master.IPVS()
		if err != nil || !master.Has("eth0", s.vip) || table.Service(s.service) == nil {
			return false
		}
		return len(table.Service(s.service).Servers) == 2 && !backup.Has("eth0", s.vip)
	})
	s.empty(when, backup)
	states(s.t, when, "eth0", s.vips, s.both...)
}

// empty demands that a director has no IPVS service. Services go a moment after the address.
func (s *drPair) empty(when string, d *lab.Director) {
	s.t.Helper()
	var table lab.IPVSTable
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		var err error
		table, err = d.IPVS()
		must(s.t, err)
		if len(table) == 0 || !s.strict || time.Since(begin) > time.Second {
			break
		}
	}
	demand(s.t, s.strict, len(table) == 0, "%s: %s is not MASTER but has IPVS services: %s", when, d.Name, table.Short())
}

func (s *drPair) begin() {
	s.t.Helper()
	must(s.t, s.d29.Start(s.backup))
	must(s.t, s.d30.Start(s.master))
	s.full("at rest", 40*time.Second, s.d30, s.d29)
}

func (s *drPair) balance() {
	s.t.Helper()
	answers := s.client.Ask(at(s.vip, 80), 20, 3*time.Second)
	s.t.Logf("20 connections: %v", answers)
	if answers.Lost() > 0 || answers.By["r31"] != 10 || answers.By["r32"] != 10 {
		s.t.Errorf("20 connections to two servers of equal weight: %v, want 10 each", answers)
	}
}

// realServerDies ends the server on r31 and starts it again. The file checks every 6 s and gives up
// after 3 more attempts at 3 s.
func (s *drPair) realServerDies() {
	s.t.Helper()
	s.server31.Close()
	weights := func() map[string]int {
		table, err := s.d30.IPVS()
		must(s.t, err)
		return table.Service(s.service).Weights()
	}
	gone := eventually(s.t, 40*time.Second, "the dead real server leaves the table", func() bool {
		_, there := weights()["10.10.10.31"]
		return !there
	})
	s.t.Logf("r31 is dead: out of the table after %.1f s", gone.Seconds())
	answers := s.client.Ask(at(s.vip, 80), 10, 3*time.Second)
	s.t.Logf("10 connections: %v", answers)
	if answers.By["r32"] != 10 {
		s.t.Errorf("10 connections with one server left: %v", answers)
	}
	s.empty("with a dead real server", s.d29)
	server, err := s.r31.Serve(80)
	must(s.t, err)
	s.server31 = server
	back := eventually(s.t, 20*time.Second, "the real server comes back", func() bool {
		return weights()["10.10.10.31"] == 3
	})
	s.t.Logf("r31 is alive: back in the table after %.1f s", back.Seconds())
	s.balance()
}

const drPairProbe = 5 * time.Millisecond

// masterCut pulls the master's cable and measures how long the address is silent.
func (s *drPair) masterCut() {
	s.t.Helper()
	ping, err := s.client.Ping(s.vip, drPairProbe)
	must(s.t, err)
	defer ping.Stop()
	eventually(s.t, 5*time.Second, "the address answers", func() bool { return ping.Answered(100 * time.Millisecond) })
	ping.Mark()
	must(s.t, s.d30.Cut("eth0"))
	s.full("master cut", 15*time.Second, s.d29, s.d30)
	eventually(s.t, 5*time.Second, "the address answers again", func() bool { return ping.Answered(100 * time.Millisecond) })
	silence := ping.Read()
	limit := bound(2, time.Second, 50)
	s.t.Logf("master cut: %v; the protocol's bound is %v", silence, limit)
	demand(s.t, s.strict, silence.Longest <= limit+slack(silence, drPairProbe),
		"the address was silent for %v, the bound is %v", silence.Longest, limit)
	s.balance()
}

func (s *drPair) masterReturns() {
	s.t.Helper()
	must(s.t, s.d30.Restore("eth0"))
	s.full("master back", 15*time.Second, s.d30, s.d29)
	s.balance()
	must(s.t, s.d30.StopPlanned())
	s.full("master stopped", 15*time.Second, s.d29, s.d30)
	must(s.t, s.d29.StopPlanned())
	for _, d := range s.both {
		table, err := d.IPVS()
		must(s.t, err)
		if len(table) > 0 || d.Has("eth0", s.vip) {
			s.t.Errorf("%s left something behind: %s", d.Name, d.State("eth0", s.vip))
		}
	}
}
