package speaker

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
)

func ownDevice() Device {
	return Device{Name: "vrrp.1", Base: "eth0", MAC: [6]byte{0, 0, 0x5e, 0, 1, 1}, Four: true}
}

// withDevice are settings of one instance whose address is on an interface of its own.
func withDevice() *Settings {
	in := testInstance(1, "192.0.2.100/32")
	in.Device, in.VIPs[0].Interface = "vrrp.1", "vrrp.1"
	return &Settings{Instances: []Instance{in}, Devices: []Device{ownDevice()}}
}

const deviceMade = `ip link add vrrp.1 link 3 type macvlan address 00005e000101
sysctl net/ipv4/conf/vrrp.1/accept_local=1
sysctl net/ipv4/conf/vrrp.1/arp_ignore=1
sysctl net/ipv4/conf/vrrp.1/rp_filter=2
sysctl net/ipv4/conf/vrrp.1/promote_secondaries=1
sysctl net/ipv6/conf/vrrp.1/disable_ipv6=1
ip link set 100 up`

func TestDeviceIsMadeBeforeAnythingElseAndRemovedLast(t *testing.T) {
	b := newBench(t, withDevice())
	b.expect(t, "start", deviceMade)
	b.do(order{kind: orderEnter, id: 1, count: 1})
	b.expect(t, "entering", `masters [VI_1] []
ip addr add 192.0.2.100/32 scope global proto 18 dev 100
arp 192.0.2.100`)
	b.do(order{kind: orderFinish, done: make(chan struct{})})
	b.expect(t, "finish", `ip addr del 192.0.2.100/32 scope global proto 18 dev 100
ip link del 100
masters [] []`)
}

func TestDeletedDeviceComesBackWithWhatItHeld(t *testing.T) {
	b := newBench(t, withDevice())
	b.do(order{kind: orderEnter, id: 1, count: 2})
	b.k.taken()
	reasserted := 0
	b.reasserted = func(id vrrp.ID) { reasserted++ }
	gone := b.links["vrrp.1"]
	b.k.DeleteLinks([]int{gone.Index})
	clear(b.k.there)
	b.k.taken()
	b.do(order{kind: orderLinks, events: []rtnl.Event{{Kind: rtnl.LinkGone, Link: gone}}})
	b.expect(t, "deleted", `ip link add vrrp.1 link 3 type macvlan address 00005e000101
ip link set 100 up
ip addr add 192.0.2.100/32 scope global proto 18 dev 100
arp 192.0.2.100
arp 192.0.2.100`)
	if reasserted != 1 {
		t.Errorf("told of %d times, want once", reasserted)
	}
}

func TestDeviceThatIsDeletedAgainAndAgainStaysAway(t *testing.T) {
	b := newBench(t, withDevice())
	for range reassertLimit + 5 {
		gone, ok := b.links["vrrp.1"]
		if !ok {
			return
		}
		b.k.DeleteLinks([]int{gone.Index})
		b.do(order{kind: orderLinks, events: []rtnl.Event{{Kind: rtnl.LinkGone, Link: gone}}})
	}
	t.Error("it is put back for ever")
}

func TestDeviceWaitsForItsBase(t *testing.T) {
	s := withDevice()
	s.Devices[0].Base = "eth7"
	b := newBench(t, s)
	b.expect(t, "start", "")
	b.do(order{kind: orderLinks, events: []rtnl.Event{{Kind: rtnl.LinkChanged, Link: rtnl.Link{Index: 7, Name: "eth7", Flags: unix.IFF_UP}}}})
	if l := b.links["vrrp.1"]; l.Parent != 7 {
		t.Errorf("the base is there, the device is %v", l)
	}
}

func TestForeignInterfaceOfTheNameIsLeftAlone(t *testing.T) {
	b := newBench(t, &Settings{})
	b.links["vrrp.1"] = rtnl.Link{Index: 9, Name: "vrrp.1", Kind: "bridge"}
	b.prepare(withDevice())
	b.expect(t, "a bridge has the name", "")
}

