//go:build lab

package scenario

import (
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-ha/holdfast/examples"
	"github.com/holdfast-ha/holdfast/internal/lab"
)

// site is one network with a LAN, for one test.
type site struct {
	t   *testing.T
	net *lab.Network
	lan *lab.Switch
}

func newSite(t *testing.T) *site {
	t.Helper()
	n, err := lab.New()
	must(t, err)
	t.Cleanup(n.Close)
	if *verbose {
		n.Log = os.Stdout
	}
	lan, err := n.Switch("lan")
	must(t, err)
	return &site{t: t, net: n, lan: lan}
}

// host adds a host with eth0 on the LAN.
func (s *site) host(name string, addresses ...string) *lab.Host {
	s.t.Helper()
	h, err := s.net.Host(name)
	must(s.t, err)
	must(s.t, h.Link(s.lan, "eth0", addresses...))
	return h
}

// realServer adds a real server for direct routing: the service's addresses are on lo, and the host
// does not answer ARP for them.
func (s *site) realServer(name, address string, port uint16, vips ...netip.Addr) (*lab.Host, *lab.Server) {
	s.t.Helper()
	h := s.host(name, address)
	carry(s.t, h, "lo", vips...)
	server, err := h.Serve(port)
	must(s.t, err)
	return h, server
}

// carry puts service addresses on a device of a real server, silent to ARP.
func carry(t *testing.T, h *lab.Host, device string, vips ...netip.Addr) {
	t.Helper()
	must(t, h.Sysctl("net.ipv4.conf.all.arp_ignore", "1"))
	must(t, h.Sysctl("net.ipv4.conf.all.arp_announce", "2"))
	for _, v := range vips {
		must(t, h.Address(device, netip.PrefixFrom(v, v.BitLen()).String()))
	}
}

// under is the program under test.
func under(t *testing.T) lab.Program {
	t.Helper()
	p, err := lab.ProgramNamed(*directorName)
	must(t, err)
	if !p.Exists() {
		t.Fatalf("%s is not there", p.Path)
	}
	return p
}

// beside runs a scenario with the program under test and, to set the figures side by side,
// with keepalived, both at the same time. strict tells whether what Holdfast alone promises is
// demanded.
func beside(t *testing.T, scenario func(t *testing.T, p lab.Program, strict bool)) {
	for _, p := range programsUnder(t) {
		t.Run(p.Name, func(t *testing.T) { t.Parallel(); scenario(t, p, p != lab.Keepalived) })
	}
}

// inTurn is beside, one program after the other: for scenarios that measure milliseconds.
func inTurn(t *testing.T, scenario func(t *testing.T, p lab.Program, strict bool)) {
	for _, p := range programsUnder(t) {
		t.Run(p.Name, func(t *testing.T) { scenario(t, p, p != lab.Keepalived) })
	}
}

// programsUnder lists keepalived and the program under test.
func programsUnder(t *testing.T) []lab.Program {
	t.Helper()
	list := []lab.Program{lab.Keepalived}
	if p := under(t); p != lab.Keepalived {
		list = append(list, p)
	}
	return list
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until the condition holds.
func eventually(t *testing.T, limit time.Duration, what string, holds func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	for !holds() {
		if time.Since(begin) > limit {
			t.Fatalf("not within %v: %s", limit, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(begin)
}

// demand fails the test when a promise is not kept and strict; otherwise it says so only.
func demand(t *testing.T, strict, kept bool, format string, args ...any) {
	t.Helper()
	switch {
	case kept:
	case strict:
		t.Errorf(format, args...)
	default:
		t.Logf("(not demanded of this program) "+format, args...)
	}
}

// example reads one of the repository's example configurations.
func example(t *testing.T, name string) string {
	t.Helper()
	text, err := examples.Text(name)
	must(t, err)
	return text
}

// logsOnFailure prints the last words of daemons when the test has failed.
func logsOnFailure(t *testing.T, directors ...*lab.Director) {
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for _, d := range directors {
			if d.Process != nil {
				t.Logf("%s (%s) said at last:\n%s", d.Name, d.Program.Name, d.Process.Last(60))
			}
		}
	})
}

// states prints where the directors stand.
func states(t *testing.T, when string, link string, vips []netip.Addr, directors ...*lab.Director) {
	t.Helper()
	var b strings.Builder
	for _, d := range directors {
		b.WriteString("\n    " + d.State(link, vips...))
	}
	t.Logf("%s:%s", when, b.String())
}

func address(text string) netip.Addr { return netip.MustParseAddr(text) }

func at(a netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(a, port) }

// bound is the longest time that a VRRP router waits for a master that fell silent, counted from
// the last thing heard: three intervals and the skew time (RFC 5798, 6.1; for version 2 the skew
// counts in seconds whatever the interval).
func bound(version int, interval time.Duration, priority int) time.Duration {
	unit := interval
	if version == 2 {
		unit = time.Second
	}
	return 3*interval + time.Duration(256-priority)*unit/256
}

// slack is what a measured silence may exceed the bound by: 5 ms for the program, the distance of
// two probes, and what the prober itself was late.
func slack(s lab.Silence, interval time.Duration) time.Duration {
	return 5*time.Millisecond + 2*interval + 2*s.Stall
}
