package collect_test

import (
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/doctor"
	"github.com/holdfast-ha/holdfast/internal/doctor/collect"
	"github.com/holdfast-ha/holdfast/internal/vlan"
	"github.com/holdfast-ha/holdfast/parser"
	"github.com/holdfast-ha/holdfast/parser/config"
)

const pair = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.22
    }
}
virtual_server 192.0.2.22 8080 {
    lb_algo rr
    lb_kind KIND
    protocol TCP
    real_server 192.0.2.31 8080 {
    }
}
`

func load(t *testing.T, kind string) *config.Config {
	t.Helper()
	return config.Load("a.conf", parser.Options{Files: parser.OneFile("a.conf", strings.Replace(pair, "KIND", kind, 1))}, config.AnyHost{}).Config
}

// examine lists the ids of what is found on a host.
func examine(h *vlan.Host, c *config.Config, role doctor.Role, wait time.Duration) (ids []string, facts doctor.Facts) {
	h.Do(func() { facts = collect.Host(c, collect.Options{Probe: true, Wait: wait}) })
	for _, p := range doctor.Examine(c, &facts, role) {
		ids = append(ids, p.ID)
	}
	return ids, facts
}

// expect tells which of some findings have to be there, and which not.
func expect(t *testing.T, when string, ids []string, want map[string]bool) {
	t.Helper()
	for id, is := range want {
		if slices.Contains(ids, id) != is {
			t.Errorf("%s: %s: %t, want %t; found %v", when, id, !is, is, ids)
		}
	}
}

// serve has a server listen on a host at an address.
func serve(t *testing.T, h *vlan.Host, address string) {
	t.Helper()
	cmd := h.Command("python3", "-m", "http.server", "--bind", address, "8080")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if strings.Contains(h.Run("ss", "-Hltn"), address+":8080") {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the server does not listen")
		}
	}
}

func TestNSTroublesOfADirectorAreFoundAndGoWithTheirCures(t *testing.T) {
	lan := vlan.New(t)
	h, rs, stranger := lan.Host("192.0.2.30/24"), lan.Host("192.0.2.31/24"), lan.Host("192.0.2.40/24", "192.0.2.22/24")
	c, role := load(t, "NAT"), doctor.Role{Director: true}
	h.Run("ip", "address", "add", "192.0.2.22/32", "dev", "eth0")
	h.Run("iptables", "-A", "INPUT", "-i", "lo", "-j", "ACCEPT")
	h.Run("iptables", "-A", "INPUT", "-p", "tcp", "--dport", "22", "-j", "ACCEPT")
	h.Run("iptables", "-A", "INPUT", "-p", "icmp", "-j", "ACCEPT")
	h.Run("iptables", "-A", "INPUT", "-j", "DROP")
	h.Run("sysctl", "-qw", "net.ipv4.ip_forward=0")
	ids, _ := examine(h, c, role, 100*time.Millisecond)
	expect(t, "with troubles", ids, map[string]bool{"vrrp-filtered": true, "service-filtered": true, "ip-forward": true, "address-in-use": true, "vip-nowhere": false})

	h.Run("iptables", "-D", "INPUT", "-j", "DROP")
	h.Run("sysctl", "-qw", "net.ipv4.ip_forward=1")
	stranger.Run("ip", "address", "del", "192.0.2.22/24", "dev", "eth0")
	ids, _ = examine(h, c, role, 100*time.Millisecond)
	expect(t, "mended", ids, map[string]bool{"vrrp-filtered": false, "service-filtered": false, "ip-forward": false, "address-in-use": false, "real-server-refuses": true})

	serve(t, rs, "192.0.2.31")
	ids, _ = examine(h, c, role, 0)
	expect(t, "with a real server", ids, map[string]bool{"real-server-refuses": false, "real-server-unreachable": false})
	rs.Cut()
	h.Run("ip", "neighbour", "flush", "dev", "eth0")
	ids, _ = examine(h, c, role, 0)
	expect(t, "without the real server", ids, map[string]bool{"real-server-unreachable": true})
}

func TestNSTroublesOfARealServerAreFoundAndGoWithTheirCures(t *testing.T) {
	if _, err := exec.LookPath("nft"); err != nil {
		t.Fatal(err)
	}
	rs := vlan.New(t).Host("192.0.2.31/24")
	c, role := load(t, "DR"), doctor.Role{RealServer: true}
	serve(t, rs, "192.0.2.31")
	rs.Run("ip", "address", "add", "192.0.2.22/24", "dev", "lo")
	rs.Run("nft", "add table inet f; add chain inet f in { type filter hook input priority 0; policy drop; }; add rule inet f in ip daddr 192.0.2.31 accept")
	ids, facts := examine(rs, c, role, 0)
	if r := doctor.RoleOf(c, &facts); r != role {
		t.Errorf("it is taken for %+v", r)
	}
	expect(t, "with troubles", ids, map[string]bool{
		"rs-vip-mask": true, "rs-arp-ignore": true, "rs-arp-announce": true, "rs-own-address": true, "rs-service-filtered": true, "rs-vip-missing": false,
	})
	rs.Run("nft", "insert rule inet f in tcp dport 8080 accept")
	rs.Run("ip", "address", "del", "192.0.2.22/24", "dev", "lo")
	rs.Run("ip", "address", "add", "192.0.2.22/32", "dev", "lo")
	rs.Run("sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.eth0.arp_announce=2")
	serve(t, rs, "192.0.2.22")
	ids, facts = examine(rs, c, role, 0)
	if len(ids) > 0 {
		t.Errorf("still found: %v", ids)
	}
	if l := facts.Holder(netip.MustParseAddr("192.0.2.22")); l == nil || l.Name != "lo" {
		t.Errorf("the address is on %+v", l)
	}
}

// TestNSDefaultRouteIsReadWithItsSegmentSize: the kernel's file shows 40 more than was set.
func TestNSDefaultRouteIsReadWithItsSegmentSize(t *testing.T) {
	h := vlan.New(t).Host("192.0.2.31/24")
	h.Run("ip", "route", "add", "default", "via", "192.0.2.1", "dev", "eth0", "advmss", "1400")
	var facts doctor.Facts
	h.Do(func() { facts = collect.Host(load(t, "TUN"), collect.Options{}) })
	want := doctor.Route{Gateway: netip.MustParseAddr("192.0.2.1"), Link: "eth0", AdvMSS: 1400}
	if !slices.Contains(facts.Routes, want) {
		t.Errorf("routes %+v, want %+v among them", facts.Routes, want)
	}
}
