package vrrp_test

import (
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

func links(l ...vrrp.TrackedLink) func(*vrrp.Config) {
	return func(c *vrrp.Config) { c.Interfaces = l }
}

func TestLinkDownIsAFaultAndUpIsBackup(t *testing.T) {
	h := master(t, v2())
	h.same(h.do(vrrp.Event{Kind: vrrp.LinkDown, Link: "eth0"}),
		"1 advert 0", "1 leave master", "1 MASTER->FAULT: interface down")
	h.same(h.do(vrrp.Event{Kind: vrrp.LinkDown, Link: "eth0"}))
	h.same(h.hear(0, lowAddr)) // deaf
	h.same(h.wait(time.Hour))  // and dumb
	h.same(h.do(vrrp.Event{Kind: vrrp.LinkUp, Link: "eth0"}), "1 FAULT->BACKUP: interface up")
	h.due(3*sec + skew256(156, sec))
}

func TestReversedLinkIsAFaultWhileItIsUp(t *testing.T) {
	h := boot(t, nil, v2(links(vrrp.TrackedLink{Name: "eth0"}, vrrp.TrackedLink{Name: "backdoor", Reverse: true})))
	h.is(1, vrrp.Fault)
	h.same(h.do(vrrp.Event{Kind: vrrp.LinkDown, Link: "backdoor"}), "1 FAULT->BACKUP: interface down")
	h.do(vrrp.Event{Kind: vrrp.LinkUp, Link: "backdoor"})
	h.is(1, vrrp.Fault)
}

func TestWhatIsHeardInFaultLeavesNoTrace(t *testing.T) {
	h := boot(t, nil, v2(func(c *vrrp.Config) { c.Auth = vrrp.AH }))
	h.do(vrrp.Event{Kind: vrrp.LinkDown, Link: "eth0"})
	h.do(vrrp.Event{Kind: vrrp.Received, Instance: 1, Advert: vrrp.Advert{Source: lowAddr, Priority: 200, Interval: sec, Sequence: 900}})
	if s, _ := h.r.Status(1); s.Stats.AdvertReceived != 0 || s.MasterAddr.IsValid() {
		t.Errorf("%+v", s)
	}
	h.do(vrrp.Event{Kind: vrrp.LinkUp, Link: "eth0"})
	h.wait(3 * sec)
	h.now += sec
	if a := h.r.Step(h.now, vrrp.Event{}, nil); len(a) == 0 || a[0].Sequence != 1 {
		t.Errorf("its sequence number was taken: %+v", a)
	}
}

func TestStartStateMasterIsForTheFirstStartOnly(t *testing.T) {
	h := boot(t, nil, v2(startMaster))
	h.do(vrrp.Event{Kind: vrrp.LinkDown, Link: "eth0"})
	h.do(vrrp.Event{Kind: vrrp.LinkUp, Link: "eth0"})
	h.due(3*sec + skew256(156, sec))
}

func TestFaultEndsWithItsLastCause(t *testing.T) {
	h := boot(t, nil, v2(links(vrrp.TrackedLink{Name: "eth0"}, vrrp.TrackedLink{Name: "eth1"})))
	h.do(vrrp.Event{Kind: vrrp.LinkDown, Link: "eth1"})
	h.do(vrrp.Event{Kind: vrrp.SourceLost, Instance: 1})
	h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Down: 2})
	h.is(1, vrrp.Fault)
	h.same(h.do(vrrp.Event{Kind: vrrp.LinkUp, Link: "eth1"}))
	h.same(h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Down: 1}))
	h.same(h.do(vrrp.Event{Kind: vrrp.SourceGained, Instance: 1, Source: ownAddr}))
	h.same(h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1}), "1 FAULT->BACKUP: trackers recovered")
}

