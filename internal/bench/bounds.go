package bench

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Many cuts are made on several pairs at a time, each on a network of its own, since most of the time
// is waiting. The shorter the interval, the more a pair needs the processors.
var series = []struct {
	interval string
	seconds  float64
	pairs    int
}{
	{"1", 1, 10},
	{"0.1", 0.1, 4},
	{"0.01", 0.01, 1},
}

// Bounds cuts the MASTER of a pair off many times, and hands over many times, and tells how the
// silences are spread.
func Bounds(holdfast, control, keepalived string, times int) ([]Row, error) {
	var rows []Row
	for _, s := range series {
		row := Row{What: fmt.Sprintf("%d cuts, advert_int %s, longest silence", times, s.interval), Unit: "ms", Limit: bound(s.seconds) + 5}
		theirs, err := silences(keepalived, s.interval, times, s.pairs, cutAndReturn)
		if err != nil {
			return rows, fmt.Errorf("%s, keepalived: %w", row.What, err)
		}
		ours, err := silences(holdfast, s.interval, times, s.pairs, cutAndReturn)
		if err != nil {
			return rows, fmt.Errorf("%s, holdfast: %w", row.What, err)
		}
		row.Keepalived, row.Holdfast = slices.Max(theirs), slices.Max(ours)
		row.Note = fmt.Sprintf("bound %.1f; holdfast %s; keepalived %s", bound(s.seconds), spread(ours), spread(theirs))
		rows = append(rows, row)
	}
	there := func(p *pair) ([]float64, error) { return thereAndBack(p, control) }
	all, err := silences(holdfast, "1", times, 5, there)
	if err != nil {
		return rows, fmt.Errorf("handovers: %w", err)
	}
	return append(rows, Row{
		What: fmt.Sprintf("%d handovers by holdfastctl, longest silence", len(all)), Unit: "ms", Limit: 10,
		Holdfast: slices.Max(all), NoReference: true, Note: spread(all),
	}), nil
}

// spread prints a distribution.
func spread(ms []float64) string {
	slices.Sort(ms)
	at := func(part float64) float64 { return ms[int(part*float64(len(ms)-1))] }
	return fmt.Sprintf("min %.4g, median %.4g, p95 %.4g, max %.4g", ms[0], at(0.5), at(0.95), ms[len(ms)-1])
}

// silences measures on several pairs at a time until there are enough.
func silences(program, interval string, times, pairs int, once func(*pair) ([]float64, error)) ([]float64, error) {
	var mu sync.Mutex
	var all []float64
	var failed error
	var group sync.WaitGroup
	for range pairs {
		p, err := newPair(program, interval)
		if err != nil {
			failed = err
			break
		}
		defer p.net.Close()
		group.Go(func() {
			for {
				mu.Lock()
				done := failed != nil || len(all) >= times
				mu.Unlock()
				if done {
					return
				}
				ms, err := once(p)
				mu.Lock()
				all, failed = append(all, ms...), errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return all, failed
}

// alone tells whether only the first of a pair has the address, and it answers.
func (p *pair) alone() bool {
	return holds(p.one, 1)() && !holds(p.two, 1)() && p.ping.Answered(20*time.Millisecond)
}

// cutAndReturn cuts the MASTER off at any point of its interval, and lets it return.
func cutAndReturn(p *pair) ([]float64, error) {
	time.Sleep(time.Duration(rand.Int64N(int64(p.interval))))
	ms, err := p.silence(func() error { return cut(p) }, moved(p))
	if err != nil {
		return nil, err
	}
	if err := p.one.Restore("eth0"); err != nil {
		return nil, err
	}
	if err := waitFor("the return of the MASTER", time.Minute, p.alone); err != nil {
		return nil, err
	}
	time.Sleep(300*time.Millisecond + p.interval) // both have heard and said all that there is
	return []float64{ms}, nil
}

// thereAndBack hands over and takes back.
func thereAndBack(p *pair, control string) ([]float64, error) {
	order := func(words ...string) func() error {
		return func() error {
			out, err := p.one.Exec(control, append([]string{"handover"}, words...)...)
			if err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			return nil
		}
	}
	time.Sleep(time.Duration(rand.Int64N(int64(time.Second))))
	there, err := p.silence(order("--for", "0", "I1"), moved(p))
	if err != nil {
		return nil, err
	}
	if err := waitFor("the end of the handover", time.Minute, func() bool { return !holds(p.one, 1)() }); err != nil {
		return nil, err
	}
	back, err := p.silence(order("--undo", "I1"), p.alone)
	if err != nil {
		return nil, err
	}
	time.Sleep(1500 * time.Millisecond)
	return []float64{there, back}, nil
}
