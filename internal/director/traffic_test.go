package director_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/lvs"
)

// TestTrafficIsWhatTheKernelCountsOfWhatIsOurs has a group: two services with the same real servers.
func TestTrafficIsWhatTheKernelCountsOfWhatIsOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s := settings(1, 2)
		v := &s.VirtualServers[0]
		first := v.Services[0].Service.ServiceKey
		second := first
		second.Port = 443
		v.Services = append(v.Services, v.Services[0])
		v.Services[1].Service.ServiceKey = second
		h.run(s)
		defer h.stop()
		pass(time.Second)
		counts := func(n uint64, port uint16) lvs.Counts { // a packet keeps its port (DR)
			one, two := lvs.DestinationKey{Addr: target(1).Addr(), Port: port}, lvs.DestinationKey{Addr: target(2).Addr(), Port: port}
			traffic := lvs.Traffic{Connections: n, PacketsIn: 2 * n, PacketsOut: 3 * n, BytesIn: 4 * n, BytesOut: 5 * n}
			return lvs.Counts{Traffic: traffic, Destinations: map[lvs.DestinationKey]lvs.DestinationCounts{
				one: {Traffic: traffic, Connections: lvs.Connections{Active: uint32(n), Inactive: 1}}, two: {Connections: lvs.Connections{Persistent: 7}},
			}}
		}
		h.kernel.SetCounts(map[lvs.ServiceKey]lvs.Counts{first: counts(10, 80), second: counts(100, 443)})

		if got := h.StatusWithTraffic().VirtualServers[0]; got.Counted || got.Traffic != (lvs.Traffic{}) || got.RealServers[0].Counted {
			t.Errorf("a BACKUP, which has no service in the kernel, tells of traffic: %+v", got)
		}
		h.Masters([]string{"VI_1"}, nil)
		pass(2 * time.Second)
		got := h.StatusWithTraffic().VirtualServers[0]
		want := lvs.Traffic{Connections: 110, PacketsIn: 220, PacketsOut: 330, BytesIn: 440, BytesOut: 550}
		if diff := cmp.Diff(want, got.Traffic); diff != "" || !got.Counted {
			t.Errorf("of the virtual server (-want +got), counted %t:\n%s", got.Counted, diff)
		}
		if want := (lvs.Connections{Active: 110, Inactive: 2, Persistent: 14}); got.Connections != want {
			t.Errorf("connections %+v, want %+v", got.Connections, want)
		}
		if r := got.RealServers[0]; !r.Counted || r.Traffic != want || r.Connections != (lvs.Connections{Active: 110, Inactive: 2}) {
			t.Errorf("of the first real server: %+v", r)
		}
		asked := h.kernel.CountsAsked()
		for range 10 {
			h.StatusWithTraffic()
		}
		if n := h.kernel.CountsAsked(); n != asked {
			t.Errorf("the kernel was asked %d times more within a second", n-asked)
		}
		pass(2 * time.Second)
		h.StatusWithTraffic()
		if n := h.kernel.CountsAsked(); n != asked+1 {
			t.Errorf("the kernel was asked %d times after that", n-asked)
		}
	})
}

func TestStatusCountsRunsFailuresAndTimeOfChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.decide(1, func(context.Context) checkers.Result {
			return checkers.Result{Detail: "refused", Took: 3 * time.Second}
		})
		h.run(settings(1))
		defer h.stop()
		pass(time.Minute)
		c := h.Status().VirtualServers[0].RealServers[0].Checks[0]
		if c.Runs == 0 || c.Failed != c.Runs || c.TookAll != time.Duration(c.Runs)*3*time.Second {
			t.Errorf("%d runs, %d failed, in %v", c.Runs, c.Failed, c.TookAll)
		}
		h.heal(1)
		pass(time.Minute)
		if again := h.Status().VirtualServers[0].RealServers[0].Checks[0]; again.Runs <= c.Runs || again.Failed != c.Failed {
			t.Errorf("after a minute of successes: %d runs, %d failed; before %d and %d", again.Runs, again.Failed, c.Runs, c.Failed)
		}
		if s := h.Status(); s.Reads == 0 || s.ReadErrors != 0 {
			t.Errorf("%d reads of the table, %d failed", s.Reads, s.ReadErrors)
		}
	})
}
