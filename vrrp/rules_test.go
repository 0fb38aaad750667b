package vrrp_test

import (
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// The numbers in the names of these tests are those of the protocol points that implementations
// commonly get wrong; each is followed by what would be broken.

// skew256 is n/256 of a unit.
func skew256(n int, unit time.Duration) time.Duration { return time.Duration(n) * unit / 256 }

func TestRules1to3AndStartTimers(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  vrrp.Config
		want time.Duration
	}{
		{"1 v3 skew is of the interval, not of a second", v3(interval(200 * ms)), 600*ms + skew256(156, 200*ms)},
		{"1 v3 at the fastest", v3(interval(10*ms), priority(254)), 30*ms + skew256(2, 10*ms)},
		{"2 v2 skew is of a second whatever the interval", v2(interval(10 * sec)), 30*sec + skew256(156, sec)},
		{"2 v2 skew keeps its fraction", v2(priority(200)), 3*sec + skew256(56, sec)},
		{"3 three intervals", v2(priority(1)), 3*sec + skew256(255, sec)},
		{"3 down_timer_adverts in place of three", v2(func(c *vrrp.Config) { c.DownTimerAdverts = 5 }), 5*sec + skew256(156, sec)},
		{"state MASTER waits for one interval and the least skew", v2(startMaster), sec + skew256(1, sec)},
		{"state MASTER in v3", v3(startMaster, interval(100*ms)), 100*ms + skew256(1, 100*ms)},
		{"startup delay is on top", v2(func(c *vrrp.Config) { c.StartupDelay = 7 * sec }), 10*sec + skew256(156, sec)},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := boot(t, nil, c.cfg)
			h.is(1, vrrp.Backup)
			h.due(c.want)
			h.wait(c.want - 1)
			h.is(1, vrrp.Backup)
			h.wait(1)
			h.is(1, vrrp.Master)
		})
	}
}

func TestRule4BackupOfV3LearnsTheMastersInterval(t *testing.T) {
	h := boot(t, nil, v3())
	h.same(h.hearEvery(200, lowAddr, 4*sec), "1 note: master's interval differs")
	h.due(12*sec + skew256(156, 4*sec))
	h.same(h.hearEvery(200, lowAddr, 4*sec)) // said once
	h.same(h.hearEvery(200, lowAddr, 500*ms), "1 note: master's interval differs")
	h.due(1500*ms + skew256(156, 500*ms))
	// The skew after a farewell is of the learnt interval too.
	h.hearEvery(0, lowAddr, 500*ms)
	h.due(skew256(156, 500*ms))
	// As MASTER it is its own interval that counts, and again after it.
	h.wait(sec)
	h.is(1, vrrp.Master)
	if s, _ := h.r.Status(1); s.MasterInterval != sec {
		t.Errorf("interval of a MASTER: %v", s.MasterInterval)
	}
}

func TestRule4BackupOfV2KeepsItsOwnInterval(t *testing.T) {
	h := boot(t, nil, v2())
	h.same(h.hearEvery(200, lowAddr, 4*sec))
	h.due(3*sec + skew256(156, sec))
}

func TestRule4MasterThatLosesLearnsTheInterval(t *testing.T) {
	h := master(t, v3())
	h.hearEvery(200, lowAddr, 2*sec)
	h.is(1, vrrp.Backup)
	h.due(6*sec + skew256(156, 2*sec))
}

func TestRule13FarewellMakesBackupWaitForTheSkewTimeOnly(t *testing.T) {
	h := boot(t, nil, v2())
	h.hear(200, lowAddr)
	h.same(h.hear(0, lowAddr)) // not MASTER at once
	h.is(1, vrrp.Backup)
	h.due(skew256(156, sec))
	h.same(h.wait(skew256(156, sec)),
		"1 advert 100", "1 enter master, announce 5", "1 BACKUP->MASTER: master is silent")
}

func TestRule14FarewellHeardByMasterIsAnsweredAtOnce(t *testing.T) {
	h := master(t, v2())
	h.wait(300 * ms)
	h.same(h.hear(0, lowAddr), "1 advert 100")
	h.due(sec) // and the timer starts again
	h.is(1, vrrp.Master)
}

