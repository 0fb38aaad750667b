package vrrp_test

import (
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

func switchFor(d time.Duration) vrrp.Event { return vrrp.Event{Kind: vrrp.Switch, Instance: 1, For: d} }

var switchBack = vrrp.Event{Kind: vrrp.SwitchBack, Instance: 1}

func TestSwitchForwardsUntilTheSuccessorIsHeardAndStaysAsBackup(t *testing.T) {
	h := master(t, v2(func(c *vrrp.Config) { c.HandoverHold = 20 * ms }))
	h.same(h.do(switchFor(60*sec)), "1 advert 0")
	h.same(h.do(switchFor(60 * sec))) // once
	h.same(h.wait(300*ms), "1 advert 0")
	h.same(h.hear(0, lowAddr))   // another one that leaves is no successor
	h.same(h.hear(100, ownAddr)) // nor is an echo of our own
	h.same(h.hear(90, lowAddr))
	h.is(1, vrrp.Master)
	h.same(h.wait(20*ms), "1 leave master", "1 MASTER->BACKUP: handed over by command", "1 priority 1")
	if s, _ := h.r.Status(1); !s.Aside || s.AsideUntil == 0 || s.MasterAddr != lowAddr || s.Priority != 1 {
		t.Errorf("%+v", s)
	}
}

// switched is an instance of priority 100 that has been switched away to one of 90.
func switched(t *testing.T, d time.Duration, cfg vrrp.Config) *host {
	h := master(t, cfg)
	h.do(switchFor(d))
	h.hear(90, lowAddr)
	h.is(1, vrrp.Backup)
	return h
}

func TestSwitchedAwayComesBackWhenItsTimeIsOver(t *testing.T) {
	h := switched(t, 60*sec, v2())
	for range 59 {
		h.wait(sec)
		h.hear(90, lowAddr)
	}
	h.is(1, vrrp.Backup)
	var got []string
	for range 5 {
		got = append(got, h.wait(sec)...)
		got = append(got, h.hear(90, lowAddr)...)
	}
	h.is(1, vrrp.Master)
	if got[0] != "1 priority 100" {
		t.Errorf("%q", got)
	}
}

func TestSwitchedAwayStaysUntilItIsToldOtherwise(t *testing.T) {
	h := switched(t, 0, v2())
	for range 1000 {
		h.wait(sec)
		h.hear(90, lowAddr)
	}
	h.is(1, vrrp.Backup)
	h.same(h.do(switchBack), "1 priority 100")
	for range 5 {
		h.wait(sec)
		h.hear(90, lowAddr)
	}
	h.is(1, vrrp.Master)
}

func TestSwitchedAwayTakesOverWhenTheSuccessorDies(t *testing.T) {
	h := switched(t, time.Hour, v2())
	h.wait(3*sec + skew256(255, sec))
	h.is(1, vrrp.Master)
	if p := h.r.Priority(1); p != 1 {
		t.Errorf("priority %d while it stands aside", p)
	}
	h.hear(2, lowAddr)
	h.is(1, vrrp.Backup)
}

func TestSwitchWithoutASuccessorGoesOnAsMaster(t *testing.T) {
	h := master(t, v2())
	h.do(switchFor(sec))
	wait := skew256(255, sec) + sec
	h.wait(wait - 1)
	h.same(h.wait(1), "1 advert 100", "1 note: nobody took over")
	h.is(1, vrrp.Master)
	h.same(h.wait(sec), "1 advert 100")
	if s, _ := h.r.Status(1); s.Aside || s.Leaving || s.Priority != 100 {
		t.Errorf("%+v", s)
	}
}

func TestSwitchIsTakenBackBeforeAnybodyAnswers(t *testing.T) {
	h := master(t, v2())
	h.do(switchFor(sec))
	h.same(h.do(switchBack), "1 advert 100")
	h.is(1, vrrp.Master)
	h.same(h.wait(sec), "1 advert 100")
}

func TestSwitchIsRefused(t *testing.T) {
	backup := boot(t, nil, v2())
	alone := master(t, v2(func(c *vrrp.Config) { c.Unicast = true }))
	leaving := master(t, v2())
	leaving.do(plannedStop)
	able := master(t, v2())
	for name, c := range map[string]struct {
		h    *host
		id   vrrp.ID
		want vrrp.Reason
	}{
		"of a BACKUP":              {backup, 1, vrrp.NotMaster},
		"without a unicast peer":   {alone, 1, vrrp.NoPeer},
		"during a planned stop":    {leaving, 1, vrrp.Stopped},
		"of one that is not there": {able, 9, vrrp.Removed},
		"not where it can be done": {able, 1, vrrp.NoReason},
	} {
		if got := c.h.r.Switchable(c.id); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if c.want != vrrp.NoReason {
			c.h.same(c.h.do(vrrp.Event{Kind: vrrp.Switch, Instance: c.id}))
		}
	}
}

func TestSwitchIsCutShortBy(t *testing.T) {
	for name, c := range map[string]struct {
		ev   vrrp.Event
		want []string
	}{
		"a stop":                 {vrrp.Event{Kind: vrrp.Stop}, []string{"1 leave master", "1 MASTER->INIT: stopped", "1 Released"}},
		"a planned stop":         {plannedStop, nil},
		"a fault":                {vrrp.Event{Kind: vrrp.LinkDown, Link: "eth0"}, []string{"1 advert 0", "1 leave master", "1 MASTER->FAULT: interface down"}},
		"the loss of an address": {vrrp.Event{Kind: vrrp.AddressLost, Instance: 1}, []string{"1 advert 0", "1 leave master", "1 MASTER->BACKUP: address removed by somebody else"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := master(t, v2())
			h.do(switchFor(0))
			h.same(h.do(c.ev), c.want...)
		})
	}
	h := master(t, v2())
	h.do(switchFor(0))
	h.do(plannedStop)
	h.same(h.hear(90, lowAddr), "1 leave master", "1 MASTER->INIT: stopped", "1 Released")
}

func TestSwitchOfAnOwnerKeepsItAway(t *testing.T) {
	h := switched(t, 0, v2(priority(255), func(c *vrrp.Config) { c.OwnerIgnoreAdverts = true }))
	for range 100 {
		h.wait(sec)
		h.hear(90, lowAddr)
	}
	h.is(1, vrrp.Backup)
}

func TestSwitchSurvivesAReload(t *testing.T) {
	h := switched(t, 0, v2())
	h.r.Reload(h.now, []vrrp.Config{v2()}, nil, nil)
	if s, _ := h.r.Status(1); !s.Aside || s.Priority != 1 {
		t.Errorf("%+v", s)
	}
}

func TestSwitchOfAGroupMovesAllOfIt(t *testing.T) {
	cfgs := []vrrp.Config{v2(), second()}
	h := boot(t, pair(), cfgs...)
	h.wait(10 * sec)
	h.group(vrrp.Master)
	h.do(switchFor(0))
	h.hear(90, lowAddr)
	h.is(1, vrrp.Backup)
	h.is(2, vrrp.Master) // forwards until its own successor is heard
	h.do(vrrp.Event{Kind: vrrp.Received, Instance: 2, Advert: vrrp.Advert{Source: lowAddr, Priority: 90, Interval: sec}})
	h.is(2, vrrp.Backup)
	h.group(vrrp.Backup)
	for _, s := range h.r.Instances() {
		if !s.Aside || s.Priority != 1 {
			t.Errorf("%+v", s)
		}
	}
	h.do(switchBack)
	for _, s := range h.r.Instances() {
		if s.Aside {
			t.Errorf("%+v", s)
		}
	}
}

func TestGroupWithoutASuccessorOnOneSegmentGoesWholeAllTheSame(t *testing.T) {
	cfgs := []vrrp.Config{v2(), second()}
	h := boot(t, pair(), cfgs...)
	h.wait(10 * sec)
	h.do(switchFor(0))
	for range 3 {
		h.hear(90, lowAddr)
		h.wait(sec)
	}
	h.is(1, vrrp.Backup)
	h.is(2, vrrp.Backup)
	h.group(vrrp.Backup)
}
