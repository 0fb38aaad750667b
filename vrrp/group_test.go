package vrrp_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// pair is a sync group of instances 1 (eth0) and 2 (eth1).
func pair(edit ...func(*vrrp.GroupConfig)) []vrrp.GroupConfig {
	g := vrrp.GroupConfig{Name: "G", Members: []vrrp.ID{1, 2}}
	for _, e := range edit {
		e(&g)
	}
	return []vrrp.GroupConfig{g}
}

func second(edit ...func(*vrrp.Config)) vrrp.Config {
	return v2(append([]func(*vrrp.Config){id(2, "VI_2"), links(vrrp.TrackedLink{Name: "eth1"})}, edit...)...)
}

func (h *host) group(want vrrp.State) {
	h.t.Helper()
	if diff := cmp.Diff([]vrrp.GroupStatus{{Name: "G", State: want, Members: []vrrp.ID{1, 2}}}, h.r.Groups()); diff != "" {
		h.t.Errorf("group (-want +got)\n%s", diff)
	}
}

func TestGroupBecomesMasterTogetherAndOnlyThen(t *testing.T) {
	h := boot(t, pair(), v2(priority(150)), second())
	h.group(vrrp.Backup)
	h.same(h.wait(3*sec + skew256(106, sec))) // 1 would, 2 is not ready
	h.is(1, vrrp.Backup)
	h.same(h.wait(skew256(50, sec)),
		"2 advert 100", "2 enter master, announce 5", "2 BACKUP->MASTER: master is silent",
		"1 advert 150", "1 enter master, announce 5", "1 BACKUP->MASTER: sync group",
		"G BACKUP->MASTER: sync group")
	h.group(vrrp.Master)
}

// TestGroupIsToldOfInKeepalivedsOrder at the start: the group before its members, but for owners, who
// are MASTER at once.
func TestGroupIsToldOfInKeepalivedsOrder(t *testing.T) {
	for _, c := range []struct {
		name  string
		cfgs  []vrrp.Config
		quiet bool // of the first member's BACKUP
		want  []string
	}{
		{"two that wait", []vrrp.Config{v2(), second()}, false,
			[]string{"G INIT->BACKUP: sync group", "1 INIT->BACKUP: started", "2 INIT->BACKUP: started"}},
		{"an owner among them is told of like the others", []vrrp.Config{v2(priority(255)), second()}, false,
			[]string{"G INIT->BACKUP: sync group", "1 INIT->BACKUP: started", "2 INIT->BACKUP: started"}},
		{"owners", []vrrp.Config{v2(priority(255)), second(priority(255))}, true, []string{
			"1 INIT->BACKUP: started", "2 INIT->BACKUP: started",
			"2 advert 255", "2 enter master, announce 5", "2 BACKUP->MASTER: address owner",
			"1 advert 255", "1 enter master, announce 5", "1 BACKUP->MASTER: sync group", "G INIT->MASTER: sync group"}},
		{"owners that are adopted", []vrrp.Config{v2(priority(255), adopted), second(priority(255), adopted)}, false, []string{
			"1 advert 255", "1 enter master, announce 0", "1 INIT->MASTER: adopted",
			"2 advert 255", "2 enter master, announce 0", "2 INIT->MASTER: adopted", "G INIT->MASTER: sync group"}},
	} {
		h := &host{t: t, r: vrrp.New(c.cfgs, pair())}
		h.ready(c.cfgs...)
		actions := h.r.Step(h.now, vrrp.Event{Kind: vrrp.Start}, nil)
		h.same(text(actions), c.want...)
		for _, a := range actions {
			if a.Instance == 1 && a.To == vrrp.Backup && a.Quiet != c.quiet {
				t.Errorf("%s: quiet %v", c.name, a.Quiet)
			}
		}
	}
}

// TestOwnerIsToldOfAsBackupAfterAFault, other than at the start, as keepalived does.
func TestOwnerIsToldOfAsBackupAfterAFault(t *testing.T) {
	h := master(t, v2(priority(255)))
	h.do(vrrp.Event{Kind: vrrp.LinkDown, Link: "eth0"})
	for _, a := range h.r.Step(h.now, vrrp.Event{Kind: vrrp.LinkUp, Link: "eth0"}, nil) {
		if a.To == vrrp.Backup {
			if a.Quiet {
				t.Error("not told")
			}
			return
		}
	}
	t.Error("no BACKUP")
}

func TestGroupWaitsForAMemberThatHearsAMaster(t *testing.T) {
	h := boot(t, pair(), v2(), second())
	for range 20 {
		h.hear(200, lowAddr)
		h.same(h.wait(sec)) // 2 hears nobody and would be MASTER
	}
	h.same(h.wait(2*sec + skew256(155, sec)))
	h.wait(sec)
	h.group(vrrp.Master)
}