func TestRule15StopOfMasterSaysFarewellFirst(t *testing.T) {
	h := master(t, v2())
	h.same(h.do(vrrp.Event{Kind: vrrp.Stop}),
		"1 advert 0", "1 leave master", "1 MASTER->INIT: stopped", "1 Released")
	h.same(h.wait(time.Hour)) // and is quiet for ever
}

func TestRule15StopOfBackupSaysNothingOnTheWire(t *testing.T) {
	h := boot(t, nil, v2())
	h.same(h.do(vrrp.Event{Kind: vrrp.Stop, Planned: true}), "1 BACKUP->INIT: stopped", "1 Released")
	h.same(h.hear(0, lowAddr))
	h.same(h.wait(time.Hour))
}

func TestMasterAdvertisesAtItsIntervalAndABackupNever(t *testing.T) {
	for _, cfg := range []vrrp.Config{v2(), v3(interval(200 * ms)), v3(interval(2500 * ms))} {
		h := master(t, cfg)
		for range 20 {
			at, _ := h.r.Next()
			h.wait(at - h.now)
			h.due(cfg.AdvertInt)
		}
		h.same(h.wait(3*cfg.AdvertInt), "1 advert 100", "1 advert 100", "1 advert 100")

		h = boot(t, nil, cfg)
		for range 20 {
			h.same(h.hearEvery(100, lowAddr, cfg.AdvertInt))
			h.same(h.wait(cfg.AdvertInt))
		}
		h.is(1, vrrp.Backup)
	}
}

func TestRule16EqualPriorityIsDecidedByTheAddressAsANumber(t *testing.T) {
	h := master(t, v2())
	h.same(h.hear(100, highAddr), "1 leave master", "1 MASTER->BACKUP: same priority, higher address received")
	h.due(3*sec + skew256(156, sec))

	h = master(t, v2())
	h.same(h.hear(100, lowAddr), "1 lower priority 100 received", "1 advert 100", "1 announce 5")
	h.is(1, vrrp.Master)
}

func TestRule16OwnAddressIsAWarningOnly(t *testing.T) {
	h := master(t, v2())
	h.same(h.hear(100, ownAddr), "1 note: advertisement from our own address")
	h.same(h.hear(100, ownAddr)) // once
	h.is(1, vrrp.Master)
}

func TestRule17BackupComparesNoAddresses(t *testing.T) {
	for _, from := range []string{"lower", "higher"} {
		h := boot(t, nil, v2())
		h.wait(3 * sec)
		addr := lowAddr
		if from == "higher" {
			addr = highAddr
		}
		h.same(h.hear(100, addr))
		h.due(3*sec + skew256(156, sec)) // it kept the timer from running out
	}
}

func TestRule18LowerPriorityDoesNotKeepTheTimerFromRunningOut(t *testing.T) {
	h := boot(t, nil, v2())
	h.wait(3 * sec)
	h.same(h.hear(99, highAddr))
	h.due(skew256(156, sec))
	h.is(1, vrrp.Backup) // and does not provoke it either
}

func TestRule18NoPreemptAcceptsALowerPriority(t *testing.T) {
	h := boot(t, nil, v2(noPreempt))
	h.wait(3 * sec)
	h.hear(99, lowAddr)
	h.due(3*sec + skew256(156, sec))
}

func TestRule19MasterAnswersALosingAdvert(t *testing.T) {
	h := master(t, v2(func(c *vrrp.Config) { c.GARP.LowerPrioDelay = 5 * sec }))
	h.wait(300 * ms)
	h.same(h.hear(50, highAddr), "1 lower priority 50 received", "1 advert 100", "1 announce 5")
	h.due(sec)
	got := h.wait(5 * sec)
	h.same(got, "1 advert 100", "1 advert 100", "1 advert 100", "1 advert 100", "1 advert 100", "1 announce 5")
}

func TestRule19LowerPrioNoAdvertKeepsQuiet(t *testing.T) {
	h := master(t, v2(func(c *vrrp.Config) { c.LowerPrioNoAdvert, c.GARP.LowerPrioRep = true, 0 }))
	h.same(h.hear(50, highAddr), "1 lower priority 50 received")
}

func TestHigherPriorityEndsMaster(t *testing.T) {
	h := master(t, v2())
	h.same(h.hear(101, lowAddr), "1 leave master", "1 MASTER->BACKUP: higher priority received")
	h.due(3*sec + skew256(156, sec))

	h = master(t, v2(func(c *vrrp.Config) { c.HigherPrioSendAdvert = true }))
	h.same(h.hear(101, lowAddr), "1 advert 100", "1 leave master", "1 MASTER->BACKUP: higher priority received")
}

