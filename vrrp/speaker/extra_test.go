package speaker

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
)

// extraBench is a MASTER with addresses on its interface, on a macvlan and on another interface.
func extraBench(t *testing.T, edit func(*Instance)) *bench {
	s := withDevice()
	in := &s.Instances[0]
	in.Device, in.ExtraInterval = "", 10*time.Second
	in.VIPs = nil
	for _, a := range []struct{ prefix, link string }{
		{"192.0.2.100/32", "eth0"}, {"192.0.2.101/32", "vrrp.1"}, {"192.0.2.102/32", "vrrp.1"}, {"198.51.100.1/32", "eth1"},
	} {
		in.VIPs = append(in.VIPs, Address{Prefix: netip.MustParsePrefix(a.prefix), Interface: a.link})
	}
	edit(in)
	b := newBench(t, s)
	eth1 := testLinks()[0]
	eth1.Index, eth1.Name = 4, "eth1"
	b.do(order{kind: orderLinks, events: []rtnl.Event{{Kind: rtnl.LinkChanged, Link: eth1}}}, order{kind: orderEnter, id: 1})
	b.k.taken()
	return b
}

func TestInterfacesWithoutAdvertsAreAnnouncedNowAndThen(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*Instance)
		want string
	}{
		{"macvlans alone", func(*Instance) {}, "arp 192.0.2.101"},
		{"all", func(in *Instance) { in.ExtraAll = true }, "arp 192.0.2.101\narp 198.51.100.1"},
		{"adverts go out by the macvlan", func(in *Instance) { in.Device = "vrrp.1" }, ""},
		{"adverts go out by its base", func(in *Instance) { in.Device, in.XmitBase = "vrrp.1", true }, "arp 192.0.2.101"},
		{"off", func(in *Instance) { in.ExtraInterval = 0 }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := extraBench(t, tt.edit)
			for range 3 {
				b.do()
				b.expect(t, "before the time", "")
				b.now = b.now.Add(10 * time.Second)
				b.do()
				if got := sorted(b.k.taken()); got != tt.want {
					t.Errorf("announced %q, want %q", got, tt.want)
				}
			}
			b.do(order{kind: orderLeave, id: 1})
			b.k.taken()
			b.now = b.now.Add(time.Minute)
			b.do()
			b.expect(t, "no MASTER any more", "")
		})
	}
}

// sorted puts lines in order: lanes are taken in any.
func sorted(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