func TestGroupLeavesMasterTogether(t *testing.T) {
	h := boot(t, pair(), v2(), second())
	h.wait(4 * sec)
	h.same(h.hear(200, lowAddr),
		"1 leave master", "1 MASTER->BACKUP: higher priority received",
		"2 leave master", "2 MASTER->BACKUP: sync group", "G MASTER->BACKUP: sync group")
}

func TestGroupAnnouncesAllItsAddressesAgainWhenOneMemberHearsARival(t *testing.T) {
	h := boot(t, pair(), v2(), second(func(c *vrrp.Config) { c.GARP.LowerPrioRep, c.GARP.LowerPrioDelay = 3, 200*ms }))
	h.same(h.hear(50, highAddr)) // a BACKUP has nothing to announce
	h.wait(4 * sec)
	h.group(vrrp.Master)
	h.same(h.hear(50, highAddr),
		"1 lower priority 50 received", "1 advert 100", "1 announce 5", "2 announce 3")
	got := h.wait(250 * ms)
	if !slices.Contains(got, "2 announce 3") {
		t.Errorf("not a second time: %q", got)
	}
}

func TestGroupFaultOfOneIsTheFaultOfAll(t *testing.T) {
	h := boot(t, pair(), v2(), second())
	h.wait(4 * sec)
	h.same(h.do(vrrp.Event{Kind: vrrp.LinkDown, Link: "eth1"}),
		"2 advert 0", "2 leave master", "2 MASTER->FAULT: interface down",
		"1 advert 0", "1 leave master", "1 MASTER->FAULT: sync group", "G MASTER->FAULT: sync group")
	h.same(h.wait(time.Hour))
	h.do(vrrp.Event{Kind: vrrp.LinkDown, Link: "eth0"})
	h.same(h.do(vrrp.Event{Kind: vrrp.LinkUp, Link: "eth1"})) // the other is at fault still
	h.same(h.do(vrrp.Event{Kind: vrrp.LinkUp, Link: "eth0"}),
		"1 FAULT->BACKUP: interface up", "2 FAULT->BACKUP: sync group", "G FAULT->BACKUP: sync group")
	h.wait(4 * sec)
	h.group(vrrp.Master)
}

func TestGroupFaultAtStart(t *testing.T) {
	cfgs := []vrrp.Config{v2(), second()}
	h := &host{t: t, r: vrrp.New(cfgs, pair())}
	h.ready(cfgs...)
	h.do(vrrp.Event{Kind: vrrp.LinkDown, Link: "eth1"})
	h.same(h.do(vrrp.Event{Kind: vrrp.Start}),
		"1 INIT->FAULT: sync group", "2 INIT->FAULT: interface down", "G INIT->FAULT: sync group")
}

func TestGroupOfOwnersStartsAsMaster(t *testing.T) {
	h := boot(t, pair(), v2(priority(255)), second(priority(255)))
	h.group(vrrp.Master)
	h = boot(t, pair(), v2(priority(255)), second())
	h.group(vrrp.Backup)
	h.wait(3*sec + skew256(156, sec))
	h.group(vrrp.Master)
}

func TestGroupAddressRemovedComesBackWhole(t *testing.T) {
	h := boot(t, pair(), v2(), second())
	h.wait(4 * sec)
	h.same(h.do(vrrp.Event{Kind: vrrp.AddressLost, Instance: 2}),
		"2 advert 0", "2 leave master", "2 MASTER->BACKUP: address removed by somebody else",
		"1 advert 0", "1 leave master", "1 MASTER->BACKUP: sync group", "G MASTER->BACKUP: sync group")
	h.wait(skew256(156, sec))
	h.group(vrrp.Master)
}

func TestGroupHandoverOfEachMemberWaitsForItsOwnSuccessor(t *testing.T) {
	h := boot(t, pair(), v2(), second())
	h.wait(4 * sec)
	h.same(h.do(vrrp.Event{Kind: vrrp.Stop, Planned: true}), "1 advert 0", "2 advert 0")
	h.wait(20 * ms)
	h.same(h.hear(90, lowAddr), "1 leave master", "1 MASTER->INIT: stopped", "1 Released")
	h.is(2, vrrp.Master)
	h.same(h.wait(10*sec), "2 leave master", "2 MASTER->INIT: stopped", "2 Released", "G MASTER->INIT: sync group")
}

func TestGroupReportsThePlannedStop(t *testing.T) {
	h := boot(t, pair(), v2(), second())
	h.group(vrrp.Backup)
	h.same(h.do(vrrp.Event{Kind: vrrp.Stop, Planned: true}),
		"1 BACKUP->INIT: stopped", "1 Released", "2 BACKUP->INIT: stopped", "2 Released", "G BACKUP->INIT: sync group")
}
