package speaker

import (
	"context"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/holdfast-ha/holdfast/bfd"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

const ms = time.Millisecond

// limit is how long a test waits for something that takes a second on an idle machine.
const limit = 60 * time.Second

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// session is a configuration with timers that a busy machine can keep.
func session(name, local, remote string, change ...func(*bfd.Config)) bfd.Config {
	c := bfd.Config{
		Name: name, Remote: addr(remote), MinTx: 100 * ms, MinRx: 100 * ms, IdleTx: time.Second, Multiplier: 20, TTL: 255,
	}
	if local != "" {
		c.Local = addr(local)
	}
	if c.Remote.Is6() {
		c.TTL = 64
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

// node is a speaker on a host.
type node struct {
	*Speaker
	t    *testing.T
	logs *observer.ObservedLogs
	done chan error

	mu   sync.Mutex
	told map[string][]bool // whether each was up
}

func start(t *testing.T, h *vlan.Host, s Settings) *node {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	n := &node{t: t, logs: logs, done: make(chan error, 1), told: map[string][]bool{}}
	var err error
	n.Speaker, err = New(s, Deps{Log: zap.New(core), Changed: n.changed})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go h.Do(func() { n.done <- n.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		<-n.ended
		if t.Failed() {
			t.Logf("%s:\n%s", h.Namespace, n.log())
		}
	})
	return n
}

func (n *node) changed(all []Session) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range all {
		n.told[s.Name] = append(n.told[s.Name], s.Up)
	}
}

// state is what was told of a session last.
func (n *node) state(name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch told := n.told[name]; {
	case len(told) == 0:
		return "unknown"
	case told[len(told)-1]:
		return "Up"
	}
	return "Down"
}

func (n *node) log() string {
	var lines []string
	for _, e := range n.logs.All() {
		lines = append(lines, e.Message)
	}
	return strings.Join(lines, "\n")
}

func (n *node) status(name string) SessionStatus {
	for _, s := range n.Status().Sessions {
		if s.Name == name {
			return s
		}
	}
	return SessionStatus{}
}

func wait(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !condition(); time.Sleep(ms) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

func (n *node) is(name, state string) {
	n.t.Helper()
	wait(n.t, name+" is "+state, func() bool { return n.state(name) == state })
}

// three are sessions of all kinds: IPv4, IPv6, and beyond the link.
func three(own, other string) []bfd.Config {
	return []bfd.Config{
		session("four", "", "192.0.2."+other),
		session("six", "2001:db8::"+own, "2001:db8::"+other),
		session("far", "198.51.100."+own, "198.51.100."+other, func(c *bfd.Config) { c.Multihop, c.MaxHops = true, 10 }),
	}
}

func pair(t *testing.T) (a, b *vlan.Host) {
	lan := vlan.New(t)
	return lan.Host("192.0.2.1/24", "2001:db8::1/64", "198.51.100.1/24"), lan.Host("192.0.2.2/24", "2001:db8::2/64", "198.51.100.2/24")
}

func TestNSSessionsComeUpGoDownAndComeBack(t *testing.T) {
	t.Parallel()
	ha, hb := pair(t)
	a := start(t, ha, Settings{Sessions: three("1", "2")})
	a.is("four", "Down")
	b := start(t, hb, Settings{Sessions: three("2", "1")})
	names := []string{"four", "six", "far"}
	for _, name := range names {
		a.is(name, "Up")
		b.is(name, "Up")
	}
	for _, name := range names {
		x, y := a.status(name), b.status(name)
		if x.RemoteDiscriminator != y.Discriminator || y.RemoteDiscriminator != x.Discriminator || x.LastSeen.IsZero() {
			t.Errorf("%s: %+v and %+v", name, x, y)
		}
	}
	wait(t, "intervals are agreed on", func() bool {
		s := a.status("four")
		return s.TxInterval == 100*ms && s.Detection == 2*time.Second && s.RxInterval == 100*ms && s.RemoteDetection == 2*time.Second
	})
	hb.Isolate()
	for _, name := range names {
		a.is(name, "Down")
		b.is(name, "Down")
		if s := a.status(name); s.Diag != "Control Detection Time Expired" {
			t.Errorf("%s: %q", name, s.Diag)
		}
	}
	hb.Join()
	for _, name := range names {
		a.is(name, "Up")
	}
	b.Stop()
	for _, name := range names {
		a.is(name, "Down")
		if s := a.status(name); s.RemoteDiag != "Administratively Down" {
			t.Errorf("%s: the neighbour said %q", name, s.RemoteDiag)
		}
	}
	for _, line := range []string{
		"(four) Entering Up state", "(four) Expired after 2000 ms (",
		"(four) Entering Down state (Local diagnostic - Control Detection Time Expired, Remote diagnostic - ",
		"(six) Entering Down state (Local diagnostic - Neighbor Signaled Session Down, Remote diagnostic - Administratively Down)",
	} {
		if !strings.Contains(a.log(), line) {
			t.Errorf("the log has no %q", line)
		}
	}
}

func TestNSReloadKeepsSessionsUp(t *testing.T) {
	t.Parallel()
	ha, hb := pair(t)
	a := start(t, ha, Settings{Sessions: three("1", "2")})
	b := start(t, hb, Settings{Sessions: three("2", "1")})
	for _, name := range []string{"four", "six", "far"} {
		a.is(name, "Up")
		b.is(name, "Up")
	}
	before := a.status("four")
	next := three("1", "2")[:2]
	next[1].MinTx, next[1].TTL = 300*ms, 70
	a.Reload(Settings{Sessions: next})
	b.is("far", "Down")
	wait(t, "another interval is agreed on", func() bool { return b.status("six").RxInterval == 300*ms })
	if s := a.status("four"); s.Discriminator != before.Discriminator || s.Since != before.Since || s.Downs != 0 {
		t.Errorf("%+v became %+v", before, s)
	}
	if s := b.status("six"); s.Downs != 0 || s.State != "Up" {
		t.Errorf("%+v", s)
	}
	if len(a.Status().Sessions) != 2 {
		t.Errorf("%+v", a.Status())
	}
	a.Reload(Settings{Sessions: three("1", "2")})
	a.is("far", "Up")
}

func TestNSProcessThatFollowsACrashGoesOn(t *testing.T) {
	t.Parallel()
	ha, hb := pair(t)
	file := filepath.Join(t.TempDir(), "bfd.state")
	settings := Settings{Sessions: three("1", "2"), StateFile: file}
	first := start(t, ha, settings)
	b := start(t, hb, Settings{Sessions: three("2", "1")})
	b.is("four", "Up")
	b.is("far", "Up")
	first.is("four", "Up")
	wait(t, "intervals are agreed on", func() bool { return first.status("four").Detection == 2*time.Second })
	before := first.status("four")
	first.loop.post(func() { first.loop.stopping = true }) // as a crash: nobody is told
	<-first.ended
	second := start(t, ha, settings)
	second.is("four", "Up")
	wait(t, "its neighbour is heard again", func() bool { return second.status("four").Received > 3 })
	if s := second.status("four"); s.Discriminator != before.Discriminator || s.Ups != 0 {
		t.Errorf("%+v, before %+v", s, before)
	}
	if s := b.status("four"); s.Downs != 0 {
		t.Errorf("the neighbour has noticed: %+v", s)
	}
	second.Stop()
	b.is("four", "Down")
	// After a planned end nothing is taken up again.
	third := start(t, ha, settings)
	third.is("four", "Up")
	third.mu.Lock()
	defer third.mu.Unlock()
	if third.told["four"][0] {
		t.Errorf("told: %v", third.told)
	}
}

func TestNSPacketsFromTooFarAreNotTaken(t *testing.T) {
	t.Parallel()
	ha, hb := pair(t)
	near := session("s", "", "192.0.2.2")
	a := start(t, ha, Settings{Sessions: []bfd.Config{near}})
	b := start(t, hb, Settings{Sessions: []bfd.Config{session("s", "", "192.0.2.1", func(c *bfd.Config) { c.TTL, c.MaxHops = 254, 255 })}})
	wait(t, "packets are discarded", func() bool { return a.Status().Discarded[bfd.TooFar.String()] > 1 })
	if !strings.Contains(a.log(), "(s) Discarding packet from 192.0.2.2 (TTL too low)") || a.state("s") != "Down" {
		t.Errorf("%s: %s", a.state("s"), a.log())
	}
	near.MaxHops = 1
	a.Reload(Settings{Sessions: []bfd.Config{near}})
	a.is("s", "Up")
	b.is("s", "Up")
}

func TestNSStrangersAreDroppedByTheKernel(t *testing.T) {
	t.Parallel()
	ha, hb := pair(t)
	b := start(t, hb, Settings{Sessions: []bfd.Config{session("s", "", "192.0.2.1"), session("six", "", "2001:db8::1")}})
	a := start(t, ha, Settings{Sessions: []bfd.Config{session("s", "", "192.0.2.77"), session("six", "", "2001:db8::77")}})
	wait(t, "packets are sent", func() bool { return b.status("s").Sent > 2 && b.status("six").Sent > 2 })
	if got := a.Status().Discarded; len(got) != 0 {
		t.Errorf("they have reached the process: %v", got)
	}
	a.Reload(Settings{Sessions: []bfd.Config{session("s", "", "192.0.2.2"), session("six", "", "2001:db8::2")}})
	a.is("s", "Up")
	a.is("six", "Up")
}

func TestNSWhatCannotBeSentOrHeardIsSaidOnceAndTriedAgain(t *testing.T) {
	t.Parallel()
	ha, hb := pair(t)
	settings := Settings{Sessions: []bfd.Config{session("s", "192.0.2.9", "192.0.2.2")}}
	a := start(t, ha, settings)
	start(t, hb, Settings{Sessions: []bfd.Config{session("s", "", "192.0.2.9")}})
	wait(t, "the source is missed", func() bool { return a.status("s").SendError != "" })
	second := start(t, ha, settings)
	wait(t, "the port is missed", func() bool { return strings.Contains(second.log(), "another BFD daemon has the port") })
	a.Stop()
	ha.Run("ip", "addr", "add", "192.0.2.9/24", "dev", vlan.Interface)
	second.is("s", "Up")
	if n := strings.Count(second.log(), "another BFD daemon has the port"); n != 1 {
		t.Errorf("said %d times", n)
	}
	if !strings.Contains(second.log(), "(s) packets are sent again") || !strings.Contains(second.log(), "listening on UDP port 3784 now") {
		t.Errorf("that it works now is not said: %s", second.log())
	}
}

// A session to an address of its own host hears itself: all that there is to a packet, in and out.
func TestNSPacketsAllocateNothing(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	h.Do(func() {
		sp, err := New(Settings{}, Deps{})
		if err != nil {
			t.Error(err)
			return
		}
		l := sp.loop
		defer l.finish()
		l.configure(&Settings{Sessions: []bfd.Config{session("s", "192.0.2.1", "192.0.2.1", func(c *bfd.Config) { c.MinTx, c.MinRx = ms, ms })}}, nil)
		for begin := time.Now(); l.core.Sessions()[0].Received < 100; l.turn() {
			if time.Since(begin) > limit {
				t.Errorf("it does not hear itself: %+v", l.status())
				return
			}
		}
		before := l.core.Sessions()[0]
		if n := testing.AllocsPerRun(300, l.turn); n != 0 {
			t.Errorf("%v allocations in a turn", n)
		}
		if s := l.core.Sessions()[0]; s.Sent-before.Sent < 50 || s.Received-before.Received < 50 {
			t.Errorf("measured without packets: %+v", s)
		}
	})
}
