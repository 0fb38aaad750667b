package bfd_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/bfd"
)

var (
	addrA = netip.MustParseAddr("192.0.2.1")
	addrB = netip.MustParseAddr("192.0.2.2")
)

// flight is a packet on its way, as octets.
type flight struct {
	at     time.Duration
	to     int
	octets []byte
}

// link joins two cores, a and b, in virtual time.
type link struct {
	now   time.Duration
	cores [2]*bfd.Core
	air   []flight
	// delay is how long a packet takes; passes says whether one from a side arrives.
	delay  time.Duration
	passes func(from int) bool
	// ups and downs are when each side changed; log is all that they did.
	ups, downs [2][]time.Duration
	log        []string
	sends      [2]int
	late       time.Duration // how late the cores are told of the time
}

func config(local, remote netip.Addr) bfd.Config {
	return bfd.Config{
		Name: "s", Local: local, Remote: remote, MinTx: 10 * ms, MinRx: 10 * ms, IdleTx: time.Second, Multiplier: 5, TTL: 255,
	}
}

// newLink joins two sessions, with changes to the usual configuration.
func newLink(seed uint64, change ...func(a, b *bfd.Config)) *link {
	l := &link{delay: ms / 2, passes: func(int) bool { return true }}
	a, b := config(addrA, addrB), config(addrB, addrA)
	for _, f := range change {
		f(&a, &b)
	}
	for side, cfg := range []bfd.Config{a, b} {
		l.cores[side] = bfd.New(seed + uint64(side))
		l.take(side, l.cores[side].Reload(0, []bfd.Config{cfg}, nil, nil))
	}
	return l
}

func (l *link) take(side int, actions []bfd.Action) {
	for _, a := range actions {
		l.log = append(l.log, fmt.Sprintf("%v %c: %s", l.now, 'a'+side, a))
		switch {
		case a.Kind == bfd.Send:
			l.sends[side]++
			if l.passes(side) {
				l.air = append(l.air, flight{l.now + l.delay, 1 - side, a.Packet.Append(nil)})
			}
		case a.Kind == bfd.Changed && a.To == bfd.Up:
			l.ups[side] = append(l.ups[side], l.now)
		case a.Kind == bfd.Changed && a.From == bfd.Up:
			l.downs[side] = append(l.downs[side], l.now)
		}
	}
}

// next is when something happens.
func (l *link) next() time.Duration {
	at := time.Duration(1<<63 - 1)
	for _, f := range l.air {
		at = min(at, f.at)
	}
	for _, c := range l.cores {
		if due, ok := c.Next(); ok {
			at = min(at, due+l.late)
		}
	}
	return at
}

// run lets time pass until then.
func (l *link) run(until time.Duration) {
	for {
		at := l.next()
		if at > until {
			l.now = until
			return
		}
		l.now = max(l.now, at)
		l.deliver()
		for side, c := range l.cores {
			if due, ok := c.Next(); ok && due+l.late <= l.now {
				l.take(side, c.Step(l.now, &bfd.Event{}, nil))
			}
		}
	}
}

// runFor lets so much time pass.
func (l *link) runFor(d time.Duration) { l.run(l.now + d) }

func (l *link) deliver() {
	var rest, arrived []flight
	for _, f := range l.air {
		if f.at <= l.now {
			arrived = append(arrived, f)
		} else {
			rest = append(rest, f)
		}
	}
	l.air = rest
	for _, f := range arrived {
		l.receive(f.to, f.octets)
	}
}

// receive gives octets to a side as coming from the other.
func (l *link) receive(to int, octets []byte) {
	ev := bfd.Event{Kind: bfd.Received, From: [2]netip.Addr{addrB, addrA}[to], TTL: 255}
	if bfd.Parse(octets, &ev.Packet) == bfd.OK {
		l.take(to, l.cores[to].Step(l.now, &ev, nil))
	}
}

func (l *link) status(side int) bfd.Status { return l.cores[side].Sessions()[0] }

func (l *link) states() string {
	return l.status(0).State.String() + " " + l.status(1).State.String()
}

func (l *link) tail() string { return strings.Join(l.log[max(0, len(l.log)-30):], "\n") }

// up brings the sessions up and waits until all is agreed on.
func (l *link) up(t testing.TB) {
	t.Helper()
	l.runFor(5 * time.Second)
	if l.states() != "Up Up" {
		t.Fatalf("%s\n%s", l.states(), l.tail())
	}
}

// cut lets nothing pass from now on.
func (l *link) cut() { l.passes, l.air = func(int) bool { return false }, nil }
