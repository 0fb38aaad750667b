package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp/speaker"
)

func TestInterfacesToMake(t *testing.T) {
	devices := []speaker.Device{
		{Name: "vrrp.51", Base: "eth0", MAC: [6]byte{0, 0, 0x5e, 0, 1, 51}},
		{Name: "vrrp.52", Base: "eth0", MAC: [6]byte{0, 0, 0x5e, 0, 1, 52}},
		{Name: "ip0", Base: "eth0", IPVLAN: true, Flags: rtnl.IPVLANVEPA},
	}
	have := []rtnl.Link{
		{Index: 2, Name: "eth0"},
		{Index: 3, Name: "vrrp.51", Parent: 2, Kind: rtnl.MACVLAN, Mode: rtnl.MACVLANPrivate, Hardware: []byte{0, 0, 0x5e, 0, 1, 51}},
	}
	want := []string{
		"ip link add vrrp.52 link eth0 address 00:00:5e:00:01:34 type macvlan mode private",
		"ip link add ip0 link eth0 type ipvlan mode l2 vepa",
	}
	if diff := cmp.Diff(want, planLinks(devices, have)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
