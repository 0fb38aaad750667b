package speaker

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// fakeKernel keeps addresses and prints what was done to it in the manner of ip(8).
type fakeKernel struct {
	there   map[rtnl.Key]rtnl.Address
	routes  []rtnl.Route
	rules   []rtnl.Rule
	mu      sync.Mutex // of journal: announcements may come from a goroutine of their own
	journal []string
	refuse  error // of Add
	sysctls map[string]string
	links   []rtnl.Link
}

func newFakeKernel() *fakeKernel {
	return &fakeKernel{there: map[rtnl.Key]rtnl.Address{}, sysctls: map[string]string{}}
}

func (k *fakeKernel) each(verb string, list []rtnl.Address, f func(rtnl.Address) error) []error {
	var errs []error
	for i, a := range list {
		err := f(a)
		if err != nil && errs == nil {
			errs = make([]error, len(list))
		}
		if err != nil {
			errs[i] = err
			k.note("# %s %s: %v", verb, a.Prefix, err)
			continue
		}
		k.note("ip addr %s %s", verb, strings.TrimPrefix(strings.TrimPrefix(a.String(), "inet6 "), "inet "))
	}
	return errs
}

func (k *fakeKernel) note(format string, args ...any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.journal = append(k.journal, fmt.Sprintf(format, args...))
}

func (k *fakeKernel) Add(list []rtnl.Address) []error {
	return k.each("add", list, func(a rtnl.Address) error {
		if k.refuse != nil {
			return k.refuse
		}
		if _, ok := k.there[a.Key()]; ok {
			return unix.EEXIST
		}
		k.there[a.Key()] = a
		return nil
	})
}

func (k *fakeKernel) Delete(list []rtnl.Address) []error {
	return k.each("del", list, func(a rtnl.Address) error {
		if _, ok := k.there[a.Key()]; !ok {
			return unix.EADDRNOTAVAIL
		}
		delete(k.there, a.Key())
		return nil
	})
}

// change does f to each of a list of routes or rules.
func change[T any](k *fakeKernel, list []T, text func(*T) string, f func(*T) error) []error {
	var errs []error
	for i := range list {
		err := f(&list[i])
		if err != nil && errs == nil {
			errs = make([]error, len(list))
		}
		if err != nil {
			errs[i] = err
			k.note("# %s: %v", text(&list[i]), err)
			continue
		}
		k.note("%s", text(&list[i]))
	}
	return errs
}

func (k *fakeKernel) AddRoutes(list []rtnl.Route) []error {
	return change(k, list, func(r *rtnl.Route) string {
		verb := map[rtnl.Placement]string{rtnl.Prepend: "prepend", rtnl.Append: "append", rtnl.Add: "add", rtnl.Replace: "replace"}
		return r.Command(verb[r.Place])
	}, func(r *rtnl.Route) error {
		if k.refuse != nil {
			return k.refuse
		}
		for i := range k.routes {
			if r.Place == rtnl.Replace && r.Displaces(&k.routes[i]) {
				k.routes[i] = *r
				return nil
			}
			if k.routes[i].Equal(r) || r.Displaces(&k.routes[i]) {
				return unix.EEXIST
			}
		}
		k.routes = append(k.routes, *r)
		return nil
	})
}

func (k *fakeKernel) DeleteRoutes(list []rtnl.Route) []error {
	return change(k, list, func(r *rtnl.Route) string { return r.Command("del") }, func(r *rtnl.Route) error {
		i := slices.IndexFunc(k.routes, func(o rtnl.Route) bool { return r.Equal(&o) })
		if i < 0 {
			return unix.ESRCH
		}
		k.routes = slices.Delete(k.routes, i, i+1)
		return nil
	})
}

func (k *fakeKernel) AddRules(list []rtnl.Rule) []error {
	return change(k, list, func(r *rtnl.Rule) string { return r.Command("add") }, func(r *rtnl.Rule) error {
		if k.refuse != nil {
			return k.refuse
		}
		if slices.ContainsFunc(k.rules, func(o rtnl.Rule) bool { return r.Equal(&o) }) {
			return unix.EEXIST
		}
		k.rules = append(k.rules, *r)
		return nil
	})
}

func (k *fakeKernel) DeleteRules(list []rtnl.Rule) []error {
	return change(k, list, func(r *rtnl.Rule) string { return r.Command("del") }, func(r *rtnl.Rule) error {
		i := slices.IndexFunc(k.rules, func(o rtnl.Rule) bool { return r.Equal(&o) })
		if i < 0 {
			return unix.ENOENT
		}
		k.rules = slices.Delete(k.rules, i, i+1)
		return nil
	})
}

func (k *fakeKernel) Links() ([]rtnl.Link, error) { return slices.Clone(k.links), nil }

func (k *fakeKernel) MakeLinks(list []rtnl.Device) []error {
	return change(k, list, func(d *rtnl.Device) string {
		return fmt.Sprintf("ip link add %s link %d type %s address %x", d.Name, d.Base, d.Kind, d.Hardware)
	}, func(d *rtnl.Device) error {
		if slices.ContainsFunc(k.links, func(l rtnl.Link) bool { return l.Name == d.Name }) {
			return unix.EEXIST
		}
		index := 100
		for _, l := range k.links {
			index = max(index, l.Index+1)
		}
		k.links = append(k.links, rtnl.Link{
			Index: index, Name: d.Name, Parent: d.Base, Kind: d.Kind, Mode: d.Mode, Hardware: d.Hardware,
		})
		return nil
	})
}

