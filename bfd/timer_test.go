package bfd_test

import (
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/bfd"
)

// gaps are the times between the packets that a session sends of its own accord until then.
func gaps(c *bfd.Core, until time.Duration) (all []time.Duration) {
	last := time.Duration(-1)
	for {
		at, ok := c.Next()
		if !ok || at > until {
			return all
		}
		for _, a := range c.Step(at, &bfd.Event{}, nil) {
			if a.Kind != bfd.Send {
				continue
			}
			if last >= 0 {
				all = append(all, at-last)
			}
			last = at
		}
	}
}

// RFC 5880 section 6.8.7: with a multiplier of 1 a packet must come before the interval is over.
func TestJitterIsThatOfTheRFC(t *testing.T) {
	for _, tt := range []struct {
		multiplier  uint8
		least, most time.Duration
	}{{1, 750 * ms, 900 * ms}, {2, 750 * ms, 1000 * ms}, {255, 750 * ms, 1000 * ms}} {
		c, _ := in(t, bfd.Down, func(cfg *bfd.Config) { cfg.Multiplier = tt.multiplier })
		list := gaps(c, 1000*time.Second)
		low, high := list[0], list[0]
		for _, g := range list {
			low, high = min(low, g), max(high, g)
		}
		span := (tt.most - tt.least) / 20
		if low < tt.least || high > tt.most || low > tt.least+span || high < tt.most-span {
			t.Errorf("multiplier %d: %v to %v, want %v to %v", tt.multiplier, low, high, tt.least, tt.most)
		}
	}
}

// RFC 5880 section 6.8.3: while a session is not Up it sends no more often than once a second.
func TestNobodyIsFastWhileHeIsNotUp(t *testing.T) {
	c, _ := in(t, bfd.Down, func(cfg *bfd.Config) { cfg.IdleTx = 10 * ms })
	if s := c.Sessions()[0]; s.SaidTx != time.Second || s.Tx != time.Second {
		t.Errorf("it says %v and sends every %v", s.SaidTx, s.Tx)
	}
}

func TestOnlyAFinalConfirmsAPoll(t *testing.T) {
	c, s := in(t, bfd.Up)
	c.Step(ms, said(s, bfd.Packet{State: bfd.Up}), nil)
	if !c.Sessions()[0].Polling {
		t.Error("any packet ends the poll")
	}
	c.Step(2*ms, said(s, bfd.Packet{State: bfd.Up, Final: true}), nil)
	if c.Sessions()[0].Polling {
		t.Error("a final does not end the poll")
	}
}

// A shorter detection time counts when the neighbour has confirmed it, a longer one at once.
func TestDetectionTimeIsNotShortenedBehindTheNeighboursBack(t *testing.T) {
	fast := bfd.Packet{State: bfd.Up, MinTx: ms}
	final := fast
	final.Final = true
	c, s := in(t, bfd.Up, func(cfg *bfd.Config) { cfg.MinRx = 100 * ms })
	cfg := s.Config
	c.Step(ms, said(s, final), nil)
	cfg.MinRx = 10 * ms
	c.Reload(2*ms, []bfd.Config{cfg}, nil, nil)
	c.Step(3*ms, said(s, fast), nil)
	if d := c.Sessions()[0].Detection; d != 300*ms {
		t.Errorf("%v before it is confirmed", d)
	}
	c.Step(4*ms, said(s, final), nil)
	if d := c.Sessions()[0].Detection; d != 30*ms {
		t.Errorf("%v when it is confirmed", d)
	}
	cfg.MinRx = 200 * ms
	c.Reload(5*ms, []bfd.Config{cfg}, nil, nil)
	if d := c.Sessions()[0].Detection; d != 600*ms {
		t.Errorf("%v at once", d)
	}
	// The one that runs is not what it was, either: the neighbour may send less often from now on.
	c.Step(4*ms+31*ms, &bfd.Event{}, nil)
	if s := c.Sessions()[0]; s.State != bfd.Up {
		t.Errorf("%s after the old detection time", s.State)
	}
}

// In demand mode packets come only while something is to be agreed on.
func TestPollIsSentInDemandModeToo(t *testing.T) {
	c, s := in(t, bfd.Up)
	c.Step(ms, said(s, bfd.Packet{State: bfd.Up, Demand: true, Final: true, Multiplier: 255, MinTx: time.Minute}), nil)
	if list := gaps(c, time.Minute); list != nil {
		t.Fatalf("sent without being asked: %v", list)
	}
	cfg := s.Config
	cfg.MinTx = 500 * ms
	c.Reload(time.Minute, []bfd.Config{cfg}, nil, nil)
	if list := gaps(c, 2*time.Minute); len(list) < 100 {
		t.Errorf("%d packets of a poll in a minute", len(list))
	}
}

func TestSessionThatIsGoneHasNoDiscriminator(t *testing.T) {
	c, s := in(t, bfd.Up)
	c.Reload(ms, nil, nil, nil)
	c.Step(2*ms, said(s, bfd.Packet{State: bfd.Up}), nil)
	if c.Discards()[bfd.Unknown] != 1 {
		t.Errorf("discarded: %v", c.Discards())
	}
}

func TestSessionThatWasNeverHeardGoesWithoutAWord(t *testing.T) {
	c, _ := in(t, bfd.Down)
	for _, a := range c.Step(ms, &bfd.Event{Kind: bfd.Stop}, nil) {
		if a.Kind == bfd.Send {
			t.Errorf("it sends %+v", a.Packet)
		}
	}
}
