package wiring_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/director"
	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser/config"
)

func entries(t *testing.T, texts ...string) (list []config.GroupEntry) {
	t.Helper()
	for _, text := range texts {
		var e config.GroupEntry
		if _, err := fmt.Sscanf(text, "fwmark %d", &e.FWMark); err == nil {
			list = append(list, e)
			continue
		}
		addresses, port, _ := strings.Cut(text, " ")
		if port != "" {
			if _, err := fmt.Sscan(port, &e.Port); err != nil {
				t.Fatal(err)
			}
		}
		first, last, ok := strings.Cut(addresses, "-")
		if !ok {
			last = first
		}
		e.First, e.Last = netip.MustParseAddr(first), netip.MustParseAddr(last)
		list = append(list, e)
	}
	return list
}

// markedConfig has the groups a, with addresses of both families, and b.
func markedConfig(t *testing.T) *config.Config {
	kind := config.Method{Forward: config.TUN}
	real := []config.RealServer{{Addr: netip.MustParseAddr("10.2.0.1"), Weight: 1, Method: kind}}
	server := func(group, protocol string) config.VirtualServer {
		return config.VirtualServer{Group: group, Protocol: protocol, Scheduler: "rr", RealServers: real}
	}
	c := &config.Config{
		VirtualServerGroups: []config.VirtualServerGroup{
			{Name: "a", Entries: entries(t, "10.3.0.1 80", "10.3.0.5-10.3.0.9 81", "2001:db8::1")},
			{Name: "b", Entries: entries(t, "10.4.0.1 80")},
			{Name: "mixed", Entries: entries(t, "10.5.0.1 80", "fwmark 7")},
		},
		VirtualServers: []config.VirtualServer{server("b", "TCP"), server("a", "TCP"), server("a", "UDP"), server("mixed", "TCP")},
	}
	c.Global.NFTablesIPVS, c.Global.NFTablesIPVSPriority, c.Global.NFTablesIPVSFirstMark = "keepalived_ipvs", -1, 1000
	return c
}

func markLines(m *director.Marks) []string {
	var lines []string
	for _, e := range m.List {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %v-%v %d = %d %v", e.Protocol, e.First, e.Last, e.Port, e.FWMark, e.Follow)))
	}
	return lines
}

func serviceLines(s director.Settings) []string {
	var lines []string
	for _, v := range s.VirtualServers {
		for _, g := range v.Services {
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s: %s %v", v.Name, g.Service.ServiceKey, g.Follow)))
		}
	}
	return lines
}

// As keepalived 2.2.7 does it: each virtual server with a group has the next mark, both families the same;
// a group that has marks of its own is left as it is.
func TestGroupsAreServicesByMarkWhereNFTablesMarksThem(t *testing.T) {
	c := markedConfig(t)
	s := wiring.Director(c, wiring.Options{VRRP: true})
	if diff := cmp.Diff([]string{
		"[b]:0: -f 1000 []", "[a]:0: -f 1001 []", "[a]:0: -f 1001 -6 []", "[a]:0: -f 1002 []", "[a]:0: -f 1002 -6 []",
		"[mixed]:0: -t 10.5.0.1:80 []", "[mixed]:0: -f 7 []",
	}, serviceLines(s)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"tcp 10.4.0.1-10.4.0.1 80 = 1000 []",
		"tcp 10.3.0.1-10.3.0.1 80 = 1001 []", "tcp 10.3.0.5-10.3.0.9 81 = 1001 []", "tcp 2001:db8::1-2001:db8::1 0 = 1001 []",
		"udp 10.3.0.1-10.3.0.1 80 = 1002 []", "udp 10.3.0.5-10.3.0.9 81 = 1002 []", "udp 2001:db8::1-2001:db8::1 0 = 1002 []",
	}, markLines(s.Marks)); diff != "" {
		t.Error(diff)
	}
	c.Global.NFTablesIPVS = ""
	if s = wiring.Director(c, wiring.Options{VRRP: true}); s.Marks != nil || len(serviceLines(s)) < 15 {
		t.Errorf("without nftables_ipvs: %v, %v", s.Marks, serviceLines(s))
	}
}

