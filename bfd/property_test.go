package bfd_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/bfd"
)

// genTimers draws the timers of one side.
func genTimers(t *rapid.T, name string, c *bfd.Config) {
	c.MinTx = time.Duration(rapid.IntRange(20, 500).Draw(t, name+" tx")) * ms
	c.MinRx = time.Duration(rapid.IntRange(1, 500).Draw(t, name+" rx")) * ms
	c.IdleTx = time.Duration(rapid.IntRange(1000, 2000).Draw(t, name+" idle")) * ms
	c.Multiplier = uint8(rapid.IntRange(2, 20).Draw(t, name+" multiplier"))
}

func genLink(t *rapid.T) *link {
	passive := rapid.IntRange(0, 2).Draw(t, "passive")
	l := newLink(rapid.Uint64().Draw(t, "seed"), func(a, b *bfd.Config) {
		genTimers(t, "a", a)
		genTimers(t, "b", b)
		a.Passive, b.Passive = passive == 1, passive == 2
	})
	l.delay = time.Duration(rapid.IntRange(0, 300).Draw(t, "delay")) * time.Microsecond
	return l
}

// converge is how long two sessions may take on a link that loses nothing: each waits for the other's
// idle packet, with room for a handshake and for a passive one.
func converge(l *link) time.Duration {
	return 3*max(l.status(0).IdleTx, l.status(1).IdleTx) + 10*ms
}

func TestPropertySessionsComeUpAndGoDownInTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := genLink(t)
		l.run(converge(l))
		if l.states() != "Up Up" {
			t.Fatalf("%s after %v\n%s", l.states(), l.now, l.tail())
		}
		l.runFor(time.Duration(rapid.IntRange(0, 3000).Draw(t, "calm")) * ms)
		if len(l.downs[0])+len(l.downs[1]) != 0 {
			t.Fatalf("it went down on a sound link\n%s", l.tail())
		}
		detection := [2]time.Duration{l.status(0).Detection, l.status(1).Detection}
		l.cut()
		begin := l.now
		l.runFor(max(detection[0], detection[1]))
		for side, limit := range detection {
			if len(l.downs[side]) != 1 || l.downs[side][0]-begin > limit {
				t.Fatalf("side %d: down at %v after the cut at %v, detection time %v\n%s", side, l.downs[side], begin, limit, l.tail())
			}
		}
		l.passes = func(int) bool { return true }
		l.runFor(converge(l) + 3*max(detection[0], detection[1]))
		if l.states() != "Up Up" {
			t.Fatalf("%s after the link was mended\n%s", l.states(), l.tail())
		}
	})
}

func TestPropertyLossAloneDoesNotKeepSessionsDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := genLink(t)
		loss := rapid.Float64Range(0, 0.5).Draw(t, "loss")
		chance := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "chance"), 0))
		l.passes = func(int) bool { return chance.Float64() >= loss }
		l.run(40 * time.Second)
		if len(l.ups[0]) == 0 || len(l.ups[1]) == 0 {
			t.Fatalf("never up in 40 s at a loss of %.2f\n%s", loss, l.tail())
		}
		// However it went, with the loss over both are up and agree on how often to send.
		l.passes = func(int) bool { return true }
		a, b := l.status(0), l.status(1)
		l.runFor(converge(l) + 2*max(a.Detection, b.Detection) + 2*time.Second)
		a, b = l.status(0), l.status(1)
		if l.states() != "Up Up" || a.Polling || b.Polling {
			t.Fatalf("%s, polling %v %v\n%s", l.states(), a.Polling, b.Polling, l.tail())
		}
		if a.Yours != b.Mine || b.Yours != a.Mine || a.Detection != time.Duration(b.Multiplier)*b.Tx || b.Detection != time.Duration(a.Multiplier)*a.Tx {
			t.Fatalf("they do not agree: %+v and %+v", a, b)
		}
	})
}

