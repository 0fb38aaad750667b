package vrrp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

func (h *host) reload(groups []vrrp.GroupConfig, cfgs ...vrrp.Config) []string {
	h.t.Helper()
	return text(h.r.Reload(h.now, cfgs, groups, nil))
}

func TestReloadOfTheSameChangesNothing(t *testing.T) {
	cfgs := []vrrp.Config{v2(), second()}
	for _, groups := range [][]vrrp.GroupConfig{nil, pair()} {
		h := boot(t, groups, cfgs...)
		h.wait(4 * sec)
		before := h.r.Instances()
		at, _ := h.r.Next()
		h.same(h.reload(groups, cfgs...))
		h.same(h.do(vrrp.Event{Kind: vrrp.Start}))
		if next, _ := h.r.Next(); next != at {
			t.Errorf("the next deadline moved by %v", next-at)
		}
		for i, s := range h.r.Instances() {
			if !cmp.Equal(s, before[i], cmpopts.EquateComparable(netip.Addr{})) {
				t.Errorf("%+v became %+v", before[i], s)
			}
		}
	}
}

func TestReloadAsMasterStaysMaster(t *testing.T) {
	h := master(t, v2(startMaster))
	h.same(h.reload(nil, v2(priority(60))), "1 priority 60")
	h.is(1, vrrp.Master)
	h.same(h.wait(sec), "1 advert 60")
}

func TestWhatAReloadRemovesHearsNothingMore(t *testing.T) {
	h := boot(t, nil, v2(), second())
	h.r.Count(1, vrrp.TTLError) // the last one that was looked at
	h.reload(nil, second())
	if v := h.r.Examine(1, &packet.Meta{Source: lowAddr, Destination: packet.Group4, TTL: 255}, nil); v.Counter != vrrp.SourceError {
		t.Errorf("the removed instance examines packets: %+v", v)
	}
	h.same(h.do(vrrp.Event{Kind: vrrp.AddressLost, Instance: 1}))
	h.r.Count(1, vrrp.TTLError)
	if s, ok := h.r.Status(2); !ok || s.Stats.Errors[vrrp.TTLError] != 0 {
		t.Errorf("another instance counts for it: %+v", s)
	}
}

func TestReloadWithoutAnInstanceSaysFarewellForIt(t *testing.T) {
	h := boot(t, nil, v2(), second())
	h.wait(4 * sec)
	h.hear(200, lowAddr)
	h.same(h.reload(nil, second(id(3, "VI_3"), links(vrrp.TrackedLink{Name: "eth1"}))),
		"1 BACKUP->INIT: removed by reload", "2 advert 0", "2 leave master", "2 MASTER->INIT: removed by reload")
	h.same(h.do(vrrp.Event{Kind: vrrp.AddressLost, Instance: 2}))
	if _, ok := h.r.Status(2); ok {
		t.Error("the removed instance is there still")
	}
	h.do(vrrp.Event{Kind: vrrp.SourceGained, Instance: 3, Source: ownAddr})
	h.same(h.do(vrrp.Event{Kind: vrrp.Start}), "3 INIT->BACKUP: started")
	h.same(h.wait(4*sec), "3 advert 100", "3 enter master, announce 5", "3 BACKUP->MASTER: master is silent")
}

func TestReloadMovesTimersByWhatChanged(t *testing.T) {
	h := boot(t, nil, v2())
	h.wait(sec)
	h.reload(nil, v2(priority(200)))
	h.due(2*sec + skew256(56, sec))
	h.reload(nil, v2(priority(200), interval(2*sec)))
	h.due(5*sec + skew256(56, sec))
	h.wait(10 * sec)
	h.is(1, vrrp.Master)
	h.reload(nil, v2(priority(200), interval(60*sec)))
	h.wait(10 * sec)
	h.due(50*sec + func() time.Duration { at, _ := h.r.Next(); return at - h.now - 50*sec }())
	h.reload(nil, v2(priority(200))) // a shorter interval does not wait for the long one
	h.due(sec)
}

func TestReloadKeepsALearntInterval(t *testing.T) {
	h := boot(t, nil, v3())
	h.hearEvery(200, lowAddr, 5*sec)
	h.reload(nil, v3(interval(2*sec)))
	h.due(15*sec + skew256(156, 5*sec))
}

func TestReloadFaults(t *testing.T) {
	h := master(t, v2())
	broken := v2(func(c *vrrp.Config) { c.ConfigFault = "no interface" })
	h.same(h.reload(nil, broken), "1 advert 0", "1 leave master", "1 MASTER->FAULT: configuration")
	h.same(h.reload(nil, v2()), "1 FAULT->BACKUP: trackers recovered")
	h.same(h.reload(nil, v2(links(vrrp.TrackedLink{Name: "eth7"}))), "1 BACKUP->FAULT: interface down")
	h.same(h.do(vrrp.Event{Kind: vrrp.LinkUp, Link: "eth7"}), "1 FAULT->BACKUP: interface up")
}

func TestReloadThatMakesAGroupMakesItWhole(t *testing.T) {
	h := boot(t, nil, v2(), second())
	h.hear(200, lowAddr)
	h.wait(3*sec + skew256(156, sec) - 1)
	h.hear(200, lowAddr)
	h.wait(sec)
	h.is(1, vrrp.Backup)
	h.is(2, vrrp.Master)
	h.same(h.reload(pair(), v2(), second()),
		"2 advert 0", "2 leave master", "2 MASTER->BACKUP: sync group", "G INIT->BACKUP: sync group")
}

func TestReloadThatAddsAMemberToAMasterGroupDoesNotTakeItDown(t *testing.T) {
	one := []vrrp.GroupConfig{{Name: "G", Members: []vrrp.ID{1}}}
	h := boot(t, one, v2())
	h.wait(4 * sec)
	h.same(h.reload(pair(), v2(), second()))
	h.ready(second())
	h.same(h.do(vrrp.Event{Kind: vrrp.Start}), "2 advert 100", "2 enter master, announce 5", "2 INIT->MASTER: sync group")
	h.group(vrrp.Master)
}

func TestReloadTakesAMemberOutOfItsGroup(t *testing.T) {
	h := boot(t, pair(), v2(), second())
	h.do(vrrp.Event{Kind: vrrp.LinkDown, Link: "eth1"})
	h.is(1, vrrp.Fault)
	h.same(h.reload(nil, v2(), second()), "1 FAULT->BACKUP: trackers recovered")
}

func TestReloadDuringAHandoverLeavesItAlone(t *testing.T) {
	h := master(t, v2())
	h.do(plannedStop)
	h.same(h.reload(nil, v2(interval(3*sec))))
	h.hear(90, lowAddr)
	h.is(1, vrrp.Init)
}
