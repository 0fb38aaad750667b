package ping

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/holdfast-ha/holdfast/checkers"
	"github.com/holdfast-ha/holdfast/checkers/dial"
	"github.com/holdfast-ha/holdfast/internal/vlan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	pings = "net.ipv4.ping_group_range"
	all   = "0 2147483647"
	none  = "1 0"
)

// TestNSHostThatAnswersIsUp pings two hosts over both families, with the kernel's ping socket and with a
// raw one, many at a time.
func TestNSHostThatAnswersIsUp(t *testing.T) {
	lan := vlan.New(t)
	me := lan.Host("10.0.0.1/24", "fd00::1/64")
	lan.Host("10.0.0.2/24", "fd00::2/64")
	for _, allowed := range []string{all, none} {
		me.Run("sysctl", "-qw", pings+"="+allowed)
		me.Do(func() {
			c := New(dial.Endpoint{Target: at("10.0.0.2"), Timeout: time.Minute})
			c.kinds = []int{unix.SOCK_DGRAM}
			if r := c.Check(context.Background()); r.OK != (allowed == all) {
				t.Errorf("a ping socket for %s: %+v", allowed, r)
			}
		})
		for _, target := range []string{"10.0.0.2", "fd00::2", "127.0.0.1", "::1"} {
			var group sync.WaitGroup
			for range 20 {
				group.Go(func() {
					r := check(me, dial.Endpoint{Target: at(target), Timeout: time.Minute})
					if !r.OK || r.Detail != "" || r.Took <= 0 {
						t.Errorf("%s, ping sockets for %s: %+v", target, allowed, r)
					}
				})
			}
			group.Wait()
		}
	}
}

func at(addr string) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr(addr), 80) }

func check(h *vlan.Host, o dial.Endpoint) (r checkers.Result) {
	h.Do(func() { r = New(o).Check(context.Background()) })
	return r
}

func TestNSPingComesFromWhereItIsTold(t *testing.T) {
	lan := vlan.New(t)
	me := lan.Host("10.0.0.1/24", "10.0.0.7/24", "fd00::1/64", "fd00::7/64")
	peer := lan.Host("10.0.0.2/24", "fd00::2/64")
	// The peer answers nobody but the second address and a mark.
	peer.Run("ip", "route", "add", "blackhole", "10.0.0.1/32")
	peer.Run("ip", "route", "add", "blackhole", "fd00::1/128")
	device := strings.Fields(me.Run("ip", "-o", "-4", "addr", "show", "to", "10.0.0.1"))[1]
	for _, allowed := range []string{all, none} {
		me.Run("sysctl", "-qw", pings+"="+allowed)
		for _, addr := range []string{"10.0.0.", "fd00::"} {
			bind := netip.AddrPortFrom(netip.MustParseAddr(addr+"7"), 77)
			o := dial.Endpoint{Target: at(addr + "2"), Bind: bind, BindIf: device, Mark: 5, Timeout: time.Minute}
			if r := check(me, o); !r.OK {
				t.Errorf("from %s: %+v", bind, r)
			}
			o = dial.Endpoint{Target: at(addr + "2"), Timeout: 100 * time.Millisecond}
			if addr == "fd00::" {
				o.Bind = netip.AddrPortFrom(netip.MustParseAddr("fd00::1"), 0)
			}
			if r := check(me, o); r.OK || r.Detail != "no answer within 100ms" {
				t.Errorf("from the first address: %+v", r)
			}
		}
	}
	if r := check(me, dial.Endpoint{Target: at("10.0.0.2"), BindIf: "nosuch"}); r.OK || !strings.Contains(r.Detail, "bind to interface nosuch") {
		t.Errorf("%+v", r)
	}
	if r := check(me, dial.Endpoint{Target: at("192.0.2.1")}); r.OK || r.Detail != "network is unreachable" {
		t.Errorf("no route: %+v", r)
	}
}

// TestNSOtherPingsAreNotTakenForTheAnswer has a host that does not answer be pinged beside one that does,
// through raw sockets, which see both.
func TestNSOtherPingsAreNotTakenForTheAnswer(t *testing.T) {
	lan := vlan.New(t)
	me := lan.Host("10.0.0.1/24")
	lan.Host("10.0.0.2/24")
	silent := lan.Host("10.0.0.3/24")
	silent.Run("sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1")
	var group sync.WaitGroup
	for range 10 {
		for addr, want := range map[string]bool{"10.0.0.2": true, "10.0.0.3": false} {
			group.Go(func() {
				timeout := time.Minute
				if !want {
					timeout = 300 * time.Millisecond
				}
				r := checkers.Result{}
				me.Do(func() {
					c := New(dial.Endpoint{Target: at(addr), Timeout: timeout})
					c.kinds = []int{unix.SOCK_RAW}
					r = c.Check(context.Background())
				})
				if r.OK != want {
					t.Errorf("%s: %+v", addr, r)
				}
			})
		}
	}
	group.Wait()
}

func TestNSCancelledPingReturns(t *testing.T) {
	lan := vlan.New(t)
	me := lan.Host("10.0.0.1/24")
	silent := lan.Host("10.0.0.3/24")
	silent.Run("sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1")
	ctx, cancel := context.WithCancelCause(t.Context())
	result := make(chan checkers.Result, 1)
	go me.Do(func() { result <- New(dial.Endpoint{Target: at("10.0.0.3"), Timeout: time.Hour}).Check(ctx) })
	cancel(errors.New("stopped"))
	if r := <-result; r.OK || r.Detail != "stopped" {
		t.Errorf("%+v", r)
	}
}
