package rtnl_test

import (
	"errors"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

func TestNSMacvlanIsMadeFoundRaisedAndDeleted(t *testing.T) {
	c, index := open(t, vlan.New(t).Host("192.0.2.1/24"))
	d := rtnl.Device{
		Name: "vrrp.51", Base: index, Kind: rtnl.MACVLAN, Mode: rtnl.MACVLANPrivate,
		Hardware: []byte{0, 0, 0x5e, 0, 1, 51}, Group: 7,
	}
	if errs := c.MakeLinks([]rtnl.Device{d}); errs != nil {
		t.Fatal(errs)
	}
	if errs := c.MakeLinks([]rtnl.Device{d}); errs == nil || !errors.Is(errs[0], unix.EEXIST) {
		t.Errorf("made twice: %v, want EEXIST", errs)
	}
	l := link(t, c, d.Name)
	if !d.Is(l) || l.Group != 7 || l.Flags&unix.IFF_UP != 0 {
		t.Errorf("%+v is not as it was made", l)
	}
	other := d
	other.Hardware = []byte{0, 0, 0x5e, 0, 1, 52}
	if other.Is(l) {
		t.Error("a link of another MAC address is taken for it")
	}
	if errs := c.RaiseLinks([]int{l.Index}); errs != nil || !running(t, c, d.Name).Running() {
		t.Errorf("not running after it was raised: %v", errs)
	}
	if errs := c.DeleteLinks([]int{l.Index}); errs != nil || link(t, c, d.Name).Index != 0 {
		t.Errorf("it is still there: %v", errs)
	}
	if errs := c.DeleteLinks([]int{l.Index}); errs == nil || !errors.Is(errs[0], unix.ENODEV) {
		t.Errorf("deleted twice: %v, want ENODEV", errs)
	}
}

func link(t *testing.T, c *rtnl.Conn, name string) rtnl.Link {
	t.Helper()
	links, err := c.Links()
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(links, func(l rtnl.Link) bool { return l.Name == name }); i >= 0 {
		return links[i]
	}
	return rtnl.Link{}
}
