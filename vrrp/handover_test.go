package vrrp_test

import (
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

var plannedStop = vrrp.Event{Kind: vrrp.Stop, Planned: true}

func TestHandoverForwardsUntilTheSuccessorIsHeard(t *testing.T) {
	h := master(t, v2())
	h.same(h.do(plannedStop), "1 advert 0")
	h.is(1, vrrp.Master)
	h.same(h.do(plannedStop)) // once
	// The farewell is said twice, in case the first is lost.
	h.same(h.wait(300*ms), "1 advert 0")
	h.same(h.hear(0, lowAddr))   // another one that leaves is no successor
	h.same(h.hear(100, ownAddr)) // nor is an echo of our own
	h.same(h.hear(1, lowAddr), "1 leave master", "1 MASTER->INIT: stopped", "1 Released")
	h.same(h.wait(time.Hour))
	if s, _ := h.r.Status(1); s.MasterAddr != lowAddr || s.Leaving {
		t.Errorf("%+v", s)
	}
}

func TestHandoverEndsWhenNobodyCanBeExpectedAnyMore(t *testing.T) {
	for _, c := range []struct {
		cfg  vrrp.Config
		want time.Duration
	}{
		{v2(), skew256(255, sec) + sec},
		{v2(interval(5 * sec)), skew256(255, sec) + 5*sec},
		{v3(interval(100 * ms)), skew256(255, 100*ms) + 100*ms},
	} {
		h := boot(t, nil, c.cfg)
		h.wait(20 * sec)
		h.do(plannedStop)
		h.wait(c.want - 1)
		h.is(1, vrrp.Master)
		h.same(h.wait(1), "1 leave master", "1 MASTER->INIT: stopped", "1 Released")
	}
}

func TestHandoverSendsNothingButFarewells(t *testing.T) {
	h := master(t, v2(func(c *vrrp.Config) { c.GARP.Refresh, c.GARP.Delay = sec, sec }))
	h.do(plannedStop)
	h.same(h.wait(10*sec), "1 advert 0", "1 leave master", "1 MASTER->INIT: stopped", "1 Released")
}

func TestHandoverHoldCoversTheSuccessorsStart(t *testing.T) {
	h := master(t, v2(func(c *vrrp.Config) { c.HandoverHold = 20 * ms }))
	h.do(plannedStop)
	h.wait(300 * ms)
	h.same(h.hear(90, lowAddr))
	h.wait(10 * ms)
	h.same(h.hear(90, lowAddr)) // does not start again
	h.same(h.wait(10*ms - 1))
	h.same(h.wait(1), "1 leave master", "1 MASTER->INIT: stopped", "1 Released")
}

var announced = vrrp.Event{Kind: vrrp.SuccessorAnnounced, Instance: 1}

func TestHandoverIsSoonOverWhenTheSuccessorHasAnnouncedItsAddresses(t *testing.T) {
	over := []string{"1 leave master", "1 MASTER->INIT: stopped", "1 Released"}
	start := func() *host {
		h := master(t, v2(func(c *vrrp.Config) { c.HandoverHold = sec }))
		h.do(announced) // nobody hands over
		h.do(plannedStop)
		h.wait(300 * ms)
		return h
	}
	h := start()
	h.hear(90, lowAddr)
	h.wait(700 * ms)
	h.same(h.do(announced))
	h.wait(10 * ms)
	h.same(h.do(announced)) // does not start again
	h.same(h.wait(40*ms - 1))
	h.same(h.wait(1), over...)

	h = start()
	h.same(h.do(announced)) // seen before the advertisement that came first
	h.same(h.wait(ms))
	h.same(h.hear(90, lowAddr))
	h.same(h.wait(50*ms - 1))
	h.same(h.wait(1), over...)

	h = start()
	h.hear(90, lowAddr)
	h.wait(970 * ms)
	h.do(announced) // never longer than without it
	h.same(h.wait(30*ms), over...)
}

// TestHandoverOfAGroupWaitsForTheAnnouncementsOfAll: a group that lost one member would go as a whole,
// with addresses that nobody else has yet.
func TestHandoverOfAGroupWaitsForTheAnnouncementsOfAll(t *testing.T) {
	hold := func(c *vrrp.Config) { c.HandoverHold = sec }
	cfgs := []vrrp.Config{v2(hold), second(hold)}
	h := boot(t, pair(), cfgs...)
	h.wait(20 * sec)
	h.group(vrrp.Master)
	h.do(switchFor(0))
	for id := vrrp.ID(1); id <= 2; id++ {
		h.do(vrrp.Event{Kind: vrrp.Received, Instance: id, Advert: vrrp.Advert{Source: lowAddr, Priority: 90, Interval: sec}})
	}
	h.do(announced)
	h.wait(500 * ms)
	h.is(1, vrrp.Master)
	h.do(vrrp.Event{Kind: vrrp.SuccessorAnnounced, Instance: 2})
	h.wait(vrrp.HandoverSettle - 1)
	h.is(1, vrrp.Master)
	h.wait(1)
	h.is(1, vrrp.Backup)
	h.is(2, vrrp.Backup)
}

func TestHandoverIsCutShortBy(t *testing.T) {
	for name, c := range map[string]struct {
		ev   vrrp.Event
		want []string
	}{
		"a stop that is not planned": {vrrp.Event{Kind: vrrp.Stop}, []string{"1 leave master", "1 MASTER->INIT: stopped", "1 Released"}},
		"the loss of an address":     {vrrp.Event{Kind: vrrp.AddressLost, Instance: 1}, []string{"1 leave master", "1 MASTER->INIT: stopped", "1 Released"}},
		"a fault": {
			vrrp.Event{Kind: vrrp.LinkDown, Link: "eth0"},
			[]string{"1 leave master", "1 MASTER->INIT: stopped", "1 Released"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := master(t, v2())
			h.do(plannedStop)
			h.same(h.do(c.ev), c.want...)
			h.same(h.wait(time.Hour))
			h.is(1, vrrp.Init)
		})
	}
}

func TestHandoverOfAnOwnerThatIgnoresAdvertsSeesItsSuccessor(t *testing.T) {
	h := master(t, v2(priority(255), func(c *vrrp.Config) { c.OwnerIgnoreAdverts = true }))
	h.do(plannedStop)
	h.hear(100, lowAddr)
	h.is(1, vrrp.Init)
}

func adopted(c *vrrp.Config) { c.Adopted = true }

func TestAdoptedGoesOnAsMasterWithoutAStorm(t *testing.T) {
	h := &host{t: t, r: vrrp.New([]vrrp.Config{v2(adopted, func(c *vrrp.Config) { c.GARP.Delay = 5 * sec })}, nil)}
	h.ready(v2())
	h.same(h.do(vrrp.Event{Kind: vrrp.Start}), "1 advert 100", "1 enter master, announce 0", "1 INIT->MASTER: adopted")
	h.due(sec)
	h.same(h.wait(3*sec), "1 advert 100", "1 advert 100", "1 advert 100")
}

func TestAdoptedGivesWhatItMayNotKeepAway(t *testing.T) {
	h := &host{t: t, r: vrrp.New([]vrrp.Config{v2(adopted)}, nil)}
	h.same(h.do(vrrp.Event{Kind: vrrp.Start}), "1 leave master", "1 INIT->FAULT: interface down")

	// A group is MASTER whole or not at all.
	cfgs := []vrrp.Config{v2(adopted), second()}
	h = &host{t: t, r: vrrp.New(cfgs, pair())}
	h.ready(cfgs...)
	h.same(h.do(vrrp.Event{Kind: vrrp.Start}), "G INIT->BACKUP: sync group", "1 leave master", "1 INIT->BACKUP: started", "2 INIT->BACKUP: started")

	cfgs = []vrrp.Config{v2(adopted), second(adopted)}
	h = &host{t: t, r: vrrp.New(cfgs, pair())}
	h.ready(cfgs...)
	h.do(vrrp.Event{Kind: vrrp.Start})
	h.group(vrrp.Master)
}
