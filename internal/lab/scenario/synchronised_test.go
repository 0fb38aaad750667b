//go:build lab

package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// TestSynchronisedConnections stops and cuts the master of a pair whose file asks for lvs_sync_daemon:
// the successor knows the connections, and the long one goes on.
func TestSynchronisedConnections(t *testing.T) {
	beside(t, func(t *testing.T, p lab.Program, strict bool) {
		s := &underTraffic{drPair: newDRPair(t, p, strict)}
		const global = "global_defs {\n lvs_sync_daemon eth0 VI_1\n}\n"
		s.master = global + fmt.Sprintf(trafficFile, "MASTER", 100, 1, 3)
		s.backup = global + fmt.Sprintf(trafficFile, "BACKUP", 50, 1, 3)
		var err error
		s.wire, err = s.net.Capture(lab.IsAdvert)
		must(t, err)
		s.begin()
		s.stream, err = s.client.Stream(at(s.vip, 80), 3*time.Second)
		must(t, err)
		// The kernel sends a connection on after its third packet, and at most a second later.
		time.Sleep(4 * time.Second)
		s.stream.Mark()
		must(t, s.d30.StopPlanned())
		s.full("master stopped", 15*time.Second, s.d29, s.d30)
		s.goesOn("planned stop")
		must(t, s.d30.Launch())
		s.full("master back", 20*time.Second, s.d30, s.d29)
		s.goesOn("return")
		time.Sleep(4 * time.Second)
		must(t, s.d30.Cut("eth0"))
		s.full("master cut", 15*time.Second, s.d29, s.d30)
		s.goesOn("cut")
	})
}

// TestSynchronisedTunnels does the same with tunnels and persistence: both need connections to know
// their destinations, of which a BACKUP had none when it heard of the connections.
func TestSynchronisedTunnels(t *testing.T) {
	beside(t, func(t *testing.T, p lab.Program, strict bool) {
		s := &underTraffic{drPair: newDRPair(t, p, strict)}
		for _, h := range []*lab.Host{s.r31, s.r32} {
			must(t, h.IP("link set tunl0 up"))
			must(t, h.Sysctl("net.ipv4.conf.tunl0.rp_filter", "0"))
		}
		file := func(state string, priority int) string {
			text := fmt.Sprintf(trafficFile, state, priority, 1, 3)
			text = strings.Replace(text, "lb_kind DR", "lb_kind TUN", 1)
			text = strings.Replace(text, "protocol TCP", "protocol TCP\n    persistence_timeout 300", 1)
			return "global_defs {\n lvs_sync_daemon eth0 VI_1\n}\n" + text
		}
		s.master, s.backup = file("MASTER", 100), file("BACKUP", 50)
		s.begin()
		var err error
		s.stream, err = s.client.Stream(at(s.vip, 80), 3*time.Second)
		must(t, err)
		before := s.client.Ask(at(s.vip, 80), 7, 3*time.Second)
		time.Sleep(4 * time.Second)
		must(t, s.d30.StopPlanned())
		s.full("master stopped", 15*time.Second, s.d29, s.d30)
		s.goesOn("planned stop")
		after := s.client.Ask(at(s.vip, 80), 7, 3*time.Second)
		t.Logf("7 connections of one client before the stop: %v; after: %v", before, after)
		for server, n := range before.By {
			demand(t, strict, n == 7 && after.By[server] == 7, "the client was with %v and is with %v", before, after)
		}
		// A template that the kernel gave up for the lack of a destination gets this port.
		list, err := s.d29.Exec("ipvsadm", "-Lnc")
		must(t, err)
		demand(t, strict, !strings.Contains(list, ":65535"), "persistence was forgotten:\n%s", list)
		table, err := s.d29.IPVS()
		must(t, err)
		t.Logf("d29: %s", table.Short())
		must(t, s.d30.Launch())
		s.full("master back", 20*time.Second, s.d30, s.d29)
		s.goesOn("return")
	})
}

// goesOn demands that the long connection moves data after a change.
func (s *underTraffic) goesOn(what string) {
	s.t.Helper()
	s.stream.Mark()
	// After some seconds of silence TCP tries again only every few seconds.
	for begin := time.Now(); time.Since(begin) < 15*time.Second; time.Sleep(100 * time.Millisecond) {
		if r := s.stream.Read(); r.Ended != nil || r.Bytes > 0 {
			break
		}
	}
	time.Sleep(time.Second)
	r := s.stream.Read()
	s.t.Logf("%s: the long connection moved %d bytes and is %s", what, r.Bytes, alive(r))
	demand(s.t, s.strict, r.Ended == nil && r.Bytes > 0, "%s: the long connection is %s and moved %d bytes", what, alive(r), r.Bytes)
}