func TestRule20OwnerIsMasterAtOnce(t *testing.T) {
	h := &host{t: t, r: vrrp.New([]vrrp.Config{v2(priority(255), startMaster)}, nil)}
	h.ready(v2())
	var quiet int
	for _, a := range h.r.Step(0, vrrp.Event{Kind: vrrp.Start}, nil) {
		if a.Kind == vrrp.Changed && a.To == vrrp.Backup && !a.Quiet {
			t.Error("an owner is notified of BACKUP")
		}
		if a.Quiet {
			quiet++
		}
	}
	if quiet != 1 {
		t.Errorf("%d quiet actions", quiet)
	}
	h.is(1, vrrp.Master)
	h.due(sec)
}

func TestRule20OwnerIsMasterAtOnceAfterAFault(t *testing.T) {
	h := master(t, v2(priority(255)))
	h.do(vrrp.Event{Kind: vrrp.LinkDown, Link: "eth0"})
	h.is(1, vrrp.Fault)
	h.same(h.do(vrrp.Event{Kind: vrrp.LinkUp, Link: "eth0"}),
		"1 FAULT->BACKUP: interface up", "1 advert 255", "1 enter master, announce 5", "1 BACKUP->MASTER: address owner")
}

func TestRule20OwnersPriorityNeverChanges(t *testing.T) {
	h := master(t, v2(priority(255)))
	h.same(h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Weight: -100}))
	if p := h.r.Priority(1); p != 255 {
		t.Errorf("priority %d", p)
	}
}

func TestDuplicateOwnerOfLowerAddressGivesWay(t *testing.T) {
	h := master(t, v2(priority(255)))
	h.same(h.hear(255, highAddr),
		"1 note: another address owner", "1 leave master", "1 MASTER->BACKUP: same priority, higher address received")
}

func TestDuplicateOwnerOfHigherAddressInsistsTwiceThenGivesWayUntilTheOtherIsGone(t *testing.T) {
	h := master(t, v2(priority(255)))
	h.same(h.hear(255, lowAddr),
		"1 note: another address owner", "1 lower priority 255 received", "1 advert 255", "1 announce 5")
	h.wait(500 * ms)
	h.same(h.hear(255, lowAddr), "1 lower priority 255 received", "1 advert 255", "1 announce 5")
	h.wait(500 * ms)
	h.same(h.hear(255, lowAddr),
		"1 priority 254", "1 leave master", "1 MASTER->BACKUP: higher priority received")
	h.due(3*sec + skew256(2, sec))
	h.wait(3 * sec)
	h.hear(255, lowAddr)
	h.is(1, vrrp.Backup)
	h.same(h.wait(3*sec+skew256(2, sec)),
		"1 priority 255", "1 advert 255", "1 enter master, announce 5", "1 BACKUP->MASTER: address owner")
}

func TestDuplicateOwnerSeenNowAndThenIsNotAConflictForEver(t *testing.T) {
	h := master(t, v2(priority(255)))
	for range 5 {
		h.hear(255, lowAddr)
		h.wait(time.Minute)
	}
	h.is(1, vrrp.Master)
}

func TestOwnerIgnoreAdverts(t *testing.T) {
	h := master(t, v2(priority(255), func(c *vrrp.Config) { c.OwnerIgnoreAdverts = true }))
	h.same(h.hear(255, highAddr))
	h.same(h.hear(100, highAddr))
	h.is(1, vrrp.Master)
	// Another priority has no such right.
	h = master(t, v2(func(c *vrrp.Config) { c.OwnerIgnoreAdverts = true }))
	h.hear(200, lowAddr)
	h.is(1, vrrp.Backup)
}

func TestRule21AdvertisementGoesOutBeforeAddressesAndAnnouncements(t *testing.T) {
	h := boot(t, nil, v2(func(c *vrrp.Config) {
		c.GARP = vrrp.GARP{Repeat: 5, Delay: 2500 * ms, Refresh: 4 * sec, RefreshRepeat: 2}
	}))
	h.same(h.wait(3*sec+skew256(156, sec)),
		"1 advert 100", "1 enter master, announce 5", "1 BACKUP->MASTER: master is silent")
	h.due(sec)
	h.same(h.wait(4*sec), "1 advert 100", "1 advert 100", "1 announce 5", "1 advert 100", "1 advert 100", "1 announce 2")
	h.same(h.wait(4*sec), "1 advert 100", "1 advert 100", "1 advert 100", "1 advert 100", "1 announce 2")
}

