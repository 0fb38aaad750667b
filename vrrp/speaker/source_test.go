package speaker

import (
	"net/netip"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp/packet"
)

// TestIPv6NeedsALinkLocalAddress: adverts over IPv6 come from it, and no other will do.
func TestIPv6NeedsALinkLocalAddress(t *testing.T) {
	in := testInstance(7, "2001:db8::100/128")
	in.Family, in.Group, in.Priority, in.AdvertInt = 6, packet.Group6, 255, time.Hour
	l, _ := testLoop(t, &Settings{Instances: []Instance{in}})
	has := func(kind rtnl.EventKind, prefix, state string) {
		t.Helper()
		l.netEvents([]rtnl.Event{{Kind: kind, Address: rtnl.Address{Prefix: netip.MustParsePrefix(prefix), Index: 3}}})
		if s := l.status().Instances[0]; s.State != state {
			t.Errorf("%s after %s: %+v", s.State, prefix, s)
		}
	}
	if s := l.status().Instances[0]; s.State != "FAULT" {
		t.Errorf("without any address: %+v", s)
	}
	has(rtnl.AddressChanged, "2001:db8::1/64", "FAULT")
	has(rtnl.AddressChanged, "fe80::1/64", "MASTER")
	if source := l.status().Instances[0].Source.String(); source != "fe80::1" {
		t.Errorf("the source is %s", source)
	}
	has(rtnl.AddressGone, "2001:db8::1/64", "MASTER")
	has(rtnl.AddressGone, "fe80::1/64", "FAULT")
}
