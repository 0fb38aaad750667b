package speaker

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
)

// bench is effects on a fake host, driven by hand.
type bench struct {
	*effects
	k   *fakeKernel
	d   *fakeDirector
	now time.Time
}

func newBench(t *testing.T, s *Settings, present ...rtnl.Address) *bench {
	t.Helper()
	k := newFakeKernel()
	for _, a := range present {
		k.there[a.Key()] = a
	}
	d := &fakeDirector{k: k, ready: make(chan struct{})}
	close(d.ready)
	b := &bench{effects: newEffects(k, fakeAir{k}, d, newReporter(nil)), k: k, d: d, now: time.Unix(1000, 0)}
	b.found(s, testLinks())
	b.begin(s, rtnl.Snapshot{Links: testLinks(), Addresses: present})
	return b
}

// do carries orders out and everything that can be done at once.
func (b *bench) do(orders ...order) {
	b.carryOut(b.now, orders)
	b.settle(b.now)
	for busy := true; busy; {
		_, busy = b.transmit(b.now)
	}
}

func (b *bench) expect(t *testing.T, what, want string) {
	t.Helper()
	if diff := cmp.Diff(want, b.k.taken()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestMasterTellsLVSThenPutsAddressesThenAnnounces(t *testing.T) {
	s := &Settings{LVSWait: 50 * time.Millisecond, Instances: []Instance{testInstance(1, "192.0.2.100/32", "192.0.2.101/24")}}
	b := newBench(t, s)
	b.do(order{kind: orderEnter, id: 1, count: 2})
	b.expect(t, "entering", `masters [VI_1] []
ip addr add 192.0.2.100/32 scope global proto 18 dev 3
ip addr add 192.0.2.101/24 scope global proto 18 dev 3
arp 192.0.2.100
arp 192.0.2.101
arp 192.0.2.100
arp 192.0.2.101`)
	b.k.sysctls["net/ipv4/conf/eth0/promote_secondaries"] = "0"
	b.do(order{kind: orderLeave, id: 1})
	b.expect(t, "leaving", `sysctl net/ipv4/conf/eth0/promote_secondaries=1
ip addr del 192.0.2.101/24 scope global proto 18 dev 3
ip addr del 192.0.2.100/32 scope global proto 18 dev 3
sysctl net/ipv4/conf/eth0/promote_secondaries=0
masters [] []`)
}

func TestRefusedAddressIsPutAgainWhileItIsHeld(t *testing.T) {
	s := &Settings{Instances: []Instance{testInstance(1, "192.0.2.100/32")}}
	b := newBench(t, s)
	b.k.refuse = unix.EPERM
	b.do(order{kind: orderEnter, id: 1, count: 1})
	b.do()
	b.k.taken()
	for _, second := range []int{1, 3} { // a second, and two more
		b.now = b.now.Add(time.Duration(second+1) / 2 * time.Second)
		b.do()
		b.expect(t, fmt.Sprintf("still refused after %d s", second), "# add 192.0.2.100/32: operation not permitted")
	}
	b.k.refuse = nil
	b.now = b.now.Add(3 * time.Second)
	b.do()
	b.expect(t, "not yet time", "")
	b.now = b.now.Add(time.Second)
	b.do()
	b.expect(t, "permitted", "ip addr add 192.0.2.100/32 scope global proto 18 dev 3\narp 192.0.2.100")
	b.do(order{kind: orderLeave, id: 1})
	b.k.refuse = unix.EPERM
	b.do(order{kind: orderEnter, id: 1, count: 1})
	b.do(order{kind: orderLeave, id: 1})
	b.k.taken()
	b.now = b.now.Add(time.Hour)
	b.do()
	b.expect(t, "nobody holds it any more", "")
}

func TestAddressesWaitForLVSButNotForEver(t *testing.T) {
	s := &Settings{LVSWait: 50 * time.Millisecond, Instances: []Instance{testInstance(1, "192.0.2.100/32")}}
	b := newBench(t, s)
	b.d.ready = make(chan struct{})
	b.do(order{kind: orderEnter, id: 1})
	b.expect(t, "LVS is not ready", "masters [VI_1] []")
	b.now = b.now.Add(49 * time.Millisecond)
	b.do()
	b.expect(t, "nor is it now", "")
	close(b.d.ready)
	b.do()
	b.expect(t, "LVS is ready", "ip addr add 192.0.2.100/32 scope global proto 18 dev 3")

	b.do(order{kind: orderLeave, id: 1})
	b.k.taken()
	b.d.ready = make(chan struct{})
	b.do(order{kind: orderEnter, id: 1})
	b.k.taken()
	b.now = b.now.Add(50 * time.Millisecond)
	b.do()
	b.expect(t, "the wait is over", "ip addr add 192.0.2.100/32 scope global proto 18 dev 3")
}

func TestLeavingWhileWaitingNeverPutsTheAddress(t *testing.T) {
	s := &Settings{LVSWait: time.Second, Instances: []Instance{testInstance(1, "192.0.2.100/32")}}
	b := newBench(t, s)
	b.d.ready = make(chan struct{})
	b.do(order{kind: orderEnter, id: 1, count: 5})
	b.do(order{kind: orderLeave, id: 1})
	close(b.d.ready)
	b.now = b.now.Add(time.Hour)
	b.do()
	b.expect(t, "all of it", "masters [VI_1] []\nmasters [] []")
}

func TestNothingIsAnnouncedAfterLeaving(t *testing.T) {
	s := &Settings{Instances: []Instance{testInstance(1, "192.0.2.100/32")}, GARPGap: map[string]time.Duration{"": time.Second}}
	b := newBench(t, s)
	b.do(order{kind: orderEnter, id: 1, count: 5})
	b.do(order{kind: orderLeave, id: 1})
	b.k.taken()
	for range 10 {
		b.now = b.now.Add(time.Second)
		b.do()
	}
	b.expect(t, "after leaving", "")
}

func TestNothingIsAnnouncedOnALinkWithoutARP(t *testing.T) {
	b := newBench(t, &Settings{Instances: []Instance{testInstance(1, "192.0.2.100/32")}})
	silent := testLinks()[0]
	silent.Flags |= unix.IFF_NOARP
	b.linkChanged(silent)
	b.do(order{kind: orderEnter, id: 1, count: 5})
	b.expect(t, "entering", "masters [VI_1] []\nip addr add 192.0.2.100/32 scope global proto 18 dev 3")
}

// TestSameLinkLocalAddressOnTwoLinks: an address belongs to its link, and what happens to one is
// nothing to the other.
func TestSameLinkLocalAddressOnTwoLinks(t *testing.T) {
	first, other := testInstance(1, "fe80::1/64"), testInstance(2, "fe80::1/64")
	other.Interface, other.VIPs[0].Interface = "eth1", "eth1"
	second := testLinks()[0]
	second.Name, second.Index = "eth1", 4
	b := newBench(t, &Settings{Instances: []Instance{first, other}})
	b.linkChanged(second)
	b.do(order{kind: orderEnter, id: 1}, order{kind: orderEnter, id: 2})
	b.expect(t, "both enter", `masters [VI_1 VI_2] []
ip addr add fe80::1/64 scope global nodad proto 18 dev 3
ip addr add fe80::1/64 scope global nodad proto 18 dev 4`)
	b.do(order{kind: orderLeave, id: 1})
	b.expect(t, "one leaves", "ip addr del fe80::1/64 scope global nodad proto 18 dev 3\nmasters [VI_2] []")
	gone := kernelAddress(other.VIPs[0], 4)
	delete(b.k.there, gone.Key())
	b.do(order{kind: orderLinks, events: []rtnl.Event{{Kind: rtnl.AddressGone, Address: gone}}})
	b.expect(t, "the other's is removed", "ip addr add fe80::1/64 scope global nodad proto 18 dev 4\nna fe80::1")
}

func TestAnnouncementsKeepTheGap(t *testing.T) {
	s := &Settings{
		Instances: []Instance{testInstance(1, "192.0.2.100/32", "192.0.2.101/32")},
		GARPGap:   map[string]time.Duration{"": time.Hour, "eth0": time.Second},
	}
	b := newBench(t, s)
	b.do(order{kind: orderEnter, id: 1, count: 1})
	b.k.taken()
	b.now = b.now.Add(999 * time.Millisecond)
	b.do()
	b.expect(t, "too early", "")
	b.now = b.now.Add(time.Millisecond)
	b.do()
	b.expect(t, "after the gap", "arp 192.0.2.101")
}

func TestInterfacesOfOneGroupShareTheGap(t *testing.T) {
	in := testInstance(1, "192.0.2.100/32", "192.0.2.101/32")
	in.VIPs[1].Interface = "eth1"
	second := testLinks()[0]
	second.Name, second.Index = "eth1", 4
	s := &Settings{
		Instances: []Instance{in},
		GARPGap:   map[string]time.Duration{"eth0": time.Second, "eth1": time.Second},
		GapShared: map[string]string{"eth0": "eth0", "eth1": "eth0"},
	}
	b := newBench(t, s)
	b.linkChanged(second)
	b.do(order{kind: orderEnter, id: 1, count: 1})
	if n := strings.Count(b.k.taken(), "arp "); n != 1 {
		t.Errorf("%d announcements at once, want 1", n)
	}
	b.now = b.now.Add(999 * time.Millisecond)
	b.do()
	b.expect(t, "too early", "")
	b.now = b.now.Add(time.Millisecond)
	b.do()
	if n := strings.Count(b.k.taken(), "arp "); n != 1 {
		t.Errorf("%d announcements after the gap, want 1", n)
	}
}

func TestAdoptedAddressesAreNotWritten(t *testing.T) {
	in := testInstance(1, "192.0.2.100/32")
	in.Adopted = true
	present := kernelAddress(in.VIPs[0], 3)
	b := newBench(t, &Settings{Instances: []Instance{in}}, present)
	b.do(order{kind: orderEnter, id: 1})
	b.expect(t, "adoption", "masters [VI_1] []")
	b.do(order{kind: orderLeave, id: 1})
	b.expect(t, "leaving", "ip addr del 192.0.2.100/32 scope global proto 18 dev 3\nmasters [] []")
}

func TestAnAddressThatIsThereAlreadyIsKept(t *testing.T) {
	in := testInstance(1, "192.0.2.100/32")
	foreign := kernelAddress(in.VIPs[0], 3)
	foreign.Protocol = 0
	other := rtnl.Address{Prefix: netip.MustParsePrefix("127.0.0.1/8"), Index: 1, Protocol: 1}
	b := newBench(t, &Settings{Instances: []Instance{in}}, foreign, other)
	b.expect(t, "start", "")
	b.do(order{kind: orderEnter, id: 1})
	b.expect(t, "entering", "masters [VI_1] []\n# add 192.0.2.100/32: file exists")
	b.do(order{kind: orderLeave, id: 1})
	b.expect(t, "leaving", "ip addr del 192.0.2.100/32 scope global proto 18 dev 3\nmasters [] []")
}

func TestRemovedAddressIsPutBackUntilItIsTooMuch(t *testing.T) {
	in := testInstance(1, "192.0.2.100/32")
	b := newBench(t, &Settings{Instances: []Instance{in}})
	var lost []vrrp.ID
	back := 0
	b.lost = func(id vrrp.ID) { lost = append(lost, id) }
	b.reasserted = func(vrrp.ID) { back++ }
	b.do(order{kind: orderEnter, id: 1})
	a := kernelAddress(in.VIPs[0], 3)
	remove := func() {
		delete(b.k.there, a.Key())
		b.do(order{kind: orderLinks, events: []rtnl.Event{{Kind: rtnl.AddressGone, Address: a}}})
	}
	b.k.taken()
	remove()
	b.expect(t, "once", "ip addr add 192.0.2.100/32 scope global proto 18 dev 3\narp 192.0.2.100")
	for range reassertLimit {
		remove()
	}
	if back != reassertLimit || !cmp.Equal(lost, []vrrp.ID{1}) {
		t.Errorf("put back %d times, lost %v", back, lost)
	}
}

func TestRemovedStaticAddressIsPutBackUnlessItIsNotTracked(t *testing.T) {
	static := []Address{
		{Prefix: netip.MustParsePrefix("192.0.2.200/32"), Interface: "eth0"},
		{Prefix: netip.MustParsePrefix("192.0.2.201/32"), Interface: "eth0", NoTrack: true},
	}
	b := newBench(t, &Settings{Static: static})
	b.k.taken()
	for _, a := range static {
		gone := kernelAddress(a, 3)
		delete(b.k.there, gone.Key())
		b.do(order{kind: orderLinks, events: []rtnl.Event{{Kind: rtnl.AddressGone, Address: gone}}})
	}
	b.expect(t, "both removed", "ip addr add 192.0.2.200/32 scope global proto 18 dev 3\narp 192.0.2.200")
}

func TestReloadTouchesOnlyWhatChanged(t *testing.T) {
	one, two := testInstance(1, "192.0.2.100/32", "192.0.2.101/32"), testInstance(2, "192.0.2.102/32")
	s := &Settings{Instances: []Instance{one, two}, Static: []Address{{Prefix: netip.MustParsePrefix("192.0.2.200/32"), Interface: "eth0"}}}
	b := newBench(t, s)
	b.expect(t, "static addresses", "ip addr add 192.0.2.200/32 scope global proto 18 dev 3")
	b.do(order{kind: orderEnter, id: 1}, order{kind: orderEnter, id: 2})
	b.k.taken()
	same := *s
	b.do(order{kind: orderConfigure, settings: &same})
	b.expect(t, "the same again", "masters [VI_1 VI_2] []")

	// 101 moves from one to two, 100 goes, 103 is new.
	moved := Settings{Instances: []Instance{testInstance(1, "192.0.2.103/32"), testInstance(2, "192.0.2.102/32", "192.0.2.101/32")}, Static: s.Static}
	b.do(order{kind: orderConfigure, settings: &moved})
	b.expect(t, "moved", `ip addr add 192.0.2.103/32 scope global proto 18 dev 3
ip addr del 192.0.2.100/32 scope global proto 18 dev 3
masters [VI_1 VI_2] []
arp 192.0.2.103
arp 192.0.2.103`)

	done := make(chan struct{})
	b.do(order{kind: orderFinish, done: done})
	<-done
	if len(b.k.there) != 0 {
		t.Errorf("left behind: %v", b.k.there)
	}
}

func TestFinishKeepsAddressesWhereAsked(t *testing.T) {
	b := newBench(t, &Settings{Instances: []Instance{testInstance(1, "192.0.2.100/32")}, KeepAddresses: true})
	b.do(order{kind: orderEnter, id: 1})
	b.do(order{kind: orderFinish, done: make(chan struct{})})
	if len(b.k.there) != 1 {
		t.Error("the address was taken off")
	}
}

func TestManyAddressesAreAnnouncedAfterTheyArePut(t *testing.T) {
	var vips []string
	for i := range 200 {
		vips = append(vips, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}).String()+"/32")
	}
	b := newBench(t, &Settings{Instances: []Instance{testInstance(1, vips...)}})
	b.do(order{kind: orderEnter, id: 1, count: 3})
	put, announced := map[string]bool{}, map[string]int{}
	for _, line := range strings.Split(b.k.taken(), "\n") {
		switch f := strings.Fields(line); f[0] {
		case "ip":
			put[strings.TrimSuffix(f[3], "/32")] = true
		case "arp":
			if !put[f[1]] {
				t.Fatalf("%s is announced before it is put", f[1])
			}
			announced[f[1]]++
		}
	}
	for a := range put {
		if announced[a] != 3 {
			t.Errorf("%s is announced %d times", a, announced[a])
		}
	}
	if len(put) != 200 {
		t.Errorf("%d addresses put", len(put))
	}
}
