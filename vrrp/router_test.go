package vrrp_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// many are n instances that are MASTER, or BACKUP of somebody of priority 200.
func many(tb testing.TB, n int, interval time.Duration, asMaster bool) (*vrrp.Router, time.Duration, []vrrp.Action) {
	tb.Helper()
	var cfgs []vrrp.Config
	for i := range n {
		cfgs = append(cfgs, v3(id(vrrp.ID(i+1), fmt.Sprint("VI_", i+1)), func(c *vrrp.Config) {
			c.AdvertInt, c.VRID = interval, uint8(i+1)
			if asMaster {
				c.Priority = 255
			}
		}))
	}
	r := vrrp.New(cfgs, nil)
	out := r.Step(0, vrrp.Event{Kind: vrrp.LinkUp, Link: "eth0"}, nil)
	for i := range n {
		r.Step(0, vrrp.Event{Kind: vrrp.SourceGained, Instance: vrrp.ID(i + 1), Source: ownAddr}, nil)
	}
	// Their timers start at different moments.
	now := time.Duration(0)
	for i := range n {
		now += interval / time.Duration(n)
		out = r.Step(now, vrrp.Event{Kind: vrrp.Start, Instance: vrrp.ID(i + 1)}, out[:0])
	}
	return r, now, out
}

func TestAdvertsDueWithinAMillisecondShareAWakeUpAndKeepTheirPace(t *testing.T) {
	const n, turns = 50, 100
	r, now, out := many(t, n, 100*ms, true)
	sent, wakeups := 0, 0
	start := now
	for {
		at, _ := r.Next()
		if at > start+turns*100*ms {
			break
		}
		now = max(now, at)
		out = r.Step(now, vrrp.Event{}, out[:0])
		wakeups++
		for _, a := range out {
			if a.Kind == vrrp.SendAdvert {
				sent++
			}
		}
	}
	if sent < n*(turns-1) || sent > n*(turns+1) {
		t.Errorf("%d adverts of %d instances in %d intervals", sent, n, turns)
	}
	// One lies 2 ms behind the other: none can share. With a gap below 1 ms they do.
	if wakeups < sent*9/10 {
		t.Errorf("%d wake-ups for %d adverts that are 2 ms apart", wakeups, sent)
	}
	r, now, out = many(t, 200, 100*ms, true)
	wakeups, start = 0, now
	for {
		at, _ := r.Next()
		if at > start+turns*100*ms {
			break
		}
		now = max(now, at)
		out = r.Step(now, vrrp.Event{}, out[:0])
		wakeups++
	}
	if wakeups > turns*101 {
		t.Errorf("%d wake-ups of 200 instances in %d intervals of 100 ms: adverts do not travel together", wakeups, turns)
	}
}

func TestAMasterDownTimerNeverRunsEarly(t *testing.T) {
	h := boot(t, nil, v2(priority(255)), second())
	h.wait(3*sec + skew256(156, sec) - ms/2)
	at, _ := h.r.Next()
	h.now = at - 1
	h.do(vrrp.Event{})
	h.is(2, vrrp.Backup)
}

func TestLatenessOfOneAdvertDoesNotDelayTheNext(t *testing.T) {
	h := master(t, v2())
	at, _ := h.r.Next()
	h.now = at + 300*ms
	h.same(h.do(vrrp.Event{}), "1 advert 100")
	h.due(700 * ms)
	// A process that was held up for longer does not send what it missed.
	h.now += time.Minute
	h.same(h.do(vrrp.Event{}), "1 advert 100", "1 note: advertisement late by an interval or more: is the machine too busy?")
	h.due(sec)
}

func TestAnyLatenessIsOneAdvertisement(t *testing.T) {
	for late := time.Duration(0); late < 3*sec; late += 100 * time.Microsecond {
		h := master(t, v2())
		at, _ := h.r.Next()
		h.now = at + late
		want := []string{"1 advert 100"}
		if late >= sec {
			want = append(want, "1 note: advertisement late by an interval or more: is the machine too busy?")
		}
		h.same(h.do(vrrp.Event{}), want...)
		if next, _ := h.r.Next(); next-h.now <= ms || next-h.now > sec+ms {
			t.Fatalf("late by %v, the next is due in %v", late, next-h.now)
		}
	}
}