func (k *fakeKernel) find(index int) int {
	return slices.IndexFunc(k.links, func(l rtnl.Link) bool { return l.Index == index })
}

func (k *fakeKernel) RaiseLinks(list []int) []error {
	return change(k, list, func(i *int) string { return fmt.Sprintf("ip link set %d up", *i) }, func(i *int) error {
		n := k.find(*i)
		if n < 0 {
			return unix.ENODEV
		}
		k.links[n].Flags |= unix.IFF_UP | unix.IFF_RUNNING
		return nil
	})
}

func (k *fakeKernel) DeleteLinks(list []int) []error {
	return change(k, list, func(i *int) string { return fmt.Sprintf("ip link del %d", *i) }, func(i *int) error {
		n := k.find(*i)
		if n < 0 {
			return unix.ENODEV
		}
		k.links = slices.Delete(k.links, n, n+1)
		return nil
	})
}

func (k *fakeKernel) Sysctl(path string) (string, error) { return k.sysctls[path], nil }
func (k *fakeKernel) SetSysctl(path, v string) error {
	k.note("sysctl %s=%s", path, v)
	k.sysctls[path] = v
	return nil
}
func (k *fakeKernel) Close() error { return nil }

// taken returns the journal and empties it.
func (k *fakeKernel) taken() string {
	s := strings.Join(k.journal, "\n")
	k.journal = nil
	return s
}

// fakeAir notes frames in the kernel's journal.
type fakeAir struct{ k *fakeKernel }

func (a fakeAir) transmit(frames []frame) error {
	for _, f := range frames {
		if binary.BigEndian.Uint16(f.data[12:]) == etherARP {
			a.k.note("arp %s", netip.AddrFrom4([4]byte(f.data[28:32])))
		} else {
			a.k.note("na %s", netip.AddrFrom16([16]byte(f.data[22:38])))
		}
	}
	return nil
}
func (fakeAir) close() {}

// fakeDirector notes what it is told; its answer is given by hand.
type fakeDirector struct {
	k     *fakeKernel
	ready chan struct{}
}

func (d *fakeDirector) Masters(instances, groups []string) <-chan struct{} {
	d.k.note("masters %v %v", instances, groups)
	return d.ready
}

// fakeWire hands out one packet again and again, and counts what is sent.
type fakeWire struct {
	packet []byte
	left   int
	stamp  int64 // when a packet came in, 0: unknown, -1: just now
	final  []byte
	sent   int
	last   []byte
	err    error
}

func (w *fakeWire) receive(b *batch) (int, error) {
	n := min(w.left, batchSize)
	if n == 0 {
		return 0, unix.EAGAIN
	}
	for i := range n {
		text, at := w.packet, w.stamp
		if w.left--; w.left == 0 && w.final != nil {
			text = w.final
		}
		if at < 0 {
			at = time.Now().UnixNano()
		}
		b.arrivals[i] = arrival{Data: append(b.arrivals[i].Data[:0], text...), Hops: -1, At: at}
	}
	return n, nil
}

func (w *fakeWire) send(messages []message) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	w.sent += len(messages)
	w.last = messages[len(messages)-1].data
	return len(messages), nil
}

func (w *fakeWire) fd() int { return -1 }
func (w *fakeWire) close()  {}

func testInstance(vrid uint8, vips ...string) Instance {
	in := Instance{
		Config: vrrp.Config{
			ID: vrrp.ID(vrid), Name: fmt.Sprintf("VI_%d", vrid), Family: 4, VRID: vrid, Version: 3, Priority: 100,
			AdvertInt: 100 * time.Millisecond, DownTimerAdverts: 3, NeedSource: true,
			GARP:       vrrp.GARP{Repeat: 2},
			Interfaces: []vrrp.TrackedLink{{Name: "eth0"}},
		},
		Interface: "eth0", Group: packet.Group4, UnicastTTL: -1,
	}
	for _, v := range vips {
		a := Address{Prefix: netip.MustParsePrefix(v), Interface: "eth0"}
		in.VIPs = append(in.VIPs, a)
		in.Addresses = append(in.Addresses, a.Prefix.Addr())
	}
	return in
}

func testLinks() []rtnl.Link {
	return []rtnl.Link{{
		Index: 3, Name: "eth0", Flags: unix.IFF_UP | unix.IFF_RUNNING | unix.IFF_MULTICAST,
		Hardware: []byte{2, 0, 0, 0, 0, 1},
	}}
}

// testLoop is a loop with fake wires, and its clock is the real one.
func testLoop(t testing.TB, s *Settings) (*loop, *fakeWire) {
	t.Helper()
	state, err := openState("")
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLoop(s, state, newQueue[order](), newQueue[Change](), newReporter(nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.poller.Close)
	w := &fakeWire{}
	l.dial = func(socketWish) (wire, error) { return w, nil }
	l.watch = func(int, int32) error { return nil }
	l.resync(&rtnl.Snapshot{Links: testLinks(), Addresses: []rtnl.Address{{Prefix: netip.MustParsePrefix("192.0.2.1/24"), Index: 3}}})
	l.begin()
	return l, w
}

func kinds(orders []order) []orderKind {
	var all []orderKind
	for _, o := range orders {
		all = append(all, o.kind)
	}
	return slices.Clip(all)
}
