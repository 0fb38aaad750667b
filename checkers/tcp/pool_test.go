package tcp_test

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/tcp"
)

// tally counts results.
type tally struct {
	sync.WaitGroup
	up, refused, late, other atomic.Int64
}

func (c *tally) start(check *tcp.Checker) (cancel func()) {
	c.Add(1)
	return check.Start(func(r checkers.Result) {
		switch {
		case r.OK:
			c.up.Add(1)
		case r.Detail == "connection refused":
			c.refused.Add(1)
		case r.Detail == "connection timed out":
			c.late.Add(1)
		default:
			c.other.Add(1)
		}
		c.Done() // panics when a check has two results
	})
}

func (c *tally) counts() [4]int64 {
	return [4]int64{c.up.Load(), c.refused.Load(), c.late.Load(), c.other.Load()}
}

func TestManyChecksAtOnceHaveEachTheirOwnResult(t *testing.T) {
	up, _ := server(t, "127.0.0.1")
	p := newPool(t)
	kinds := []*tcp.Checker{
		p.Checker(tcp.Options{Target: up}),
		p.Checker(tcp.Options{Target: closedPort(t, "127.0.0.1")}),
		p.Checker(tcp.Options{Target: deaf(t), Timeout: 20 * time.Millisecond}),
		p.Checker(tcp.Options{}),
	}
	var c tally
	const each = 150
	for range each {
		for _, check := range kinds {
			c.start(check)
		}
	}
	c.Wait()
	if got := c.counts(); got != [4]int64{each, each, each, each} {
		t.Errorf("up, refused, timed out, no address: %v, want %d of each", got, each)
	}
}

func TestSilentServersDoNotDelayTheOthers(t *testing.T) {
	up, _ := server(t, "127.0.0.1")
	p := newPool(t)
	silent := p.Checker(tcp.Options{Target: deaf(t), Timeout: time.Hour})
	var waiting, c tally
	var cancels []func()
	for range 200 {
		cancels = append(cancels, waiting.start(silent))
	}
	for range 50 {
		c.start(p.Checker(tcp.Options{Target: up}))
		c.Wait()
	}
	if got := c.up.Load(); got != 50 {
		t.Errorf("%d of 50 checks succeed beside 200 that wait", got)
	}
	for _, cancel := range cancels {
		cancel()
		cancel() // twice is once
	}
	waiting.Wait()
	if got := waiting.counts(); got != [4]int64{0, 0, 0, 200} {
		t.Errorf("cancelled checks: %v", got)
	}
}

// TestOneThatIsUnderWayIsSeenWhileOthersNeverEnd: each of the others begins when the one before has ended, so
// that there is always one to begin.
func TestOneThatIsUnderWayIsSeenWhileOthersNeverEnd(t *testing.T) {
	target, release := fullQueue(t)
	p := newPool(t)
	fill(t, p, target)
	var slow tally
	cancel := slow.start(p.Checker(tcp.Options{Target: target, Timeout: time.Hour}))
	busy := p.Checker(tcp.Options{Target: closedPort(t, "127.0.0.1")})
	var stop atomic.Bool
	var others sync.WaitGroup
	var next func(checkers.Result)
	next = func(checkers.Result) {
		if stop.Load() {
			others.Done()
			return
		}
		busy.Start(next)
	}
	others.Add(1)
	busy.Start(next)
	release() // what asks again is refused
	ended := make(chan struct{})
	go func() { slow.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Error("the result of a check is not seen while others begin")
	}
	stop.Store(true)
	others.Wait()
	cancel()
	slow.Wait()
	if got := slow.counts(); !t.Failed() && got != [4]int64{0, 1, 0, 0} {
		t.Errorf("up, refused, timed out, other: %v", got)
	}
}

func TestClosedPoolEndsWhatIsUnderWayAndTakesNoMore(t *testing.T) {
	p, err := tcp.NewPool()
	if err != nil {
		t.Fatal(err)
	}
	silent := p.Checker(tcp.Options{Target: deaf(t), Timeout: time.Hour})
	var c tally
	cancel := c.start(silent)
	p.Close()
	c.start(silent)
	c.Wait()
	cancel()
	if got := c.counts(); got != [4]int64{0, 0, 0, 2} {
		t.Errorf("%v", got)
	}
}

func BenchmarkTenTogether(b *testing.B) {
	target, _ := server(b, "127.0.0.1")
	p := newPool(b)
	check := p.Checker(tcp.Options{Target: netip.AddrPortFrom(target.Addr(), target.Port())})
	var c tally
	b.ReportAllocs()
	for b.Loop() {
		for range 10 {
			c.start(check)
		}
		c.Wait()
	}
	if n := c.counts(); n[1]+n[2]+n[3] > 0 {
		b.Errorf("%v", n)
	}
}
