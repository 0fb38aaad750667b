//go:build lab

package scenario

import (
	"fmt"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

const boundFile = `
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority %d
    advert_int %g
    version 3
    virtual_ipaddress {
        10.10.10.22
    }
}
`

// TestTakeoverBound cuts the master several times at short intervals: the address is never silent
// for longer than the protocol allows the other router.
func TestTakeoverBound(t *testing.T) {
	for _, interval := range []time.Duration{100 * time.Millisecond, 10 * time.Millisecond} {
		for _, p := range programsUnder(t) {
			t.Run(fmt.Sprintf("%v/%s", interval, p.Name), func(t *testing.T) { cuts(t, p, interval) })
		}
	}
}

// cuts measures five cuts, one after the other.
func cuts(t *testing.T, p lab.Program, interval time.Duration) {
	const probe = time.Millisecond
	s := newSite(t)
	vip := address("10.10.10.22")
	a, b := s.host("a", "10.10.10.30/24").Direct(p), s.host("b", "10.10.10.29/24").Direct(p)
	client := s.host("client", "10.10.10.100/24")
	logsOnFailure(t, a, b)
	must(t, a.Start(fmt.Sprintf(boundFile, 150, interval.Seconds())))
	must(t, b.Start(fmt.Sprintf(boundFile, 100, interval.Seconds())))
	alone := func(x, y *lab.Director) func() bool {
		return func() bool { return x.Has("eth0", vip) && !y.Has("eth0", vip) }
	}
	limit := bound(3, interval, 100)
	for i := range 5 {
		eventually(t, 20*time.Second, "a is MASTER", alone(a, b))
		time.Sleep(20*interval + 500*time.Millisecond)
		ping, err := client.Ping(vip, probe)
		must(t, err)
		eventually(t, 5*time.Second, "the address answers", func() bool { return ping.Answered(20 * time.Millisecond) })
		ping.Mark()
		must(t, a.Cut("eth0"))
		eventually(t, 10*time.Second, "b is MASTER", alone(b, a))
		eventually(t, 5*time.Second, "the address answers again", func() bool { return ping.Answered(20 * time.Millisecond) })
		time.Sleep(150 * time.Millisecond)
		silence := ping.Read()
		ping.Stop()
		t.Logf("cut %d: %v; the protocol's bound is %.1f ms", i+1, silence, float64(limit)/1e6)
		demand(t, p != lab.Keepalived, silence.Longest <= limit+slack(silence, probe),
			"the address was silent for %v, the bound is %v", silence.Longest, limit)
		must(t, a.Restore("eth0"))
	}
}

// TestPlannedStopOfAddresses stops and starts the master several times: the address moves without a
// silence of 10 ms. Without IPVS, so that nothing but the handover is measured.
func TestPlannedStopOfAddresses(t *testing.T) {
	inTurn(t, func(t *testing.T, p lab.Program, strict bool) {
		const probe = time.Millisecond
		s := newSite(t)
		vip := address("10.10.10.22")
		a, b := s.host("a", "10.10.10.30/24").Direct(p), s.host("b", "10.10.10.29/24").Direct(p)
		client := s.host("client", "10.10.10.100/24")
		logsOnFailure(t, a, b)
		must(t, a.Start(fmt.Sprintf(boundFile, 150, 1.0)))
		must(t, b.Start(fmt.Sprintf(boundFile, 100, 1.0)))
		for i := range 3 {
			eventually(t, 20*time.Second, "a is MASTER", func() bool { return a.Has("eth0", vip) && !b.Has("eth0", vip) })
			time.Sleep(2 * time.Second)
			ping, err := client.Ping(vip, probe)
			must(t, err)
			eventually(t, 5*time.Second, "the address answers", func() bool { return ping.Answered(20 * time.Millisecond) })
			ping.Mark()
			must(t, a.StopPlanned())
			eventually(t, 10*time.Second, "b is MASTER", func() bool { return b.Has("eth0", vip) && !a.Has("eth0", vip) })
			time.Sleep(500 * time.Millisecond)
			stop := ping.Read()
			ping.Mark()
			must(t, a.Launch())
			eventually(t, 20*time.Second, "a is MASTER again", func() bool { return a.Has("eth0", vip) && !b.Has("eth0", vip) })
			time.Sleep(500 * time.Millisecond)
			back := ping.Read()
			ping.Stop()
			t.Logf("round %d: stop: %v; return: %v", i+1, stop, back)
			demand(t, strict, !stop.Exceeds(10*time.Millisecond), "stop: the address was silent for %v", stop.Longest)
			demand(t, strict, !back.Exceeds(10*time.Millisecond), "return: the address was silent for %v", back.Longest)
		}
	})
}
