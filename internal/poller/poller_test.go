package poller_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/poller"
)

// TestMain sees to it that Hold has an effect, on a machine with one processor too.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	os.Exit(m.Run())
}

// long is a wait that only a failure makes last.
const long = 30 * time.Second

func newPoller(t testing.TB) *poller.Poller {
	t.Helper()
	p, err := poller.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// pair is a socket that p watches by key, and its other end.
func pair(t testing.TB, p *poller.Poller, key int32) (near, far int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fds[0]); unix.Close(fds[1]) })
	if err := p.Add(fds[0], key); err != nil {
		t.Fatal(err)
	}
	return fds[0], fds[1]
}

var sent, got [1]byte

func write(t testing.TB, fd int) {
	t.Helper()
	if _, err := unix.Write(fd, sent[:]); err != nil {
		t.Error(err)
	}
}

func drain(t testing.TB, fd int) {
	t.Helper()
	if _, err := unix.Read(fd, got[:]); err != nil {
		t.Fatal(err)
	}
}

// keys are those that Wait found.
func keys(ready []unix.EpollEvent) map[int32]bool {
	all := map[int32]bool{}
	for _, e := range ready {
		all[e.Fd] = true
	}
	return all
}

// waitFor waits until something is ready. With Hold a signal of the runtime's may end a wait earlier.
func waitFor(t *testing.T, p *poller.Poller) map[int32]bool {
	t.Helper()
	for end := time.Now().Add(long); time.Now().Before(end); {
		if ready := p.Wait(time.Until(end)); len(ready) > 0 {
			return keys(ready)
		}
	}
	t.Fatal("nothing is ready")
	return nil
}

// both runs a test with and without Hold.
func both(t *testing.T, test func(t *testing.T, p *poller.Poller)) {
	t.Run("free", func(t *testing.T) { test(t, newPoller(t)) })
	t.Run("held", func(t *testing.T) {
		p := newPoller(t)
		p.Hold()
		p.Wait(long) // it has heard of that
		test(t, p)
		p.Release()
	})
}

func TestWaitTellsWhichSocketsAreReady(t *testing.T) {
	both(t, func(t *testing.T, p *poller.Poller) {
		near, far := pair(t, p, 7)
		_, other := pair(t, p, 0)
		for range 3 { // each time anew
			go write(t, far)
			if got := waitFor(t, p); !got[7] || len(got) != 1 {
				t.Fatalf("ready are %v, want 7", got)
			}
			drain(t, near)
		}
		write(t, far)
		write(t, other)
		if got := waitFor(t, p); !got[7] || !got[0] {
			t.Fatalf("ready are %v, want 0 and 7", got)
		}
		// What is not read is there the next time.
		if got := waitFor(t, p); len(got) != 2 {
			t.Fatalf("ready are %v, want both again", got)
		}
		p.Remove(near)
		if got := waitFor(t, p); got[7] {
			t.Error("a removed socket is reported")
		}
	})
}

func TestWaitEndsByTime(t *testing.T) {
	both(t, func(t *testing.T, p *poller.Poller) {
		_, far := pair(t, p, 7)
		for _, d := range []time.Duration{0, 1, time.Millisecond, 20 * time.Millisecond} {
			begin := time.Now()
			for time.Since(begin) < d { // a signal may end it earlier
				if got := p.Wait(d - time.Since(begin)); len(got) != 0 {
					t.Fatalf("ready are %v, want none", keys(got))
				}
			}
		}
		// An old time limit must not end a wait without one.
		p.Wait(time.Nanosecond)
		time.AfterFunc(20*time.Millisecond, func() { write(t, far) })
		for len(p.Wait(-1)) == 0 {
		}
	})
}

func TestRestLeavesSocketsAlone(t *testing.T) {
	both(t, func(t *testing.T, p *poller.Poller) {
		_, far := pair(t, p, 7)
		p.Wait(time.Millisecond) // the gate stays open behind it
		write(t, far)
		const rest = 20 * time.Millisecond
		begin, rounds := time.Now(), 0
		for left := rest; left > 0; left = rest - time.Since(begin) {
			p.Rest(left)
			rounds++
		}
		// With Hold the runtime sends a signal now and then.
		if rounds > 200 {
			t.Errorf("rested %d times: a ready socket ends it", rounds)
		}
		if got := keys(p.Wait(0)); !got[7] {
			t.Error("the socket is not ready after the rest")
		}
	})
}

func TestNotifyEndsEveryWait(t *testing.T) {
	both(t, func(t *testing.T, p *poller.Poller) {
		pair(t, p, 7)
		for name, wait := range map[string]func(){
			"Wait":             func() { p.Wait(long) },
			"Wait with no end": func() { p.Wait(-1) },
			"Rest":             func() { p.Rest(long) },
		} {
			begin := time.Now()
			p.Notify() // before
			wait()
			time.AfterFunc(5*time.Millisecond, p.Notify) // and meanwhile
			wait()
			if passed := time.Since(begin); passed >= long {
				t.Errorf("%s: it took %v", name, passed)
			}
		}
	})
}

func TestHoldReachesALoopThatWaits(t *testing.T) {
	p := newPoller(t)
	time.AfterFunc(5*time.Millisecond, p.Hold)
	begin := time.Now()
	p.Wait(long)
	if passed := time.Since(begin); passed >= long {
		t.Errorf("it went on waiting for %v without its processor", passed)
	}
	p.Release()
}

func TestNotifyAfterCloseIsHarmless(t *testing.T) {
	p := newPoller(t)
	p.Close()
	p.Notify()
	p.Hold()
	p.Close()
}

func TestWaitingDoesNotAllocate(t *testing.T) {
	p := newPoller(t)
	near, far := pair(t, p, 7)
	if n := testing.AllocsPerRun(100, func() {
		p.Rest(time.Microsecond)
		p.Wait(time.Microsecond)
		write(t, far)
		p.Wait(long)
		drain(t, near)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkRest is what it costs to wait for a time, which is not part of it: see the processor's share.
func BenchmarkRest(b *testing.B) {
	p := newPoller(b)
	begin, before := time.Now(), used(b)
	for b.Loop() {
		p.Rest(time.Millisecond)
		p.Wait(0)
	}
	b.ReportMetric(float64(used(b)-before)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(b.N)/time.Since(begin).Seconds(), "rests/s")
}

// used is the processor time of this process.
func used(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