func TestLateAdvertsAreNotedOnceAMinute(t *testing.T) {
	h := master(t, v2())
	notes := 0
	for range 100 { // one and a half seconds late each time, for four minutes
		at, _ := h.r.Next()
		h.now = at + 1500*ms
		notes += len(h.do(vrrp.Event{})) - 1
	}
	if notes != 5 {
		t.Errorf("noted %d times", notes)
	}
	h = master(t, v2())
	for range 100 {
		at, _ := h.r.Next()
		h.now = at + 900*ms
		h.same(h.do(vrrp.Event{}), "1 advert 100")
	}
}

func TestWhatWaitedInTheSocketIsHeardBeforeTheTimerRunsOut(t *testing.T) {
	h := boot(t, nil, v2())
	h.now = time.Minute // the process was stopped
	h.same(h.hear(200, lowAddr))
	h.is(1, vrrp.Backup)
	h.due(3*sec + skew256(156, sec))
}

func TestTimeNeverRunsBackwards(t *testing.T) {
	h := master(t, v2())
	h.now -= 5 * sec
	h.same(h.do(vrrp.Event{}))
	at, _ := h.r.Next()
	if at < h.now+5*sec {
		t.Errorf("next deadline at %v", at)
	}
}

func TestEventsOfAnUnknownInstanceAreIgnored(t *testing.T) {
	h := boot(t, nil, v2())
	for k := vrrp.Tick; k <= vrrp.SuccessorAnnounced; k++ {
		h.same(h.do(vrrp.Event{Kind: k, Instance: 77, Link: "eth77"}))
	}
	h.is(77, vrrp.Init)
	if _, ok := vrrp.New(nil, nil).Next(); ok {
		t.Error("a router without instances waits for something")
	}
}

func TestStatisticsCountWhatWasSentAndHeard(t *testing.T) {
	h := master(t, v2())
	h.hear(50, lowAddr)
	h.hear(0, lowAddr)
	h.hear(200, lowAddr)
	h.wait(4 * sec)
	h.do(vrrp.Event{Kind: vrrp.Stop})
	h.r.Count(1, vrrp.ChecksumError)
	h.r.Count(1, vrrp.NoError)
	h.r.Count(9, vrrp.ChecksumError)
	s, _ := h.r.Status(1)
	want := vrrp.Stats{AdvertReceived: 3, AdvertSent: s.Stats.AdvertSent, BecameMaster: 2, ReleasedMaster: 2, PriorityZeroReceived: 1, PriorityZeroSent: 1,
		OtherMasters: 2} // a farewell says that there is none
	want.Errors[vrrp.ChecksumError] = 1
	if s.Stats != want {
		t.Errorf("%+v", s.Stats)
	}
	h.r.ClearStats()
	if s, _ = h.r.Status(1); s.Stats != (vrrp.Stats{}) {
		t.Errorf("cleared: %+v", s.Stats)
	}
}

func TestEverythingHasAName(t *testing.T) {
	for s := range 4 {
		if n := vrrp.State(s).String(); n == "" || n == fmt.Sprint(s) {
			t.Errorf("state %d", s)
		}
	}
	for k := vrrp.SendAdvert; k <= vrrp.Released; k++ {
		if n := k.String(); n == "" || n == fmt.Sprint(uint8(k)) {
			t.Errorf("action %d", k)
		}
	}
	for k := vrrp.Tick; k <= vrrp.Start; k++ {
		if n := k.String(); n == "" || n == fmt.Sprint(uint8(k)) {
			t.Errorf("event %d", k)
		}
	}
	for r := vrrp.Started; r <= vrrp.NoPeer; r++ {
		if n := r.String(); n == "" || n == fmt.Sprint(uint8(r)) {
			t.Errorf("reason %d", r)
		}
	}
	for c := vrrp.NoError; c < vrrp.Counters; c++ {
		if n := c.String(); n == "" || n == fmt.Sprint(uint8(c)) {
			t.Errorf("counter %d", c)
		}
	}
}
