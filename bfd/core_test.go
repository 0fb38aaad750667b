package bfd_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/bfd"
)

// in brings a single core into a state by what its neighbour says.
func in(t *testing.T, state bfd.State, change ...func(*bfd.Config)) (*bfd.Core, bfd.Status) {
	t.Helper()
	c := bfd.New(1)
	cfg := config(addrA, addrB)
	for _, f := range change {
		f(&cfg)
	}
	c.Reload(0, []bfd.Config{cfg}, nil, nil)
	c.Step(0, &bfd.Event{}, nil)
	s := c.Sessions()[0]
	if state >= bfd.Init {
		c.Step(0, said(s, bfd.Packet{State: bfd.Down}), nil)
	}
	if state == bfd.Up {
		c.Step(0, said(s, bfd.Packet{State: bfd.Init}), nil)
	}
	s = c.Sessions()[0]
	if s.State != state {
		t.Fatalf("in %s, want %s", s.State, state)
	}
	return c, s
}

// said is a packet of the neighbour of a session.
func said(s bfd.Status, p bfd.Packet) *bfd.Event {
	p.Mine, p.Yours = 77, s.Mine
	p.Multiplier = max(p.Multiplier, 3)
	if p.MinTx == 0 {
		p.MinTx = 100 * ms
	}
	if p.MinRx == 0 {
		p.MinRx = 20 * ms
	}
	return &bfd.Event{Kind: bfd.Received, From: s.Remote, TTL: int(s.TTL), Multihop: s.Multihop, Packet: p}
}

func TestStateMachineIsThatOfTheRFC(t *testing.T) {
	const none = bfd.NoDiag
	tests := []struct {
		state, heard, want bfd.State
		diag               bfd.Diag
	}{
		{bfd.Down, bfd.AdminDown, bfd.Down, none},
		{bfd.Down, bfd.Down, bfd.Init, none},
		{bfd.Down, bfd.Init, bfd.Up, none},
		{bfd.Down, bfd.Up, bfd.Down, none},
		{bfd.Init, bfd.AdminDown, bfd.Down, bfd.NeighbourDown},
		{bfd.Init, bfd.Down, bfd.Init, none},
		{bfd.Init, bfd.Init, bfd.Up, none},
		{bfd.Init, bfd.Up, bfd.Up, none},
		{bfd.Up, bfd.AdminDown, bfd.Down, bfd.NeighbourDown},
		{bfd.Up, bfd.Down, bfd.Down, bfd.NeighbourDown},
		{bfd.Up, bfd.Init, bfd.Up, none},
		{bfd.Up, bfd.Up, bfd.Up, none},
	}
	for _, tt := range tests {
		t.Run(tt.state.String()+" hears "+tt.heard.String(), func(t *testing.T) {
			c, s := in(t, tt.state)
			out := c.Step(ms, said(s, bfd.Packet{State: tt.heard, Diag: bfd.AdministrativeDown}), nil)
			got := c.Sessions()[0]
			if got.State != tt.want || got.Diag != tt.diag {
				t.Errorf("%s with %q, want %s with %q", got.State, got.Diag, tt.want, tt.diag)
			}
			if got.RemoteState != tt.heard || got.RemoteDiag != bfd.AdministrativeDown || got.Yours != 77 {
				t.Errorf("of the neighbour is known: %+v", got)
			}
			changed := slices.ContainsFunc(out, func(a bfd.Action) bool { return a.Kind == bfd.Changed && a.From == tt.state && a.To == tt.want })
			sent := slices.ContainsFunc(out, func(a bfd.Action) bool { return a.Kind == bfd.Send && a.Packet.State == tt.want })
			if want := tt.state != tt.want; changed != want || sent != want {
				t.Errorf("changed %v, sent %v at once; want both %v: %v", changed, sent, want, out)
			}
		})
	}
}