func TestFaultsAtStart(t *testing.T) {
	for _, c := range []struct {
		name   string
		cfg    vrrp.Config
		events []vrrp.Event
		want   []string
	}{
		{"a link nobody told of is down", v2(), nil, []string{"1 INIT->FAULT: interface down"}},
		{"no source address", v2(), []vrrp.Event{{Kind: vrrp.LinkUp, Link: "eth0"}}, []string{"1 INIT->FAULT: no source address"}},
		{
			"no source address is needed", v2(func(c *vrrp.Config) { c.NeedSource = false }),
			[]vrrp.Event{{Kind: vrrp.LinkUp, Link: "eth0"}}, []string{"1 INIT->BACKUP: started"},
		},
		{
			"configuration", v2(links(), func(c *vrrp.Config) { c.ConfigFault, c.NeedSource = "no interface", false }), nil,
			[]string{"1 INIT->FAULT: configuration"},
		},
		{
			"a tracker without a result", v2(links(), func(c *vrrp.Config) { c.NeedSource = false }),
			[]vrrp.Event{{Kind: vrrp.Tracked, Instance: 1, Pending: true}}, []string{"1 INIT->FAULT: tracker has no result yet"},
		},
		{
			"a failed tracker", v2(links(), func(c *vrrp.Config) { c.NeedSource = false }),
			[]vrrp.Event{{Kind: vrrp.Tracked, Instance: 1, Down: 1}}, []string{"1 INIT->FAULT: tracker failed"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &host{t: t, r: vrrp.New([]vrrp.Config{c.cfg}, nil)}
			for _, ev := range c.events {
				h.same(h.do(ev)) // nothing happens before Start
			}
			h.same(h.do(vrrp.Event{Kind: vrrp.Start}), c.want...)
			h.same(h.do(vrrp.Event{Kind: vrrp.Start}))
		})
	}
}

func TestPendingTrackerIsNotNotifiedOf(t *testing.T) {
	h := &host{t: t, r: vrrp.New([]vrrp.Config{v2()}, nil)}
	h.ready(v2())
	h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Pending: true})
	if a := h.r.Step(0, vrrp.Event{Kind: vrrp.Start}, nil); len(a) != 1 || !a[0].Quiet {
		t.Errorf("%+v", a)
	}
	if a := h.r.Step(0, vrrp.Event{Kind: vrrp.Tracked, Instance: 1}, nil); len(a) != 1 || a[0].Quiet || a[0].To != vrrp.Backup {
		t.Errorf("%+v", a)
	}
}

func TestPendingTrackerStopsNobodyWhoTakesPart(t *testing.T) {
	pending := vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Pending: true}
	h := master(t, v2())
	h.same(h.do(pending)) // a reload gave it another script
	h.same(h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Down: 1}),
		"1 advert 0", "1 leave master", "1 MASTER->FAULT: tracker failed")
	h.same(h.do(pending)) // in FAULT it does count
	h.is(1, vrrp.Fault)
	h.same(h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1}), "1 FAULT->BACKUP: trackers recovered")
	h.same(h.do(pending))
	h.is(1, vrrp.Backup)
}

func TestAdoptedMasterGoesOnUntilAResultSaysOtherwise(t *testing.T) {
	adopted := func(c *vrrp.Config) { c.Adopted = true }
	for _, grouped := range []bool{false, true} {
		configs, groups := []vrrp.Config{v2(adopted)}, []vrrp.GroupConfig(nil)
		if grouped {
			configs, groups = append(configs, second(adopted)), pair()
		}
		h := &host{t: t, r: vrrp.New(configs, groups)}
		for _, cfg := range configs {
			h.ready(cfg)
			h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: cfg.ID, Pending: true})
		}
		h.do(vrrp.Event{Kind: vrrp.Start})
		h.is(1, vrrp.Master)
		h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Down: 1})
		h.is(1, vrrp.Fault)
	}
	// One member that was not MASTER keeps the whole group from it.
	h := &host{t: t, r: vrrp.New([]vrrp.Config{v2(adopted), second()}, pair())}
	h.ready(v2())
	h.ready(second())
	h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Pending: true})
	h.do(vrrp.Event{Kind: vrrp.Start})
	h.is(1, vrrp.Fault)
}

