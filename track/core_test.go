package track_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/track"
)

const sec = time.Second

var (
	good = track.Outcome{End: track.Exited}
	bad  = track.Outcome{End: track.Exited, Code: 1}
)

// bench is a core with what it was told to run.
type bench struct {
	t    *testing.T
	core track.Core
	now  time.Duration
}

func (b *bench) load(s track.Settings) []string { return lines(b.core.Reload(b.now, s, nil)) }

func (b *bench) do(ev track.Event) []string { return lines(b.core.Step(b.now, ev, nil)) }

func (b *bench) at(now time.Duration) []string {
	b.now = now
	return b.do(track.Event{})
}

func (b *bench) ends(id track.ID, o track.Outcome) []string {
	return b.do(track.Event{Kind: track.Done, Object: id, Outcome: o})
}

func (b *bench) same(got []string, want ...string) {
	b.t.Helper()
	if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(got, "\n")); diff != "" {
		b.t.Fatalf("actions (-want +got):\n%s", diff)
	}
}

func lines(actions []track.Action) []string {
	var l []string
	for _, a := range actions {
		l = append(l, a.String())
	}
	return l
}

// one is one object that instance 7 tracks with that weight.
func one(o track.Object, weight int, reverse bool) track.Settings {
	return track.Settings{
		Objects:   []track.Object{o},
		Instances: []track.Instance{{ID: 7, Name: "VI", Uses: []track.Use{{Weight: weight, Reverse: reverse}}}},
	}
}

func script(change ...func(*track.Object)) track.Object {
	o := track.Object{Kind: track.Script, Name: "chk", Source: "/chk", Interval: 10 * sec, Timeout: 3 * sec, Rise: 1, Fall: 1}
	for _, c := range change {
		c(&o)
	}
	return o
}

func riseFall(rise, fall int) func(*track.Object) {
	return func(o *track.Object) { o.Rise, o.Fall = rise, fall }
}

func TestFirstResultOfAScriptDecidesAtOnce(t *testing.T) {
	b := &bench{t: t}
	b.same(b.load(one(script(riseFall(3, 3)), 0, false)), "run 1", "instance 7: +0 down 0 pending")
	b.same(b.ends(1, good), "1 up=true value=0 succeeded", "instance 7: +0 down 0")
	b = &bench{t: t}
	b.load(one(script(riseFall(3, 3)), 0, false))
	b.same(b.ends(1, bad), "1 returns 1", "1 up=false value=0 failed (exited with status 1)", "instance 7: +0 down 1")
}

func TestInitFailIsDownUntilItHasRisen(t *testing.T) {
	b := &bench{t: t}
	b.same(b.load(one(script(riseFall(2, 1), func(o *track.Object) { o.InitFail = true }), 0, false)), "run 1", "instance 7: +0 down 1")
	b.same(b.ends(1, good))
	b.same(b.at(10*sec), "run 1")
	b.same(b.ends(1, bad), "1 returns 1") // begins anew
	b.same(b.at(20*sec), "run 1")
	b.same(b.ends(1, good), "1 returns 0")
	b.same(b.at(30*sec), "run 1")
	b.same(b.ends(1, good), "1 up=true value=0 succeeded", "instance 7: +0 down 0")
}

func TestRiseAndFallCountResultsInARow(t *testing.T) {
	b := &bench{t: t}
	b.load(one(script(riseFall(3, 2)), -10, false))
	b.ends(1, good)
	turned := map[int]string{3: "-10 down 0", 8: "+0 down 0"}
	for i, ok := range []bool{false, true, false, false, true, true, true, false}[0:4] {
		b.at(time.Duration(i+1) * 10 * sec)
		o := bad
		if ok {
			o = good
		}
		got := strings.Join(b.ends(1, o), "\n")
		if want := turned[i]; (want != "") != strings.Contains(got, "instance") || !strings.Contains(got, want) {
			t.Fatalf("result %d: %q, want %q", i, got, want)
		}
	}
	for i, o := range []track.Outcome{good, good, bad, good, good, good} {
		b.at(time.Duration(i+5) * 10 * sec)
		got := strings.Join(b.ends(1, o), "\n")
		if last := i == 5; last != strings.Contains(got, "instance 7: +0 down 0") {
			t.Fatalf("result %d after the fall: %q", i, got)
		}
	}
}

