package speaker

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/internal/rtnl"
	"github.com/holdfast-ha/holdfast/vrrp"
)

func TestUnicastRouterGreetsItsPeersWhenItLeavesFault(t *testing.T) {
	for name, unicast := range map[string]bool{"unicast": true, "multicast": false} {
		t.Run(name, func(t *testing.T) {
			in := testInstance(7, "192.0.2.100/32")
			in.AdvertInt = time.Hour
			if in.Unicast = unicast; unicast {
				in.Peers = []vrrp.Peer{{Addr: netip.MustParseAddr("192.0.2.2"), MinTTL: -1, MaxTTL: -1}}
			}
			l, _ := testLoop(t, &Settings{Instances: []Instance{in}})
			if slices.Contains(kinds(l.orders.take()), orderGreet) {
				t.Error("it greets at the start")
			}
			down := testLinks()[0]
			down.Flags &^= unix.IFF_RUNNING
			l.netEvents([]rtnl.Event{{Kind: rtnl.LinkChanged, Link: down}})
			l.orders.take()
			l.netEvents([]rtnl.Event{{Kind: rtnl.LinkChanged, Link: testLinks()[0]}})
			if s := l.status().Instances[0]; s.State != "BACKUP" {
				t.Fatalf("%+v", s)
			}
			orders := l.orders.take()
			i := slices.IndexFunc(orders, func(o order) bool { return o.kind == orderGreet })
			if (i >= 0) != unicast {
				t.Fatalf("orders %v", kinds(orders))
			}
			if unicast && (orders[i].link != "eth0" || orders[i].source.String() != "192.0.2.1") {
				t.Errorf("it greets from %s on %s", orders[i].source, orders[i].link)
			}
		})
	}
}

func TestGreetingIsOneAnnouncementOfTheSource(t *testing.T) {
	b := newBench(t, &Settings{})
	greet := func(link, source string) {
		b.do(order{kind: orderGreet, link: link, source: netip.MustParseAddr(source)})
	}
	greet("eth0", "192.0.2.1")
	b.expect(t, "IPv4", "arp 192.0.2.1")
	greet("eth0", "fe80::1")
	b.expect(t, "IPv6", "na fe80::1")
	greet("eth9", "192.0.2.1")
	b.expect(t, "an interface that is gone", "")
}
