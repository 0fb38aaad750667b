package lvs_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/lvs"
)

func slowStart(d time.Duration) func(*lvs.RealServer) {
	return func(r *lvs.RealServer) { r.SlowStart = d }
}

var dawn = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// climb is a core whose clock a test moves. It writes down every weight of the real server 1.
type climb struct {
	core *lvs.Director
	now  time.Time
	last int64
	said []string
}

func newClimb(servers ...lvs.VirtualServer) *climb {
	c := &climb{core: lvs.NewDirector(servers), now: dawn, last: -1}
	c.step(lvs.Event{Kind: lvs.Started})
	return c
}

// weight is that of the real server 1 in the table; -1: it is not there.
func (c *climb) weight() int64 {
	for _, e := range c.core.Table() {
		if d, ok := e.Destinations[key(1)]; ok {
			return int64(d.Weight)
		}
	}
	return -1
}

func (c *climb) step(e lvs.Event) {
	e.At = c.now
	c.core.Step(e)
	if w := c.weight(); w != c.last {
		c.last = w
		c.said = append(c.said, fmt.Sprintf("%v %d", c.now.Sub(dawn).Seconds(), w))
	}
}

func (c *climb) check(up bool) { c.checkWeight(up, nil) }

func (c *climb) checkWeight(up bool, weight *int64) {
	e := lvs.Event{Kind: lvs.Checked, Check: lvs.CheckID{Server: web, Real: key(1)}, Up: up}
	if weight != nil {
		e.HasWeight, e.Weight = true, *weight
	}
	c.step(e)
}

func (c *climb) order(o lvs.Override) {
	o.Server, o.Real = web, key(1)
	c.step(lvs.Event{Kind: lvs.Overridden, Override: o})
}

// pass lets time pass and takes the steps that fall due.
func (c *climb) pass(d time.Duration) {
	end := c.now.Add(d)
	for next := c.core.Next(); !next.IsZero() && !next.After(end); next = c.core.Next() {
		c.now = next
		c.step(lvs.Event{Kind: lvs.Ticked})
	}
	c.now = end
}

func TestWeightGrowsAfterARecovery(t *testing.T) {
	asks := func(w int64) *int64 { return &w }
	ten := func(change ...func(*lvs.RealServer)) []lvs.VirtualServer {
		return []lvs.VirtualServer{virtualServer(realServer(1, append([]func(*lvs.RealServer){weight(10), slowStart(9 * time.Second)}, change...)...))}
	}
	tests := []struct {
		name    string
		servers []lvs.VirtualServer
		play    func(c *climb)
		want    []string // seconds and weights
	}{
		{"by one a second", ten(), func(c *climb) { c.check(false); c.check(true); c.pass(time.Minute) },
			[]string{"0 10", "0 -1", "0 1", "1 2", "2 3", "3 4", "4 5", "5 6", "6 7", "7 8", "8 9", "9 10"}},
		{"by more, but never more often than once a second", ten(weight(1000), slowStart(4*time.Second)), func(c *climb) { c.check(false); c.check(true); c.pass(time.Minute) },
			[]string{"0 1000", "0 -1", "0 1", "1 250", "2 500", "3 750", "4 1000"}},
		{"less often where the weight is small", ten(weight(3), slowStart(60*time.Second)), func(c *climb) { c.check(false); c.check(true); c.pass(time.Hour) },
			[]string{"0 3", "0 -1", "0 1", "30 2", "60 3"}},
		{"weight 1 has nothing to grow", ten(weight(1)), func(c *climb) { c.check(false); c.check(true); c.pass(time.Minute) }, []string{"0 1", "0 -1", "0 1"}},
		{"not at the start", ten(), func(c *climb) { c.check(true); c.pass(time.Minute) }, []string{"0 10"}},
		{"not at the first success with alpha", ten(alpha), func(c *climb) { c.check(true); c.pass(time.Minute) }, []string{"0 10"}},
		{"at a success with alpha that a failure comes before", ten(alpha, slowStart(2*time.Second)), func(c *climb) { c.check(false); c.check(true); c.pass(time.Minute) },
			[]string{"0 1", "1 5", "2 10"}},
		{"a failure on the way ends it, the next recovery begins anew", ten(slowStart(3 * time.Second)), func(c *climb) {
			c.check(false)
			c.check(true)
			c.pass(1500 * time.Millisecond)
			c.check(false)
			c.pass(10 * time.Second)
			c.check(true)
			c.pass(time.Minute)
		}, []string{"0 10", "0 -1", "0 1", "1 4", "1.5 -1", "11.5 1", "12.5 4", "13.5 7", "14.5 10"}},
		{"a weight that a check asks for meanwhile is grown into", ten(dynamic), func(c *climb) {
			c.check(false)
			c.check(true)
			c.pass(3 * time.Second)
			c.checkWeight(true, asks(100))
			c.pass(time.Minute)
		}, []string{"0 10", "0 -1", "0 1", "1 2", "2 3", "3 4", "3 34", "4 45", "5 56", "6 67", "7 78", "8 89", "9 100"}},
		{"drained on the way, and back", ten(slowStart(3 * time.Second)), func(c *climb) {
			c.check(false)
			c.check(true)
			c.pass(time.Second)
			c.order(lvs.Override{Drained: true})
			c.pass(time.Minute)
			c.order(lvs.Override{})
			c.pass(time.Minute)
		}, []string{"0 10", "0 -1", "0 1", "1 4", "1 0", "61 1", "62 4", "63 7", "64 10"}},
		{"an ordered weight is grown into as well", ten(slowStart(2 * time.Second)), func(c *climb) {
			c.order(lvs.Override{HasWeight: true, Weight: 5})
			c.check(false)
			c.check(true)
			c.pass(time.Minute)
		}, []string{"0 10", "0 5", "0 -1", "0 1", "1 3", "2 5"}},
		{"a reload goes on with it, and one without slow_start ends it", ten(), func(c *climb) {
			c.check(false)
			c.check(true)
			c.pass(2 * time.Second)
			c.step(lvs.Event{Kind: lvs.Reloaded, Servers: ten()})
			c.pass(2 * time.Second)
			c.step(lvs.Event{Kind: lvs.Reloaded, Servers: ten(slowStart(0))})
			c.pass(time.Minute)
		}, []string{"0 10", "0 -1", "0 1", "1 2", "2 3", "3 4", "4 5", "4 10"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newClimb(tt.servers...)
			tt.play(c)
			if !slices.Equal(c.said, tt.want) {
				t.Errorf("weights %q, want %q", c.said, tt.want)
			}
			if next := c.core.Next(); !next.IsZero() {
				t.Errorf("at rest the core wants to be woken at %v", next.Sub(dawn))
			}
		})
	}
}

