package lvs_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/lvs"
)

// The texts are what ipvsadm-save -n of Debian 12 printed for these entries, but for -x and -y.
func TestSavePrintsAsIpvsadmSaveDoes(t *testing.T) {
	v4 := netip.MustParseAddr("192.0.2.1")
	dest := func(addr string, port uint16, d lvs.Destination) lvs.Destination {
		d.DestinationKey = lvs.DestinationKey{Addr: netip.MustParseAddr(addr), Port: port}
		return d
	}
	table := lvs.Table{}
	add := func(s lvs.Service, dests ...lvs.Destination) {
		table.Apply(lvs.Operation{Verb: lvs.AddService, Service: s})
		for _, d := range dests {
			table.Apply(lvs.Operation{Verb: lvs.AddDestination, Service: s, Destination: d})
		}
	}
	add(lvs.Service{ServiceKey: lvs.ServiceKey{Addr: v4, Port: 443, Protocol: lvs.TCP, Family: 4}, Scheduler: "sh",
		Persistent: true, Timeout: 300, Netmask: 0xffffff00, Flags: 0x18},
		dest("192.0.2.3", 443, lvs.Destination{Forward: lvs.Tunnel, Weight: 1}),
		dest("192.0.2.4", 443, lvs.Destination{Forward: lvs.Tunnel, Weight: 1, TunnelType: 1, TunnelPort: 6080, TunnelFlags: 1}),
		dest("192.0.2.5", 443, lvs.Destination{Forward: lvs.Tunnel, Weight: 1, TunnelType: 2}),
		dest("192.0.2.6", 443, lvs.Destination{Forward: lvs.Tunnel, Weight: 1, TunnelType: 1, TunnelPort: 6080, TunnelFlags: 2}))
	add(lvs.Service{ServiceKey: lvs.ServiceKey{Addr: v4, Port: 53, Protocol: lvs.UDP, Family: 4}, Scheduler: "rr", OnePacket: true},
		dest("192.0.2.3", 5353, lvs.Destination{Forward: lvs.Masquerade, Weight: 1, UpperThreshold: 100, LowerThreshold: 50}))
	add(lvs.Service{ServiceKey: lvs.ServiceKey{Addr: v4, Port: 5060, Protocol: lvs.UDP, Family: 4}, Scheduler: "rr",
		OnePacket: true, Persistent: true, Timeout: 60, Persistence: "sip"})
	add(lvs.Service{ServiceKey: lvs.ServiceKey{Addr: v4, Port: 99, Protocol: lvs.SCTP, Family: 4}, Scheduler: "rr"})
	add(lvs.Service{ServiceKey: lvs.ServiceKey{Addr: netip.MustParseAddr("2001:db8::1"), Port: 80, Protocol: lvs.TCP, Family: 6},
		Scheduler: "mh", Persistent: true, Timeout: 60, Netmask: 64, Flags: 0x10},
		dest("2001:db8::2", 80, lvs.Destination{Forward: lvs.Direct, Weight: 1}))
	add(lvs.Service{ServiceKey: lvs.ServiceKey{FWMark: 4, Family: 4}, Scheduler: "rr"},
		dest("192.0.2.9", 0, lvs.Destination{Forward: lvs.Direct, Weight: 1}))
	add(lvs.Service{ServiceKey: lvs.ServiceKey{FWMark: 4, Family: 6}, Scheduler: "wlc", Flags: 0x8})

	want := `-A -u 192.0.2.1:53 -s rr -o
-a -u 192.0.2.1:53 -r 192.0.2.3:5353 -m -w 1 -x 100 -y 50
-A --sctp-service 192.0.2.1:99 -s rr
-A -t 192.0.2.1:443 -s sh -p 300 -M 255.255.255.0 -b sh-fallback,sh-port
-a -t 192.0.2.1:443 -r 192.0.2.3:443 -i -w 1 --tun-type ipip
-a -t 192.0.2.1:443 -r 192.0.2.4:443 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum
-a -t 192.0.2.1:443 -r 192.0.2.5:443 -i -w 1 --tun-type gre --tun-nocsum
-a -t 192.0.2.1:443 -r 192.0.2.6:443 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum
-A -u 192.0.2.1:5060 -s rr -p 60 --pe sip -o
-A -t [2001:db8::1]:80 -s mh -p 60 -M 64 -b mh-port
-a -t [2001:db8::1]:80 -r [2001:db8::2]:80 -g -w 1
-A -f 4 -s rr
-a -f 4 -r 192.0.2.9:0 -g -w 1
-A -f 4 -6 -s wlc -b flag-1
`
	if diff := cmp.Diff(want, table.Save()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