func TestWeightsMakeTheEffectivePriority(t *testing.T) {
	for _, c := range []struct {
		name   string
		base   uint8
		links  []vrrp.TrackedLink
		up     bool
		sum    int // of the other trackers
		expect uint8
	}{
		{"no trackers", 100, nil, true, 0, 100},
		{"positive weight counts while up", 100, []vrrp.TrackedLink{{Name: "e", Weight: 10}}, true, 0, 110},
		{"positive weight is missing while down", 100, []vrrp.TrackedLink{{Name: "e", Weight: 10}}, false, 0, 100},
		{"negative weight is idle while up", 100, []vrrp.TrackedLink{{Name: "e", Weight: -10}}, true, 0, 100},
		{"negative weight counts while down", 100, []vrrp.TrackedLink{{Name: "e", Weight: -10}}, false, 0, 90},
		{"reverse positive weight is subtracted while up", 100, []vrrp.TrackedLink{{Name: "e", Weight: 10, Reverse: true}}, true, 0, 90},
		{"reverse positive weight is idle while down", 100, []vrrp.TrackedLink{{Name: "e", Weight: 10, Reverse: true}}, false, 0, 100},
		{"reverse negative weight is added while down", 100, []vrrp.TrackedLink{{Name: "e", Weight: -10, Reverse: true}}, false, 0, 110},
		{"reverse negative weight is idle while up", 100, []vrrp.TrackedLink{{Name: "e", Weight: -10, Reverse: true}}, true, 0, 100},
		{"all add up", 100, []vrrp.TrackedLink{{Name: "e", Weight: 10}, {Name: "e", Weight: 5}}, true, -7, 108},
		{"never above 254", 250, nil, true, 100, 254},
		{"never below 1", 5, nil, true, -100, 1},
		{"an owner is an owner", 255, []vrrp.TrackedLink{{Name: "e", Weight: -100}}, false, -100, 255},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &host{t: t, r: vrrp.New([]vrrp.Config{v2(priority(c.base), links(c.links...))}, nil)}
			kind := vrrp.LinkDown
			if c.up {
				kind = vrrp.LinkUp
			}
			h.do(vrrp.Event{Kind: kind, Link: "e"})
			h.do(vrrp.Event{Kind: vrrp.SourceGained, Instance: 1, Source: ownAddr})
			h.do(vrrp.Event{Kind: vrrp.Start})
			h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Weight: c.sum})
			if p := h.r.Priority(1); p != c.expect {
				t.Errorf("priority %d, want %d", p, c.expect)
			}
			if s := h.r.State(1); s == vrrp.Fault {
				t.Error("a weight made a FAULT")
			}
		})
	}
}

func TestPriorityChangeMovesARunningTimerByTheDifferenceInSkew(t *testing.T) {
	h := boot(t, nil, v2())
	h.wait(3 * sec)
	h.same(h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Weight: 50}), "1 priority 150")
	h.due(skew256(106, sec))
	h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Weight: -50})
	h.due(skew256(206, sec))
	h.wait(skew256(200, sec))
	// What the higher priority makes overdue runs at once, not in the past.
	h.same(h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Weight: 150}),
		"1 priority 250", "1 advert 250", "1 enter master, announce 5", "1 BACKUP->MASTER: master is silent")
}

func TestPriorityChangeOfMasterIsInItsNextAdvert(t *testing.T) {
	h := master(t, v2())
	h.same(h.do(vrrp.Event{Kind: vrrp.Tracked, Instance: 1, Weight: -20}), "1 priority 80")
	h.same(h.wait(sec), "1 advert 80")
	h.hear(90, lowAddr)
	h.is(1, vrrp.Backup)
}