func TestDeviceOnAnotherBaseIsMadeAnew(t *testing.T) {
	b := newBench(t, &Settings{})
	stale := rtnl.Link{Index: 9, Name: "vrrp.1", Kind: rtnl.MACVLAN, Mode: rtnl.MACVLANPrivate, Parent: 4, Hardware: []byte{0, 0, 0x5e, 0, 1, 1}}
	b.k.links, b.links["vrrp.1"] = []rtnl.Link{stale}, stale
	b.prepare(withDevice())
	b.expect(t, "a macvlan of another base has the name", "ip link del 9\n"+deviceMade)
}

func TestReloadRemovesTheDeviceAfterItsAddresses(t *testing.T) {
	b := newBench(t, withDevice())
	b.do(order{kind: orderEnter, id: 1, count: 1})
	b.k.taken()
	plain := &Settings{Instances: []Instance{testInstance(1, "192.0.2.100/32")}}
	b.do(order{kind: orderPrepare, settings: plain, prepared: func([]rtnl.Link) {}}, order{kind: orderConfigure, settings: plain})
	b.expect(t, "without use_vmac", `ip addr add 192.0.2.100/32 scope global proto 18 dev 3
ip addr del 192.0.2.100/32 scope global proto 18 dev 100
ip link del 100
masters [VI_1] []
arp 192.0.2.100
arp 192.0.2.100`)
}

// TestWhatIsToBeUndoneOutlivesTheProcess: a second process puts back what the first one found.
func TestWhatIsToBeUndoneOutlivesTheProcess(t *testing.T) {
	state, err := openState("")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, &Settings{})
	b.memory = state
	b.k.sysctls["net/ipv4/conf/eth0/arp_ignore"] = "0"
	b.k.sysctls["net/ipv4/conf/eth0/arp_filter"] = "1" // somebody else's
	b.configure(withDevice())
	if got := b.k.sysctls["net/ipv4/conf/eth0/arp_ignore"]; got != "1" {
		t.Fatalf("arp_ignore is %q", got)
	}
	next := newEffects(b.k, fakeAir{b.k}, nil, newReporter(nil))
	next.memory = state
	next.found(withDevice(), testLinks())
	next.configure(withDevice())
	next.finish()
	for path, want := range map[string]string{"arp_ignore": "0", "arp_filter": "1"} {
		if got := b.k.sysctls["net/ipv4/conf/eth0/"+path]; got != want {
			t.Errorf("%s is %q in the end, want %s", path, got, want)
		}
	}
}

func TestNotesThatDoNotFitAreCut(t *testing.T) {
	state, err := openState("")
	if err != nil {
		t.Fatal(err)
	}
	state.remember("device a\n")
	if got := state.recall(); got != "device a\n" {
		t.Errorf("recalled %q", got)
	}
	state.remember(string(make([]byte, 2*noteSize)))
	if n := len(state.recall()); n != noteSize-4 {
		t.Errorf("%d octets of a text that is too long", n)
	}
}

// TestDeviceMayBeAwayForAMoment: somebody who deletes it moves nothing, if it is back soon; its base is
// another matter.
func TestDeviceMayBeAwayForAMoment(t *testing.T) {
	s := withDevice()
	s.Instances[0].Interfaces = append(s.Instances[0].Interfaces, vrrp.TrackedLink{Name: "vrrp.1"})
	l, _ := testLoop(t, s)
	is := func(when, want string) {
		t.Helper()
		if got := l.status().Instances[0].State; got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	device := rtnl.Link{Index: 100, Name: "vrrp.1", Flags: unix.IFF_UP | unix.IFF_RUNNING, Parent: 3}
	is("it was never there", "FAULT")
	l.linkChanged(&device)
	is("it is there", "BACKUP")
	l.linkGone(100)
	is("it has just gone", "BACKUP")
	device.Index = 101
	l.linkChanged(&device)
	l.debounced(l.now() + time.Minute)
	is("it came back in time", "BACKUP")
	l.linkGone(101)
	l.debounced(l.now() + deviceGrace)
	is("it stays away", "FAULT")
	device.Index = 102
	l.linkChanged(&device)
	is("it comes back late", "BACKUP")
	l.linkGone(testLinks()[0].Index)
	is("its base has gone", "FAULT")
}
