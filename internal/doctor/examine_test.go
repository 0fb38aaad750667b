package doctor_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-ha/holdfast/internal/doctor"
	"github.com/holdfast-ha/holdfast/internal/lint"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

// pair is a director's file; KIND and PROTO are put in.
const pair = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        10.0.0.22
    }
}
virtual_server 10.0.0.22 80 {
    lb_algo wrr
    lb_kind KIND
    protocol PROTO
    real_server 10.0.0.31 80 {
    }
}
`

func load(t *testing.T, kind, proto string) *config.Config {
	t.Helper()
	text := strings.NewReplacer("KIND", kind, "PROTO", proto).Replace(pair)
	r := config.Load("a.conf", parser.Options{Files: parser.OneFile("a.conf", text)}, config.AnyHost{})
	return r.Config
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }

// director is a host that is sound as a director.
func director() doctor.Facts {
	return doctor.Facts{
		Links: []doctor.Link{
			{Name: "lo", Index: 1, Loopback: true, Up: true, MTU: 65536, Addresses: []netip.Prefix{prefix("127.0.0.1/8")}},
			{Name: "eth0", Index: 2, Up: true, MTU: 1500, Addresses: []netip.Prefix{prefix("10.0.0.30/24")}},
		},
		Sysctls: map[string]string{"net/ipv4/ip_forward": "1", "net/ipv4/vs/pmtu_disc": "1", "net/ipv4/vs/conntrack": "0"},
		IPVS:    true, Modules: map[string]bool{"ip_vs": true, "ip_vs_wrr": true},
		Routes: []doctor.Route{{Gateway: addr("10.0.0.1"), Link: "eth0"}},
		Probes: []doctor.Probe{{Addr: addr("10.0.0.31"), Port: 80}},
		Daemon: true,
	}
}

// realServer is a host that is sound as a real server by DR, and by TUN.
func realServer() doctor.Facts {
	return doctor.Facts{
		Links: []doctor.Link{
			{Name: "lo", Index: 1, Loopback: true, Up: true, MTU: 65536, Addresses: []netip.Prefix{prefix("127.0.0.1/8"), prefix("10.0.0.22/32")}},
			{Name: "eth0", Index: 2, Up: true, MTU: 1500, Addresses: []netip.Prefix{prefix("10.0.0.31/24")}},
			{Name: "tunl0", Index: 3, Kind: "ipip", Up: true, MTU: 1480},
		},
		Sysctls: map[string]string{
			"net/ipv4/conf/all/arp_ignore": "1", "net/ipv4/conf/eth0/arp_ignore": "0",
			"net/ipv4/conf/all/arp_announce": "0", "net/ipv4/conf/eth0/arp_announce": "2",
			"net/ipv4/conf/all/rp_filter": "1", "net/ipv4/conf/tunl0/rp_filter": "2",
		},
		Sockets: []doctor.Socket{{Protocol: "TCP", Addr: addr("::"), Port: 80, DualStack: true}, {Protocol: "UDP", Addr: addr("10.0.0.22"), Port: 80}},
		Routes:  []doctor.Route{{Gateway: addr("10.0.0.1"), Link: "eth0", AdvMSS: 1420}},
	}
}

// input is a filter whose input chain has these rules.
func input(rules ...string) []doctor.Chain {
	return doctor.ParseIPTables("*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"+strings.Join(rules, "\n")+"\nCOMMIT\n", "ip")
}

var cases = []struct {
	id, kind, proto string
	host            func() doctor.Facts
	role            doctor.Role
	bad             func(f *doctor.Facts)
	good            func(f *doctor.Facts) // what comes near and is right; nil: the sound host
}{
	{id: "not-examined", host: director, bad: func(f *doctor.Facts) { f.Unknown = []string{"nft: permission denied"} }},
	{id: "conntrack-full", host: director,
		bad: func(f *doctor.Facts) {
			f.Sysctls["net/netfilter/nf_conntrack_count"], f.Sysctls["net/netfilter/nf_conntrack_max"] = "950", "1000"
		},
		good: func(f *doctor.Facts) {
			f.Sysctls["net/netfilter/nf_conntrack_count"], f.Sysctls["net/netfilter/nf_conntrack_max"] = "850", "1000"
		}},
	{id: "hidden-gone", host: realServer, bad: func(f *doctor.Facts) { f.OldSysctls = []string{"/etc/sysctl.conf: net.ipv4.conf.all.hidden = 1"} }},
	{id: "address-remover", host: director,
		bad:  func(f *doctor.Facts) { f.Units = []doctor.Unit{{Name: "systemd-networkd", Links: []string{"eth0"}}} },
		good: func(f *doctor.Facts) { f.Units = []doctor.Unit{{Name: "systemd-networkd", Links: []string{"eth1"}}} }},
	{id: "vrrp-filtered", host: director,
		bad: func(f *doctor.Facts) {
			f.Chains = input("-A INPUT -i lo -j ACCEPT", "-A INPUT -p tcp -j ACCEPT", "-A INPUT -j REJECT")
		},
		good: func(f *doctor.Facts) {
			f.Chains = input("-A INPUT -p vrrp -d 224.0.0.18/32 -j ACCEPT", "-A INPUT -j DROP")
		}},
	{id: "vrrp-filtered", host: director,
		bad:  func(f *doctor.Facts) { f.Chains = input("-A OUTPUT -d 224.0.0.0/4 -j DROP") },
		good: func(f *doctor.Facts) { f.Chains = input("-A OUTPUT -o eth1 -d 224.0.0.0/4 -j DROP") }},
	{id: "masters-heard", host: director,
		bad:  func(f *doctor.Facts) { f.Heard = []doctor.Heard{{Link: "eth0", ID: "two-masters", VRID: 51}} },
		good: func(f *doctor.Facts) { f.Heard = []doctor.Heard{} }},
	{id: "vrid-in-use", host: director,
		bad:  func(f *doctor.Facts) { f.Heard = []doctor.Heard{{Link: "eth0", ID: "config-addresses", VRID: 51}} },
		good: func(f *doctor.Facts) { f.Heard = []doctor.Heard{{Link: "eth0", ID: "ttl", VRID: 51}} }},
	{id: "adverts-odd", host: director, bad: func(f *doctor.Facts) { f.Heard = []doctor.Heard{{Link: "eth0", ID: "ttl", VRID: 51}} }},
	{id: "address-in-use", host: director,
		bad: func(f *doctor.Facts) {
			f.Answers = map[netip.Addr][]string{addr("10.0.0.22"): {"02:00:00:00:00:01", "02:00:00:00:00:02"}}
		},
		good: func(f *doctor.Facts) { // the MASTER
			f.Answers = map[netip.Addr][]string{addr("10.0.0.22"): {"02:00:00:00:00:01"}}
		}},
	{id: "ipvs-missing", host: director,
		bad:  func(f *doctor.Facts) { f.IPVS, f.Modules = false, map[string]bool{} },
		good: func(f *doctor.Facts) { f.IPVS = false }},
	{id: "scheduler-module", host: director,
		bad:  func(f *doctor.Facts) { f.Modules["ip_vs_wrr"] = false },
		good: func(f *doctor.Facts) { f.Modules = nil }},
	{id: "ip-forward", host: director, kind: "NAT", bad: func(f *doctor.Facts) { f.Sysctls["net/ipv4/ip_forward"] = "0" }},
	{id: "ip-forward", host: director, bad: func(f *doctor.Facts) { f.Sysctls["net/ipv4/ip_forward"] = "0" }},
	{id: "service-filtered", host: director,
		bad: func(f *doctor.Facts) {
			f.Chains = input("-A INPUT -i lo -j ACCEPT", "-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT", "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", "-A INPUT -p 112 -j ACCEPT", "-A INPUT -j DROP")
		},
		good: func(f *doctor.Facts) {
			f.Chains = input("-A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT", "-A INPUT -j DROP")
		}},
	{id: "service-filtered", host: director,
		bad:  func(f *doctor.Facts) { f.Chains = input("-A INPUT -d 10.0.0.22/32 -p tcp -j DROP") },
		good: func(f *doctor.Facts) { f.Chains = input("-A INPUT -m recent --rcheck -j ACCEPT", "-A INPUT -j DROP") }}, // it cannot be told
	{id: "real-server-routed", host: director,
		bad: func(f *doctor.Facts) { f.Links[1].Addresses = []netip.Prefix{prefix("10.0.1.30/24")} }},
	{id: "reply-filtered", host: director, kind: "NAT",
		bad: func(f *doctor.Facts) {
			f.Chains = input("-A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT", "-A FORWARD -j DROP")
		},
		good: func(f *doctor.Facts) {
			f.Sysctls["net/ipv4/vs/conntrack"] = "1"
			f.Chains = input("-A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT", "-A FORWARD -j DROP")
		}},
	{id: "tunnel-pmtu", host: director, kind: "TUN",
		bad:  func(f *doctor.Facts) { f.Sysctls["net/ipv4/vs/pmtu_disc"] = "0" },
		good: func(f *doctor.Facts) { f.Sysctls["net/ipv4/vs/pmtu_disc"] = "0"; f.Links[1].MTU = 9000 }},
	{id: "lro", host: director, bad: func(f *doctor.Facts) { f.Links[1].LRO = true }},
	{id: "conntrack-off", host: director, kind: "NAT",
		bad: func(f *doctor.Facts) {
			f.Chains = doctor.ParseIPTables("*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o eth0 -j MASQUERADE\n", "ip")
		},
		good: func(f *doctor.Facts) {
			f.Sysctls["net/ipv4/vs/conntrack"] = "1"
			f.Chains = doctor.ParseIPTables("*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o eth0 -j MASQUERADE\n", "ip")
		}},
	{id: "real-server-refuses", host: director,
		bad: func(f *doctor.Facts) { f.Probes[0].Outcome = "refused" }},
	{id: "real-server-unreachable", host: director,
		bad:  func(f *doctor.Facts) { f.Probes[0].Outcome = "no answer within 2s" },
		good: func(f *doctor.Facts) { f.Probes[0].Outcome = "refused" }},

	{id: "rs-vip-missing", host: realServer,
		bad: func(f *doctor.Facts) { f.Links[0].Addresses = nil },
		good: func(f *doctor.Facts) { // REDIRECT, no address at all
			f.Links[0].Addresses = nil
			f.Chains = doctor.ParseIPTables("*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 10.0.0.22/32 -p tcp -m tcp --dport 80 -j REDIRECT\n", "ip")
		}},
	{id: "rs-vip-link", host: realServer,
		bad: func(f *doctor.Facts) {
			f.Links[0].Addresses = nil
			f.Links[1].Addresses = append(f.Links[1].Addresses, prefix("10.0.0.22/32"))
		},
		good: func(f *doctor.Facts) { // arptables
			f.Links[0].Addresses = nil
			f.Links[1].Addresses = append(f.Links[1].Addresses, prefix("10.0.0.22/32"))
			f.ARP = doctor.ParseIPTables("*filter\n:INPUT ACCEPT\n-A INPUT -j DROP -d 10.0.0.22\n", "arp")
		}},
	{id: "rs-vip-mask", host: realServer,
		bad: func(f *doctor.Facts) { f.Links[0].Addresses = []netip.Prefix{prefix("10.0.0.22/24")} }},
	{id: "rs-arp-ignore", host: realServer,
		bad: func(f *doctor.Facts) { f.Sysctls["net/ipv4/conf/all/arp_ignore"] = "0" },
		good: func(f *doctor.Facts) {
			f.Sysctls["net/ipv4/conf/all/arp_ignore"], f.Sysctls["net/ipv4/conf/eth0/arp_ignore"] = "0", "1"
		}},
	{id: "rs-arp-announce", host: realServer,
		bad:  func(f *doctor.Facts) { f.Sysctls["net/ipv4/conf/eth0/arp_announce"] = "1" },
		good: func(f *doctor.Facts) { f.Sysctls["net/ipv4/conf/all/arp_announce"] = "2" }},
	{id: "rs-tunnel-missing", host: realServer, kind: "TUN",
		bad: func(f *doctor.Facts) { f.Links[2].Up = false }},
	{id: "rs-tunnel-rp-filter", host: realServer, kind: "TUN",
		bad: func(f *doctor.Facts) { f.Sysctls["net/ipv4/conf/tunl0/rp_filter"] = "0" }, // all is 1
		good: func(f *doctor.Facts) {
			f.Sysctls["net/ipv4/conf/all/rp_filter"], f.Sysctls["net/ipv4/conf/tunl0/rp_filter"] = "0", "0"
		}},
	{id: "rs-tunnel-filtered", host: realServer, kind: "TUN",
		bad: func(f *doctor.Facts) { f.Chains = input("-A INPUT -p tcp -j ACCEPT", "-A INPUT -j DROP") },
		good: func(f *doctor.Facts) {
			f.Chains = input("-A INPUT -p 4 -j ACCEPT", "-A INPUT -p tcp -j ACCEPT", "-A INPUT -j DROP")
		}},
	{id: "rs-tunnel-mss", host: realServer, kind: "TUN",
		bad:  func(f *doctor.Facts) { f.Routes[0].AdvMSS = 0 },
		good: func(f *doctor.Facts) { f.Routes[0].AdvMSS = 0; f.Links[1].MTU = 9000 }},
	{id: "rs-service-filtered", host: realServer,
		bad: func(f *doctor.Facts) {
			f.Chains = input("-A INPUT -d 10.0.0.31/32 -p tcp --dport 80 -j ACCEPT", "-A INPUT -j DROP")
		},
		good: func(f *doctor.Facts) { f.Chains = input("-A INPUT -p tcp --dport 80 -j ACCEPT", "-A INPUT -j DROP") }},
	{id: "rs-own-address", host: realServer,
		bad: func(f *doctor.Facts) { f.Sockets[0].Addr = addr("10.0.0.31") },
		good: func(f *doctor.Facts) {
			f.Sockets[0].Addr = addr("10.0.0.31")
			f.Sockets = append(f.Sockets, doctor.Socket{Protocol: "TCP", Addr: addr("10.0.0.22"), Port: 80})
		}},
	{id: "rs-udp-wildcard", host: realServer, proto: "UDP",
		bad: func(f *doctor.Facts) { f.Sockets[1].Addr = addr("0.0.0.0") }},
	{id: "rs-not-listening", host: realServer,
		bad:  func(f *doctor.Facts) { f.Sockets[0].Port = 8080 },
		good: func(f *doctor.Facts) { f.Sockets = nil }}, // not known
	{id: "rs-nat-gateway", host: realServer, kind: "NAT",
		bad:  func(*doctor.Facts) {},
		good: func(f *doctor.Facts) { f.Routes[0].Gateway = addr("10.0.0.22") }},
}

func TestEveryFindingIsMadeWhereItIsTrueAndNotWhereItIsNot(t *testing.T) {
	seen := map[string]bool{"vip-nowhere": true} // its own test
	for _, c := range cases {
		seen[c.id] = true
		t.Run(c.id, func(t *testing.T) {
			if c.kind == "" {
				c.kind = "DR"
			}
			if c.proto == "" {
				c.proto = "TCP"
			}
			model := load(t, c.kind, c.proto)
			f := c.host()
			if role := doctor.RoleOf(model, &f); role.RealServer == role.Director {
				t.Fatalf("the host is %+v", role)
			}
			c.bad(&f)
			has(t, model, &f, c.id, true)
			f = c.host()
			if c.good != nil {
				c.good(&f)
			}
			has(t, model, &f, c.id, false)
		})
	}
	for _, e := range lint.Explanations() {
		if e.Host && !seen[e.ID] {
			t.Errorf("%s has no case", e.ID)
		}
	}
}

func has(t *testing.T, c *config.Config, f *doctor.Facts, id string, want bool) {
	t.Helper()
	role := doctor.Role{Director: f.Daemon, RealServer: !f.Daemon}
	found := doctor.Examine(c, f, role)
	i := slices.IndexFunc(found, func(p parser.Problem) bool { return p.ID == id })
	if (i >= 0) != want {
		t.Errorf("found: %t, want %t; findings: %v", i >= 0, want, found)
	}
	if i >= 0 && (found[i].Message == "" || found[i].Instead == "" || found[i].Cure == "") {
		t.Errorf("it does not say what is wrong, what follows and the cure: %+v", found[i])
	}
}

func TestSoundHostsHaveNoFindings(t *testing.T) {
	for _, kind := range []string{"DR", "TUN"} {
		model := load(t, kind, "TCP")
		for name, f := range map[string]doctor.Facts{"director": director(), "real server": realServer()} {
			if found := doctor.Examine(model, &f, doctor.RoleOf(model, &f)); len(found) > 0 {
				t.Errorf("%s by %s: %v", name, kind, found)
			}
		}
	}
}

func TestAddressThatNobodyHoldsIsFound(t *testing.T) {
	model := load(t, "DR", "TCP")
	model.Instances = nil
	f := director()
	has(t, model, &f, "vip-nowhere", true)
	f.Links[1].Addresses = append(f.Links[1].Addresses, prefix("10.0.0.22/32"))
	has(t, model, &f, "vip-nowhere", false)
}

// TestDirectorThatIsRealServerToo (a pair that balances to itself): the MASTER has the address on its
// interface, the BACKUP on lo.
func TestDirectorThatIsRealServerToo(t *testing.T) {
	model := load(t, "DR", "TCP")
	f := realServer()
	f.Daemon = true
	f.Links[0].Addresses = f.Links[0].Addresses[:1]
	f.Links[1].Addresses = append(f.Links[1].Addresses, prefix("10.0.0.22/32"))
	if role := doctor.RoleOf(model, &f); !role.Director || !role.RealServer {
		t.Fatalf("it is %+v", role)
	}
	for _, p := range doctor.Examine(model, &f, doctor.RoleOf(model, &f)) {
		if strings.HasPrefix(p.ID, "rs-vip") || strings.HasPrefix(p.ID, "rs-arp") {
			t.Errorf("the MASTER is told %v", p)
		}
	}
}