func TestScriptThatHangsFailsAtItsTimeoutAndRunsOnce(t *testing.T) {
	b := &bench{t: t}
	b.load(one(script(), 0, false))
	b.ends(1, good)
	b.same(b.at(10*sec), "run 1")
	b.same(b.at(13*sec), "1 up=false value=0 timed_out", "instance 7: +0 down 1")
	b.same(b.at(20*sec), "skip 1")
	b.same(b.at(30 * sec)) // told once
	if s := b.core.Objects()[0]; !s.Late || s.Skips != 2 || s.Timeouts != 1 || s.Runs != 2 {
		t.Errorf("%+v", s)
	}
	b.same(b.ends(1, good)) // too late to count
	b.same(b.at(40*sec), "run 1")
	b.same(b.ends(1, good), "1 up=true value=0 succeeded", "instance 7: +0 down 0")
	b.same(b.ends(1, bad)) // nothing runs
}

func TestTimeoutOfAScriptIsItsIntervalWhereNoneIsGiven(t *testing.T) {
	b := &bench{t: t}
	b.load(one(script(func(o *track.Object) { o.Timeout = 0 }), 0, false))
	b.same(b.at(10*sec), "1 up=false value=0 timed_out", "skip 1", "instance 7: +0 down 1")
}

func TestLatenessOfRunsDoesNotAddUp(t *testing.T) {
	b := &bench{t: t}
	b.load(one(script(), 0, false))
	b.ends(1, good)
	b.same(b.at(14*sec), "run 1")
	b.ends(1, good)
	if at, ok := b.core.Next(); !ok || at != 20*sec {
		t.Errorf("due at %v, want 20s", at)
	}
	b.at(95 * sec) // suspended
	if at, _ := b.core.Next(); at != 98*sec {
		t.Errorf("due at %v, want the end of the run at 98s", at)
	}
	b.ends(1, good)
	if at, _ := b.core.Next(); at != 105*sec {
		t.Errorf("due at %v, want 105s", at)
	}
}