// TestQuorumCountsTheWholeWeight of one that grows: it is there.
func TestQuorumCountsTheWholeWeight(t *testing.T) {
	v := virtualServer(realServer(1, weight(10), slowStart(time.Minute)))
	v.Quorum, v.Sorry = 8, sorryServer()
	c := newClimb(v)
	c.check(false)
	if state := c.core.State()[0]; state.Quorum || !state.Sorry {
		t.Errorf("down: %+v", state)
	}
	c.check(true)
	if state := c.core.State()[0]; !state.Quorum || state.Sorry || state.Real[0].Weight != 10 || state.Real[0].Current != 1 {
		t.Errorf("back: %+v", state)
	}
}

// TestAdoptedRealServerHasItsWholeWeight: what stood on the way when the process died is not known.
func TestAdoptedRealServerHasItsWholeWeight(t *testing.T) {
	v := virtualServer(realServer(1, weight(10), slowStart(9*time.Second), dynamic))
	c := newClimb(v)
	c.check(false)
	c.check(true)
	c.pass(3 * time.Second)
	left := c.core.Table().Clone()
	after := lvs.NewDirector([]lvs.VirtualServer{v})
	after.Step(lvs.Event{Kind: lvs.Adopted, Table: left})
	after.Step(lvs.Event{Kind: lvs.Started})
	if got := lvs.Diff(left, after.Table(), nil); len(got) != 1 || got[0].Destination.Weight != 10 {
		t.Errorf("the successor writes %v", got)
	}
}

// TestPropertySlowStart: whatever fails and comes back, whenever the shell wakes the core, the weight stays
// between 1 and its value while it grows, falls only where it is told to, is written at most once a second,
// and is whole in the end.
func TestPropertySlowStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Uint32Range(1, 65535).Draw(t, "weight")
		length := time.Duration(rapid.Int64Range(1, int64(24*time.Hour/time.Millisecond)).Draw(t, "slow_start")) * time.Millisecond
		c := newClimb(virtualServer(realServer(1, weight(whole), slowStart(length))))
		var written time.Time
		for range rapid.IntRange(1, 20).Draw(t, "events") {
			if rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
				c.check(rapid.Bool().Draw(t, "up"))
				written = time.Time{}
				continue
			}
			next := c.core.Next()
			if next.IsZero() {
				continue
			}
			was := c.weight()
			c.now = next.Add(time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "late")))
			c.step(lvs.Event{Kind: lvs.Ticked})
			now := c.weight()
			if now < was || now < 1 || now > int64(whole) {
				t.Fatalf("from %d to %d of %d", was, now, whole)
			}
			if now != was {
				if !written.IsZero() && c.now.Sub(written) < time.Second {
					t.Fatalf("written twice within %v", c.now.Sub(written))
				}
				written = c.now
			}
		}
		c.check(true)
		c.now = c.now.Add(length + time.Second)
		for i := 0; !c.core.Next().IsZero(); i++ {
			if i > 1 {
				t.Fatal("it does not come to an end")
			}
			c.now = c.now.Add(length)
			c.step(lvs.Event{Kind: lvs.Ticked})
		}
		if c.weight() != int64(whole) {
			t.Fatalf("in the end %d of %d", c.weight(), whole)
		}
	})
}
