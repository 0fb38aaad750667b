package director_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/lvs/lvstest"
)

// crowd is a director with many checks of 20 ms every 10 s. Of each target there are sharers.
func crowd(checks, sharers int, share bool, begun func()) *director.Director {
	s := director.Settings{ShareProbes: share}
	const reals = 10
	for v := range checks / reals {
		vs := always(settings()).VirtualServers[0]
		vs.Name = fmt.Sprintf("[192.0.2.1]:tcp:%d", 1+v)
		vs.Services[0].Service.Port = uint16(1 + v)
		for r := range reals {
			n := v/sharers*reals + r
			addr := netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
			vs.VirtualServer.RealServers = append(vs.VirtualServer.RealServers, lvs.RealServer{
				Name: fmt.Sprintf("[%s]:tcp:80", addr), Destination: lvs.Destination{DestinationKey: lvs.DestinationKey{Addr: addr, Port: 80}, Weight: 1}})
			vs.RealServers = append(vs.RealServers, director.RealServer{Checks: []director.Check{{
				Name: "TCP_CHECK", DelayLoop: 10 * time.Second, Warmup: 10 * time.Second,
				TCP: &director.TCPCheck{Target: netip.AddrPortFrom(addr, 80), Timeout: 5 * time.Second},
			}}})
		}
		s.VirtualServers = append(s.VirtualServers, vs)
	}
	random := rand.New(rand.NewPCG(1, 2))
	return director.New(s, director.Deps{Log: zap.NewNop(), Kernel: &lvstest.Kernel{}, Random: random.Float64,
		NewChecker: func(director.Check) checkers.Checker {
			return checkOf(func(context.Context) checkers.Result {
				begun()
				time.Sleep(20 * time.Millisecond)
				return checkers.Result{OK: true}
			})
		}})
}

// TestTwentyThousandChecksAreSpreadOverTheirDelay: no moment has many more than its share, at the start or
// later, and none begins late.
func TestTwentyThousandChecksAreSpreadOverTheirDelay(t *testing.T) {
	const checks, window = 20000, 100 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		perWindow := make([]int, 600)
		moments := make(chan time.Duration, 10*checks)
		d := crowd(checks, 1, false, func() { moments <- time.Since(begin) })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		pass(21 * time.Second)
		load := d.Status().Checks
		cancel()
		<-ended
		pass(time.Second) // what ran has ended
		close(moments)
		for m := range moments {
			perWindow[m/window]++
		}
		fair := int(checks * window / (10 * time.Second))
		if most := slices.Max(perWindow); most > 2*fair {
			t.Errorf("within %v %d checks begin, their share is %d", window, most, fair)
		}
		t.Logf("20000 checks every 10 s: at most %d of them begin within %v (their share is %d); late by %v at p99, %v at worst; %d probes in 20 s",
			slices.Max(perWindow), window, fair, load.LateP99, load.LateWorst, load.Probes)
		if load.Scheduled != checks || load.Probes < checks*19/10 || load.LateP99 > 100*time.Millisecond {
			t.Errorf("load %+v", load)
		}
	})
}

// TestChecksThatAreNearBeginTogether: a thousand checks every ten seconds need no thousand wake-ups, and none
// comes more or less often for it.
func TestChecksThatAreNearBeginTogether(t *testing.T) {
	const checks, rounds = 1000, 10
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		moments := make(chan time.Duration, 2*checks*rounds)
		d := crowd(checks, 1, false, func() { moments <- time.Since(begin) })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		pass(time.Second + rounds*10*time.Second)
		cancel()
		<-ended
		pass(time.Second) // what ran has ended
		close(moments)
		count, different := 0, map[time.Duration]bool{}
		for m := range moments {
			count++
			different[m] = true
		}
		// Each takes 20 ms, so that ten rounds take 0.2 s more and a fiftieth of them is not begun yet.
		if count < checks*rounds*97/100 || count > checks*rounds {
			t.Errorf("%d checks in %d rounds of %d", count, rounds, checks)
		}
		if len(different) > count*2/3 {
			t.Errorf("%d checks begin at %d moments", count, len(different))
		}
		t.Logf("%d checks begin at %d moments", count, len(different))
	})
}

// BenchmarkLateness is by the clock on the wall: how late 20,000 checks begin on this machine, which does
// nothing else for them than begin and end.
func BenchmarkLateness(b *testing.B) {
	var load director.CheckLoad
	for range b.N {
		d := crowd(20000, 1, false, func() {})
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		time.Sleep(16 * time.Second)
		load = d.Status().Checks
		cancel()
		<-ended
	}
	b.ReportMetric(float64(load.LateP99.Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(load.LateWorst.Microseconds())/1000, "worst-ms")
}

// TestSharedProbesOfManyChecks: ten virtual servers with the same real servers have a tenth of the probes.
func TestSharedProbesOfManyChecks(t *testing.T) {
	const checks, sharers = 2000, 10
	for _, share := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			d := crowd(checks, sharers, share, func() {})
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- d.Run(ctx) }()
			pass(31 * time.Second) // every check has begun
			before, began := d.Status().Checks.Probes, cpu(t)
			pass(30 * time.Second)
			probes, took := d.Status().Checks.Probes-before, cpu(t)-began
			cancel()
			<-ended
			pass(time.Second) // what ran has ended
			want := uint64(3 * checks)
			if share {
				want /= sharers
			}
			if probes < want*9/10 || probes > want {
				t.Errorf("shared %v: %d probes for %d checks in 30 s, want %d or a little less", share, probes, checks, want)
			}
			t.Logf("shared %v: %d probes for %d results; the schedule takes %v of processor time a result", share, probes, 3*checks, took/(3*checks))
		})
	}
}

// cpu is the processor time of this process.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
