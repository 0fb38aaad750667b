package lvs_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/lvs"
)

// portsOfAGroup is a group with two ports and a fwmark, before a real server of one of the ports, one
// without a port and one whose port masquerading changes.
func portsOfAGroup() lvs.VirtualServer {
	at := func(n int, forward lvs.Forward, port uint16) lvs.RealServer {
		r := realServer(n)
		r.Destination.Port, r.Destination.Forward = port, forward
		return r
	}
	v := virtualServer(at(1, lvs.Direct, 80), at(2, lvs.Tunnel, 0), at(3, lvs.Masquerade, 8080))
	first := service(1)
	second, mark := first, first
	second.Port = 81
	mark.ServiceKey = lvs.ServiceKey{FWMark: 7, Family: 4}
	v.Services = []lvs.GatedService{{Service: first}, {Service: second}, {Service: mark}}
	return v
}

const portsWanted = `-A -t 192.0.0.1:80 -s wrr
-a -t 192.0.0.1:80 -r 10.0.0.1:80 -g -w 1
-a -t 192.0.0.1:80 -r 10.0.0.2:80 -i -w 1 --tun-type ipip
-a -t 192.0.0.1:80 -r 10.0.0.3:8080 -m -w 1
-A -t 192.0.0.1:81 -s wrr
-a -t 192.0.0.1:81 -r 10.0.0.1:81 -g -w 1
-a -t 192.0.0.1:81 -r 10.0.0.2:81 -i -w 1 --tun-type ipip
-a -t 192.0.0.1:81 -r 10.0.0.3:8080 -m -w 1
-A -f 7 -s wrr
-a -f 7 -r 10.0.0.1:0 -g -w 1
-a -f 7 -r 10.0.0.2:0 -i -w 1 --tun-type ipip
-a -f 7 -r 10.0.0.3:8080 -m -w 1
`

func TestOnlyMasqueradingHasAPortOfItsOwn(t *testing.T) {
	d := lvs.NewDirector([]lvs.VirtualServer{portsOfAGroup()})
	d.Step(lvs.Event{Kind: lvs.Started})
	if diff := cmp.Diff(portsWanted, d.Table().Save()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestAdoptionFindsRealServersUnderThePortOfTheService(t *testing.T) {
	v := portsOfAGroup()
	slices.Reverse(v.Services) // the fwmark is looked at first
	for i := range v.RealServers {
		v.RealServers[i].Checked = true
	}
	before := lvs.NewDirector([]lvs.VirtualServer{v})
	before.Step(lvs.Event{Kind: lvs.Started})
	before.Step(lvs.Event{Kind: lvs.Checked, Check: lvs.CheckID{Server: v.Name, Real: v.RealServers[1].Destination.DestinationKey}})
	left := before.Table()
	after := lvs.NewDirector([]lvs.VirtualServer{v})
	after.Step(lvs.Event{Kind: lvs.Adopted, Table: left})
	after.Step(lvs.Event{Kind: lvs.Started})
	if diff := cmp.Diff(left.Save(), after.Table().Save()); diff != "" {
		t.Errorf("the table after adoption (-before +after):\n%s", diff)
	}
}
