package realserver_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-ha/holdfast/internal/doctor"
	"github.com/holdfast-ha/holdfast/internal/realserver"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

func load(t *testing.T, vip, method, rs string) *config.Config {
	t.Helper()
	text := "virtual_server " + vip + " 80 {\n lb_algo rr\n lb_kind " + method + "\n protocol TCP\n real_server " + rs + " 80 {\n }\n real_server 10.0.0.99 80 {\n }\n}\n"
	if strings.Contains(vip, ":") {
		text = strings.Replace(text, "10.0.0.99", "2001:db8::99", 1)
	}
	r := config.Load("a.conf", parser.Options{Files: parser.OneFile("a.conf", text)}, config.AnyHost{})
	if len(r.Config.VirtualServers) != 1 {
		t.Fatalf("problems: %v", r.Problems)
	}
	return r.Config
}

func bare() doctor.Facts {
	p := netip.MustParsePrefix
	return doctor.Facts{
		Links: []doctor.Link{
			{Name: "lo", Loopback: true, Up: true, Addresses: []netip.Prefix{p("127.0.0.1/8")}},
			{Name: "eth0", Up: true, Addresses: []netip.Prefix{p("10.0.0.31/24"), p("2001:db8::31/64")}},
		},
		Sysctls: map[string]string{"net/ipv4/conf/all/arp_ignore": "0", "net/ipv4/conf/all/arp_announce": "0", "net/ipv4/conf/all/rp_filter": "1"},
	}
}

func lines(p realserver.Plan) (all []string) {
	for _, s := range p.Steps {
		all = append(all, s.String())
	}
	return all
}

func TestPlansOfEveryWay(t *testing.T) {
	quiet := []string{"sysctl -w net.ipv4.conf.all.arp_ignore=1", "sysctl -w net.ipv4.conf.all.arp_announce=2"}
	with := func(more ...string) []string { return append(quiet[:2:2], more...) }
	for name, c := range map[string]struct {
		vip, method, rs string
		way             realserver.Way
		change          func(f *doctor.Facts)
		want            []string
	}{
		"lo": {"10.0.0.22", "DR", "10.0.0.31", realserver.Loopback, nil, with("ip address add 10.0.0.22/32 dev lo")},
		"lo, IPv6: no sysctls": {"2001:db8::22", "DR", "2001:db8::31", realserver.Loopback, nil,
			[]string{"ip -6 address add 2001:db8::22/128 dev lo nodad preferred_lft 0"}},
		"lo, one sysctl is higher already": {"10.0.0.22", "DR", "10.0.0.31", realserver.Loopback,
			func(f *doctor.Facts) { f.Sysctls["net/ipv4/conf/all/arp_ignore"] = "8" },
			[]string{quiet[1], "ip address add 10.0.0.22/32 dev lo"}},
		"lo, the address is there": {"10.0.0.22", "DR", "10.0.0.31", realserver.Loopback,
			func(f *doctor.Facts) {
				f.Links[0].Addresses = append(f.Links[0].Addresses, netip.MustParsePrefix("10.0.0.22/32"))
			}, quiet},
		"dummy": {"10.0.0.22", "DR", "10.0.0.31", realserver.Dummy, nil,
			with("ip link add holdfast-rs type dummy", "ip link set holdfast-rs up", "ip address add 10.0.0.22/32 dev holdfast-rs")},
		"arptables": {"10.0.0.22", "DR", "10.0.0.31", realserver.ARP, nil, []string{"ip address add 10.0.0.22/32 dev lo",
			"nft 'add table arp holdfast_rs; delete table arp holdfast_rs; add table arp holdfast_rs; add chain arp holdfast_rs in { type filter hook input priority 0; }; add chain arp holdfast_rs out { type filter hook output priority 0; }; add rule arp holdfast_rs in arp operation request arp daddr ip 10.0.0.22 drop; add rule arp holdfast_rs out arp saddr ip 10.0.0.22 arp saddr ip set 10.0.0.31'"}},
		"redirect": {"10.0.0.22", "DR", "10.0.0.31", realserver.Redirect, nil, []string{
			"nft 'add table ip holdfast_rs_10_0_0_22_80_tcp; add chain ip holdfast_rs_10_0_0_22_80_tcp pre { type nat hook prerouting priority -100; }; add rule ip holdfast_rs_10_0_0_22_80_tcp pre ip daddr 10.0.0.22 tcp dport 80 redirect'"}},
		"tunnel": {"10.0.0.22", "TUN", "10.0.0.31", realserver.Loopback, nil,
			append([]string{"modprobe ipip", "ip link set tunl0 up", "sysctl -w net.ipv4.conf.tunl0.rp_filter=2"}, with("ip address add 10.0.0.22/32 dev tunl0")...)},
		"gre": {"10.0.0.22", "TUN type gre", "10.0.0.31", realserver.Loopback, nil,
			append([]string{"modprobe ip_gre", "ip link set gre0 up", "sysctl -w net.ipv4.conf.gre0.rp_filter=2"}, with("ip address add 10.0.0.22/32 dev gre0")...)},
		"gue": {"10.0.0.22", "TUN type gue port 5555", "10.0.0.31", realserver.Loopback, nil,
			append([]string{"modprobe ipip", "ip link set tunl0 up", "modprobe fou", "ip fou add port 5555 gue", "sysctl -w net.ipv4.conf.tunl0.rp_filter=2"}, with("ip address add 10.0.0.22/32 dev tunl0")...)},
		"tunnel over IPv6": {"2001:db8::22", "TUN", "2001:db8::31", realserver.Loopback, nil, []string{
			"modprobe ip6_tunnel", "ip link set ip6tnl0 up", "ip -6 address add 2001:db8::22/128 dev ip6tnl0 nodad preferred_lft 0"}},
		"NAT":                {"10.0.0.22", "NAT", "10.0.0.31", realserver.Loopback, nil, nil},
		"somebody else's":    {"10.0.0.22", "DR", "10.0.0.32", realserver.Loopback, nil, nil},
		"redirect, is there": {"10.0.0.22", "DR", "10.0.0.31", realserver.Redirect, redirected, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := bare()
			if c.change != nil {
				c.change(&f)
			}
			plan := realserver.Make(load(t, c.vip, c.method, c.rs), &f, c.way)
			if diff := cmp.Diff(c.want, lines(plan)); diff != "" {
				t.Error(diff)
			}
			if len(plan.Steps) == 0 && c.change == nil && len(plan.Notes) == 0 {
				t.Error("it does not say why there is nothing to do")
			}
		})
	}
}

func redirected(f *doctor.Facts) {
	f.Chains = doctor.ParseIPTables("*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 10.0.0.22/32 -p tcp -m tcp --dport 80 -j REDIRECT\n", "ip")
}