func TestAnnouncementsEndWithMaster(t *testing.T) {
	h := boot(t, nil, v2(func(c *vrrp.Config) { c.GARP.Delay, c.GARP.Refresh = 5*sec, 7*sec }))
	h.wait(4 * sec)
	h.hear(200, lowAddr)
	for range 100 {
		h.same(h.wait(sec))
		h.hear(200, lowAddr)
	}
}

func TestRule22NothingIsHeardOrAnnouncedDuringTheStartupDelay(t *testing.T) {
	h := boot(t, nil, v2(func(c *vrrp.Config) { c.StartupDelay = 5 * sec }))
	h.wait(4 * sec)
	h.hear(200, lowAddr)
	h.due(4*sec + skew256(156, sec)) // 5 + 3.6 less 4
	h.wait(2 * sec)
	h.hear(200, lowAddr)
	h.due(3*sec + skew256(156, sec))
}

func TestPreemptDelayHoldsALowerMasterForItsTimeOnly(t *testing.T) {
	h := boot(t, nil, v2(func(c *vrrp.Config) { c.PreemptDelay = 10 * sec }))
	down := 3*sec + skew256(156, sec)
	for range 10 { // 0 to 9 s
		h.hear(50, lowAddr)
		h.due(down)
		h.wait(sec)
	}
	h.same(h.hear(50, lowAddr)) // at 10 s: no longer
	h.due(down - sec)
	h.wait(down - sec)
	h.is(1, vrrp.Master)
}

func TestPreemptDelayBeginsAgainAfterAWorthyMaster(t *testing.T) {
	h := boot(t, nil, v2(func(c *vrrp.Config) { c.PreemptDelay = 10 * sec }))
	for range 9 {
		h.hear(50, lowAddr)
		h.wait(sec)
	}
	h.hear(150, lowAddr)
	h.wait(2 * sec)
	h.hear(50, lowAddr)
	h.due(3*sec + skew256(156, sec))
}

func TestAddressRemovedByOthersComesBackAfterTheSkewTime(t *testing.T) {
	h := master(t, v2())
	h.same(h.do(vrrp.Event{Kind: vrrp.AddressLost, Instance: 1}),
		"1 advert 0", "1 leave master", "1 MASTER->BACKUP: address removed by somebody else")
	h.due(skew256(156, sec))
	h.wait(sec)
	h.is(1, vrrp.Master)
	h = boot(t, nil, v2())
	h.same(h.do(vrrp.Event{Kind: vrrp.AddressLost, Instance: 1})) // a BACKUP has none to lose
	h.due(3*sec + skew256(156, sec))
}

func TestSequenceOfAHGrowsOverBothDirections(t *testing.T) {
	ah := v2(func(c *vrrp.Config) { c.Auth = vrrp.AH })
	h := boot(t, nil, ah)
	hear := func(sequence uint32) {
		h.do(vrrp.Event{Kind: vrrp.Received, Instance: 1, Advert: vrrp.Advert{
			Source: lowAddr, Priority: 200, Interval: sec, Sequence: sequence,
		}})
	}
	hear(7)
	h.wait(sec)
	hear(7) // replayed: does not count
	h.due(2*sec + skew256(156, sec))
	if s, _ := h.r.Status(1); s.Stats.Errors[vrrp.AuthReplay] != 1 || s.Stats.AdvertReceived != 1 {
		t.Errorf("%+v", s.Stats)
	}
	hear(0xfffffffd)
	h.wait(3 * sec)
	h.now += sec
	actions := h.r.Step(h.now, vrrp.Event{}, nil)
	if actions[0].Kind != vrrp.SendAdvert || actions[0].Sequence != 1 {
		t.Errorf("a new MASTER whose numbers are spent sends %d", actions[0].Sequence)
	}
	hear(500)
	h.is(1, vrrp.Backup)
	h.wait(3 * sec)
	h.now += sec
	if actions = h.r.Step(h.now, vrrp.Event{}, nil); actions[0].Sequence != 501 {
		t.Errorf("after 500 came %d", actions[0].Sequence)
	}
}