func TestPacketsThatAreNotForTheSessionChangeNothing(t *testing.T) {
	tests := []struct {
		name   string
		config func(*bfd.Config)
		change func(*bfd.Event)
		want   bfd.Fault
	}{
		{"it is for it", nil, func(*bfd.Event) {}, bfd.OK},
		{"without our discriminator", nil, func(e *bfd.Event) { e.Packet.Yours = 0 }, bfd.OK},
		{"another discriminator", nil, func(e *bfd.Event) { e.Packet.Yours++ }, bfd.Unknown},
		{"another source with our discriminator", nil, func(e *bfd.Event) { e.From = addrA }, bfd.WrongSource},
		{"another source without", nil, func(e *bfd.Event) { e.From, e.Packet.Yours = addrA, 0 }, bfd.Unknown},
		{"an IPv4 address in IPv6", nil, func(e *bfd.Event) { e.From = netip.MustParseAddr("::ffff:192.0.2.2") }, bfd.OK},
		{"the other port", nil, func(e *bfd.Event) { e.Multihop = true }, bfd.Unknown},
		{"from one hop away", nil, func(e *bfd.Event) { e.TTL = 254 }, bfd.TooFar},
		{"from one hop away, which may be", func(c *bfd.Config) { c.MaxHops = 1 }, func(e *bfd.Event) { e.TTL = 254 }, bfd.OK},
		{"from two hops away where one may be", func(c *bfd.Config) { c.MaxHops = 1 }, func(e *bfd.Event) { e.TTL = 253 }, bfd.TooFar},
		{"from the end of the world, which is not looked at", func(c *bfd.Config) { c.MaxHops = 255 }, func(e *bfd.Event) { e.TTL = 1 }, bfd.OK},
		{"TTL 64 where 64 is sent", func(c *bfd.Config) { c.TTL = 64 }, func(e *bfd.Event) { e.TTL = 64 }, bfd.OK},
		{"TTL 63 where 64 is sent", func(c *bfd.Config) { c.TTL = 64 }, func(e *bfd.Event) { e.TTL = 63 }, bfd.TooFar},
		{"TTL 255 where 64 is sent", func(c *bfd.Config) { c.TTL = 64 }, func(e *bfd.Event) { e.TTL = 255 }, bfd.OK},
		{"authenticated", nil, func(e *bfd.Event) { e.Packet.Auth = true }, bfd.Authenticated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			change := tt.config
			if change == nil {
				change = func(*bfd.Config) {}
			}
			c, before := in(t, bfd.Up, change)
			ev := said(before, bfd.Packet{State: bfd.Down})
			tt.change(ev)
			out := c.Step(ms, ev, nil)
			fault := bfd.OK
			for _, a := range out {
				if a.Kind == bfd.Discarded {
					fault = a.Fault
				}
			}
			after := c.Sessions()[0]
			if fault != tt.want || (after.State == bfd.Up) != (tt.want != bfd.OK) {
				t.Errorf("%s and the session is %s, want %s: %v", fault, after.State, tt.want, out)
			}
			if tt.want == bfd.OK {
				return
			}
			if c.Discards()[tt.want] != 1 {
				t.Errorf("counted: %v", c.Discards())
			}
			after.Discarded = before.Discarded
			if diff := cmp.Diff(before, after, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
				t.Errorf("it changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestIntervalsAreAgreedOn(t *testing.T) {
	l := newLink(1, func(a, b *bfd.Config) {
		a.MinTx, a.MinRx, a.Multiplier = 100*ms, 30*ms, 3
		b.MinTx, b.MinRx, b.Multiplier = 20*ms, 150*ms, 7
	})
	l.up(t)
	a, b := l.status(0), l.status(1)
	// A sends every 150 ms, for that is what B takes; B every 30.
	for _, tt := range []struct {
		name      string
		got, want time.Duration
	}{
		{"A sends every", a.Tx, 150 * ms}, {"A waits for", a.Detection, 7 * 30 * ms},
		{"B sends every", b.Tx, 30 * ms}, {"B waits for", b.Detection, 3 * 150 * ms},
	} {
		if tt.got != tt.want {
			t.Errorf("%s %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	if a.Polling || b.Polling {
		t.Error("the poll was not confirmed")
	}
	before := l.sends
	l.runFor(15 * time.Second)
	// 75 to 100 % of the interval.
	for side, want := range [2][2]int{{100, 135}, {500, 670}} {
		if n := l.sends[side] - before[side]; n < want[0] || n > want[1] {
			t.Errorf("side %d sent %d packets in 15 s, want %v", side, n, want)
		}
	}
}

func TestWhileNotUpASessionSendsOncePerIdleInterval(t *testing.T) {
	l := newLink(1, func(a, b *bfd.Config) { a.IdleTx = 2 * time.Second })
	l.cut()
	l.run(20 * time.Second)
	if n := l.sends[0]; n < 10 || n > 14 {
		t.Errorf("%d packets in 20 s at idle_tx 2", n)
	}
	if n := l.sends[1]; n < 20 || n > 28 {
		t.Errorf("%d packets in 20 s at idle_tx 1", n)
	}
}

func TestPassiveSaysNothingUntilItIsSpokenTo(t *testing.T) {
	passive := func(a, b *bfd.Config) { a.Passive = true }
	l := newLink(1, passive)
	l.cut()
	l.run(10 * time.Second)
	if l.sends[0] != 0 || l.sends[1] == 0 {
		t.Errorf("sent: %v", l.sends)
	}
	l = newLink(1, passive)
	l.up(t)
	l.cut()
	l.runFor(time.Second)
	before := l.sends[0]
	l.runFor(10 * time.Second)
	if n := l.sends[0] - before; n != 0 || l.states() != "Down Down" {
		t.Errorf("%s, and %d packets after the neighbour was lost", l.states(), n)
	}
	l.passes = func(int) bool { return true }
	l.up(t)
	l = newLink(1, passive, func(a, b *bfd.Config) { b.Passive = true })
	l.run(10 * time.Second)
	if l.sends != [2]int{} {
		t.Errorf("two passive ones sent %v", l.sends)
	}
}

func TestSilenceIsSeenWithinTheDetectionTime(t *testing.T) {
	l := newLink(1)
	l.up(t)
	l.cut()
	begin := l.now
	l.runFor(time.Second)
	for side := range 2 {
		s := l.status(side)
		if s.State != bfd.Down || s.Diag != bfd.DetectionExpired || s.Yours != 0 {
			t.Errorf("side %d: %s, %q, %d", side, s.State, s.Diag, s.Yours)
		}
		if took := l.downs[side][0] - begin; took > 50*ms || took < 30*ms {
			t.Errorf("side %d: down after %v", side, took)
		}
	}
}

// One side hears nothing: it says so, and the other goes down without waiting for its own detection.
func TestHalfALinkTakesBothSidesDown(t *testing.T) {
	l := newLink(1, func(a, b *bfd.Config) { b.MinTx, b.MinRx = time.Second, 10*ms })
	l.up(t)
	l.passes = func(from int) bool { return from == 1 }
	begin := l.now
	l.runFor(3 * time.Second)
	if l.states() != "Down Down" && l.states() != "Init Down" {
		t.Fatal(l.states())
	}
	if s := l.status(0); l.downs[0][0] != l.downs[1][0]+l.delay || l.downs[1][0]-begin > 50*ms {
		t.Errorf("down at %v and %v, %q", l.downs[0][0]-begin, l.downs[1][0]-begin, s.Diag)
	}
}

// A process that was held up reads what waited before it looks at the clock.
func TestLatePacketsCountBeforeLateDeadlines(t *testing.T) {
	c, s := in(t, bfd.Up)
	out := c.Step(time.Hour, said(s, bfd.Packet{State: bfd.Up}), nil)
	if got := c.Sessions()[0]; got.State != bfd.Up {
		t.Errorf("%s: %v", got.State, out)
	}
}

func TestPollMovesIntervalsOnlyWhenItIsConfirmed(t *testing.T) {
	c, s := in(t, bfd.Up)
	cfg := s.Config
	c.Step(ms, said(s, bfd.Packet{State: bfd.Up, Final: true}), nil)
	cfg.MinTx, cfg.MinRx = 400*ms, ms // send less often, hear more often
	out := c.Reload(2*ms, []bfd.Config{cfg}, nil, nil)
	var polled, told bool
	for _, a := range out {
		polled = polled || a.Kind == bfd.Polling
		told = told || a.Kind == bfd.Send && a.Packet.Poll && a.Packet.MinTx == 400*ms && a.Packet.MinRx == ms
	}
	if !polled || !told {
		t.Fatalf("no poll: %v", out)
	}
	now := c.Sessions()[0]
	if now.Tx != 20*ms || now.Detection != 3*100*ms {
		t.Errorf("before it is confirmed: sends every %v, waits for %v", now.Tx, now.Detection)
	}
	cfg.MinTx = 500 * ms // changed once more before the answer
	c.Reload(3*ms, []bfd.Config{cfg}, nil, nil)
	c.Step(4*ms, said(s, bfd.Packet{State: bfd.Up, Final: true}), nil)
	if now = c.Sessions()[0]; now.Tx != 20*ms || !now.Polling {
		t.Errorf("the answer to the first poll: sends every %v, polls %v", now.Tx, now.Polling)
	}
	c.Step(5*ms, said(s, bfd.Packet{State: bfd.Up, Final: true}), nil)
	if now = c.Sessions()[0]; now.Tx != 500*ms || now.Polling {
		t.Errorf("the answer to the second: sends every %v, polls %v", now.Tx, now.Polling)
	}
}

func TestPollsAreAnsweredAtOnce(t *testing.T) {
	c, s := in(t, bfd.Up)
	out := c.Step(ms, said(s, bfd.Packet{State: bfd.Up, Poll: true}), nil)
	answers := 0
	for _, a := range out {
		if a.Kind == bfd.Send && a.Packet.Final {
			answers++
			if a.Packet.Poll || a.Packet.Yours != 77 {
				t.Errorf("answered by %+v", a.Packet)
			}
		}
	}
	if answers != 1 {
		t.Errorf("%d answers: %v", answers, out)
	}
}

func TestNeighbourThatWantsNoPacketsGetsNone(t *testing.T) {
	for name, p := range map[string]bfd.Packet{
		"demand mode": {State: bfd.Up, Demand: true, Final: true},
		"min rx 0":    {State: bfd.Up, Final: true},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := in(t, bfd.Up)
			count := func(from, to time.Duration) (n int) {
				for now := from; now < to; now += ms {
					ev := said(s, p)
					if name == "min rx 0" {
						ev.Packet.MinRx = 0
					}
					for _, a := range c.Step(now, ev, nil) {
						if a.Kind == bfd.Send {
							n++
						}
					}
				}
				return n
			}
			if n := count(ms, time.Second); n != 0 {
				t.Errorf("%d packets", n)
			}
			p = bfd.Packet{State: bfd.Up}
			s.Name = "again"
			n := 0
			for now := time.Second; now < 2*time.Second; now += ms {
				for _, a := range c.Step(now, said(s, p), nil) {
					if a.Kind == bfd.Send {
						n++
					}
				}
			}
			if n < 50 {
				t.Errorf("wanted again, it sends %d in a second", n)
			}
		})
	}
}

func TestReloadKeepsWhatIsUnchanged(t *testing.T) {
	l := newLink(1)
	l.up(t)
	before := l.status(0)
	if out := l.cores[0].Reload(l.now, []bfd.Config{before.Config}, nil, nil); len(out) != 0 {
		t.Errorf("for the same settings: %v", out)
	}
	if after := l.status(0); after != before {
		t.Errorf("%+v became %+v", before, after)
	}
	other := before.Config
	other.Multiplier, other.MinTx = 9, 50*ms
	l.take(0, l.cores[0].Reload(l.now, []bfd.Config{other}, nil, nil))
	l.runFor(time.Second)
	if s := l.status(0); s.Mine != before.Mine || s.Since != before.Since || s.Tx != 50*ms {
		t.Errorf("%+v", s)
	}
	if s := l.status(1); s.State != bfd.Up || s.Detection != 9*50*ms {
		t.Errorf("the neighbour: %+v", s)
	}
	if len(l.downs[0])+len(l.downs[1]) != 0 {
		t.Error("it went down")
	}
}

func TestSessionThatGoesSaysSo(t *testing.T) {
	for name, end := range map[string]func(*link) []bfd.Action{
		"by a reload": func(l *link) []bfd.Action { return l.cores[0].Reload(l.now, nil, nil, nil) },
		"by a stop":   func(l *link) []bfd.Action { return l.cores[0].Step(l.now, &bfd.Event{Kind: bfd.Stop}, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLink(1)
			l.up(t)
			out := end(l)
			l.take(0, out)
			if out[len(out)-1].Kind != bfd.Closed || len(l.cores[0].Sessions()) != 0 {
				t.Errorf("%v", out)
			}
			l.runFor(2 * ms)
			if s := l.status(1); s.State != bfd.Down || s.Alive || s.Diag != bfd.NeighbourDown || s.RemoteDiag != bfd.AdministrativeDown {
				t.Errorf("the neighbour: %+v", s)
			}
			if _, ok := l.cores[0].Next(); ok {
				t.Error("something is due")
			}
		})
	}
}

func TestNeighbourThatTakesTheSessionAwaySaysNothingOfThePath(t *testing.T) {
	turned := func(out []bfd.Action) (all []bool) {
		for _, a := range out {
			if a.Kind == bfd.Turned {
				all = append(all, a.Alive)
			}
		}
		return all
	}
	c, s := in(t, bfd.Up)
	step := func(what string, want []bool, alive bool, out []bfd.Action) {
		t.Helper()
		if got := turned(out); !slices.Equal(got, want) {
			t.Errorf("%s: told %v, want %v", what, got, want)
		}
		if got := c.Sessions()[0].Alive; got != alive {
			t.Errorf("%s: alive %v", what, got)
		}
	}
	step("administratively down", nil, true, c.Step(ms, said(s, bfd.Packet{State: bfd.AdminDown}), nil))
	step("and silent", nil, true, c.Step(time.Hour, &bfd.Event{}, nil))
	if state := c.Sessions()[0].State; state != bfd.Down {
		t.Errorf("the session is %s", state)
	}
	now := time.Hour
	step("back", nil, true, c.Step(now, said(s, bfd.Packet{State: bfd.Down}), nil))
	step("up again", nil, true, c.Step(now, said(s, bfd.Packet{State: bfd.Init}), nil))
	step("down", []bool{false}, false, c.Step(now, said(s, bfd.Packet{State: bfd.Down}), nil))
	step("and up", []bool{true}, true, c.Step(now, said(s, bfd.Packet{State: bfd.Up}), c.Step(now, said(s, bfd.Packet{State: bfd.Down}), nil)))
	// Away by command, back for a moment, then gone: that is a failure.
	c.Step(now, said(s, bfd.Packet{State: bfd.AdminDown}), nil)
	c.Step(now, said(s, bfd.Packet{State: bfd.Down}), nil)
	step("silent after its return", []bool{false}, false, c.Step(2*time.Hour, &bfd.Event{}, nil))
}

func TestSessionFromAnotherAddressIsAnother(t *testing.T) {
	l := newLink(1)
	l.up(t)
	before := l.status(0)
	other := before.Config
	other.Local = netip.MustParseAddr("192.0.2.9")
	l.take(0, l.cores[0].Reload(l.now, []bfd.Config{other}, nil, nil))
	if s := l.status(0); s.State != bfd.Down || s.ID == before.ID || s.Mine == before.Mine {
		t.Errorf("%+v", s)
	}
	l.runFor(3 * time.Second)
	if l.states() != "Up Up" || len(l.downs[1]) != 1 {
		t.Errorf("%s\n%s", l.states(), l.tail())
	}
}

// A process that is started again soon goes on where it was: the neighbour notices nothing.
func TestResumedSessionStaysUp(t *testing.T) {
	l := newLink(1)
	l.up(t)
	s := l.status(0)
	resumed := []bfd.Resumed{{Name: "s", Mine: s.Mine, Yours: s.Yours, RemoteMinTx: s.RemoteMinTx, RemoteMinRx: s.RemoteMinRx, RemoteMultiplier: s.RemoteMultiplier}}
	restart := func() {
		l.cores[0] = bfd.New(99)
		l.take(0, l.cores[0].Reload(l.now, []bfd.Config{s.Config}, resumed, nil))
	}
	l.now += 30 * ms
	restart()
	l.runFor(5 * time.Second)
	if l.states() != "Up Up" || len(l.downs[0])+len(l.downs[1]) != 0 {
		t.Errorf("%s\n%s", l.states(), l.tail())
	}
	if l.status(0).Polling {
		t.Error("it polls for ever")
	}
	// Without the neighbour it lasts for what is left of the detection time.
	l.cut()
	resumed[0].Silent = 20 * ms
	restart()
	l.runFor(29 * ms)
	if l.status(0).State != bfd.Up {
		t.Error("it is down too early")
	}
	l.runFor(2 * ms)
	if l.status(0).State != bfd.Down {
		t.Error("it is up without a neighbour")
	}
}

func TestDiscriminatorsAreUniqueAndNotGuessed(t *testing.T) {
	var configs []bfd.Config
	for i := range 300 {
		cfg := config(addrA, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
		cfg.Name = cfg.Remote.String()
		configs = append(configs, cfg)
	}
	seen := map[uint32]bool{}
	for seed := range uint64(2) {
		c := bfd.New(seed)
		c.Reload(0, configs, nil, nil)
		for _, s := range c.Sessions() {
			if s.Mine == 0 || seen[s.Mine] {
				t.Fatalf("discriminator %d again", s.Mine)
			}
			seen[s.Mine] = true
		}
	}
}

func TestWordsAreThoseOfKeepalived(t *testing.T) {
	var said []string
	for s := range bfd.State(5) {
		said = append(said, s.String())
	}
	for _, d := range []bfd.Diag{0, 1, 3, 7, 8, 9} {
		said = append(said, d.String())
	}
	want := "AdminDown, Down, Init, Up, state 4, No Diagnostic, Control Detection Time Expired, Neighbor Signaled Session Down, Administratively Down, Reverse Concatenated Path Down, diagnostic 9"
	if got := strings.Join(said, ", "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for f := range bfd.Faults + 1 {
		if f.String() == "" {
			t.Errorf("fault %d has no words", f)
		}
	}
}
