package wiring_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/wiring"
	"github.com/holdfast-ha/holdfast/lvs"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// vip makes addresses of an instance.
func vip(list ...string) []config.Address {
	var a []config.Address
	for _, s := range list {
		a = append(a, config.Address{Prefix: netip.MustParsePrefix(s)})
	}
	return a
}

func instances(names ...string) []config.Instance {
	var list []config.Instance
	for i, n := range names {
		list = append(list, config.Instance{Name: n, Addresses: vip(netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}).String() + "/24")})
	}
	return list
}

func follow(names ...string) []lvs.Follow {
	var f []lvs.Follow
	for _, n := range names {
		f = append(f, lvs.Follow{Name: n})
	}
	return f
}

func TestGatingRule(t *testing.T) {
	always := config.Global{LVSActiveAlways: true}
	group := func(name string, members ...string) config.SyncGroup {
		return config.SyncGroup{Name: name, Members: members}
	}
	inGroup := func(names ...string) []lvs.Follow {
		var f []lvs.Follow
		for _, n := range names {
			f = append(f, lvs.Follow{Name: n, Group: true})
		}
		return f
	}
	two := &config.Config{Instances: instances("A", "B")}
	tests := []struct {
		name    string
		config  *config.Config
		vrrp    bool
		address string // empty: a fwmark
		named   string
		want    []lvs.Follow
	}{
		{"1: named instance wins over the holder", two, true, "192.0.2.1", "B", follow("B")},
		{"1: named instance for a fwmark", two, true, "", "B", follow("B")},
		{"1: named sync group", &config.Config{Instances: instances("A", "B"), SyncGroups: []config.SyncGroup{group("G", "A", "B")}}, true, "192.0.2.9", "G", inGroup("G")},
		{"1: an instance is meant before a group of the same name", &config.Config{Instances: instances("A", "B"), SyncGroups: []config.SyncGroup{group("A", "A", "B")}}, true, "192.0.2.9", "A", follow("A")},
		{"1: none", two, true, "192.0.2.1", "none", nil},
		{"1: none for a fwmark", two, true, "", "none", nil},
		{"1: named wins over lvs_active always", &config.Config{Global: always, Instances: instances("A")}, true, "192.0.2.1", "A", follow("A")},
		{"2: the instance that holds the address", two, true, "192.0.2.2", "", follow("B")},
		{"2: an excluded address is held too", &config.Config{Instances: []config.Instance{{Name: "A", Excluded: vip("198.51.100.1/32")}}}, true, "198.51.100.1", "", follow("A")},
		{"2: IPv6", &config.Config{Instances: []config.Instance{{Name: "A", Addresses: vip("2001:db8::1/64")}}}, true, "2001:db8::1", "", follow("A")},
		{"2: held by two", &config.Config{Instances: []config.Instance{{Name: "A", Addresses: vip("192.0.2.1/32")}, {Name: "B", Addresses: vip("192.0.2.1/32")}}}, true, "192.0.2.1", "", follow("A", "B")},
		{"2: twice in one instance", &config.Config{Instances: []config.Instance{{Name: "A", Addresses: vip("192.0.2.1/32"), Excluded: vip("192.0.2.1/24")}}}, true, "192.0.2.1", "", follow("A")},
		{"2: the network of an address does not count", two, true, "192.0.2.77", "", nil},
		{"3: fwmark with the only instance", &config.Config{Instances: instances("A")}, true, "", "", follow("A")},
		{"3: fwmark with the only sync group", &config.Config{Instances: instances("A", "B"), SyncGroups: []config.SyncGroup{group("G", "A", "B")}}, true, "", "", inGroup("G")},
		{"3: fwmark with several instances", two, true, "", "", follow("A", "B")},
		{"3: fwmark with a group and an instance beside it", &config.Config{Instances: instances("A", "B", "C"), SyncGroups: []config.SyncGroup{group("G", "A", "B")}}, true, "", "",
			[]lvs.Follow{{Name: "G", Group: true}, {Name: "C"}}},
		{"4: no instance", &config.Config{}, true, "192.0.2.1", "", nil},
		{"4: no instance, fwmark", &config.Config{}, true, "", "", nil},
		{"4: an address nobody holds", two, true, "203.0.113.1", "", nil},
		{"lvs_active always", &config.Config{Global: always, Instances: instances("A")}, true, "192.0.2.1", "", nil},
		{"lvs_active always, fwmark", &config.Config{Global: always, Instances: instances("A")}, true, "", "", nil},
		{"without a VRRP process", two, false, "192.0.2.1", "", nil},
		{"without a VRRP process, named", two, false, "192.0.2.1", "A", nil},
		{"without a VRRP process, fwmark", two, false, "", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			gate := wiring.NewGate(tt.config, tt.vrrp)
			var got []lvs.Follow
			if tt.address == "" {
				got = gate.FWMark(tt.named)
			} else {
				got = gate.Address(netip.MustParseAddr(tt.address), tt.named)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("follows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRemarksNameWhatMaySurprise(t *testing.T) {
	address := config.VirtualServer{Addr: netip.MustParseAddr("203.0.113.1"), Port: 80}
	mark := config.VirtualServer{FWMark: 4, Family: 4}
	said := func(v config.VirtualServer) config.VirtualServer {
		v.FollowVRRP = "none"
		return v
	}
	tests := []struct {
		name   string
		config *config.Config
		want   []string
	}{
		{"fwmark and two instances", &config.Config{Instances: instances("A", "B"), VirtualServers: []config.VirtualServer{mark}}, []string{"follow-several"}},
		{"fwmark and one instance", &config.Config{Instances: instances("A"), VirtualServers: []config.VirtualServer{mark}}, nil},
		{"address nobody holds", &config.Config{Instances: instances("A"), VirtualServers: []config.VirtualServer{address}}, []string{"follow-none"}},
		{"no instance at all", &config.Config{VirtualServers: []config.VirtualServer{address, mark}}, nil},
		{"said in the file", &config.Config{Instances: instances("A", "B"), VirtualServers: []config.VirtualServer{said(mark), said(address)}}, nil},
		{"lvs_active always", &config.Config{Global: config.Global{LVSActiveAlways: true}, Instances: instances("A", "B"), VirtualServers: []config.VirtualServer{mark}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range wiring.Remarks(tt.config) {
				got = append(got, p.ID)
				if p.Cure == "" {
					t.Errorf("%s has no cure", p.ID)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("remarks (-want +got):\n%s", diff)
			}
		})
	}
}