func TestPropertyNobodyComesUpByOneSidedTraffic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := genLink(t)
		mute := rapid.IntRange(0, 1).Draw(t, "mute")
		l.passes, l.air = func(from int) bool { return from != mute }, nil
		l.run(20 * time.Second)
		if len(l.ups[0])+len(l.ups[1]) != 0 {
			t.Fatalf("up: %v\n%s", l.ups, l.tail())
		}
	})
}

// Whatever is received, a session comes up only by a packet that holds its own discriminator, from its
// neighbour, from near enough; and what it sends is a packet that may be sent.
func TestPropertyForgedPacketsBringNothingUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := bfd.New(rapid.Uint64().Draw(t, "seed"))
		cfg := config(addrA, addrB)
		c.Reload(0, []bfd.Config{cfg}, nil, nil)
		now := time.Duration(0)
		for range rapid.IntRange(1, 60).Draw(t, "packets") {
			now += time.Duration(rapid.IntRange(0, 2000).Draw(t, "pause")) * ms
			before := c.Sessions()[0]
			p := genPacket(t)
			switch rapid.IntRange(0, 2).Draw(t, "yours") {
			case 0:
				p.Yours = 0
			case 1:
				p.Yours = before.Mine
			}
			ev := bfd.Event{
				Kind: bfd.Received, TTL: rapid.SampledFrom([]int{254, 255}).Draw(t, "ttl"),
				From: []bfd.Config{config(addrB, addrA), config(addrA, addrB)}[rapid.IntRange(0, 1).Draw(t, "from")].Remote,
			}
			if bfd.Parse(p.Append(nil), &ev.Packet) != bfd.OK {
				continue
			}
			out := c.Step(now, &ev, nil)
			sound := ev.TTL == 255 && ev.From == addrB
			for _, a := range out {
				switch {
				case a.Kind == bfd.Changed && a.To == bfd.Up && (!sound || p.Yours != before.Mine):
					t.Fatalf("%+v brought it up", ev)
				case a.Kind == bfd.Changed && a.From == a.To:
					t.Fatalf("a change that is none: %v", a)
				case a.Kind != bfd.Send:
				case a.Packet.Poll && a.Packet.Final, a.Packet.State != bfd.Up && a.Packet.MinTx < time.Second, a.Packet.Mine != before.Mine:
					t.Fatalf("sent: %+v", a.Packet)
				}
			}
			if !sound && c.Sessions()[0].Received != before.Received {
				t.Fatalf("%+v was taken", ev)
			}
			if at, ok := c.Next(); ok && at < now {
				t.Fatalf("due at %v, it is %v already", at, now)
			}
		}
	})
}

// Reloads of any kind in the middle of anything leave a core that works.
func TestPropertyReloadsLeaveNoSessionBehind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := genLink(t)
		for range rapid.IntRange(1, 8).Draw(t, "reloads") {
			l.runFor(time.Duration(rapid.IntRange(0, 4000).Draw(t, "pause")) * ms)
			side := rapid.IntRange(0, 1).Draw(t, "side")
			var configs []bfd.Config
			if rapid.IntRange(0, 3).Draw(t, "there") > 0 {
				cfg := [2]bfd.Config{config(addrA, addrB), config(addrB, addrA)}[side]
				genTimers(t, "new", &cfg)
				configs = append(configs, cfg)
			}
			l.take(side, l.cores[side].Reload(l.now, configs, nil, nil))
			if n := len(l.cores[side].Sessions()); n != len(configs) {
				t.Fatalf("%d sessions for %d configurations", n, len(configs))
			}
		}
		for side, cfg := range []bfd.Config{config(addrA, addrB), config(addrB, addrA)} {
			l.take(side, l.cores[side].Reload(l.now, []bfd.Config{cfg}, nil, nil))
		}
		l.runFor(20 * time.Second)
		if a, b := l.status(0), l.status(1); l.states() != "Up Up" || a.Detection != 50*ms || b.Detection != 50*ms || a.Tx != 10*ms || b.Tx != 10*ms {
			t.Fatalf("%s: %+v, %+v\n%s", l.states(), a, b, l.tail())
		}
	})
}
