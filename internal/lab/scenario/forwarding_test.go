//go:build lab

package scenario

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/internal/lab"
)

// Addresses of the forwarding site: a LAN with the director, and a far network behind a router.
var (
	vip4, vip6 = address("10.10.10.22"), address("fd00:10::22")
	vips       = []netip.Addr{vip4, vip6}
)

const forwardPort = 5000

// TestForwarding sends TCP and UDP, over IPv4 and IPv6, from a client on the service's network and
// from one behind a router, by each of the three ways to a real server.
func TestForwarding(t *testing.T) {
	kinds := map[string]func(s *forwardSite){"DR": (*forwardSite).direct, "TUN": (*forwardSite).tunnel, "NAT": (*forwardSite).nat}
	for kind, lay := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newForwardSite(t, under(t))
			lay(s)
			must(t, s.director.Start(s.config(kind)))
			t.Cleanup(func() {
				if t.Failed() {
					t.Log(s.director.State("eth0", vips...))
				}
			})
			eventually(t, 15*time.Second, "the director is MASTER with a full table", s.full)
			table, err := s.director.IPVS()
			must(t, err)
			t.Logf("%s:\n%s", kind, table)
			for _, client := range []*lab.Host{s.near, s.far} {
				for _, vip := range vips {
					s.carries(client, "TCP", vip, client.Ask(at(vip, forwardPort), 10, 2*time.Second))
					s.carries(client, "UDP", vip, client.AskUDP(at(vip, forwardPort), 10, 2*time.Second))
				}
			}
		})
	}
}

func (s *forwardSite) carries(client *lab.Host, protocol string, vip netip.Addr, answers lab.Answers) {
	s.t.Helper()
	s.t.Logf("%-4s %s to %-11v: %v", client.Name, protocol, vip, answers)
	if answers.By["r1"] != 5 || answers.By["r2"] != 5 {
		s.t.Errorf("%s to %v from %s: %v, want 5 from each", protocol, vip, client.Name, answers)
	}
}

// forwardSite is a director on a LAN with a client, and a router to a far network with another one.
type forwardSite struct {
	*site
	director  *lab.Director
	router    *lab.Host
	away      *lab.Switch // the far network
	near, far *lab.Host
	servers   [2][2]netip.Addr // IPv4 and IPv6 of each real server
}

func newForwardSite(t *testing.T, p lab.Program) *forwardSite {
	t.Helper()
	s := &forwardSite{site: newSite(t)}
	var err error
	s.away, err = s.net.Switch("away")
	must(t, err)
	s.router = s.host("router", "10.10.10.1/24", "fd00:10::1/64")
	must(t, s.router.Link(s.away, "eth1", "10.20.0.1/24", "fd00:20::1/64"))
	must(t, s.router.Router())
	s.director = s.host("director", "10.10.10.30/24", "fd00:10::30/64").Direct(p)
	must(t, s.director.Router())
	viaRouter(t, s.director.Host)
	s.near = s.host("near", "10.10.10.100/24", "fd00:10::100/64")
	viaRouter(t, s.near)
	s.far, err = s.net.Host("far")
	must(t, err)
	must(t, s.far.Link(s.away, "eth0", "10.20.0.100/24", "fd00:20::100/64"))
	gateway(t, s.far, "10.20.0.1", "fd00:20::1")
	logsOnFailure(t, s.director)
	return s
}

func viaRouter(t *testing.T, h *lab.Host) {
	t.Helper()
	gateway(t, h, "10.10.10.1", "fd00:10::1")
}

func gateway(t *testing.T, h *lab.Host, four, six string) {
	t.Helper()
	must(t, h.IP("route add default via "+four+"\nroute add default via "+six))
}

// serve starts a real server that answers for the service's addresses.
func (s *forwardSite) serve(i int, h *lab.Host, addresses ...netip.Addr) {
	s.t.Helper()
	_, err := h.Serve(forwardPort, addresses...)
	must(s.t, err)
	own := [2][2]string{{"10.10.10.31", "fd00:10::31"}, {"10.10.10.32", "fd00:10::32"}}[i]
	s.servers[i] = [2]netip.Addr{address(own[0]), address(own[1])}
}

// direct: both real servers on the LAN, the addresses on lo.
func (s *forwardSite) direct() {
	for i, name := range []string{"r1", "r2"} {
		h := s.host(name, fmt.Sprintf("10.10.10.%d/24", 31+i), fmt.Sprintf("fd00:10::%d/64", 31+i))
		viaRouter(s.t, h)
		carry(s.t, h, "lo", vips...)
		s.serve(i, h, vips...)
	}
}

// tunnel: one real server on the LAN, the other behind the router, where only a tunnel reaches.
func (s *forwardSite) tunnel() {
	r1 := s.host("r1", "10.10.10.31/24", "fd00:10::31/64")
	viaRouter(s.t, r1)
	r2, err := s.net.Host("r2")
	must(s.t, err)
	must(s.t, r2.Link(s.away, "eth0", "10.20.0.32/24", "fd00:20::32/64"))
	gateway(s.t, r2, "10.20.0.1", "fd00:20::1")
	for i, h := range []*lab.Host{r1, r2} {
		must(s.t, h.IP("link set tunl0 up\nlink set ip6tnl0 up"))
		must(s.t, h.Sysctl("net.ipv4.conf.tunl0.rp_filter", "0"))
		carry(s.t, h, "lo", vips...)
		s.serve(i, h, vips...)
	}
	s.servers[1] = [2]netip.Addr{address("10.20.0.32"), address("fd00:20::32")}
}

// nat: both real servers on a network behind the director, which is their gateway.
func (s *forwardSite) nat() {
	inner, err := s.net.Switch("inner")
	must(s.t, err)
	must(s.t, s.director.Link(inner, "eth1", "172.16.0.1/24", "fd00:16::1/64"))
	for i, name := range []string{"r1", "r2"} {
		h, err := s.net.Host(name)
		must(s.t, err)
		own := [2]netip.Addr{address(fmt.Sprintf("172.16.0.%d", 31+i)), address(fmt.Sprintf("fd00:16::%d", 31+i))}
		must(s.t, h.Link(inner, "eth0", own[0].String()+"/24", own[1].String()+"/64"))
		gateway(s.t, h, "172.16.0.1", "fd00:16::1")
		s.serve(i, h, own[:]...)
		s.servers[i] = own
	}
}

// full tells whether the director has both addresses and four services with two servers each.
func (s *forwardSite) full() bool {
	table, err := s.director.IPVS()
	must(s.t, err)
	n := 0
	for _, service := range table {
		if len(service.Servers) == 2 {
			n++
		}
	}
	return n == 4 && s.director.Has("eth0", vip4) && s.director.Has("eth0", vip6)
}

// config writes the director's file: an instance and two services for each family.
func (s *forwardSite) config(kind string) string {
	var b strings.Builder
	for family, vip := range vips {
		fmt.Fprintf(&b, `
vrrp_instance VI_%d {
    state MASTER
    interface eth0
    virtual_router_id %d
    priority 150
    advert_int 0.2
    version 3
    virtual_ipaddress {
        %v
    }
}
`, 4+2*family, 50+family, vip)
		for _, protocol := range []string{"TCP", "UDP"} {
			fmt.Fprintf(&b, "virtual_server %v %d {\n    lb_algo rr\n    lb_kind %s\n    protocol %s\n", vip, forwardPort, kind, protocol)
			for _, r := range s.servers {
				fmt.Fprintf(&b, "    real_server %v %d {\n        weight 1\n    }\n", r[family], forwardPort)
			}
			b.WriteString("}\n")
		}
	}
	return b.String()
}
