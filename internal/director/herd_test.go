package director_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
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
	return crowdWith(checks, sharers, share, &lvstest.Kernel{}, checkOf(func(context.Context) checkers.Result {
		begun()
		time.Sleep(20 * time.Millisecond)
		return checkers.Result{OK: true}
	}))
}

// crowdWith has one checker for all.
func crowdWith(checks, sharers int, share bool, kernel director.Kernel, checker checkers.Checker) *director.Director {
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
	return director.New(s, director.Deps{Log: zap.NewNop(), Kernel: kernel, Random: random.Float64,
		NewChecker: func(director.Check) checkers.Checker { return checker }})
}

// TestTwentyThousandChecksAreSpreadOverTheirDelay: no moment has many more than its share, at the start or
// later, and none begins late.
func TestTwentyThousandChecksAreSpreadOverTheirDelay(t *testing.T) {
	const checks, window = 20000, 100 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		moments := make(chan time.Duration, 10*checks)
		d := crowd(checks, 1, false, func() { moments <- time.Since(begin) })
		load := runFor(t, d, 21*time.Second)
		most, fair := mostWithin(moments, window), int(checks*window/(10*time.Second))
		if most > 2*fair {
			t.Errorf("within %v %d checks begin, their share is %d", window, most, fair)
		}
		t.Logf("20000 checks every 10 s: at most %d of them begin within %v (their share is %d); late by %v at p99, %v at worst; %d probes in 20 s",
			most, window, fair, load.LateP99, load.LateWorst, load.Probes)
		if load.Scheduled != checks || load.Probes < checks*19/10 || load.LateP99 > 100*time.Millisecond {
			t.Errorf("load %+v", load)
		}
	})
}

// writesLate is a kernel that takes its time for the first write.
type writesLate struct {
	lvstest.Kernel
	once sync.Once
}

const firstWrite = 8 * time.Second

func (k *writesLate) Apply(ops []lvs.Operation) []error {
	k.once.Do(func() { time.Sleep(firstWrite) })
	return k.Kernel.Apply(ops)
}

// TestChecksDoNotGatherWhileALargeTableIsWritten: the time of the first ones counts from when the loop can begin them.
func TestChecksDoNotGatherWhileALargeTableIsWritten(t *testing.T) {
	const checks, window = 10000, 100 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		moments := make(chan time.Duration, 10*checks)
		d := crowdWith(checks, 1, false, &writesLate{}, checkOf(func(context.Context) checkers.Result {
			moments <- time.Since(begin)
			time.Sleep(20 * time.Millisecond)
			return checkers.Result{OK: true}
		}))
		load := runFor(t, d, firstWrite+12*time.Second)
		most, fair := mostWithin(moments, window), int(checks*window/(10*time.Second))
		t.Logf("within %v %d checks begin at most, their share is %d; late by %v at worst", window, most, fair, load.LateWorst)
		if most > 2*fair || load.LateWorst > window {
			t.Errorf("within %v %d checks begin, their share is %d; late by %v", window, most, fair, load.LateWorst)
		}
	})
}

// held is a TCP-like check that takes 20 ms. The first that begins after a while holds the loop up, as a
// machine does that stands still.
type held struct {
	checkOf
	after time.Time
	once  *sync.Once
}

const heldAt, heldFor = 11 * time.Second, 8 * time.Second

func (h held) Start(done func(checkers.Result)) (cancel func()) {
	if time.Now().After(h.after) {
		h.once.Do(func() { time.Sleep(heldFor) })
	}
	go func() { done(h.checkOf(context.Background())) }()
	return func() {}
}

// TestChecksThatWereHeldUpAreNoHerd: what became due while the loop stood still is made up for little by little,
// and not long after all are in time again. Checks that begin in one moment would do so in each round from then on.
func TestChecksThatWereHeldUpAreNoHerd(t *testing.T) {
	const checks, window = 10000, 100 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		moments := make(chan time.Duration, 20*checks)
		d := crowdWith(checks, 1, false, &lvstest.Kernel{}, held{after: begin.Add(heldAt), once: &sync.Once{},
			checkOf: func(context.Context) checkers.Result {
				moments <- time.Since(begin)
				time.Sleep(20 * time.Millisecond)
				return checkers.Result{OK: true}
			}})
		// 8000 of 10,000 wait then.
		load := runFor(t, d, heldAt+heldFor+12*time.Second)
		most, fair := mostWithin(moments, window), int(checks*window/(10*time.Second))
		t.Logf("held up for %v: within %v %d checks begin at most, their share is %d; then late by %v at worst, and %d wait",
			heldFor, window, most, fair, load.LateWorst, load.Waiting)
		if most > 4*fair || load.LateWorst > window || load.Waiting > 0 {
			t.Errorf("within %v %d checks begin, their share is %d; load %+v", window, most, fair, load)
		}
	})
}

// runFor lets a director run and tells its load at the end.
func runFor(t *testing.T, d *director.Director, long time.Duration) director.CheckLoad {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	pass(long)
	load := d.Status().Checks
	cancel()
	<-ended
	pass(time.Second) // what ran has ended
	return load
}

// mostWithin is how many of the moments fall into one window at most. The channel is closed for it.
func mostWithin(moments chan time.Duration, window time.Duration) int {
	close(moments)
	per := map[time.Duration]int{}
	for m := range moments {
		per[m/window]++
	}
	return slices.Max(slices.Collect(maps.Values(per)))
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
