package rtnl_test

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

func address(index int, prefix string) rtnl.Address {
	return rtnl.Address{
		Prefix: netip.MustParsePrefix(prefix), Index: index, Protocol: rtnl.Keepalived,
		Preferred: rtnl.Forever, Valid: rtnl.Forever,
	}
}

// open returns a connection in the host's namespace and the index of its interface.
func open(t *testing.T, h *vlan.Host) (*rtnl.Conn, int) {
	t.Helper()
	var c *rtnl.Conn
	var err error
	h.Do(func() { c, err = rtnl.Dial() })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	l := running(t, c, vlan.Interface)
	if !l.Running() || !l.ARP() || len(l.Hardware) != 6 {
		t.Fatalf("the interface is not as it was made: %v", l)
	}
	return c, l.Index
}

// running is a link when it runs, or as it is after a while: a worker of the kernel's may be late.
func running(t *testing.T, c *rtnl.Conn, name string) rtnl.Link {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if l := link(t, c, name); l.Running() || time.Now().After(end) {
			return l
		}
	}
}

func TestNSAddressesComeBackAsTheyWerePut(t *testing.T) {
	c, index := open(t, vlan.New(t).Host("192.0.2.1/24"))
	want := []rtnl.Address{
		address(index, "192.0.2.100/32"),
		address(index, "2001:db8::100/128"),
		address(index, "198.51.100.1/24"),
	}
	want[0].Label = "eth0:1"
	want[0].Scope = unix.RT_SCOPE_LINK
	want[1].Flags = unix.IFA_F_NODAD
	want[1].Preferred = 0
	want[2].Broadcast = netip.MustParseAddr("198.51.100.255")
	want[2].Flags = unix.IFA_F_NOPREFIXROUTE
	if errs := c.Add(want); errs != nil {
		t.Fatal(errs)
	}
	have, err := c.Addresses()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range want {
		if !slices.ContainsFunc(have, func(a rtnl.Address) bool {
			// The kernel adds permanent and deprecated flags and the interface's name as a label.
			a.Flags &= unix.IFA_F_NODAD | unix.IFA_F_NOPREFIXROUTE
			if w.Label == "" {
				a.Label = ""
			}
			return a == w
		}) {
			t.Errorf("%v is not among %v", w, have)
		}
	}
}

func TestNSOneBadAddressDoesNotStopTheOthers(t *testing.T) {
	c, index := open(t, vlan.New(t).Host("192.0.2.1/24"))
	var batch []rtnl.Address
	for i := range 200 {
		a := address(index, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}).String()+"/32")
		if i == 70 {
			a.Index = 9999
		}
		batch = append(batch, a)
	}
	errs := c.Add(batch)
	for i, err := range errs {
		if (i == 70) != (err != nil) {
			t.Fatalf("address %d: %v", i, err)
		}
	}
	if !errors.Is(errs[70], unix.ENODEV) {
		t.Fatalf("unknown link: %v", errs[70])
	}
	if errs := c.Add(batch[:2]); !errors.Is(errs[0], unix.EEXIST) || !errors.Is(errs[1], unix.EEXIST) {
		t.Fatalf("adding twice: %v", errs)
	}
	if errs := c.Delete(batch[:2]); errs != nil {
		t.Fatal(errs)
	}
	if errs := c.Delete(batch[:2]); !errors.Is(errs[0], unix.EADDRNOTAVAIL) {
		t.Fatalf("deleting twice: %v", errs)
	}
}

type recorder chan rtnl.Event

func (r recorder) Changed(events []rtnl.Event) {
	for _, e := range events {
		r <- e
	}
}
func (r recorder) Resync(rtnl.Snapshot) {}

func (r recorder) wait(t *testing.T, what string, match func(rtnl.Event) bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case e := <-r:
			if match(e) {
				return
			}
		case <-limit:
			t.Fatalf("never seen: %s", what)
		}
	}
}

func TestNSMonitorSeesCarrierAndAddresses(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	c, index := open(t, h)
	var m *rtnl.Monitor
	var err error
	h.Do(func() { m, err = rtnl.Listen(0) })
	if err != nil {
		t.Fatal(err)
	}
	seen := make(recorder, 1<<12)
	ended := make(chan error, 1)
	go func() { ended <- m.Run(seen) }()

	h.Cut()
	seen.wait(t, "carrier lost", func(e rtnl.Event) bool {
		return e.Kind == rtnl.LinkChanged && e.Link.Index == index && !e.Link.Running()
	})
	h.Mend()
	seen.wait(t, "carrier back", func(e rtnl.Event) bool {
		return e.Kind == rtnl.LinkChanged && e.Link.Index == index && e.Link.Running()
	})
	a := address(index, "192.0.2.100/32")
	c.Add([]rtnl.Address{a})
	seen.wait(t, "address added", func(e rtnl.Event) bool {
		return e.Kind == rtnl.AddressChanged && e.Address.Key() == a.Key() && e.Address.Protocol == rtnl.Keepalived
	})
	c.Delete([]rtnl.Address{a})
	seen.wait(t, "address removed", func(e rtnl.Event) bool {
		return e.Kind == rtnl.AddressGone && e.Address.Key() == a.Key()
	})
	h.Run("ip", "link", "del", vlan.Interface)
	seen.wait(t, "link removed", func(e rtnl.Event) bool { return e.Kind == rtnl.LinkGone && e.Link.Index == index })
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatalf("Run ended with %v", err)
	}
}

func TestNSMonitorLeavesOutOurOwnAdditionsOnly(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.1/24")
	c, index := open(t, h)
	var m *rtnl.Monitor
	var err error
	h.Do(func() { m, err = rtnl.Listen(rtnl.Keepalived) })
	if err != nil {
		t.Fatal(err)
	}
	seen := make(recorder, 1<<12)
	go func() { _ = m.Run(seen) }()
	defer func() { _ = m.Close() }()
	own, foreign := address(index, "192.0.2.100/32"), address(index, "192.0.2.101/32")
	foreign.Protocol = 0
	c.Add([]rtnl.Address{own, foreign})
	c.Delete([]rtnl.Address{own})
	var got []rtnl.Event
	seen.wait(t, "address removed", func(e rtnl.Event) bool {
		got = append(got, e)
		return e.Kind == rtnl.AddressGone && e.Address.Key() == own.Key()
	})
	for _, e := range got {
		if e.Kind == rtnl.AddressChanged && e.Address.Key() == own.Key() {
			t.Error("our own addition was reported")
		}
	}
	if !slices.ContainsFunc(got, func(e rtnl.Event) bool {
		return e.Kind == rtnl.AddressChanged && e.Address.Key() == foreign.Key()
	}) {
		t.Error("somebody else's addition was not reported")
	}
}