func TestAmounts(t *testing.T) {
	file := track.Object{Kind: track.File, Name: "f"}
	process := track.Object{Kind: track.Process, Name: "p", Quorum: 1, QuorumMax: -1}
	bfd := track.Object{Kind: track.BFD, Name: "b"}
	value := func(v int) track.Event { return track.Event{Kind: track.Value, Value: v} }
	count := func(v int) track.Event { return track.Event{Kind: track.Count, Value: v} }
	told := func(up bool) track.Event { return track.Event{Kind: track.Told, Up: up} }
	done := func(o track.Outcome) track.Event { return track.Event{Kind: track.Done, Outcome: o} }
	for _, c := range []struct {
		name    string
		object  track.Object
		weight  int
		reverse bool
		event   track.Event
		want    track.Sum
	}{
		{"script up, weight above 0", script(), 10, false, done(good), track.Sum{Weight: 10}},
		{"script down, weight above 0", script(), 10, false, done(bad), track.Sum{}},
		{"script up, weight above 0, reverse", script(), 10, true, done(good), track.Sum{Weight: -10}},
		{"script down, weight above 0, reverse", script(), 10, true, done(bad), track.Sum{}},
		{"script up, weight below 0", script(), -10, false, done(good), track.Sum{}},
		{"script down, weight below 0", script(), -10, false, done(bad), track.Sum{Weight: -10}},
		{"script down, weight below 0, reverse", script(), -10, true, done(bad), track.Sum{Weight: 10}},
		{"script up, no weight, reverse", script(), 0, true, done(good), track.Sum{Down: 1}},
		{"script down, no weight, reverse", script(), 0, true, done(bad), track.Sum{}},
		{"script without a result", script(), 0, true, track.Event{}, track.Sum{Pending: true}},
		{"script with a weight, without a result", script(), 10, false, track.Event{}, track.Sum{}},
		{"file", file, 2, false, value(20), track.Sum{Weight: 40}},
		{"file, reverse", file, 2, true, value(20), track.Sum{Weight: -40}},
		{"file of a large number", file, 1, false, value(400), track.Sum{Weight: 253}},
		{"file of -253", file, 1, false, value(-253), track.Sum{Weight: -253}},
		{"file of -254", file, 1, false, value(-254), track.Sum{Down: 1}},
		{"file of 400, weight below 0", file, -1, false, value(400), track.Sum{Down: 1}},
		{"file of the least number", file, 254, false, value(-1 << 31), track.Sum{Down: 1}},
		{"file of 1 without a weight", file, 0, false, value(1), track.Sum{Down: 1}},
		{"file of 0 without a weight", file, 0, false, value(0), track.Sum{}},
		{"file of 0 without a weight, reverse", file, 0, true, value(0), track.Sum{Down: 1}},
		{"file of 1 without a weight, reverse", file, 0, true, value(1), track.Sum{}},
		{"process there", process, 0, false, count(1), track.Sum{}},
		{"process not there", process, 0, false, count(0), track.Sum{Down: 1}},
		{"process not there, weight below 0", process, -5, false, count(0), track.Sum{Weight: -5}},
		{"session up", bfd, 3, false, told(true), track.Sum{Weight: 3}},
		{"session down", bfd, 0, false, told(false), track.Sum{Down: 1}},
		{"session nobody told of", bfd, 0, false, track.Event{}, track.Sum{Pending: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &bench{t: t}
			b.load(one(c.object, c.weight, c.reverse))
			c.event.Object = 1
			b.do(c.event)
			if got := b.core.Sum(7); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestProcessesHaveAQuorumOnBothSidesAndDelays(t *testing.T) {
	b := &bench{t: t}
	b.load(one(track.Object{Kind: track.Process, Name: "p", Quorum: 2, QuorumMax: 3, ForkDelay: 2 * sec, TerminateDelay: 5 * sec}, -10, false))
	count := func(n int) []string { return b.do(track.Event{Kind: track.Count, Object: 1, Value: n}) }
	b.same(count(1), "1 up=false value=1 no result yet", "instance 7: -10 down 0") // the first count decides
	b.same(count(2))
	b.same(b.at(1 * sec))
	b.same(b.at(2*sec), "1 up=true value=2 no result yet", "instance 7: +0 down 0")
	b.same(count(1))
	b.same(b.at(6 * sec))
	b.same(count(2)) // back in time
	b.same(b.at(60 * sec))
	b.same(count(4)) // too many
	b.same(b.at(62*sec), "1 up=false value=4 no result yet", "instance 7: -10 down 0")
	b.same(count(3))
	b.same(b.at(67*sec), "1 up=true value=3 no result yet", "instance 7: +0 down 0")
}

func TestReloadKeepsWhatIsUnchangedAndBeginsTheRestAnew(t *testing.T) {
	b := &bench{t: t}
	b.load(one(script(riseFall(2, 2)), -10, false))
	b.ends(1, good)
	b.at(10 * sec)
	b.ends(1, bad) // one of two
	b.now = 12 * sec
	b.same(b.load(one(script(riseFall(2, 2)), -20, false)))
	b.at(20 * sec)
	b.same(b.ends(1, bad), "1 up=false value=0 failed (exited with status 1)", "instance 7: -20 down 0")
	b.same(b.load(one(script(riseFall(2, 2), func(o *track.Object) { o.Interval = sec }), -20, false)))
	if at, _ := b.core.Next(); at != 21*sec {
		t.Errorf("a shorter interval does not count at once: due at %v", at)
	}
	b.same(b.load(one(script(func(o *track.Object) { o.Source = "/other" }), 0, false)),
		"run 2", "instance 7: +0 down 0 pending")
	b.same(b.ends(1, bad)) // of the one before
	b.same(b.load(track.Settings{Instances: []track.Instance{{ID: 7, Name: "VI"}}}), "instance 7: +0 down 0")
}

func TestPriorityHasReasons(t *testing.T) {
	b := &bench{t: t}
	s := track.Settings{
		Objects: []track.Object{
			script(), {Kind: track.File, Name: "load"}, {Kind: track.Process, Name: "nginx", Quorum: 2, QuorumMax: 3},
			script(func(o *track.Object) { o.Name = "new" }), {Kind: track.BFD, Name: "peer"}, script(func(o *track.Object) { o.Name = "idle" }),
		},
		Instances: []track.Instance{{ID: 7, Uses: []track.Use{{Object: 0, Weight: -10}, {Object: 1, Weight: 1}, {Object: 2}, {Object: 3}, {Object: 4, Weight: 5}, {Object: 5, Weight: -3}}}},
	}
	b.load(s)
	b.ends(1, bad)
	b.ends(6, good)
	b.do(track.Event{Kind: track.Value, Object: 2, Value: 5})
	b.do(track.Event{Kind: track.Count, Object: 3, Value: 4})
	b.do(track.Event{Kind: track.Told, Object: 5, Up: true})
	const want = "script chk failed -10, file load holds 5 +5, process nginx runs too many (4, at most 3): FAULT, script new has no result yet, bfd peer up +5"
	if got := b.core.Why(7); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestParseValue(t *testing.T) {
	for content, want := range map[string]int{
		"": 0, "5\n": 5, "-254": -254, " \t\n 12abc": 12, "+7 8": 7, "abc": 0, "0x10\n": 16, "0X1f": 31, "0x": 0, "010": 8, "08": 0,
		"- 5": 0, "--5": 0, "99999999999999999999": 0, "2147483647": 2147483647, "2147483648": 0, "-2147483648": -2147483648, "-0x10": -16,
	} {
		if got := track.ParseValue(content); got != want {
			t.Errorf("ParseValue(%q) = %d, want %d", content, got, want)
		}
	}
}
