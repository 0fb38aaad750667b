package speaker

import (
	"fmt"
	"slices"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/firewall"
	"github.com/holdfast-ha/holdfast/internal/rtnl"
)

// fakeWall notes what it is told in the kernel's journal.
type fakeWall struct {
	k      *fakeKernel
	refuse error
}

func (w *fakeWall) Start(o firewall.Options, shut []firewall.Address) error {
	w.k.note("firewall start %s", o.Table)
	return w.Change(shut, nil)
}

func (w *fakeWall) Change(shut, open []firewall.Address) error {
	for _, part := range []struct {
		verb string
		list []firewall.Address
	}{{"shut", shut}, {"open", open}} {
		slices.SortFunc(part.list, func(a, b firewall.Address) int { return a.Addr.Compare(b.Addr) })
		for _, a := range part.list {
			link := ""
			if a.Link != "" {
				link = fmt.Sprintf(" dev %s (%d)", a.Link, a.Index)
			}
			w.k.note("firewall %s %s%s", part.verb, a.Addr, link)
		}
	}
	return w.refuse
}

func (w *fakeWall) Steer(_ firewall.Options, macvlans []firewall.Steered) error {
	if len(macvlans) > 0 {
		w.k.note("firewall steer %v", macvlans)
	}
	return w.refuse
}

func shutInstance() Instance {
	in := testInstance(1, "192.0.2.100/32", "fe80::100/64")
	for i := range in.VIPs {
		in.VIPs[i].Shut = true
	}
	return in
}

func newWalledBench(t *testing.T, in Instance, refuse error) *bench {
	t.Helper()
	b := newBench(t, &Settings{})
	b.wall = &fakeWall{k: b.k, refuse: refuse}
	b.found(&Settings{}, testLinks())
	b.begin(&Settings{Instances: []Instance{in}, Firewall: firewall.Options{Table: "keepalived"}}, rtnl.Snapshot{Links: testLinks()})
	return b
}

func TestAddressesAreShutBeforeTheyArePutAndOpenedAfterTheyGo(t *testing.T) {
	b := newWalledBench(t, shutInstance(), nil)
	b.expect(t, "start", "firewall start keepalived")
	b.do(order{kind: orderEnter, id: 1})
	b.expect(t, "entering", `masters [VI_1] []
firewall shut 192.0.2.100
firewall shut fe80::100 dev eth0 (3)
ip addr add 192.0.2.100/32 scope global proto 18 dev 3
ip addr add fe80::100/64 scope global nodad proto 18 dev 3`)
	b.do(order{kind: orderLeave, id: 1})
	b.expect(t, "leaving", `ip addr del fe80::100/64 scope global nodad proto 18 dev 3
ip addr del 192.0.2.100/32 scope global proto 18 dev 3
firewall open 192.0.2.100
firewall open fe80::100 dev eth0 (3)
masters [] []`)
}

func TestAdoptedAddressesAreShutFromTheStart(t *testing.T) {
	in := shutInstance()
	in.VIPs, in.Adopted = in.VIPs[:1], true
	b := newWalledBench(t, in, nil)
	b.expect(t, "adoption", "firewall start keepalived\nfirewall shut 192.0.2.100")
}

func TestReloadShutsAndOpensHeldAddresses(t *testing.T) {
	closed := shutInstance()
	closed.VIPs = closed.VIPs[:1]
	b := newWalledBench(t, testInstance(1, "192.0.2.100/32"), nil)
	b.do(order{kind: orderEnter, id: 1})
	b.k.taken()
	b.do(order{kind: orderConfigure, settings: &Settings{Instances: []Instance{closed}}})
	b.expect(t, "no_accept", "firewall shut 192.0.2.100\nmasters [VI_1] []")
	b.do(order{kind: orderConfigure, settings: &Settings{Instances: []Instance{testInstance(1, "192.0.2.100/32")}}})
	b.expect(t, "accept", "firewall open 192.0.2.100\nmasters [VI_1] []")
}

func TestKernelWithoutNftablesIsAskedOnce(t *testing.T) {
	b := newWalledBench(t, shutInstance(), firewall.ErrNoTables)
	b.k.taken()
	b.do(order{kind: orderEnter, id: 1})
	b.expect(t, "entering", `masters [VI_1] []
ip addr add 192.0.2.100/32 scope global proto 18 dev 3
ip addr add fe80::100/64 scope global nodad proto 18 dev 3`)
}