// A service by mark is active while one of its addresses is; an address is marked while its own instance is
// MASTER.
func TestMarksFollowTheInstanceOfTheirAddress(t *testing.T) {
	c := markedConfig(t)
	c.VirtualServers = c.VirtualServers[1:2]
	c.Instances = []config.Instance{
		{Name: "A", Addresses: vip("10.3.0.1/24", "10.3.0.6/24", "10.3.0.7/24")}, {Name: "B", Addresses: vip("10.3.0.5/24", "10.3.0.9/24", "2001:db8::1/64")},
	}
	s := wiring.Director(c, wiring.Options{VRRP: true})
	if diff := cmp.Diff([]string{
		"tcp 10.3.0.1-10.3.0.1 80 = 1000 [{A false}]", "tcp 10.3.0.5-10.3.0.5 81 = 1000 [{B false}]", "tcp 10.3.0.6-10.3.0.7 81 = 1000 [{A false}]",
		"tcp 10.3.0.8-10.3.0.8 81 = 1000 []", "tcp 10.3.0.9-10.3.0.9 81 = 1000 [{B false}]", "tcp 2001:db8::1-2001:db8::1 0 = 1000 [{B false}]",
	}, markLines(s.Marks)); diff != "" {
		t.Error(diff)
	}
	// 10.3.0.8 is nobody's: the service of its family is always active.
	if diff := cmp.Diff([]string{"[a]:0: -f 1000 []", "[a]:0: -f 1000 -6 [{B false}]"}, serviceLines(s)); diff != "" {
		t.Error(diff)
	}
	d := lvs.NewDirector([]lvs.VirtualServer{s.VirtualServers[0].VirtualServer})
	if active, known := d.Marked(s.Marks.List); known || active != nil {
		t.Errorf("before it is known who is MASTER: %v, %v", active, known)
	}
	d.Step(lvs.Event{Kind: lvs.MastersChanged, Instances: []string{"B"}})
	active, known := d.Marked(s.Marks.List)
	if got := markLines(&director.Marks{List: active}); !known || len(got) != 4 || got[0] != "tcp 10.3.0.5-10.3.0.5 81 = 1000 []" {
		t.Errorf("B is MASTER: %v, %v", got, known)
	}
	c.VirtualServers[0].FollowVRRP = "A"
	if s = wiring.Director(c, wiring.Options{VRRP: true}); len(s.Marks.List) != 3 {
		t.Errorf("follow_vrrp: %v", markLines(s.Marks))
	}
}

func TestMarksOutliveAReloadAndPassOverThoseOfTheConfiguration(t *testing.T) {
	c := markedConfig(t)
	c.VirtualServers = append(c.VirtualServers, config.VirtualServer{FWMark: 1001, Family: 4, Scheduler: "rr"})
	o := wiring.Options{VRRP: true, Marks: &wiring.FirewallMarks{}}
	before := wiring.Director(c, o)
	if got := serviceLines(before)[:3]; got[0] != "[b]:0: -f 1000 []" || got[1] != "[a]:0: -f 1002 []" {
		t.Errorf("1001 is taken: %v", got)
	}
	c.VirtualServers = c.VirtualServers[1:] // b goes: a keeps what it has
	if got := serviceLines(wiring.Director(c, o)); got[0] != "[a]:0: -f 1002 []" {
		t.Errorf("after a reload: %v", got)
	}
	c.Global.NFTablesIPVSFirstMark = 5
	if got := serviceLines(wiring.Director(c, o)); got[0] != "[a]:0: -f 5 []" {
		t.Errorf("with another start: %v", got)
	}
}

// Hints are about addresses, marked or not.
func TestRemarksOfAMarkedGroupAreThoseOfItsAddresses(t *testing.T) {
	c := markedConfig(t)
	c.VirtualServers = c.VirtualServers[:1]
	c.Instances = []config.Instance{{Name: "A", Addresses: vip("10.3.0.1/24")}, {Name: "B", Addresses: vip("10.3.0.5/24")}}
	var ids []string
	for _, p := range wiring.Remarks(c) {
		ids = append(ids, p.ID)
	}
	if diff := cmp.Diff([]string{"follow-none"}, ids); diff != "" {
		t.Error(diff)
	}
}
