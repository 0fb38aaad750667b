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

const (
	frrVRID     = 51
	frrInterval = 200 * time.Millisecond
)

// TestFRRouting pairs the program under test with another implementation of VRRP version 3, over IPv4
// and IPv6, each way round: the higher priority is MASTER at every rest, and the other takes over when
// its cable is pulled or it stops.
func TestFRRouting(t *testing.T) {
	for _, c := range []struct {
		name      string
		ours, frr int
	}{{"ours higher", 150, 100}, {"FRR higher", 100, 150}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMixed(t, c.ours, c.frr)
			winner, other := "ours", "frr"
			if c.frr > c.ours {
				winner, other = other, winner
			}
			m.start("frr")
			m.rest("FRR alone", "frr")
			m.start("ours")
			m.rest("both", winner)
			m.cut(winner)
			m.rest(winner+" cut", other)
			m.restore(winner)
			m.rest(winner+" restored", winner)
			m.stop(winner)
			m.rest(winner+" stopped", other)
			m.start(winner)
			m.rest(winner+" started again", winner)
			for _, complaint := range []string{"checksum", "ignored", "mismatch", "bad ", "wrong"} {
				if n := m.ours.Process.Said(complaint); n > 0 {
					t.Errorf("ours complains %d times: %s", n, m.ours.Process.Last(20))
				}
			}
		})
	}
}

// mixed is a pair of the program under test and an FRRouting.
type mixed struct {
	*site
	ours   *lab.Director
	frr    *lab.FRR
	config string
	wire   *lab.Capture
	vips   []netip.Addr
}

func newMixed(t *testing.T, ours, frr int) *mixed {
	t.Helper()
	m := &mixed{site: newSite(t), vips: []netip.Addr{address("10.0.0.22"), address("fd00::22")}}
	// The link-local addresses are what IPv6 adverts come from; the first address is one, too (RFC 9568, 5.2.9).
	six := address("fe80::22")
	a := m.host("ours", "10.0.0.9/24", "fd00::9/64")
	b := m.host("frr", "10.0.0.8/24", "fd00::8/64")
	m.ours = a.Direct(under(t))
	m.config = frrPeer(ours, six)
	var err error
	m.frr, err = b.FRR(lab.FRRRouter{VRID: frrVRID, Priority: frr, Interval: frrInterval, Virtual: append([]netip.Addr{six}, m.vips...)})
	must(t, err)
	m.wire, err = m.net.Capture(lab.IsAdvert)
	must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("ours:\n%s\nFRR:\n%s", m.ours.Process.Last(40), m.frr.Log())
		}
	})
	return m
}

// frrPeer is the configuration beside an FRRouting: one instance for each family.
func frrPeer(priority int, six netip.Addr) string {
	var b strings.Builder
	for _, i := range []struct{ name, addresses string }{{"V4", "10.0.0.22"}, {"V6", six.String() + "\n fd00::22"}} {
		fmt.Fprintf(&b, "vrrp_instance %s {\n state BACKUP\n interface eth0\n version 3\n virtual_router_id %d\n priority %d\n advert_int %g\n virtual_ipaddress {\n %s\n }\n}\n",
			i.name, frrVRID, priority, frrInterval.Seconds(), i.addresses)
	}
	return b.String()
}

func (m *mixed) router(who string) *lab.Host {
	if who == "frr" {
		return m.frr.Host
	}
	return m.ours.Host
}

func (m *mixed) start(who string) {
	m.t.Helper()
	if who == "frr" {
		must(m.t, m.frr.Start())
		return
	}
	must(m.t, m.ours.Start(m.config))
}

func (m *mixed) stop(who string) {
	m.t.Helper()
	if who == "frr" {
		must(m.t, m.frr.Stop())
		return
	}
	must(m.t, m.ours.StopPlanned())
}

func (m *mixed) cut(who string)     { m.t.Helper(); must(m.t, m.router(who).Cut("eth0")) }
func (m *mixed) restore(who string) { m.t.Helper(); must(m.t, m.router(who).Restore("eth0")) }

// rest waits until one router has spoken alone, for both families, for longer than the other would wait
// to take over.
func (m *mixed) rest(when, who string) {
	m.t.Helper()
	window := bound(3, frrInterval, 100) + time.Second
	eventually(m.t, time.Minute, when+": "+who+" alone is MASTER of both families", func() bool {
		families := map[bool]bool{}
		since := time.Now().Add(-window)
		for _, f := range m.wire.Frames() {
			a, ok := lab.DecodeAdvert(f)
			if !ok || a.Priority == 0 || a.At.Before(since) {
				continue
			}
			if a.Port != who {
				return false
			}
			families[f.Data[12] == 0x86] = true
		}
		return len(families) == 2
	})
	held := m.ours.Has("eth0", m.vips[0]) && m.ours.Has("eth0", m.vips[1])
	if held != (who == "ours") {
		m.t.Errorf("%s: %s is MASTER, but that we hold the addresses is %v", when, who, held)
	}
	m.t.Logf("%s: %s is MASTER", when, who)
}
