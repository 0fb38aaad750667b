package rtnl_test

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

// BenchmarkNSThousandRoutes puts and takes a thousand routes.
func BenchmarkNSThousandRoutes(b *testing.B) {
	h := vlan.New(b).Host("192.0.2.1/24")
	var c *rtnl.Conn
	var err error
	h.Do(func() { c, err = rtnl.Dial() })
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	routes := make([]rtnl.Route, 1000)
	for i := range routes {
		routes[i] = rtnl.Route{
			Type: unix.RTN_UNICAST, Table: unix.RT_TABLE_MAIN, Protocol: rtnl.Keepalived,
			Dst: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 0}), 24),
			Hop: rtnl.Hop{Via: netip.MustParseAddr("192.0.2.254")},
		}
	}
	for b.Loop() {
		if errs := c.AddRoutes(routes); errs != nil {
			b.Fatal(errs[0])
		}
		if errs := c.DeleteRoutes(routes); errs != nil {
			b.Fatal(errs[0])
		}
	}
}
