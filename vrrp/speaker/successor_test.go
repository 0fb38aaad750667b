package speaker

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/vrrp"
)

// fakeEar hears what a test says.
type fakeEar struct {
	spots map[spot]bool // nil: nobody listens
	heard func(spot)
	opens int
}

func (f *fakeEar) listen(spots map[spot]bool, heard func(spot)) (func(), error) {
	f.opens++
	open := f.opens
	f.spots, f.heard = spots, heard
	return func() {
		if open == f.opens {
			f.spots = nil
		}
	}, nil
}

// announce lets another host announce addresses on the link of index 3.
func (b *bench) hears(f *fakeEar, addrs ...string) {
	for _, a := range addrs {
		f.heard(spot{3, netip.MustParseAddr(a)})
	}
	b.do(b.orders.take()...)
}

func yielding(t *testing.T) (*bench, *fakeEar) {
	b := newBench(t, &Settings{Instances: []Instance{testInstance(1, "192.0.2.100/32", "192.0.2.101/32")}})
	f := &fakeEar{}
	b.ear = f
	b.do(order{kind: orderEnter, id: 1}, order{kind: orderGroup, group: "G", master: true})
	b.k.taken()
	if f.opens > 0 {
		t.Error("a MASTER that hands over to nobody listens")
	}
	return b, f
}

func TestLoserLeavesSoonAfterTheWinnerHasAnnouncedAllAddresses(t *testing.T) {
	b, f := yielding(t)
	b.do(order{kind: orderLeave, id: 1, hold: time.Second}, order{kind: orderGroup, group: "G", hold: vrrp.HandoverSettle})
	b.now = b.now.Add(500 * time.Millisecond)
	b.hears(f, "192.0.2.100", "192.0.2.100", "192.0.2.7")
	b.now = b.now.Add(100 * time.Millisecond)
	b.do()
	b.expect(t, "one of two announced", "")
	b.hears(f, "192.0.2.101")
	if f.spots != nil {
		t.Error("listens on, and all is announced")
	}
	b.now = b.now.Add(vrrp.HandoverSettle - 1)
	b.do()
	b.expect(t, "before that is settled", "")
	b.now = b.now.Add(1)
	b.do()
	b.expect(t, "settled", "ip addr del 192.0.2.101/32 scope global proto 18 dev 3\nip addr del 192.0.2.100/32 scope global proto 18 dev 3\nmasters [] []")
}

func TestLoserWhoseWinnerIsNotHeardLeavesInTime(t *testing.T) {
	b, f := yielding(t)
	b.do(order{kind: orderLeave, id: 1, hold: time.Second}, order{kind: orderGroup, group: "G", hold: vrrp.HandoverSettle})
	b.hears(f, "192.0.2.100")
	b.now = b.now.Add(time.Second)
	b.do()
	b.expect(t, "at the time", "ip addr del 192.0.2.101/32 scope global proto 18 dev 3\nip addr del 192.0.2.100/32 scope global proto 18 dev 3\nmasters [] []")
	if f.spots != nil {
		t.Error("listens on, and nothing is held")
	}
}

func TestLoserThatWinsAgainListensNoMore(t *testing.T) {
	b, f := yielding(t)
	b.do(order{kind: orderLeave, id: 1, hold: time.Second})
	b.do(order{kind: orderEnter, id: 1, count: 1})
	if f.spots != nil {
		t.Error("listens as MASTER")
	}
	b.k.taken()
	b.hears(f, "192.0.2.100", "192.0.2.101")
	b.now = b.now.Add(time.Hour)
	b.do()
	b.expect(t, "announcements of the loser", "")
}

func TestPlannedHandoverTellsTheCoreOfTheAnnouncements(t *testing.T) {
	b, f := yielding(t)
	var told []vrrp.ID
	b.announced = func(id vrrp.ID) { told = append(told, id) }
	b.do(order{kind: orderExpect, leaving: []vrrp.ID{1}})
	b.hears(f, "192.0.2.100")
	if told != nil {
		t.Error("told after half of it")
	}
	b.do(order{kind: orderExpect, leaving: []vrrp.ID{1}}) // another instance begins: nothing begins anew
	b.hears(f, "192.0.2.101")
	if !slices.Equal(told, []vrrp.ID{1}) {
		t.Errorf("told of %v", told)
	}
	b.do(order{kind: orderExpect, leaving: []vrrp.ID{1}})
	b.do(order{kind: orderExpect}) // taken back
	if f.spots != nil {
		t.Error("listens on, and nobody hands over")
	}
	b.expect(t, "all the time", "")
}
