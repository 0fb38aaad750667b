package vrrp_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// duo is two routers with a sync group of two instances each, on two segments without delay.
type duo struct {
	t       *rapid.T
	now     time.Duration
	routers [2]*vrrp.Router
	up      [2][2]bool // by router and segment
}

func (d *duo) step(i int, ev vrrp.Event) {
	for _, a := range d.routers[i].Step(d.now, ev, nil) {
		segment := int(a.Instance) - 1
		if a.Kind != vrrp.SendAdvert || !d.up[i][segment] || !d.up[1-i][segment] {
			continue
		}
		d.step(1-i, vrrp.Event{Kind: vrrp.Received, Instance: a.Instance, Advert: vrrp.Advert{
			Source: [...]vrrp.Event{{Source: lowAddr}, {Source: highAddr}}[i].Source, Priority: a.Priority, Interval: sec,
		}})
	}
}

func (d *duo) link(i, segment int, up bool) {
	d.up[i][segment] = up
	kind := vrrp.LinkDown
	if up {
		kind = vrrp.LinkUp
	}
	d.step(i, vrrp.Event{Kind: kind, Link: [...]string{"eth0", "eth1"}[segment]})
}

func (d *duo) wait(span time.Duration) {
	for end := d.now + span; ; {
		next, who := end, -1
		for i, r := range d.routers {
			if at, ok := r.Next(); ok && at < next {
				next, who = at, i
			}
		}
		d.now = max(d.now, next)
		if who < 0 {
			return
		}
		d.step(who, vrrp.Event{})
	}
}

func (d *duo) states(i int) [2]vrrp.State {
	return [2]vrrp.State{d.routers[i].State(1), d.routers[i].State(2)}
}

// TestSyncGroupsEndWithOneRouterMasterOfBothSegments: whatever links did before, whatever the
// priorities are, the address pairs are never torn apart for long.
func TestSyncGroupsEndWithOneRouterMasterOfBothSegments(t *testing.T) {
	both := [2]vrrp.State{vrrp.Master, vrrp.Master}
	neither := [2]vrrp.State{vrrp.Backup, vrrp.Backup}
	rapid.Check(t, func(t *rapid.T) {
		d := &duo{t: t}
		for i := range d.routers {
			prio := func() func(*vrrp.Config) {
				return priority(rapid.SampledFrom([]uint8{50, 100, 150}).Draw(t, "priority"))
			}
			d.routers[i] = vrrp.New([]vrrp.Config{v2(prio()), second(prio())}, pair())
			for id := vrrp.ID(1); id <= 2; id++ {
				source := lowAddr
				if i == 1 {
					source = highAddr
				}
				d.step(i, vrrp.Event{Kind: vrrp.SourceGained, Instance: id, Source: source})
			}
		}
		for i := range d.routers {
			d.link(i, 0, true)
			d.link(i, 1, true)
			d.step(i, vrrp.Event{Kind: vrrp.Start})
			d.wait(time.Duration(rapid.IntRange(0, 6000).Draw(t, "apart")) * ms)
		}
		for range rapid.IntRange(0, 8).Draw(t, "flaps") {
			i, segment := rapid.IntRange(0, 1).Draw(t, "router"), rapid.IntRange(0, 1).Draw(t, "segment")
			d.link(i, segment, !d.up[i][segment])
			d.wait(time.Duration(rapid.IntRange(0, 6000).Draw(t, "until")) * ms)
		}
		for i := range d.routers {
			d.link(i, 0, true)
			d.link(i, 1, true)
		}
		d.wait(30 * sec)
		for range 50 {
			a, b := d.states(0), d.states(1)
			if !(a == both && b == neither) && !(a == neither && b == both) {
				t.Fatalf("at %v: %v and %v", d.now, a, b)
			}
			d.wait(100 * ms)
		}
	})
}
